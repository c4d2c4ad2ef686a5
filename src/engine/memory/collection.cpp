#include "engine/memory/collection.h"

#include <fmt/format.h>

#include <algorithm>

#include "query/write_resolution.h"

namespace holdfast::memory {
namespace {

Error not_found(const Model& model, const Value& id) {
  const auto* number = std::get_if<std::int64_t>(&id.alternatives());
  return Error(Code::kNotFound,
               fmt::format("{} has no record with the id {}.", model.name, number != nullptr ? std::to_string(*number) : id.text()));
}

// "Null never conflicts": a key with one null member is as if it were not there.
bool clashes(const std::vector<std::size_t>& key, const Record& a, const Record& b) {
  return std::all_of(key.begin(), key.end(), [&](std::size_t field) {
    return !a.values[field].is_null() && !a.values[field].is_absent() && a.values[field] == b.values[field];
  });
}

template <typename Records>
auto find_id(Records& records, const Value& id) {
  return std::find_if(records.begin(), records.end(), [&](const Record& record) { return record.values[0] == id; });
}

}  // namespace

Result<Record> Collection::find(const Value& id) const {
  const auto found = find_id(records_, id);
  if (found == records_.end()) return not_found(model_, id);
  return *found;
}

Result<Written> Collection::write(const WritePlan& plan) {
  switch (plan.kind) {
    case WritePlan::Kind::kCreate:
      return create(plan);
    case WritePlan::Kind::kReplace:
    case WritePlan::Kind::kPatch:
      return update(plan);
    case WritePlan::Kind::kRemove:
      return remove(plan);
  }
  return Error(Code::kInternal);
}

Result<Written> Collection::create(const WritePlan& plan) {
  Record record = resolve_create(plan);
  if (const Result<void> unique = check_unique(record, nullptr); !unique) return unique.error();
  // "Integer ids: unique, never reused, gaps allowed."
  if (record.values[0].is_absent()) record.values[0] = Value(++last_id_);
  records_.push_back(record);
  Written written;
  written.after = std::move(record);
  written.created = true;
  return written;
}

// "Order of checks: 404, 422, 412, 409 unique." resolve_update does the two in the middle.
Result<Written> Collection::update(const WritePlan& plan) {
  const auto stored = find_id(records_, plan.id);
  if (stored == records_.end()) return not_found(model_, plan.id);
  Result<Resolution> resolution = resolve_update(plan, *stored);
  if (!resolution) return resolution.error();
  if (const Result<void> preconditions = check_preconditions(plan, *stored); !preconditions) return preconditions.error();
  if (const Result<void> unique = check_unique(resolution->after, &*stored); !unique) return unique.error();
  Written written;
  written.changed = resolution->changed;
  written.before = *stored;
  written.after = resolution->after;
  *stored = std::move(resolution->after);
  return written;
}

// "Unknown id → 404 before 412."
Result<Written> Collection::remove(const WritePlan& plan) {
  const auto stored = find_id(records_, plan.id);
  if (stored == records_.end()) return not_found(model_, plan.id);
  if (const Result<void> preconditions = check_preconditions(plan, *stored); !preconditions) return preconditions.error();
  Written written;
  written.before = std::move(*stored);
  records_.erase(stored);
  return written;
}

// "409 `unique_violation` reports every declared key that clashes, `id` first, then model order. `fields` is one flat list without
// repeats."
Result<void> Collection::check_unique(const Record& record, const Record* itself) const {
  std::vector<UniqueKey> keys{{{0}}};
  keys.insert(keys.end(), model_.unique_keys.begin(), model_.unique_keys.end());
  Error error(Code::kUniqueViolation, "Another record of " + model_.name + " has the same key.");
  for (const UniqueKey& key : keys) {
    const bool taken = std::any_of(records_.begin(), records_.end(),
                                   [&](const Record& other) { return &other != itself && clashes(key.fields, record, other); });
    if (!taken) continue;
    for (const std::size_t field : key.fields) {
      const std::string& name = model_.fields[field].name;
      if (std::find(error.fields.begin(), error.fields.end(), name) == error.fields.end()) error.fields.push_back(name);
    }
  }
  if (error.fields.empty()) return {};
  return error;
}

}  // namespace holdfast::memory
