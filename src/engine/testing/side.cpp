#include "engine/testing/side.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/testing/fixture.h"
#include "model/record_json.h"

namespace holdfast::testing {
namespace {

constexpr std::size_t kMostPages = 300;  // of a walk; more than any scenario has records
constexpr std::int64_t kAll = 1'000'000;

std::string text_of(const Error& error) {
  std::string out(describe(error.code).name);
  for (const std::string& field : error.fields) out += " " + field;
  if (!error.collection.empty()) out += " collection " + error.collection;
  if (error.count) out += fmt::format(" count {}", *error.count);
  for (const FieldError& failure : error.errors) out += fmt::format(" {}:{}:{}", failure.pointer, failure.code, failure.limit);
  return out;
}

// ETag and all fields, also those that are never answered.
std::string text_of(const Model& model, const Record& record) {
  std::string json;
  append_json(json, model, record);
  std::string out = etag_of(record.revision, json) + " " + json;
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    if (!model.fields[i].write_only) continue;
    out += " " + model.fields[i].name + ": ";
    append_json_value(out, model.fields[i], record.values[i]);
  }
  return out;
}

std::string text_of(const Model& model, const std::optional<Record>& record) {
  return record ? text_of(model, *record) : "nothing";
}

std::string text_of(const Model& model, const Result<Written>& written) {
  if (!written) return text_of(written.error());
  if (const auto& replayed = written->replayed) {
    return fmt::format("replayed {} {} {} {}", replayed->status, replayed->id, replayed->revision, replayed->json);
  }
  const char* what = written->created ? "created" : !written->after ? "removed" : written->changed ? "changed" : "unchanged";
  return fmt::format("{}\n  before {}\n  after {}", what, text_of(model, written->before), text_of(model, written->after));
}

std::string text_of(const ListPlan& plan, const Listing& page) {
  std::string out;
  for (const Record& record : page.records) {
    if (plan.fields) {
      append_json(out, *plan.model, record, *plan.fields);
    } else {
      out += text_of(*plan.model, record);
    }
    out += '\n';
  }
  if (page.total) out += fmt::format("total {} ", *page.total);
  return out;
}

// The request for the page that the cursor names.
std::vector<Parameter> with_cursor(const std::vector<Parameter>& parameters, const std::string& cursor) {
  std::vector<Parameter> out;
  std::copy_if(parameters.begin(), parameters.end(), std::back_inserter(out),
               [](const Parameter& parameter) { return parameter.name != "offset" && parameter.name != "cursor"; });
  out.push_back({"cursor", cursor});
  return out;
}

}  // namespace

Side::Side(const OpenCompared& open, const Catalog& catalog, const Planner& planner)
    : catalog_(catalog), planner_(planner), engine_(open(catalog)), store_(engine_->attach(loop_)) {}

std::string Side::answer(const Question& question) {
  try {
    if (question.write) return text_of(*question.write->model, run(loop_, store_->write(*question.write)));
    if (question.list) return pages(question);
    if (question.count) {
      const Result<std::int64_t> count = run(loop_, store_->count(*question.count));
      return count ? fmt::format("{}", *count) : text_of(count.error());
    }
    const Result<Record> found = run(loop_, store_->find(*question.find));
    return found ? text_of(*question.find->model, *found) : text_of(found.error());
  } catch (const std::exception& failure) {
    return std::string("threw: ") + failure.what();
  }
}

std::string Side::pages(const Question& question) {
  ListPlan plan = *question.list;
  std::string out;
  for (std::size_t number = 0; number < kMostPages; ++number) {
    const Result<Listing> page = run(loop_, store_->list(plan));
    if (!page) return out + text_of(page.error());
    out += text_of(plan, *page);
    if (!page->has_more) return out + "the end";
    const std::string cursor = planner_.next_cursor(plan, page->records.back(), page->last_rank, page->last_place);
    out += "more after " + cursor + '\n';
    if (!question.to_the_end || cursor.empty()) return out;
    const std::vector<Parameter> parameters = with_cursor(question.parameters, cursor);
    Result<ListPlan> next = plan.search ? planner_.search(*plan.model, parameters) : planner_.list(*plan.model, parameters);
    if (!next) return out + text_of(next.error());
    plan = std::move(*next);
  }
  return out + "no end";
}

std::vector<std::string> Side::write_together(const std::vector<Question>& questions) {
  std::vector<awaitable<Result<Written>>> writes;
  for (const Question& question : questions) writes.push_back(store_->write(*question.write));
  try {
    const std::vector<Result<Written>> results = run_together(loop_, std::move(writes));
    std::vector<std::string> answers;
    for (std::size_t i = 0; i < results.size(); ++i) answers.push_back(text_of(*questions[i].write->model, results[i]));
    return answers;
  } catch (const std::exception& failure) {
    return std::vector<std::string>(questions.size(), std::string("threw: ") + failure.what());
  }
}

std::optional<std::string> Side::tag_of(const FindPlan& plan) {
  const Result<Record> found = run(loop_, store_->find(plan));
  if (!found) return std::nullopt;
  return etag_of(*plan.model, *found);
}

std::map<std::pair<std::string, std::string>, std::int64_t> Side::revisions() {
  std::map<std::pair<std::string, std::string>, std::int64_t> out;
  for (const Model& model : catalog_.models()) {
    ListPlan plan;
    plan.model = &model;
    plan.sort = {{0, false}};
    plan.limit = kAll;
    const Listing all = run(loop_, store_->list(plan)).value();
    for (const Record& record : all.records) {
      std::string id;
      append_json_value(id, model.fields[0], record.values[0]);
      out[{model.name, std::move(id)}] = record.revision;
    }
  }
  return out;
}

}  // namespace holdfast::testing
