#include "engine/mongo/ids.h"

#include "engine/mongo/attempts.h"
#include "engine/mongo/document.h"
#include "engine/mongo/documents.h"
#include "engine/mongo/error.h"
#include "engine/mongo/reply.h"

namespace holdfast::mongo {
namespace {

// findAndModify of the model's counter; `condition`: what `last` must be.
Document counter_command(const Model& model, const char* change, std::int64_t number, std::optional<std::int64_t> condition) {
  Document command;
  append_text(*command.get(), "findAndModify", kMetaCollection);
  {
    Nested query(*command.get(), "query");
    append_text(query, "_id", "ids " + model.table);
    if (condition) append_int64(query, "last", *condition);
  }
  {
    Nested update(*command.get(), "update");
    Nested changed(update, change);
    append_int64(changed, "last", number);
  }
  append_bool(*command.get(), "new", true);
  append_bool(*command.get(), "upsert", !condition);
  return command;
}

// Whether the counter went on or not: a gap at most, and no record was written.
Error counter_failed(const Failure& failure) {
  if (!is_outcome_unknown(failure.error)) return error_of(failure.error);
  return Error(Code::kDatabaseUnavailable, "MongoDB did not give the record an id in time, so that nothing was written; try again.");
}

}  // namespace

Result<std::int64_t> next_id(Connection& connection, const Model& model) {
  const Document command = counter_command(model, "$inc", 1, std::nullopt);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Reply reply = connection.write(*command.get());
    if (reply) return number_at(*reply->get(), "value.last");
    // Two that make the counter at once: one of them meets it.
    if (!is_duplicate_key(reply.error().error)) return counter_failed(reply.error());
  }
  return overloaded_by_others();
}

Result<void> raise_ids(Connection& connection, const Model& model) {
  Document command;
  append_text(*command.get(), "find", model.table);
  {
    Nested filter(*command.get(), "filter");
    Nested numbers(filter, "_id");
    append_text(numbers, "$type", "number");
  }
  {
    Nested projection(*command.get(), "projection");
    append_int32(projection, "_id", 1);
  }
  {
    Nested sort(*command.get(), "sort");
    append_int32(sort, "_id", -1);
  }
  append_int64(*command.get(), "limit", 1);
  append_bool(*command.get(), "singleBatch", true);
  const Reply greatest = connection.read(*command.get());
  if (!greatest) return error_of(greatest.error().error);
  const Document raise = counter_command(model, "$max", number_at(*greatest->get(), "cursor.firstBatch.0._id"), std::nullopt);
  const Reply raised = connection.write(*raise.get());
  if (!raised && !is_duplicate_key(raised.error().error)) return counter_failed(raised.error());
  return {};
}

void give_back_id(Connection& connection, const Model& model, std::int64_t id) {
  const Document command = counter_command(model, "$set", id - 1, id);
  if (const Reply reply = connection.write(*command.get()); !reply) return;
}

}  // namespace holdfast::mongo
