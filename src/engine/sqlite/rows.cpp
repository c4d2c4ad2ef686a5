#include "engine/sqlite/rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/sql/keyed_select.h"
#include "engine/sql/statement.h"
#include "engine/sqlite/codec.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/error.h"
#include "model/record_json.h"

namespace holdfast::sqlite {
namespace {

constexpr std::size_t kKeptStatements = 256;
constexpr std::size_t kIdKey[] = {0};

// All that read_record() wants, then the row's number when the model needs it.
std::string stored_row_text(const Model& model, std::span<const std::size_t> key) {
  std::vector<std::string_view> columns{"_rev"};
  for (const Field& field : model.fields) columns.push_back(field.column);
  if (model.search) columns.push_back(row_column(model));
  return sql::keyed_select_text(kDialect, model, columns, key);
}

// As it is in the column: ids and references are texts or integers.
Value id_at(sqlite3_stmt* statement, int column) {
  sqlite3_value* stored = sqlite3_column_value(statement, column);
  switch (sqlite3_value_type(stored)) {
    case SQLITE_INTEGER:
      return Value(static_cast<std::int64_t>(sqlite3_value_int64(stored)));
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(stored));
      return Value(std::string(text, static_cast<std::size_t>(sqlite3_value_bytes(stored))));
    }
    default:
      return Value(Null{});
  }
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

bool replaces_object(const Field& field, const Value& before, const Value& after) {
  return field.kind == Kind::kObject && !before.is_null() && !after.is_null();
}

}  // namespace

std::string shown_id(const Value& id) {
  const auto* text = std::get_if<std::string>(&id.alternatives());
  return text != nullptr ? *text : fmt::format("{}", id.integer());
}

Rows::Rows(sqlite3* database) : database_(database), statements_(database, kKeptStatements), search_(database) {}

Result<StoredRow> Rows::find(const Model& model, const Value& id) {
  sqlite3_stmt* statement = prepared(by_model_[&model].find, [&] { return stored_row_text(model, kIdKey); });
  if (statement == nullptr) return error_of(database_);
  Use use(statement);
  bind_value(statement, 1, nullptr, id);
  Result<std::optional<StoredRow>> found = step_to_row(statement, model);
  if (!found) return found.error();
  if (!*found) return Error(Code::kNotFound, fmt::format("{} has no record with the id {}.", model.name, shown_id(id)));
  return std::move(**found);
}

Result<std::optional<StoredRow>> Rows::find(const Model& model, std::span<const std::size_t> key, const Record& values) {
  sqlite3_stmt* statement = statements_.get(stored_row_text(model, key));
  if (statement == nullptr) return error_of(database_);
  Use use(statement);
  int number = 0;
  for (const std::size_t field : key) bind_value(statement, ++number, &model.fields[field], values.values[field]);
  return step_to_row(statement, model);
}

Result<std::optional<StoredRow>> Rows::step_to_row(sqlite3_stmt* statement, const Model& model) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_DONE) return std::optional<StoredRow>();
  if (code != SQLITE_ROW) return error_of(database_);
  Result<Record> record = read_record(statement, model, sql::all_ordinals(model));
  if (!record) return record.error();
  StoredRow found;
  found.record = std::move(*record);
  if (model.search) found.row = sqlite3_column_int64(statement, static_cast<int>(model.fields.size()) + 1);
  return std::optional<StoredRow>(std::move(found));
}

Result<bool> Rows::exists(const Model& model, const Value& id) {
  const std::string_view columns[] = {model.fields[0].column};
  sqlite3_stmt* statement = prepared(by_model_[&model].exists, [&] { return sql::keyed_select_text(kDialect, model, columns, kIdKey); });
  if (statement == nullptr) return error_of(database_);
  Use use(statement);
  bind_value(statement, 1, nullptr, id);
  const int code = sqlite3_step(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) return error_of(database_);
  return code == SQLITE_ROW;
}

Result<void> Rows::each_referring(const Model& model, std::size_t field, const Value& target, std::span<const std::size_t> others,
                                  const std::function<void(ReferringRow)>& visit) {
  std::vector<std::string_view> columns{model.fields[0].column, row_column(model)};
  for (const std::size_t other : others) columns.push_back(model.fields[other].column);
  const std::size_t key[] = {field};
  sqlite3_stmt* statement = statements_.get(sql::keyed_select_text(kDialect, model, columns, key));
  if (statement == nullptr) return error_of(database_);
  Use use(statement);
  bind_value(statement, 1, nullptr, target);
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    ReferringRow found{id_at(statement, 0), sqlite3_column_int64(statement, 1), {}};
    for (std::size_t i = 0; i < others.size(); ++i) found.others.push_back(id_at(statement, static_cast<int>(i) + 2));
    visit(std::move(found));
  }
  if (code != SQLITE_DONE) return error_of(database_);
  return {};
}

Result<std::int64_t> Rows::count_referring(const Model& model, std::size_t field, const Value& target) {
  std::vector<Value> operands{target};
  const sql::Statement count = sql::count_statement(kDialect, model, Filter::on({field, Operator::kEq, std::move(operands)}), std::nullopt);
  sqlite3_stmt* statement = statements_.get(count.text);
  if (statement == nullptr) return error_of(database_);
  Use use(statement);
  bind_all(statement, count.parameters);
  if (sqlite3_step(statement) != SQLITE_ROW) return error_of(database_);
  return static_cast<std::int64_t>(sqlite3_column_int64(statement, 0));
}

Result<void> Rows::insert_row(const Model& model, Record& record) {
  const bool with_id = !record.values[0].is_absent();
  Statements& statements = by_model_[&model];
  sqlite3_stmt* statement =
      prepared(with_id ? statements.insert_with_id : statements.insert, [&] { return sql::insert_text(kDialect, model, with_id); });
  if (statement == nullptr) return error_of(database_);
  Use use(statement);
  sqlite3_bind_int64(statement, 1, record.revision);
  int number = 1;
  for (std::size_t i = with_id ? 0 : 1; i < model.fields.size(); ++i) bind_value(statement, ++number, &model.fields[i], record.values[i]);
  if (auto stepped = step(statement, model, &record, Value(Null{})); !stepped) return stepped;
  const std::int64_t row = sqlite3_last_insert_rowid(database_);
  if (!with_id) record.values[0] = Value(row);
  search_.put(model, row, record);
  return {};
}

Result<void> Rows::update_row(const Model& model, const StoredRow& before, const Record& after) {
  const Value& id = before.record.values[0];
  std::vector<std::size_t> changed;
  std::vector<Value> objects;  // JSON of those among them that take the place of another object
  for (std::size_t i = 1; i < model.fields.size(); ++i) {
    if (after.values[i] == before.record.values[i]) continue;
    changed.push_back(i);
    if (!replaces_object(model.fields[i], before.record.values[i], after.values[i])) continue;
    Result<std::string> json = kept_object(model, i, id, after.values[i]);
    if (!json) return json.error();
    objects.emplace_back(std::move(*json));
  }
  sqlite3_stmt* statement = statements_.get(sql::update_text(kDialect, model, changed));
  if (statement == nullptr) return error_of(database_);
  Use use(statement);
  bind_value(statement, 1, &model.fields[0], id);
  sqlite3_bind_int64(statement, 2, after.revision);
  int number = 2;
  auto object = objects.cbegin();
  for (const std::size_t field : changed) {
    const bool replaces = replaces_object(model.fields[field], before.record.values[field], after.values[field]);
    bind_value(statement, ++number, replaces ? nullptr : &model.fields[field], replaces ? *object++ : after.values[field]);
  }
  if (auto stepped = step(statement, model, &after, id); !stepped) return stepped;
  if (SearchIndex::concerns(model, before.record, after)) search_.put(model, before.row, after);
  return {};
}

// The object as it is to be stored: what the model does not declare in it stays.
Result<std::string> Rows::kept_object(const Model& model, std::size_t field, const Value& id, const Value& value) {
  const std::string_view columns[] = {model.fields[field].column};
  sqlite3_stmt* statement = statements_.get(sql::keyed_select_text(kDialect, model, columns, kIdKey));
  if (statement == nullptr) return error_of(database_);
  Use use(statement);
  bind_value(statement, 1, nullptr, id);
  if (sqlite3_step(statement) != SQLITE_ROW) return error_of(database_);
  const auto* stored = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  std::string text;
  append_stored_object(text, model.fields[field], value, {stored, static_cast<std::size_t>(sqlite3_column_bytes(statement, 0))});
  return text;
}

Result<void> Rows::remove_row(const Model& model, const Value& id, std::int64_t row) {
  sqlite3_stmt* statement = prepared(by_model_[&model].remove, [&] { return sql::remove_text(kDialect, model); });
  if (statement == nullptr) return error_of(database_);
  Use use(statement);
  bind_value(statement, 1, nullptr, id);
  if (auto stepped = step(statement, model, nullptr, id); !stepped) return stepped;
  search_.remove(model, row);
  return {};
}

sqlite3_stmt* Rows::prepared(PreparedStatement& statement, const std::function<std::string()>& text) {
  if (!statement) statement = prepare(database_, text());
  return statement.get();
}

Result<void> Rows::step(sqlite3_stmt* statement, const Model& model, const Record* record, const Value& own_id) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_DONE) return {};
  Error error = error_of(database_);
  if (is_unique_violation(code) && record != nullptr) violation_ = {&model, *record, own_id, sqlite3_errmsg(database_)};
  return error;
}

// The key that SQLite named plus every other declared key that clashes: the id first, then in model order.
std::optional<Error> Rows::name_clashes() {
  if (!violation_) return std::nullopt;
  const Violation& violation = *violation_;
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

bool Rows::clashes(const Model& model, std::span<const std::size_t> key, const Record& record, const Value& own_id) {
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
