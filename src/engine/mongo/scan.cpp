#include "engine/mongo/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/mend.h"
#include "engine/mongo/reply.h"
#include "engine/mongo/shown_id.h"
#include "engine/mongo/startup_words.h"
#include "engine/mongo/topology.h"
#include "engine/write_errors.h"

namespace holdfast::mongo {
namespace {

constexpr std::int64_t kProgressEvery = 1000;
constexpr std::size_t kTargetsAtOnce = 1000;

class Server {
 public:
  explicit Server(const Options& options) : settings_(read_uri(options)), connection_(settings_) {}

  std::int64_t count(const Model& model) {
    Document command;
    append_text(*command.get(), "count", model.table);
    const Reply reply = connection_.read(*command.get());
    if (!reply) fail(reply.error().error);
    return number_at(*reply->get(), "n");
  }

  // Calls `visit` with each document that the query finds.
  template <typename Visit>
  void each(const Model& model, const bson_t& query, const bson_t& options, Visit visit) {
    const Cursor cursor(mongoc_collection_find_with_opts(connection_.collection(model), &query, &options, nullptr));
    const bson_t* document = nullptr;
    while (mongoc_cursor_next(cursor.get(), &document)) visit(*document);
    bson_error_t error{};
    if (mongoc_cursor_error(cursor.get(), &error)) fail(error);
  }

 private:
  [[noreturn]] void fail(const bson_error_t& error) const {
    const StartupWords words = startup_words(error, settings_.uri.get());
    throw StartupError(kExitUnavailable, words.fault + " " + words.advice);
  }

  const ConnectionSettings settings_;
  Connection connection_;
};

Document by_id(std::initializer_list<std::string_view> projected) {
  Document options;
  {
    Nested sort(*options.get(), "sort");
    append_int32(sort, kIdName, 1);
  }
  if (projected.size() != 0) {
    Nested projection(*options.get(), "projection");
    for (const auto name : projected) append_int32(projection, name, 1);
  }
  bson_append_bool(options.get(), "allowDiskUse", -1, true);
  return options;
}

Value id_of(const bson_t& document, const Model& model) {
  bson_iter_t place;
  return bson_iter_init_find(&place, &document, kIdName.data()) ? read_id(place, model) : Value();
}

std::string shown(const Value& id) {
  return id.is_absent() ? "?" : shown_id(id);
}

// Field by field, so that a record with several faults tells them all.
void list_misfits(const bson_t& document, const Model& model, ScannedCollection& out) {
  for (std::size_t ordinal = 0; ordinal < model.fields.size(); ++ordinal) {
    if (read_record(document, model, std::span(&ordinal, 1))) continue;
    ++out.misfits;
    if (out.listed.size() < kListedLimit) out.listed.push_back({shown_id_of(document, model), model.fields[ordinal].name});
  }
}

ScannedCollection scan_collection(Server& server, const Model& model, const ScanProgress& progress) {
  ScannedCollection out;
  out.model = &model;
  const auto records = server.count(model);
  server.each(model, *Document().get(), *by_id({}).get(), [&](const bson_t& document) {
    if (++out.records % kProgressEvery == 0) progress(model, out.records, std::max(records, out.records));
    const Result<Record> record = read_record(document, model);
    if (!record) return list_misfits(document, model, out);
    if (!has_right_search(document, model, *record)) ++out.stale_search;
    if (!has_right_keys(document, model, *record)) ++out.stale_keys;
  });
  progress(model, out.records, std::max(records, out.records));
  return out;
}

// Collects references and asks for their targets, many at once.
class References {
 public:
  References(Server& server, DanglingReference& out) : server_(server), out_(out) {}

  void add(const bson_t& document) {
    const Model& model = *out_.reference.model;
    const Field& field = model.fields[out_.reference.field];
    bson_iter_t place;
    if (!bson_iter_init_find(&place, &document, stored_name(field).c_str())) return;
    Value target = read_value(place, field);
    if (target.is_absent() || target.is_null()) return;  // a misfit, which the scan lists
    waiting_.push_back({id_of(document, model), std::move(target)});
    if (waiting_.size() == kTargetsAtOnce) settle();
  }

  void settle() {
    const auto there = targets();
    for (const auto& [id, target] : waiting_) {
      if (there.contains(shown(target))) continue;
      ++out_.count;
      if (out_.listed.size() < kListedLimit) out_.listed.push_back({shown(id), shown(target)});
    }
    waiting_.clear();
  }

 private:
  struct Waiting {
    Value id, target;
  };

  std::set<std::string> targets() {
    std::set<std::string> found;
    if (waiting_.empty()) return found;
    const Model& target = *out_.reference.target;
    Document query;
    {
      Nested condition(*query.get(), kIdName);
      NestedArray ids(condition, "$in");
      for (const auto& one : waiting_) append_id(ids.get(), ids.next_key(), target, one.target);
    }
    server_.each(target, *query.get(), *by_id({kIdName}).get(),
                 [&](const bson_t& document) { found.insert(shown(id_of(document, target))); });
    return found;
  }

  Server& server_;
  DanglingReference& out_;
  std::vector<Waiting> waiting_;
};

DanglingReference look_at(Server& server, const Reference& reference) {
  DanglingReference out{reference, 0, {}};
  References references(server, out);
  const auto name = stored_name(reference.model->fields[reference.field]);
  Document query;
  {
    Nested condition(*query.get(), name);
    append_null(condition, "$ne");  // neither null nor missing
  }
  server.each(*reference.model, *query.get(), *by_id({kIdName, name}).get(), [&](const bson_t& document) { references.add(document); });
  references.settle();
  return out;
}

}  // namespace

std::vector<ScannedCollection> scan(const Options& options, const Catalog& catalog, const ScanProgress& progress) {
  const Driver driver;
  Server server(options);
  std::vector<ScannedCollection> found;
  for (const Model& model : catalog.models()) found.push_back(scan_collection(server, model, progress));
  return found;
}

std::vector<DanglingReference> dangling(const Options& options, const Catalog& catalog) {
  const Driver driver;
  Server server(options);
  std::vector<DanglingReference> found;
  for (const Reference& reference : catalog.references()) {
    auto one = look_at(server, reference);
    if (one.count != 0) found.push_back(std::move(one));
  }
  return found;
}

}  // namespace holdfast::mongo
