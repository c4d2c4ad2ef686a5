#include "engine/mongo/documents.h"

#include <algorithm>
#include <iterator>

#include "engine/mongo/change_command.h"
#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/error.h"
#include "engine/mongo/reply.h"
#include "engine/mongo/unique_keys.h"
#include "engine/write_errors.h"

namespace holdfast::mongo {
namespace {

Document find_command(const std::string& table, const bson_t& filter, const bson_t* projection, std::int64_t limit) {
  Document command;
  append_text(*command.get(), "find", table);
  append_document(*command.get(), "filter", filter);
  if (projection != nullptr) append_document(*command.get(), "projection", *projection);
  append_int64(*command.get(), "limit", limit);
  append_int64(*command.get(), "batchSize", limit + 1);  // one more than the limit, or the server keeps a cursor open
  append_bool(*command.get(), "singleBatch", true);
  return command;
}

Document id_filter(const Model& model, const Value& id) {
  Document filter;
  append_id(*filter.get(), kIdName, model, id);
  return filter;
}

Document only(std::initializer_list<std::string_view> paths) {
  Document projection;
  for (const std::string_view path : paths) append_int32(*projection.get(), path, 1);
  return projection;
}

Document bookkeeping_projection() {
  return only({kIdName, "_hf.rev", "_hf.request", "_hf.deleting"});
}

// By the hidden document where there is one: its index answers.
void append_key_is(bson_t& filter, const Model& model, const UniqueKey& key, const Record& values) {
  if (is_hidden(model, key)) {
    Document members;
    append_members(*members.get(), model, key, values);
    return append_document(filter, hidden_path(model, key), *members.get());
  }
  for (const std::size_t field : key.fields) append_value(filter, stored_path(model, field), model, field, values.values[field]);
}

void append_ids(bson_t& filter, std::string_view path, const char* comparison, const Model& model, std::size_t field,
                const std::vector<Value>& ids) {
  Nested condition(filter, path);
  NestedArray array(condition, comparison);
  for (const Value& id : ids) append_value(array.get(), array.next_key(), model, field, id);
}

}  // namespace

void append_any_of(bson_t& filter, const RemovalQuestion& question) {
  const auto append = [&](bson_t& out, const RemovalQuestion::Condition& condition) {
    append_ids(out, stored_path(*question.model, condition.field), "$in", *question.model, condition.field, condition.ids);
  };
  if (question.any_of.size() == 1) return append(filter, question.any_of.front());
  NestedArray any(filter, "$or");
  for (const RemovalQuestion::Condition& condition : question.any_of) {
    Nested alternative(any.get(), any.next_key());
    append(alternative, condition);
  }
}

Result<std::optional<Document>> Documents::find_one(const std::string& table, const bson_t& filter, const bson_t* projection) {
  const Document command = find_command(table, filter, projection, 1);
  const Reply reply = connection_.read(*command.get());
  if (!reply) return error_of(reply.error().error);
  std::optional<Document> found;
  each_document(*reply->get(), [&](const bson_t& document) {
    found.emplace(bson_copy(&document));
    return false;
  });
  return found;
}

Result<StoredDocument> Documents::find(const Model& model, const Value& id) {
  Result<std::optional<Document>> found = find_one(model.table, *id_filter(model, id).get(), nullptr);
  if (!found) return found.error();
  if (!*found) return no_record(model, id);
  Result<Record> record = read_record(*(*found)->get(), model);
  if (!record) return record.error();
  return StoredDocument{std::move(*record), std::move(**found)};
}

Result<std::optional<StoredDocument>> Documents::find(const Model& model, const UniqueKey& key, const Record& values) {
  Document filter;
  append_key_is(*filter.get(), model, key, values);
  Result<std::optional<Document>> found = find_one(model.table, *filter.get(), nullptr);
  if (!found) return found.error();
  if (!*found) return std::optional<StoredDocument>();
  Result<Record> record = read_record(*(*found)->get(), model);
  if (!record) return record.error();
  return std::optional<StoredDocument>(StoredDocument{std::move(*record), std::move(**found)});
}

Result<bool> Documents::exists(const Model& model, const Value& id) {
  const Document projection = only({kIdName});
  Result<std::optional<Document>> found = find_one(model.table, *id_filter(model, id).get(), projection.get());
  if (!found) return found.error();
  return found->has_value();
}

Result<std::optional<Document>> Documents::bookkeeping(const Model& model, const Value& id) {
  const Document projection = bookkeeping_projection();
  return find_one(model.table, *id_filter(model, id).get(), projection.get());
}

Result<RemovalAnswer> Documents::answer(const RemovalQuestion& question) {
  const Model& model = *question.model;
  Document filter;
  append_any_of(*filter.get(), question);
  if (!question.except.empty()) append_ids(*filter.get(), kIdName, "$nin", model, 0, question.except);
  RemovalAnswer answer;
  if (question.kind == RemovalQuestion::Kind::kCount) {
    const Result<std::int64_t> counted = count(model.table, *filter.get());
    if (!counted) return counted.error();
    answer.count = *counted;
    return answer;
  }
  const Document projection = only({kIdName});
  const Document command = find_command(model.table, *filter.get(), projection.get(), question.limit);
  const Reply reply = connection_.read(*command.get());
  if (!reply) return error_of(reply.error().error);
  each_document(*reply->get(), [&](const bson_t& document) {
    bson_iter_t place;
    if (bson_iter_init_find(&place, &document, "_id")) answer.records.push_back({read_id(place, model), 0});
    return true;
  });
  const auto unreadable = [](const FoundRecord& record) { return record.id.is_absent(); };
  if (std::any_of(answer.records.begin(), answer.records.end(), unreadable)) {
    return Error(Code::kStoredValueInvalid, "A record of " + model.name + " that refers to it has an id of another type; mend it first.");
  }
  return answer;
}

Result<std::int64_t> Documents::count(const std::string& table, const bson_t& filter) {
  Document command;
  append_text(*command.get(), "aggregate", table);
  {
    NestedArray pipeline(*command.get(), "pipeline");
    {
      Nested match(pipeline.get(), pipeline.next_key());
      append_document(match, "$match", filter);
    }
    Nested counting(pipeline.get(), pipeline.next_key());
    append_text(counting, "$count", "n");
  }
  { Nested cursor(*command.get(), "cursor"); }
  const Reply reply = connection_.read(*command.get());
  if (!reply) return error_of(reply.error().error);
  std::int64_t number = 0;
  each_document(*reply->get(), [&](const bson_t& document) {
    number = number_at(document, "n");
    return false;
  });
  return number;
}

Result<void> Documents::insert(const Model& model, const Record& record, const std::optional<std::int64_t>& request) {
  Document command;
  append_text(*command.get(), "insert", model.table);
  {
    NestedArray documents(*command.get(), "documents");
    append_document(documents.get(), documents.next_key(), *make_document(model, record, request).get());
  }
  const Reply reply = connection_.write(*command.get());
  if (!reply) return refused_write(model, reply.error());
  return {};
}

Result<bool> Documents::change(const Model& model, const StoredDocument& before, const Record& after,
                               const std::optional<std::int64_t>& request) {
  return change(model, make_change(model, *before.document.get(), before.record, after, request));
}

// The server waits for a write that changes nothing as for the last one that it has made, of whomever.
Result<bool> Documents::confirm(const Model& model, const Record& before) {
  return change(model, make_confirmation(model, before));
}

Result<bool> Documents::change(const Model& model, const ChangeCommand& change) {
  const Document projection = only({kIdName});
  Document command;
  append_text(*command.get(), "findAndModify", model.table);
  append_document(*command.get(), "query", *change.query.get());
  append_document(*command.get(), "update", *change.update.get());
  append_document(*command.get(), "fields", *projection.get());
  const Reply reply = connection_.write(*command.get());
  if (!reply) return refused_write(model, reply.error());
  return is_document_at(*reply->get(), "value");
}

Result<bool> Documents::remove(const Model& model, const Record& before) {
  Document command;
  append_text(*command.get(), "delete", model.table);
  {
    NestedArray deletes(*command.get(), "deletes");
    Nested one(deletes.get(), deletes.next_key());
    Document query = id_filter(model, before.values[0]);
    append_revision_is(*query.get(), before.revision);
    append_document(one, "q", *query.get());
    append_int32(one, "limit", 1);
  }
  const Reply reply = connection_.write(*command.get());
  if (!reply) return error_of_write(reply.error());
  return number_at(*reply->get(), "n") == 1;
}

Error Documents::refused_write(const Model& model, const Failure& failure) {
  refusing_key_.reset();
  if (!is_duplicate_key(failure.error)) return error_of_write(failure);
  const std::string name = duplicate_key_name(failure.error);
  if (const auto table = keys_.find(model.table); table != keys_.end()) {
    if (const auto key = table->second.find(name); key != table->second.end()) refusing_key_ = keys_of(model)[key->second];
  }
  return Error(Code::kUniqueViolation, failure.error.message);
}

Clashes Documents::clashes(const Model& model, const Record& record, bool is_new) {
  const Document projection = bookkeeping_projection();
  Clashes clashes;
  for (const UniqueKey& key : keys_of(model)) {
    const bool is_named = refusing_key_ && refusing_key_->fields == key.fields;
    if (!is_named && !may_clash(key, record, is_new)) continue;
    Document filter;
    append_key_is(*filter.get(), model, key, record);
    if (!is_new) append_ids(*filter.get(), kIdName, "$nin", model, 0, {record.values[0]});
    Result<std::optional<Document>> found = find_one(model.table, *filter.get(), projection.get());
    const bool is_there = found && found->has_value();  // one that cannot be looked up never hides the key that was named
    if (is_there) clashes.documents.push_back(std::move(**found));
    if (is_named || is_there) clashes.keys.push_back(key);
  }
  return clashes;
}

Error error_of_write(const Failure& failure) {
  // Who refuses the last try for what it holds knows of the one before; a server that takes no writes does not.
  const bool may_be_kept = is_outcome_unknown(failure.error) || (failure.has_lost_answer && is_unavailable(failure.error));
  if (!may_be_kept) return error_of(failure.error);
  return Error(Code::kOutcomeUnknown,
               "The connection to MongoDB was lost, or it could not say that a majority keeps the write: it may have been done, or not.");
}

}  // namespace holdfast::mongo
