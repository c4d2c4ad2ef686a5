#include "service/resource_service.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "model/json.h"
#include "model/record_json.h"
#include "query/write_resolution.h"

namespace holdfast {
namespace {

// Enough for most records, so that encoding rarely grows the string.
constexpr std::size_t kExpectedRecordBytes = 512;

std::string id_text(const Value& id) {
  return std::holds_alternative<std::int64_t>(id.alternatives()) ? std::to_string(id.integer()) : id.text();
}

Item item_of(const Model& model, const Record& record, const std::optional<std::vector<std::size_t>>& fields) {
  Item item;
  item.body.reserve(kExpectedRecordBytes);
  append_json(item.body, model, record);
  item.etag = etag_of(record.revision, item.body);
  item.id = id_text(record.values[0]);
  if (fields) {
    item.body.clear();
    append_json(item.body, model, record, *fields);
  }
  return item;
}

Item replay_of(const KeptAnswer& kept) {
  Item item;
  item.id = kept.id;
  item.etag = etag_of(kept.revision, kept.json);
  item.body = kept.json;
  item.status = kept.status;
  item.replayed = true;
  return item;
}

void append_page(std::string& body, const ListPlan& plan, const Listing& listing, std::string_view next_cursor) {
  fmt::format_to(std::back_inserter(body), R"(],"page":{{"limit":{},"offset":)", plan.limit);
  body += plan.after.empty() ? std::to_string(plan.offset) : "null";
  body += ",\"nextCursor\":";
  if (next_cursor.empty()) {
    body += "null";
  } else {
    append_json_string(body, next_cursor);
  }
  body += listing.has_more ? ",\"hasMore\":true" : ",\"hasMore\":false";
  body += ",\"total\":";
  body += listing.total ? std::to_string(*listing.total) : "null";
  body += "}}";
}

}  // namespace

awaitable<Result<Item>> ResourceService::read(const FindPlan& plan, const std::optional<std::vector<std::size_t>>& fields) {
  const Result<Record> record = co_await store_.find(plan);
  if (!record) co_return record.error();
  co_return item_of(*plan.model, *record, fields);
}

awaitable<Result<Page>> ResourceService::list(const ListPlan& plan, std::size_t longest_cursor) {
  const Result<Listing> listing = co_await store_.list(plan);
  if (!listing) co_return listing.error();
  Page page;
  page.body.reserve((listing->records.size() + 1) * kExpectedRecordBytes);
  page.body = "{\"data\":[";
  for (const Record& record : listing->records) {
    if (&record != listing->records.data()) page.body.push_back(',');
    if (plan.fields) {
      append_json(page.body, *plan.model, record, *plan.fields);
    } else {
      append_json(page.body, *plan.model, record);
    }
  }
  if (listing->has_more) page.next_cursor = planner_.next_cursor(plan, listing->records.back(), listing->last_rank, listing->last_place);
  if (page.next_cursor.size() > longest_cursor) page.next_cursor.clear();
  append_page(page.body, plan, *listing, page.next_cursor);
  page.etag = fmt::format("\"{:016x}\"", content_hash(page.body));
  co_return page;
}

awaitable<Result<std::string>> ResourceService::count(const CountPlan& plan) {
  const Result<std::int64_t> count = co_await store_.count(plan);
  if (!count) co_return count.error();
  co_return fmt::format("{{\"count\":{}}}", *count);
}

awaitable<Result<Item>> ResourceService::write(WritePlan plan, std::vector<FieldError> errors) {
  const Model& model = *plan.model;
  if (!errors.empty()) {
    const Error refused = co_await refusal(plan, std::move(errors));
    co_return refused;
  }
  const Result<Written> written = co_await store_.write(std::move(plan));
  if (!written) co_return written.error();
  if (written->replayed) co_return replay_of(*written->replayed);
  Item item;
  item.status = 204;
  if (written->after) item = item_of(model, *written->after, std::nullopt);
  if (written->created) item.status = 201;
  co_return item;
}

awaitable<Error> ResourceService::refusal(const WritePlan& plan, std::vector<FieldError> errors) {
  std::vector<FieldError> against;
  if (plan.kind != WritePlan::Kind::kCreate) {
    FindPlan find;
    find.model = plan.model;
    find.id = plan.id;
    const Result<Record> before = co_await store_.find(find);
    if (!before) co_return before.error();
    against = errors_against(plan, *before);
  }
  Error error(Code::kValidationFailed, "The body breaks rules of the model; `errors` lists them all.");
  error.errors = merge_errors(*plan.model, std::move(errors), std::move(against));
  co_return error;
}

}  // namespace holdfast
