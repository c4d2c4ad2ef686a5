#include "engine/sqlite/write_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/sql/statement.h"
#include "engine/sqlite/codec.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/error.h"

namespace holdfast::sqlite {
namespace {

constexpr std::size_t kKeptStatements = 256;

int run(sqlite3_stmt* statement) noexcept {
  const int code = sqlite3_step(statement);
  sqlite3_reset(statement);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

std::string shown_id(const Value& id) {
  const auto* text = std::get_if<std::string>(&id.alternatives());
  return text != nullptr ? *text : fmt::format("{}", id.integer());
}

// SQLite's own words: "UNIQUE constraint failed: users.email, users.tenant".
bool names_key(std::string_view message, const Model& model, std::span<const std::size_t> key) {
  std::string columns;
  for (const std::size_t field : key) {
    if (!columns.empty()) columns += ", ";
    columns += model.table + "." + model.fields[field].column;
  }
  return message.ends_with("constraint failed: " + columns);
}

Error unique_violation(const Model& model, std::vector<std::string> fields) {
  std::string names;
  for (const std::string& field : fields) names += (names.empty() ? "" : ", ") + field;
  Error error(Code::kUniqueViolation, fmt::format("Another record of {} has the same {}.", model.name, names.empty() ? "key" : names));
  error.fields = std::move(fields);
  return error;
}

}  // namespace

WriteSession::WriteSession(Database database)
    : database_(std::move(database)),
      statements_(database_.get(), kKeptStatements),
      begin_(prepare(database_.get(), "begin immediate")),
      commit_(prepare(database_.get(), "commit")),
      savepoint_(prepare(database_.get(), "savepoint w")),
      release_(prepare(database_.get(), "release w")),
      roll_back_to_(prepare(database_.get(), "rollback to w")) {}

WriteSession::~WriteSession() {
  statements_.clear();
}

int WriteSession::begin() {
  return run(begin_.get());
}
int WriteSession::commit() {
  return run(commit_.get());
}
void WriteSession::roll_back() {
  if (!lost()) execute(database_.get(), "rollback");
}

Result<Written> WriteSession::apply(const WritePlan& plan) {
  if (run(savepoint_.get()) != SQLITE_OK) return error_of(database_.get());
  violation_.reset();
  Result<Written> written = dispatch(plan);
  if (lost()) return written;
  if (written.has_error() && run(roll_back_to_.get()) != SQLITE_OK) return abandon();
  if (violation_) written = name_clashes();
  if (run(release_.get()) != SQLITE_OK) return abandon();
  return written;
}

// A write that can neither be undone nor kept alone: nothing of its transaction may be committed.
Error WriteSession::abandon() {
  Error error = error_of(database_.get());
  roll_back();
  return error;
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
  const bool with_id = !record.values[0].is_absent();
  sqlite3_stmt* statement = insert_statement(model, with_id);
  if (statement == nullptr) return error_of(database_.get());
  Use use(statement);
  sqlite3_bind_int64(statement, 1, record.revision);
  int number = 1;
  for (std::size_t i = with_id ? 0 : 1; i < model.fields.size(); ++i) bind_value(statement, ++number, &model.fields[i], record.values[i]);
  if (auto stepped = step(statement, model, &record, Value(Null{})); !stepped) return stepped.error();
  if (!with_id) record.values[0] = Value(static_cast<std::int64_t>(sqlite3_last_insert_rowid(database_.get())));
  Written written;
  written.after = std::move(record);
  written.created = true;
  return written;
}

sqlite3_stmt* WriteSession::insert_statement(const Model& model, bool with_id) {
  PreparedStatement& statement = inserts_[&model][with_id ? 1 : 0];
  if (!statement) statement = prepare(database_.get(), sql::insert_text(kDialect, model, with_id));
  return statement.get();
}

Result<Written> WriteSession::update(const WritePlan& plan) {
  const Model& model = *plan.model;
  Result<Record> before = select(plan);
  if (!before) return before.error();
  Result<Resolution> resolution = resolve_update(plan, *before);
  if (!resolution) return resolution.error();
  if (auto preconditions = check_preconditions(plan, *before); !preconditions) return preconditions.error();
  Written written;
  written.changed = resolution->changed;
  if (resolution->changed) {
    std::vector<std::size_t> changed;
    for (std::size_t i = 1; i < model.fields.size(); ++i) {
      if (resolution->after.values[i] != before->values[i]) changed.push_back(i);
    }
    sqlite3_stmt* statement = statements_.get(sql::update_text(kDialect, model, changed));
    if (statement == nullptr) return error_of(database_.get());
    Use use(statement);
    bind_value(statement, 1, &model.fields[0], before->values[0]);
    sqlite3_bind_int64(statement, 2, resolution->after.revision);
    int number = 2;
    for (const std::size_t field : changed) bind_value(statement, ++number, &model.fields[field], resolution->after.values[field]);
    if (auto stepped = step(statement, model, &resolution->after, before->values[0]); !stepped) return stepped.error();
  }
  written.before = std::move(*before);
  written.after = std::move(resolution->after);
  return written;
}

Result<Written> WriteSession::remove(const WritePlan& plan) {
  Result<Record> before = select(plan);
  if (!before) return before.error();
  if (auto preconditions = check_preconditions(plan, *before); !preconditions) return preconditions.error();
  sqlite3_stmt* statement = statements_.get(sql::remove_text(kDialect, *plan.model));
  if (statement == nullptr) return error_of(database_.get());
  Use use(statement);
  bind_value(statement, 1, nullptr, plan.id);
  if (auto stepped = step(statement, *plan.model, nullptr, plan.id); !stepped) return stepped.error();
  Written written;
  written.before = std::move(*before);
  return written;
}

Result<Record> WriteSession::select(const WritePlan& plan) {
  sqlite3_stmt* statement = statements_.get(sql::find_text(kDialect, *plan.model));
  if (statement == nullptr) return error_of(database_.get());
  Use use(statement);
  bind_value(statement, 1, nullptr, plan.id);
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return read_record(statement, *plan.model, sql::all_ordinals(*plan.model));
  if (code != SQLITE_DONE) return error_of(database_.get());
  return Error(Code::kNotFound, fmt::format("{} has no record with the id {}.", plan.model->name, shown_id(plan.id)));
}

Result<void> WriteSession::step(sqlite3_stmt* statement, const Model& model, const Record* record, const Value& own_id) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_DONE) return {};
  Error error = error_of(database_.get());
  if (is_unique_violation(code) && record != nullptr) violation_ = {&model, *record, own_id, sqlite3_errmsg(database_.get())};
  return error;
}

// The key that SQLite named plus every other declared key that clashes: the id first, then in model order.
Error WriteSession::name_clashes() {
  const Violation violation = std::move(*violation_);
  violation_.reset();
  const Model& model = *violation.model;
  std::vector<UniqueKey> keys{{{0}}};
  keys.insert(keys.end(), model.unique_keys.begin(), model.unique_keys.end());
  std::vector<std::string> fields;
  for (const UniqueKey& key : keys) {
    if (!names_key(violation.message, model, key.fields) && !clashes(model, key.fields, violation.record, violation.own_id)) continue;
    for (const std::size_t field : key.fields) {
      const std::string& name = model.fields[field].name;
      if (std::find(fields.begin(), fields.end(), name) == fields.end()) fields.push_back(name);
    }
  }
  return unique_violation(model, std::move(fields));
}

bool WriteSession::clashes(const Model& model, std::span<const std::size_t> key, const Record& record, const Value& own_id) {
  for (const std::size_t field : key) {
    if (record.values[field].is_null() || record.values[field].is_absent()) return false;
  }
  if (key.front() == 0 && !own_id.is_null()) return false;  // it keeps its own id
  sqlite3_stmt* statement = statements_.get(sql::clash_text(kDialect, model, key));
  if (statement == nullptr) return false;
  Use use(statement);
  bind_value(statement, 1, &model.fields[0], own_id);
  int number = 1;
  for (const std::size_t field : key) bind_value(statement, ++number, &model.fields[field], record.values[field]);
  return sqlite3_step(statement) == SQLITE_ROW;
}

}  // namespace holdfast::sqlite
