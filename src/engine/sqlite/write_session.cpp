#include "engine/sqlite/write_session.h"

#include <cerrno>

#include "engine/sqlite/error.h"
#include "engine/write_errors.h"
#include "query/write_resolution.h"

namespace holdfast::sqlite {
namespace {

int run(sqlite3_stmt* statement) noexcept {
  const int code = sqlite3_step(statement);
  sqlite3_reset(statement);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

}  // namespace

WriteSession::WriteSession(Database database, const Catalog& catalog)
    : database_(std::move(database)),
      catalog_(catalog),
      rows_(database_.get()),
      kept_answers_(database_.get()),
      begin_(prepare(database_.get(), "begin immediate")),
      commit_(prepare(database_.get(), "commit")),
      savepoint_(prepare(database_.get(), "savepoint w")),
      release_(prepare(database_.get(), "release w")),
      roll_back_to_(prepare(database_.get(), "rollback to w")) {}

int WriteSession::begin() {
  rows_.search().clear();
  if (const int code = run(begin_.get()); code != SQLITE_OK) return code;
  // Holds until the transaction ends, so that records that refer to each other can go together. It takes effect when it is compiled; to
  // run it would only make SQLite compile every statement anew.
  if (!catalog_.references().empty()) prepare(database_.get(), "pragma defer_foreign_keys = on", false);
  return SQLITE_OK;
}
int WriteSession::write_search_data() {
  return rows_.search().flush();
}
int WriteSession::commit() {
  errno = 0;
  return run(commit_.get());
}
void WriteSession::roll_back() {
  if (!lost()) execute(database_.get(), "rollback");
}

Result<Written> WriteSession::apply(const WritePlan& plan) {
  if (run(savepoint_.get()) != SQLITE_OK) return error_of(database_.get());
  rows_.forget_violation();
  const std::size_t searched = rows_.search().mark();
  Result<Written> written = apply_once(plan);
  if (lost()) return written;
  if (written.has_value() && has_broken_references()) written = foreign_key_violation();
  if (written.has_error()) rows_.search().roll_back_to(searched);
  if (written.has_error() && run(roll_back_to_.get()) != SQLITE_OK) return abandon();
  if (auto clashes = rows_.name_clashes()) written = std::move(*clashes);
  if (run(release_.get()) != SQLITE_OK) return abandon();
  return written;
}

// A write that can neither be undone nor kept alone: nothing of its transaction may be committed.
Error WriteSession::abandon() {
  Error error = error_of(database_.get());
  roll_back();
  return error;
}

// Deferred ones would be seen at COMMIT only, and take the whole group with them.
bool WriteSession::has_broken_references() const noexcept {
  int broken = 0, ignored = 0;
  sqlite3_db_status(database_.get(), SQLITE_DBSTATUS_DEFERRED_FKS, &broken, &ignored, 0);
  return broken != 0;
}

Result<Written> WriteSession::apply_once(const WritePlan& plan) {
  if (!plan.idempotency) return dispatch(plan);
  Result<std::optional<Written>> replayed = kept_answers_.find(plan);
  if (!replayed) return replayed.error();
  if (*replayed) return std::move(**replayed);
  Result<Written> written = dispatch(plan);
  if (!written) return written;
  if (auto done = kept_answers_.keep(plan, *written); !done) return done.error();
  return written;
}

Result<Written> WriteSession::dispatch(const WritePlan& plan) {
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

Result<Written> WriteSession::create(const WritePlan& plan) {
  const Model& model = *plan.model;
  Record record = resolve_create(plan);
  if (plan.upsert) {
    Result<std::optional<StoredRow>> met = rows_.find(model, plan.upsert->key, record);
    if (!met) return met.error();
    if (*met) {
      const WritePlan patch = as_patch(plan, (*met)->record);
      return change(patch, std::move(**met));
    }
  }
  if (auto targets = check_targets(model, nullptr, record); !targets) return targets.error();
  if (plan.only_if_missing) {
    if (auto missing = check_missing(plan); !missing) return missing.error();
  }
  if (auto inserted = rows_.insert_row(model, record); !inserted) return inserted.error();
  Written written;
  written.after = std::move(record);
  written.created = true;
  return written;
}

Result<Written> WriteSession::update(const WritePlan& plan) {
  Result<StoredRow> before = rows_.find(*plan.model, plan.id);
  if (!before) return before.error();
  return change(plan, std::move(*before));
}

Result<Written> WriteSession::change(const WritePlan& plan, StoredRow before) {
  const Model& model = *plan.model;
  Result<Resolution> resolution = resolve_update(plan, before.record);
  if (!resolution) return resolution.error();
  if (auto targets = check_targets(model, &before.record, resolution->after); !targets) return targets.error();
  if (auto preconditions = check_preconditions(plan, before.record); !preconditions) return preconditions.error();
  if (resolution->changed) {
    if (auto updated = rows_.update_row(model, before, resolution->after); !updated) return updated.error();
  }
  Written written;
  written.changed = resolution->changed;
  written.before = std::move(before.record);
  written.after = std::move(resolution->after);
  return written;
}

Result<Written> WriteSession::remove(const WritePlan& plan) {
  Result<StoredRow> before = rows_.find(*plan.model, plan.id);
  if (!before) return before.error();
  Removal removal(rows_, catalog_.references(), *plan.model, *before);
  if (auto surveyed = removal.survey(); !surveyed) return surveyed.error();
  if (auto preconditions = check_preconditions(plan, before->record); !preconditions) return preconditions.error();
  if (auto removed = removal.apply(plan.now); !removed) return removed.error();
  Written written;
  written.before = std::move(before->record);
  return written;
}

// Names every reference that the write sets and whose target is not there. A record may refer to itself, also one that is made here.
Result<void> WriteSession::check_targets(const Model& model, const Record* before, const Record& after) {
  std::vector<std::size_t> missing;
  for (const std::size_t ordinal : references_to_check(model, before, after)) {
    const Model& target = *catalog_.find(model.fields[ordinal].ref);
    const Value& id = after.values[ordinal];
    if (&target == &model && id == after.values[0]) continue;
    const Result<bool> exists = rows_.exists(target, id);
    if (!exists) return exists.error();
    if (!*exists) missing.push_back(ordinal);
  }
  if (missing.empty()) return {};
  return missing_targets(model, after, missing);
}

Result<void> WriteSession::check_missing(const WritePlan& plan) {
  const Result<bool> exists = rows_.exists(*plan.model, plan.id);
  if (!exists) return exists.error();
  if (!*exists) return {};
  return id_is_taken(*plan.model, plan.id);
}

}  // namespace holdfast::sqlite
