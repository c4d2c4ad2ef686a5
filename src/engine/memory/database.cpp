#include "engine/memory/database.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/memory/removal.h"
#include "model/record_json.h"
#include "query/write_resolution.h"

namespace holdfast::memory {
namespace {

// As in a URL.
std::string text_of(const Value& id) {
  const auto* number = std::get_if<std::int64_t>(&id.alternatives());
  return number != nullptr ? std::to_string(*number) : id.text();
}

// "Null never conflicts": a key with one null member is as if it were not there.
bool clashes(const std::vector<std::size_t>& key, const Record& a, const Record& b) {
  return std::all_of(key.begin(), key.end(), [&](std::size_t field) {
    return !a.values[field].is_null() && !a.values[field].is_absent() && a.values[field] == b.values[field];
  });
}

// "Only 2xx answers are kept: status, id, rev and the record's canonical JSON."
KeptAnswer answer_of(const Model& model, const Written& written) {
  KeptAnswer answer;
  answer.status = written.created ? 201 : 200;
  answer.id = text_of(written.after->values[0]);
  answer.revision = written.after->revision;
  append_json(answer.json, model, *written.after);
  return answer;
}

}  // namespace

Database::Database(const Catalog& catalog) : catalog_(catalog) {
  for (const Model& model : catalog.models()) collections_[&model];
}

Result<Record> Database::find(const Model& model, const Value& id) const {
  if (const Record* found = find_record(records(model), id)) return *found;
  return Error(Code::kNotFound, fmt::format("{} has no record with the id {}.", model.name, text_of(id)));
}

// "Idempotency-Key: scope collection + key; fingerprint; 24 h; other fingerprint → 422."
Result<Written> Database::write(const WritePlan& plan) {
  if (!plan.idempotency) return write_once(plan);
  const auto scope = std::pair(plan.model, plan.idempotency->key);
  const auto kept = kept_.find(scope);
  if (kept != kept_.end() && plan.now - kept->second.at < kIdempotencyLife) {
    if (kept->second.fingerprint != plan.idempotency->fingerprint) {
      return Error(Code::kIdempotencyKeyReused, "The Idempotency-Key was sent with another request; make a new one for this.");
    }
    Written written;
    written.changed = false;
    written.replayed = kept->second.answer;
    return written;
  }
  Result<Written> written = write_once(plan);
  if (written) kept_[scope] = {plan.idempotency->fingerprint, plan.now, answer_of(*plan.model, *written)};
  return written;
}

Result<Written> Database::write_once(const WritePlan& plan) {
  switch (plan.kind) {
    case WritePlan::Kind::kCreate:
      return plan.upsert ? upsert(plan) : create(plan);
    case WritePlan::Kind::kReplace:
    case WritePlan::Kind::kPatch:
      return update(plan);
    case WritePlan::Kind::kRemove:
      return remove(plan);
  }
  return Error(Code::kInternal);
}

// "Order of checks: 409 reference, 412, 409 unique."
Result<Written> Database::create(const WritePlan& plan) {
  Collection& collection = collections_.at(plan.model);
  Record record = resolve_create(plan);
  if (const Result<void> references = check_references(*plan.model, nullptr, record); !references) return references.error();
  if (plan.only_if_missing && find_record(collection.records, record.values[0]) != nullptr) {
    return Error(Code::kPreconditionFailed, "There is an item with this id, which If-None-Match excludes.");
  }
  if (const Result<void> unique = check_unique(*plan.model, record, nullptr); !unique) return unique.error();
  // "Integer ids: unique, never reused, gaps allowed."
  if (record.values[0].is_absent()) record.values[0] = Value(++collection.last_id);
  Written written;
  written.created = true;
  written.after = record;
  collection.records.emplace(record.values[0], std::move(record));
  return written;
}

// "On conflict the members sent are changed as by PATCH: 200; else 201."
Result<Written> Database::upsert(const WritePlan& plan) {
  const Record wanted = resolve_create(plan);
  for (const auto& [id, record] : records(*plan.model)) {
    if (clashes(plan.upsert->key, wanted, record)) return update(as_patch(plan, record));
  }
  return create(plan);
}

// "Order of checks: 404, 422, 409 reference, 412, 409 unique."
Result<Written> Database::update(const WritePlan& plan) {
  const Model& model = *plan.model;
  Result<Record> before = find(model, plan.id);
  if (!before) return before.error();
  Result<Resolution> resolution = resolve_update(plan, *before);
  if (!resolution) return resolution.error();
  if (const Result<void> references = check_references(model, &*before, resolution->after); !references) return references.error();
  if (const Result<void> preconditions = check_preconditions(plan, *before); !preconditions) return preconditions.error();
  if (const Result<void> unique = check_unique(model, resolution->after, &*before); !unique) return unique.error();
  collections_.at(&model).records.at(plan.id) = resolution->after;
  Written written;
  written.changed = resolution->changed;
  written.before = std::move(*before);
  written.after = std::move(resolution->after);
  return written;
}

// "Unknown id → 404 before 412", and 409 reference between them.
Result<Written> Database::remove(const WritePlan& plan) {
  const Result<Record> before = find(*plan.model, plan.id);
  if (!before) return before.error();
  const Result<Removal> removal = removal_of(catalog_, collections_, {plan.model, plan.id});
  if (!removal) return removal.error();
  if (const Result<void> preconditions = check_preconditions(plan, *before); !preconditions) return preconditions.error();
  carry_out(*removal, collections_, plan.now);
  Written written;
  written.before = *before;
  return written;
}

// "409 `reference_violation`: `fields` for a missing target." A record may refer to itself before it is there.
Result<void> Database::check_references(const Model& model, const Record* before, const Record& after) const {
  Error error(Code::kReferenceViolation, "There is no record that the body refers to.");
  for (const std::size_t field : references_to_check(model, before, after)) {
    const Model& target = *catalog_.find(model.fields[field].ref);
    const bool is_itself = &target == &model && after.values[field] == after.values[0];
    if (is_itself || find_record(records(target), after.values[field]) != nullptr) continue;
    error.fields.push_back(model.fields[field].name);
  }
  if (error.fields.empty()) return {};
  return error;
}

// "409 `unique_violation` reports every declared key that clashes, `id` first, then model order. `fields` is one flat list without
// repeats." `itself`: the record that `record` replaces; null: none.
Result<void> Database::check_unique(const Model& model, const Record& record, const Record* itself) const {
  Error error(Code::kUniqueViolation, "Another record of " + model.name + " has the same key.");
  const bool id_is_taken = itself == nullptr && !record.values[0].is_absent() && find_record(records(model), record.values[0]) != nullptr;
  if (id_is_taken) error.fields.push_back(model.fields[0].name);
  for (const UniqueKey& key : model.unique_keys) {
    const bool taken = std::any_of(records(model).begin(), records(model).end(), [&](const auto& other) {
      return (itself == nullptr || other.second.values[0] != itself->values[0]) && clashes(key.fields, record, other.second);
    });
    if (!taken) continue;
    for (const std::size_t field : key.fields) {
      const std::string& name = model.fields[field].name;
      if (std::find(error.fields.begin(), error.fields.end(), name) == error.fields.end()) error.fields.push_back(name);
    }
  }
  if (error.fields.empty()) return {};
  return error;
}

}  // namespace holdfast::memory
