#include "engine/mongo/renames.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/reply.h"

namespace holdfast::mongo {
namespace {

// Where a collection of that name was stored if nothing else was said.
std::string default_table(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// A rename of many documents may have been broken off: each that lacks the new name counts.
bool is_under_old_name(Connection& connection, const Model& model, const Field& field) {
  Document command;
  append_text(*command.get(), "find", model.table);
  {
    Nested filter(*command.get(), "filter");
    {
      Nested condition(filter, field.was);
      append_bool(condition, "$exists", true);
    }
    Nested condition(filter, stored_name(field));
    append_bool(condition, "$exists", false);
  }
  append_int64(*command.get(), "limit", 1);
  append_bool(*command.get(), "singleBatch", true);
  const Reply reply = connection.read(*command.get());
  if (!reply) refuse_to_start(reply.error(), fmt::format("look for {} in documents of {}", field.was, model.table));
  return is_document_at(*reply->get(), "cursor.firstBatch.0");
}

// $rename takes away what the validator of before may require. A unique index on the old name would take all that lack it for equal.
std::string missing_rename(const Model& model, const Field& field) {
  return fmt::format(
      "{0}: {1} was {2}, and renaming is not done by this version; take `was` out, or drop any unique index on {2} and run in mongosh: "
      "db.runCommand({{update: \"{0}\", updates: [{{q: {{\"{2}\": {{$exists: true}}, \"{1}\": {{$exists: false}}}}, "
      "u: {{$rename: {{\"{2}\": \"{1}\"}}}}, multi: true}}], bypassDocumentValidation: true}})",
      model.table, stored_name(field), field.was);
}

std::string missing_rename(const Model& model, const std::string& old_table) {
  return fmt::format(
      "{0}: the collection was {1}, and renaming is not done by this version; take `was` out, or run in mongosh: "
      "db.getCollection(\"{1}\").renameCollection(\"{0}\")",
      model.table, old_table);
}

}  // namespace

std::vector<std::string> missing_renames(Connection& connection, const Model& model,
                                         const std::map<std::string, StoredCollection>& collections) {
  if (!collections.contains(model.table)) {
    const std::string old_table = default_table(model.was);
    return collections.contains(old_table) ? std::vector{missing_rename(model, old_table)} : std::vector<std::string>();
  }
  std::vector<std::string> missing;
  for (const Field& field : model.fields) {
    if (field.was.empty() || field.was == stored_name(field)) continue;
    if (is_under_old_name(connection, model, field)) missing.push_back(missing_rename(model, field));
  }
  return missing;
}

}  // namespace holdfast::mongo
