#include "engine/sqlite/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <stdexcept>

#include "base/error.h"
#include "engine/sql/column_meaning.h"
#include "engine/sqlite/connection.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/error.h"
#include "engine/sqlite/introspection.h"
#include "engine/sqlite/kept_answers.h"
#include "engine/sqlite/schema_text.h"
#include "engine/sqlite/search_table.h"
#include "model/loader_field.h"

namespace holdfast::sqlite {
namespace {

// Of the file as a whole: `_hf_meta` and side tables. Higher means made by a newer Holdfast.
constexpr int kFormat = 1;

[[noreturn]] void fail(const Options& options, const std::string& what, const std::string& why) {
  throw StartupError(kExitUnavailable, fmt::format("{}: {} failed: {}.", shown(options), what, why));
}

[[noreturn]] void fail(sqlite3* database, const Options& options, const std::string& what) {
  if (room_error(database) != 0) refuse(database, options);
  fail(options, what, sqlite3_errmsg(database));
}

void run(sqlite3* database, const Options& options, const std::string& text) {
  if (execute(database, text.c_str()) != SQLITE_OK) fail(database, options, text);
}

void create_meta(sqlite3* database, const Options& options) {
  run(database, options, "create table _hf_meta (key TEXT not null primary key, value ANY not null) strict, without rowid");
  run(database, options, fmt::format("insert into _hf_meta values ('format', {})", kFormat));
  const SecretKey key = random_key();
  PreparedStatement insert = prepare(database, "insert into _hf_meta values ('cursor_key', ?1)", false);
  if (!insert) fail(database, options, "insert into _hf_meta");
  sqlite3_bind_blob(insert.get(), 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
  if (sqlite3_step(insert.get()) != SQLITE_DONE) fail(database, options, "insert into _hf_meta");
}

// What is wrong when a newer Holdfast made the file.
std::optional<std::string> newer_format_text(sqlite3* database, const Options& options) {
  PreparedStatement select = prepare(database, "select value from _hf_meta where key = 'format'", false);
  if (!select) fail(database, options, "reading _hf_meta");
  const int format = sqlite3_step(select.get()) == SQLITE_ROW ? sqlite3_column_int(select.get(), 0) : 0;
  if (format <= kFormat) return std::nullopt;
  return fmt::format("{} was made by a newer holdfast (format {}; this one knows {}). Upgrade holdfast, or serve another folder",
                     shown(options), format, kFormat);
}

SecretKey read_cursor_key(sqlite3* database, const Options& options) {
  PreparedStatement select = prepare(database, "select value from _hf_meta where key = 'cursor_key'", false);
  SecretKey key;
  if (!select || sqlite3_step(select.get()) != SQLITE_ROW || sqlite3_column_bytes(select.get(), 0) != static_cast<int>(key.size())) {
    throw StartupError(kExitUnavailable,
                       fmt::format("{}: _hf_meta holds no key for cursors. Restore the file from a backup.", shown(options)));
  }
  std::memcpy(key.data(), sqlite3_column_blob(select.get(), 0), key.size());
  return key;
}

sql::Meanings read_meanings(sqlite3* database, const Options& options) {
  sql::Meanings meanings;
  const PreparedStatement select = prepare(database, "select key, value from _hf_meta where key like 'column %'", false);
  if (!select) fail(database, options, "reading _hf_meta");
  int code;
  while ((code = sqlite3_step(select.get())) == SQLITE_ROW) {
    const auto text = [&](int column) { return reinterpret_cast<const char*>(sqlite3_column_text(select.get(), column)); };
    meanings.emplace(text(0), text(1));
  }
  if (code != SQLITE_DONE) fail(database, options, "reading _hf_meta");
  return meanings;
}

// The same index as Holdfast made it when it read numbers in JSON without a cast.
std::string older_index_text(sql::IndexDefinition index, const Model& model) {
  constexpr std::string_view kBefore = "cast(", kAfter = " as real)";
  for (sql::IndexKey& key : index.keys) {
    if (!key.expression.starts_with(kBefore)) continue;
    key.expression = key.expression.substr(kBefore.size(), key.expression.size() - kBefore.size() - kAfter.size());
  }
  return sql::create_index_text(index, sql::identifier(model.table));
}

// One model against the file. Collects what must be done and what cannot be.
class TableComparison {
 public:
  TableComparison(sqlite3* database, const Model& model, const Catalog& catalog, const sql::Meanings& meanings)
      : database_(database),
        model_(model),
        meanings_(meanings),
        wanted_(sql::with_foreign_keys(sql::define_table(kDialect, model), model, catalog)),
        stored_(read_table(database, model.table)) {}

  void compare();
  // After a step failed: why, and what to do.
  std::string failure(const std::string& step) const;

  std::vector<std::string> steps;     // DDL that creates what is missing
  std::vector<std::string> problems;  // sentences

 private:
  bool is_renamed();
  void create_all();
  void compare_column(const sql::ColumnDefinition& wanted, bool is_id);
  void refuse_missing_column(const sql::ColumnDefinition& wanted);
  void compare_meaning(const Field& field);
  void compare_key();
  std::string missing_row() const;
  void compare_extra_columns();
  void compare_index(const sql::IndexDefinition& wanted);
  void compare_extra_keys();
  void compare_foreign_keys();
  void add_array_index(std::size_t field);

  template <typename... Parts>
  void problem(fmt::format_string<Parts...> format, Parts&&... parts) {
    problems.push_back(model_.table + ": " + fmt::format(format, std::forward<Parts>(parts)...));
  }

  sqlite3* database_;
  const Model& model_;
  const sql::Meanings& meanings_;
  const sql::TableDefinition wanted_;
  const std::optional<StoredTable> stored_;
};

void TableComparison::compare() {
  if (is_renamed()) return;
  if (!stored_) return create_all();
  if (stored_->is_view) return problem("the name is taken by a view, which keeps no records; give the model another `table`");
  for (std::size_t i = 0; i < wanted_.columns.size(); ++i) compare_column(wanted_.columns[i], i == 0);
  for (const Field& field : model_.fields) compare_meaning(field);
  compare_key();
  compare_extra_columns();
  for (const sql::IndexDefinition& index : wanted_.indexes) compare_index(index);
  compare_extra_keys();
  compare_foreign_keys();
  for (const sql::ArrayIndexDefinition& index : wanted_.array_indexes) add_array_index(index.field);
}

// The names that `was` gives are not carried over yet: what was made anew would lose sight of what is there. True: the table has its old
// name.
bool TableComparison::is_renamed() {
  constexpr std::string_view kAdvice = "this version of holdfast renames nothing; run: {}, or take `was` out of the model";
  const std::string table = sql::identifier(model_.table);
  if (!stored_) {
    std::string old = model_.was;
    std::replace(old.begin(), old.end(), '-', '_');
    if (old.empty() || !read_table(database_, old)) return false;
    const std::string rename = fmt::format("alter table {} rename to {}", sql::identifier(old), table);
    problem("the table is missing, but {} is there, which the collection was; {}", old, fmt::format(kAdvice, rename));
    return true;
  }
  for (const Field& field : model_.fields) {
    const std::string old = snake_case(field.was);
    if (old.empty() || stored_->column(field.column) != nullptr || stored_->column(old) == nullptr) continue;
    const std::string rename =
        fmt::format("alter table {} rename column {} to {}", table, sql::identifier(old), sql::identifier(field.column));
    problem("the column {} is missing, but {} is there, which the field was; {}", field.column, old, fmt::format(kAdvice, rename));
  }
  return false;
}

void TableComparison::create_all() {
  steps.push_back(create_table_text(model_, wanted_));
  for (const Field& field : model_.fields) compare_meaning(field);
  for (const sql::IndexDefinition& index : wanted_.indexes) steps.push_back(sql::create_index_text(index, sql::identifier(wanted_.name)));
  for (const sql::ArrayIndexDefinition& index : wanted_.array_indexes) add_array_index(index.field);
}

void TableComparison::compare_column(const sql::ColumnDefinition& wanted, bool is_id) {
  const StoredColumn* stored = stored_->column(wanted.name);
  if (stored == nullptr) {
    if (!is_id && (!wanted.not_null || !wanted.default_literal.empty())) return steps.push_back(add_column_text(model_, wanted));
    return refuse_missing_column(wanted);
  }
  if (affinity(stored->type) != wanted.type) {
    problem("the column {} is {}, the model needs {}; change the model, or make the column anew", wanted.name,
            stored->type.empty() ? "without a type" : stored->type, wanted.type);
  }
  if (wanted.type == "TEXT" && sqlite3_stricmp(stored->collation.c_str(), "BINARY") != 0) {
    problem("the column {} is compared by {}, but texts are compared by code point everywhere; make the column anew without COLLATE",
            wanted.name, stored->collation);
  }
  if (is_id || stored->not_null == wanted.not_null) return;
  if (wanted.not_null) {
    problem("the column {} may be null, the model says that it is not; let the field be null, or make the column NOT NULL", wanted.name);
  } else {
    problem("the column {} is NOT NULL, the model lets it be null; make the field required, or let the column be null", wanted.name);
  }
}

// No model can let the timestamps be null, or give them a default; SQLite fills a new column with constants only.
void TableComparison::refuse_missing_column(const sql::ColumnDefinition& wanted) {
  const auto field = std::ranges::find(model_.fields, wanted.name, &Field::column);
  const bool is_timestamp =
      field != model_.fields.end() && (field->role == holdfast::Role::kCreatedAt || field->role == holdfast::Role::kUpdatedAt);
  problem("the column {} is missing, and the records that are there would have no value in it; {}", wanted.name,
          is_timestamp
              ? fmt::format("take `timestamps` out of the model, or run, with an instant of yours: alter table {} add column {} {} not "
                            "null default '2000-01-01T00:00:00.000Z'",
                            sql::identifier(model_.table), sql::identifier(wanted.name), wanted.type)
              : "give the field a default, or let it be null");
}

// What is stored under another meaning would be read as other values, also inside objects. A column that nothing is known of is taken at
// the model's word.
void TableComparison::compare_meaning(const Field& field) {
  if (field.role == holdfast::Role::kId) return;
  const bool is_new = !stored_ || stored_->column(field.column) == nullptr;
  const sql::MeaningChange change = sql::compare_meaning(meanings_, sql::identifier(model_.table), field, is_new);
  for (const auto& [key, meaning] : change.unknown) {
    steps.push_back(fmt::format("insert or replace into _hf_meta values ({}, {})", sqlite::quoted(key), sqlite::quoted(meaning)));
  }
  if (!change.problem.empty()) problem("{}", change.problem);
}

// Records are found by their id, side tables and search by the row: both must be unique.
void TableComparison::compare_key() {
  const std::string& id = model_.fields[0].column;
  const StoredColumn* row = stored_->column(row_column(model_));
  if (row == nullptr) {
    if (model_.id_kind != IdKind::kInteger) problem("{}", missing_row());
  } else if (!row->primary_key) {
    problem("the column {} is not the primary key", row->name);
  } else if (model_.id_kind == IdKind::kInteger && !row->autoincrement) {
    problem("the column {} is not AUTOINCREMENT, so that ids of removed records would be given again; make the table anew", row->name);
  }
  if (model_.id_kind == IdKind::kInteger || stored_->column(id) == nullptr) return;
  const auto is_on_id = [&](const StoredIndex& index) {
    return index.unique && !index.partial && index.keys.size() == 1 && index.keys[0].column == id;
  };
  if (std::none_of(stored_->indexes.begin(), stored_->indexes.end(), is_on_id)) {
    problem("the column {} is not unique; run: create unique index {}_{} on {} ({})", id, model_.table, id, model_.table, id);
  }
}

// SQLite adds no primary key to a table that is there. A rename would take the references of other tables along, but for the pragmas.
std::string TableComparison::missing_row() const {
  std::string columns;
  for (const Field& field : model_.fields) {
    if (stored_->column(field.column) != nullptr) columns.append(columns.empty() ? "" : ", ").append(sql::identifier(field.column));
  }
  const std::string table = sql::identifier(model_.table), old = sql::identifier(model_.table + "_old");
  return fmt::format(
      "the column _row (INTEGER PRIMARY KEY) is missing, since the table was not made by holdfast; run: pragma foreign_keys=off; pragma "
      "legacy_alter_table=on; alter table {0} rename to {1}, let `holdfast serve` make the table, stop it, and run: insert into {0} ({2}) "
      "select {2} from {1}{3}",
      table, old, columns, model_.search ? ", and then `holdfast reindex`" : "");
}

void TableComparison::compare_extra_columns() {
  for (const StoredColumn& column : stored_->columns) {
    const bool known = column.name == "_row" || std::any_of(wanted_.columns.begin(), wanted_.columns.end(),
                                                            [&](const auto& wanted) { return wanted.name == column.name; });
    if (known || column.primary_key || !column.not_null || column.has_default) continue;
    problem(
        "the column {} is not in the model, and NOT NULL without a default, so that no record could be made; add the field, or drop the "
        "column",
        column.name);
  }
}

void TableComparison::compare_index(const sql::IndexDefinition& wanted) {
  const StoredIndex* stored = stored_->index(wanted.name);
  if (stored == nullptr) {
    if (object_exists(database_, wanted.name))
      return problem("the name {} is taken by something that is no index of this table", wanted.name);
    return steps.push_back(sql::create_index_text(wanted, sql::identifier(model_.table)));
  }
  const std::string text = sql::create_index_text(wanted, sql::identifier(model_.table));
  const bool same_keys =
      wanted.has_expressions() ? stored->definition == index_definition(text) : stored->keys == wanted.keys && !stored->partial;
  if (same_keys && stored->unique == wanted.unique) return;
  if (wanted.has_expressions() && stored->definition == index_definition(older_index_text(wanted, model_))) {
    steps.push_back("drop index " + sql::identifier(wanted.name));
    return steps.push_back(text);
  }
  problem("the index {} has other keys than the model says; run: drop index {}", wanted.name, sql::identifier(wanted.name));
}

// A unique index that the model does not know of would refuse records that the model admits.
void TableComparison::compare_extra_keys() {
  const auto columns_of = [&](const UniqueKey& key) {
    std::set<std::string> columns;
    for (const std::size_t field : key.fields) columns.insert(model_.fields[field].column);
    return columns;
  };
  std::vector<std::set<std::string>> declared{{model_.fields[0].column}, {std::string(row_column(model_))}};
  for (const UniqueKey& key : model_.unique_keys) declared.push_back(columns_of(key));
  for (const StoredIndex& index : stored_->indexes) {
    if (!index.unique) continue;
    std::set<std::string> columns;
    for (const sql::IndexKey& key : index.keys) columns.insert(key.column);
    const bool contains_declared = std::any_of(declared.begin(), declared.end(), [&](const std::set<std::string>& key) {
      return std::includes(columns.begin(), columns.end(), key.begin(), key.end());
    });
    if (contains_declared) continue;
    problem("{} must be unique by the index {}, which the model does not say; declare the key, or run: drop index {}",
            fmt::join(columns, ", "), index.name, sql::identifier(index.name));
  }
}

// A foreign key that the model does not know of would refuse records that the model admits.
void TableComparison::compare_foreign_keys() {
  for (const StoredForeignKey& key : stored_->foreign_keys) {
    const auto is_column = [&](const sql::ColumnDefinition& column) {
      return sqlite3_stricmp(column.name.c_str(), key.column.c_str()) == 0;
    };
    const auto wanted = std::find_if(wanted_.columns.begin(), wanted_.columns.end(), is_column);
    if (wanted == wanted_.columns.end() || sqlite3_stricmp(wanted->references_table.c_str(), key.table.c_str()) == 0) continue;
    problem("the column {} has a foreign key to {}, the model {}; change the model back, or make the table anew without that key",
            key.column, key.table,
            wanted->references_table.empty() ? "has no reference there" : fmt::format("refers to {}", wanted->references_table));
  }
}

// Its triggers go with a table that is dropped, the side table does not: then it says nothing of the records any more. What is spelt
// otherwise was made by an older Holdfast.
void TableComparison::add_array_index(std::size_t field) {
  const std::vector<std::string> texts = define_array_index_texts(model_, field);
  if (std::all_of(texts.begin(), texts.end(), [&](const std::string& text) { return was_made_by(database_, text); })) return;
  const std::string name = side_table(model_, field);
  for (const char* event : {"_insert", "_update", "_delete"}) steps.push_back("drop trigger if exists " + sql::identifier(name + event));
  steps.push_back("drop table if exists " + sql::identifier(name));
  steps.insert(steps.end(), texts.begin(), texts.end());
  steps.push_back(fill_array_index_text(model_, field));
}

std::string TableComparison::failure(const std::string& step) const {
  const std::string reason = fmt::format("{} ({})", sqlite3_errmsg(database_), step);
  const std::string table = sql::identifier(model_.table);
  const auto is_made_by_step = [&](const sql::IndexDefinition& index) { return sql::create_index_text(index, table) == step; };
  const auto index = std::find_if(wanted_.indexes.begin(), wanted_.indexes.end(), is_made_by_step);
  const bool is_broken_key = is_unique_violation(sqlite3_extended_errcode(database_)) && index != wanted_.indexes.end();
  if (!is_broken_key) return reason;
  std::vector<std::string> names, keys, present;
  for (const sql::IndexKey& key : index->keys) {
    names.push_back(key.column);
    keys.push_back(key.expression.empty() ? sql::identifier(key.column) : key.expression);
    present.push_back(keys.back() + " is not null");
  }
  const auto is_new = [&](const std::string& column) { return !stored_ || stored_->column(column) == nullptr; };
  if (std::ranges::any_of(names, is_new)) {
    return fmt::format(
        "{} cannot be unique: what is new there would have its default in several records; give it no default, or take the key out of the "
        "model",
        fmt::join(names, ", "));
  }
  const std::string select = fmt::format("select {0}, count(*) from {1} where {2} group by {0} having count(*) > 1", fmt::join(keys, ", "),
                                         table, fmt::join(present, " and "));
  const auto is_secret = [&](const std::string& column) {
    return std::any_of(model_.fields.begin(), model_.fields.end(), [&](const Field& f) { return f.column == column && f.write_only; });
  };
  std::vector<std::string> first = first_row(database_, select);
  if (first.size() != keys.size() + 1) return reason;
  if (std::any_of(names.begin(), names.end(), is_secret)) first = {"a value that is not shown", first.back()};
  return fmt::format(
      "{} must be unique, but {} is there {} times; change those records, or take the key out of the model; all of them are listed by: {}",
      fmt::join(names, ", "), fmt::join(first.begin(), first.end() - 1, ", "), first.back(), select);
}

[[noreturn]] void refuse(const Options& options, const std::vector<std::string>& problems) {
  std::string message = fmt::format("{} does not fit the models; nothing was changed:", shown(options));
  for (const std::string& problem : problems) message += "\n  " + problem + ".";
  throw StartupError(kExitConfiguration, message);
}

void apply(sqlite3* database, const Options& options, const Catalog& catalog) {
  const sql::Meanings meanings = read_meanings(database, options);
  std::vector<std::string> problems;
  for (const Model& model : catalog.models()) {
    TableComparison comparison(database, model, catalog, meanings);
    comparison.compare();
    problems.insert(problems.end(), comparison.problems.begin(), comparison.problems.end());
    if (!problems.empty()) continue;
    const bool is_new = !object_exists(database, model.table);
    for (const std::string& step : comparison.steps) {
      if (execute(database, step.c_str()) == SQLITE_OK) continue;
      problems.push_back(model.table + ": " + comparison.failure(step));
      break;
    }
    if (!problems.empty()) continue;
    try {
      prepare_search(database, model, is_new);
    } catch (const std::runtime_error& error) {
      fail(options, "making the search data of " + model.name, error.what());
    }
  }
  if (!problems.empty()) refuse(options, problems);
}

}  // namespace

std::vector<std::string> find_schema_problems(sqlite3* database, const Options& options, const Catalog& catalog) {
  const bool is_new = !object_exists(database, "_hf_meta");
  if (const auto newer = is_new ? std::nullopt : newer_format_text(database, options)) return {*newer};
  const sql::Meanings meanings = is_new ? sql::Meanings() : read_meanings(database, options);
  std::vector<std::string> problems;
  for (const Model& model : catalog.models()) {
    TableComparison comparison(database, model, catalog, meanings);
    comparison.compare();
    problems.insert(problems.end(), comparison.problems.begin(), comparison.problems.end());
  }
  return problems;
}

SecretKey prepare_schema(sqlite3* database, const Options& options, const Catalog& catalog) {
  run(database, options, "begin immediate");
  try {
    if (object_exists(database, "_hf_meta")) {
      if (const auto text = newer_format_text(database, options)) throw StartupError(kExitConfiguration, *text + ".");
    } else {
      create_meta(database, options);
    }
    run(database, options, create_kept_answers_text());
    apply(database, options, catalog);
    const SecretKey key = read_cursor_key(database, options);
    run(database, options, "commit");
    return key;
  } catch (...) {
    execute(database, "rollback");
    throw;
  }
}

}  // namespace holdfast::sqlite
