#include "engine/mongo/new_members.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/engine.h"
#include "engine/mongo/reply.h"
#include "engine/mongo/unique_keys.h"

namespace holdfast::mongo {
namespace {

constexpr std::int64_t kBatch = 500;  // documents, filled by one command

// Whatever Holdfast has written has a revision.
void append_is_ours(bson_t& filter) {
  Nested revision(filter, kRevisionPath);
  append_bool(revision, "$exists", true);
}

void append_is_missing(bson_t& filter, const Field& member) {
  Nested missing(filter, stored_name(member));
  append_bool(missing, "$exists", false);
}

// Or holds null. An array that has a null in it compares with null as well.
void append_is_null(bson_t& filter, const Field& member) {
  append_null(filter, stored_name(member));
  Nested no_element(filter, stored_name(member) + ".0");
  append_bool(no_element, "$exists", false);
}

// A document of ours has no value in it.
bool is_lacking(Connection& connection, const Model& model, const Field& member) {
  Document command;
  append_text(*command.get(), "find", model.table);
  {
    Nested filter(*command.get(), "filter");
    append_is_ours(filter);
    append_is_null(filter, member);
  }
  append_int64(*command.get(), "limit", 1);
  append_bool(*command.get(), "singleBatch", true);
  const Reply reply = connection.read(*command.get());
  if (!reply) refuse_to_start(reply.error(), fmt::format("look for documents of {} without {}", model.table, stored_name(member)));
  return is_document_at(*reply->get(), "cursor.firstBatch.0");
}

bool is_timestamp(const Field& field) {
  return field.role == Role::kCreatedAt || field.role == Role::kUpdatedAt;
}

std::string missing_value(const Model& model, const Field& member) {
  const std::string name = stored_name(member);
  if (!is_timestamp(member)) {
    return fmt::format(
        "{}: the field {} is missing, and the records that are there would have no value in it; give the field a default, or let it be "
        "null",
        model.table, name);
  }
  return fmt::format(
      "{0}: {1} is missing in records that are there; take `timestamps` out, or run: "
      "db.getCollection(\"{0}\").updateMany({{\"{1}\": null}}, [{{$set: {{\"{1}\": \"$$NOW\"}}}}])",
      model.table, name);
}

std::string null_value(const Model& model, const Field& member) {
  return fmt::format(
      "{0}: the field {1} is null in records that are there, the model says that it is not; let the field be null, or give it a value: "
      "db.getCollection(\"{0}\").updateMany({{\"{1}\": null}}, {{$set: {{\"{1}\": …}}}}){2}",
      model.table, stored_name(member), has_data_beside(model) ? ", and then run `holdfast reindex`" : "");
}

bool has_default(const Field& field) {
  return !field.default_value.is_absent() && !field.default_value.is_null();
}

bool has_one_of(const Model& model, const std::vector<std::size_t>& ordinals, const std::vector<const Field*>& members) {
  return std::any_of(ordinals.begin(), ordinals.end(), [&](std::size_t ordinal) {
    return std::find(members.begin(), members.end(), &model.fields[model.holder(ordinal)]) != members.end();
  });
}

std::string doing(const Model& model) {
  return fmt::format("fill new members of {} with their defaults", model.table);
}

Document lacking_filter(const std::vector<const Field*>& members) {
  Document filter;
  append_is_ours(*filter.get());
  NestedArray any(*filter.get(), "$or");
  for (const Field* member : members) {
    Nested alternative(any.get(), any.next_key());
    append_is_missing(alternative, *member);
  }
  return filter;
}

// One update for each member: a document may have some of them. Asks again for what is missing, since others write meanwhile.
Document fill_command(const Model& model, const std::vector<const Field*>& members, const bson_t& ids) {
  Document command;
  append_text(*command.get(), "update", model.table);
  NestedArray updates(*command.get(), "updates");
  for (const Field* member : members) {
    Nested one(updates.get(), updates.next_key());
    {
      Nested query(one, "q");
      {
        Nested condition(query, kIdName);
        bson_append_array(&condition.get(), "$in", -1, &ids);
      }
      append_is_missing(query, *member);
    }
    {
      Nested update(one, "u");
      Nested set(update, "$set");
      append_value(set, stored_name(*member), *member, member->default_value);
    }
    append_bool(one, "multi", true);
  }
  return command;
}

// In order of their ids, which no fill changes.
class LackingDocuments {
 public:
  LackingDocuments(Connection& connection, const Model& model, const std::vector<const Field*>& members)
      : connection_(connection), model_(model) {
    Document options;
    {
      Nested sort(*options.get(), "sort");
      append_int32(sort, kIdName, 1);
    }
    {
      Nested projection(*options.get(), "projection");
      append_int32(projection, kIdName, 1);
    }
    append_int64(*options.get(), "batchSize", kBatch);
    const Document filter = lacking_filter(members);
    cursor_.reset(mongoc_collection_find_with_opts(connection.collection(model), filter.get(), options.get(), nullptr));
  }

  // Appends the ids of the next few as elements of an array: how many.
  std::int64_t next(bson_t& ids) {
    std::int64_t count = 0;
    const bson_t* document = nullptr;
    bson_iter_t id;
    while (count < kBatch && mongoc_cursor_next(cursor_.get(), &document)) {
      if (!bson_iter_init_find(&id, document, kIdName.data())) continue;
      bson_append_iter(&ids, std::to_string(count++).c_str(), -1, &id);
    }
    Failure failure;
    if (mongoc_cursor_error(cursor_.get(), &failure.error)) {
      connection_.note_failure(failure.error);
      refuse_to_start(failure, doing(model_));
    }
    return count;
  }

 private:
  Connection& connection_;
  const Model& model_;
  Cursor cursor_;
};

}  // namespace

NewMembers new_members(const Model& model, const StoredMeanings& known) {
  NewMembers found;
  if (known.declared.empty()) return found;
  for (const Field& field : model.fields) {
    if (field.role == Role::kId || field.admits_null) continue;  // what is missing may be a null that somebody stored
    const std::string name = stored_name(field);
    if (known.declared.contains(name)) {
      if (!known.never_null.contains(name)) found.not_null.push_back(&field);
    } else {
      (has_default(field) ? found.with_default : found.required).push_back(&field);
    }
  }
  return found;
}

bool has_search_made_of(const Model& model, const std::vector<const Field*>& members) {
  return model.search && has_one_of(model, model.search->fields, members);
}

bool has_key_made_of(const Model& model, const std::vector<const Field*>& members) {
  const auto is_made_of_one = [&](const UniqueKey& key) { return is_hidden(model, key) && has_one_of(model, key.fields, members); };
  return std::any_of(model.unique_keys.begin(), model.unique_keys.end(), is_made_of_one);
}

std::vector<std::string> missing_values(Connection& connection, const Model& model, const NewMembers& added) {
  std::vector<std::string> problems;
  for (const Field* member : added.required) {
    if (is_lacking(connection, model, *member)) problems.push_back(missing_value(model, *member));
  }
  for (const Field* member : added.not_null) {
    if (is_lacking(connection, model, *member)) problems.push_back(null_value(model, *member));
  }
  return problems;
}

void fill(Connection& connection, const Model& model, const std::vector<const Field*>& members) {
  LackingDocuments lacking(connection, model, members);
  std::int64_t filled = 0, count = kBatch;
  while (count == kBatch) {  // fewer: the cursor is at its end, and may not be asked again
    Document ids;
    count = lacking.next(*ids.get());
    if (count == 0) break;
    const Reply reply = connection.write(*fill_command(model, members, *ids.get()).get());
    if (!reply) refuse_to_start(reply.error(), doing(model));
    filled += count;
  }
  if (filled == 0) return;
  log(LogLevel::kInfo, "new members of a collection were filled with their defaults",
      {{"collection", model.name}, {"records", fmt::format("{}", filled), true}});
}

}  // namespace holdfast::mongo
