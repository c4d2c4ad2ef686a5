#include "engine/sqlite/rows.h"

#include <fmt/format.h>

#include "engine/sql/keyed_select.h"
#include "engine/sql/statement.h"
#include "engine/sqlite/codec.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/error.h"
#include "engine/write_errors.h"
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

std::string answer_text(const RemovalQuestion& question) {
  const Model& model = *question.model;
  std::vector<std::size_t> references;
  for (const RemovalQuestion::Condition& condition : question.any_of) references.push_back(condition.field);
  const std::string where = sql::referring_text(kDialect, model, references, !question.except.empty());
  if (question.kind == RemovalQuestion::Kind::kCount) return "select count(*)" + where;
  return fmt::format("select {}, {}{} limit ?{}", sql::identifier(model.fields[0].column), sql::identifier(row_column(model)), where,
                     references.size() + (question.except.empty() ? 1 : 2));
}

// The ids as a JSON array.
Value set_of(const Field& id_field, const std::vector<Value>& ids) {
  std::string json = "[";
  for (const Value& id : ids) {
    if (json.size() > 1) json.push_back(',');
    append_json_value(json, id_field, id);
  }
  json.push_back(']');
  return json;
}

std::vector<Value> sets_of(const RemovalQuestion& question) {
  std::vector<Value> sets;
  for (const RemovalQuestion::Condition& condition : question.any_of) {
    sets.push_back(set_of(question.model->fields[condition.field], condition.ids));
  }
  if (!question.except.empty()) sets.push_back(set_of(question.model->fields[0], question.except));
  return sets;
}

bool replaces_object(const Field& field, const Value& before, const Value& after) {
  return field.kind == Kind::kObject && !before.is_null() && !after.is_null();
}

}  // namespace

Rows::Rows(sqlite3* database) : database_(database), statements_(database, kKeptStatements), search_(database) {}

Result<StoredRow> Rows::find(const Model& model, const Value& id) {
  sqlite3_stmt* statement = prepared(by_model_[&model].find, [&] { return stored_row_text(model, kIdKey); });
  if (statement == nullptr) return error_of(database_);
  Use use(statement);
  bind_value(statement, 1, nullptr, id);
  Result<std::optional<StoredRow>> found = step_to_row(statement, model);
  if (!found) return found.error();
  if (!*found) return no_record(model, id);
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

Result<RemovalAnswer> Rows::answer(const RemovalQuestion& question) {
  sqlite3_stmt* statement = statements_.get(answer_text(question));
  if (statement == nullptr) return error_of(database_);
  const std::vector<Value> sets = sets_of(question);
  Use use(statement);
  int number = 0;
  for (const Value& set : sets) bind_value(statement, ++number, nullptr, set);
  if (question.kind == RemovalQuestion::Kind::kRecords) sqlite3_bind_int64(statement, ++number, question.limit);
  RemovalAnswer answer;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    if (question.kind == RemovalQuestion::Kind::kCount) {
      answer.count = sqlite3_column_int64(statement, 0);
    } else {
      answer.records.push_back({id_at(statement, 0), sqlite3_column_int64(statement, 1)});
    }
  }
  if (code != SQLITE_DONE) return error_of(database_);
  return answer;
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
  std::vector<UniqueKey> clashing;
  for (const UniqueKey& key : keys_of(model)) {
    if (names_key(violation.message, model, key.fields) || clashes(model, key, violation.record, violation.own_id)) clashing.push_back(key);
  }
  return unique_violation(model, clashing);
}

bool Rows::clashes(const Model& model, const UniqueKey& key, const Record& record, const Value& own_id) {
  if (!may_clash(key, record, own_id.is_null())) return false;
  sqlite3_stmt* statement = statements_.get(sql::clash_text(kDialect, model, key.fields));
  if (statement == nullptr) return false;
  Use use(statement);
  bind_value(statement, 1, &model.fields[0], own_id);
  int number = 1;
  for (const std::size_t field : key.fields) bind_value(statement, ++number, &model.fields[field], record.values[field]);
  return sqlite3_step(statement) == SQLITE_ROW;
}

}  // namespace holdfast::sqlite
