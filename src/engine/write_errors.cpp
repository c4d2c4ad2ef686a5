#include "engine/write_errors.h"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast {

std::string shown_id(const Value& id) {
  const auto* text = std::get_if<std::string>(&id.alternatives());
  return text != nullptr ? *text : fmt::format("{}", id.integer());
}

Error no_record(const Model& model, const Value& id) {
  return Error(Code::kNotFound, fmt::format("{} has no record with the id {}.", model.name, shown_id(id)));
}

std::vector<UniqueKey> keys_of(const Model& model) {
  std::vector<UniqueKey> keys{{{0}}};
  keys.insert(keys.end(), model.unique_keys.begin(), model.unique_keys.end());
  return keys;
}

bool may_clash(const UniqueKey& key, const Record& record, bool is_new) {
  const auto is_missing = [&](std::size_t field) { return record.values[field].is_null() || record.values[field].is_absent(); };
  if (std::any_of(key.fields.begin(), key.fields.end(), is_missing)) return false;
  return is_new || key.fields.front() != 0;
}

Error unique_violation(const Model& model, std::span<const UniqueKey> clashing) {
  Error error(Code::kUniqueViolation);
  std::string names;
  for (const UniqueKey& key : clashing) {
    for (const std::size_t field : key.fields) {
      const std::string& name = model.fields[field].name;
      if (std::find(error.fields.begin(), error.fields.end(), name) != error.fields.end()) continue;
      names.append(names.empty() ? "" : ", ").append(name);
      error.fields.push_back(name);
    }
  }
  error.detail = fmt::format("Another record of {} has the same {}.", model.name, names.empty() ? "key" : names);
  return error;
}

Error missing_targets(const Model& model, const Record& after, std::span<const std::size_t> references) {
  Error error(Code::kReferenceViolation);
  std::string names;
  for (const std::size_t ordinal : references) {
    const Field& field = model.fields[ordinal];
    error.fields.push_back(field.name);
    names += fmt::format("{}{} (no record of {} has the id {})", names.empty() ? "" : ", ", field.name, field.ref,
                         shown_id(after.values[ordinal]));
  }
  error.detail = fmt::format("The record refers to what is not there: {}.", names);
  return error;
}

Error foreign_key_violation() {
  return Error(Code::kReferenceViolation,
               "A foreign key of the database, which no model declares, refuses the write; remove what refers to the record first.");
}

Error id_is_taken(const Model& model, const Value& id) {
  return Error(Code::kPreconditionFailed,
               fmt::format("{} has a record with the id {} already, which If-None-Match excludes.", model.name, shown_id(id)));
}

Error idempotency_in_progress() {
  return Error(Code::kIdempotencyInProgress, "A request with this Idempotency-Key is still running; ask again when it has ended.");
}

}  // namespace holdfast
