#include "engine/postgres/table_comparison.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "engine/postgres/codec.h"
#include "engine/postgres/dialect.h"
#include "engine/postgres/schema_text.h"
#include "engine/postgres/search_columns.h"
#include "model/loader_field.h"

namespace holdfast::postgres {
namespace {

// An index, or a check, that PostgreSQL would spell otherwise than we do, carries our own spelling as its comment.
std::string comment_text(std::string_view object, const std::string& comment) {
  return fmt::format("comment on {} is {}", object, postgres::quoted(comment));
}

// It carries what it admits, as enum_condition() spells it, with the name that its column had then; one of others may have its name. A dump
// may leave its comment out.
bool is_enum_check(const StoredCheck& check, std::string_view column) {
  if (check.comment.empty()) return check.is_of_texts && check.column == column;
  return check.comment.starts_with('"') && check.comment.find("\" in (") != std::string::npos;
}

}  // namespace

TableComparison::TableComparison(DirectSession& session, const Model& model, const Catalog& catalog, const sql::Meanings& meanings)
    : session_(session),
      model_(model),
      catalog_(catalog),
      meanings_(meanings),
      table_(table_text(model)),
      wanted_(sql::define_table(kDialect, model)),
      stored_(read_table(session, model.schema, model.table)) {}

void TableComparison::compare() {
  if (!stored_ && !has_schema()) {
    return problem("the schema {0} is missing; run: create schema {1}", model_.schema, sql::identifier(model_.schema));
  }
  if (!stored_) return was_other_table() ? void() : create_all();
  if (!stored_->is_table) return problem("the name is taken by something that is no table; give the model another `table`");
  compare_kind();
  for (std::size_t i = 0; i < wanted_.columns.size(); ++i) compare_column(wanted_.columns[i], i == 0);
  for (const Field& field : model_.fields) compare_meaning(field);
  compare_key();
  compare_extra_columns();
  compare_search_columns();
  for (const sql::IndexDefinition& index : wanted_.indexes) compare_index(index);
  for (const sql::ArrayIndexDefinition& index : wanted_.array_indexes) {
    const std::string& column = model_.fields[index.field].column;
    compare_array_index(array_index_name(model_, column), column);
  }
  compare_extra_keys();
  compare_foreign_keys();
  for (const Field& field : model_.fields) compare_enum(field);
}

bool TableComparison::has_schema() const {
  if (model_.schema.empty()) return true;
  const Answer answer =
      ask(session_, "select 1 from pg_catalog.pg_namespace where nspname = $1", {encode({nullptr, Value(model_.schema)})});
  return answer.rows() != 0;
}

// True: told. A new table would hide the records of the old one.
bool TableComparison::was_other_table() {
  if (model_.was.empty()) return false;
  Model old = model_;
  old.table = model_.was;
  std::ranges::replace(old.table, '-', '_');
  const std::optional<StoredTable> stored = read_table(session_, old.schema, old.table);
  if (!stored || !stored->is_table) return false;
  const std::string statement = fmt::format("alter table {} rename to {}", table_text(old), sql::identifier(model_.table));
  problem(
      "the table {} is there under the name that `was` says, and this version does not rename; run: {}{}; or take `was` out of the model",
      old.table, statement, rename_what_follows(*stored, old));
  return true;
}

// Empty: the column is there, or is no other's to become.
std::string TableComparison::column_before(std::string_view column) const {
  const auto field = std::ranges::find(model_.fields, column, &Field::column);
  if (field == model_.fields.end() || field->was.empty() || stored_->column(column) != nullptr) return {};
  std::string name = snake_case(field->was);
  const bool is_in_use = std::ranges::find(model_.fields, name, &Field::column) != model_.fields.end();
  return is_in_use || stored_->column(name) == nullptr ? std::string() : name;
}

// What the column is called when all is renamed that a refusal says.
std::string TableComparison::column_after(const std::string& column) const {
  const auto field = std::ranges::find_if(model_.fields, [&](const Field& one) { return column_before(one.column) == column; });
  return column.empty() || field == model_.fields.end() ? column : field->column;
}

// True: told, as was_other_table() does.
bool TableComparison::was_other_column(std::string_view column) {
  const std::string name = column_before(column);
  if (name.empty()) return false;
  const auto field = std::ranges::find(model_.fields, column, &Field::column);
  Model old = model_;
  old.fields[static_cast<std::size_t>(field - model_.fields.begin())].column = name;
  const std::string statement =
      fmt::format("alter table {} rename column {} to {}", table_, sql::identifier(name), sql::identifier(column));
  problem(
      "the column {} is there under the name that `was` says, and this version does not rename; run: {}{}; or take `was` out of the model",
      name, statement, rename_what_follows(*stored_, old));
  return true;
}

// Checks and indexes are known by names that hold those of table and column: others would be made beside them. One over members of objects
// is known by its whole text, so that it is made anew.
std::string TableComparison::rename_what_follows(const StoredTable& stored, const Model& old) const {
  std::string out;
  for (std::size_t i = 0; i < model_.fields.size(); ++i) {
    const std::string from = enum_check_name(old, old.fields[i]), to = enum_check_name(model_, model_.fields[i]);
    if (from == to || stored.check(from) == nullptr) continue;
    out += fmt::format("; alter table {} rename constraint {} to {}", table_, sql::identifier(from), sql::identifier(to));
  }
  const auto rename_index = [&](const std::string& from, const std::string& to) {
    if (from == to || stored.index(from) == nullptr) return;
    out += fmt::format("; alter index {} rename to {}", relation_text(from), sql::identifier(to));
  };
  const sql::TableDefinition before = sql::define_table(kDialect, old);
  for (std::size_t i = 0; i < wanted_.indexes.size(); ++i) {
    if (!wanted_.indexes[i].has_expressions()) rename_index(before.indexes[i].name, wanted_.indexes[i].name);
  }
  for (const sql::ArrayIndexDefinition& index : wanted_.array_indexes) {
    rename_index(array_index_name(old, old.fields[index.field].column), array_index_name(model_, model_.fields[index.field].column));
  }
  if (model_.search) rename_index(array_index_name(old, kTermsColumn), array_index_name(model_, kTermsColumn));
  return out;
}

void TableComparison::create_all() {
  steps.push_back(create_table_text(model_, wanted_));
  for (const Field& field : model_.fields) compare_meaning(field);
  compare_search_columns();
  for (const sql::IndexDefinition& index : wanted_.indexes) create_index(index);
  for (const sql::ArrayIndexDefinition& index : wanted_.array_indexes) {
    steps.push_back(create_array_index_text(model_, model_.fields[index.field].column));
  }
  compare_foreign_keys();
  for (const Field& field : model_.fields) compare_enum(field);
}

void TableComparison::compare_kind() {
  for (const std::string& heir : stored_->heirs) {
    problem(
        "{0} inherits from it, so that one id may be several records, which change together; what {0} holds is no longer in the collection "
        "when it inherits no more: move what belongs there first, then run: alter table {0} no inherit {1}",
        heir, table_);
  }
  for (const std::string& unlogged : stored_->unlogged) {
    problem("{0} is unlogged, so that PostgreSQL empties it after a crash; run: alter table {0} set logged", unlogged);
  }
}

void TableComparison::compare_column(const sql::ColumnDefinition& wanted, bool is_id) {
  const StoredColumn* stored = stored_->column(wanted.name);
  const std::string column = sql::identifier(wanted.name);
  if (stored == nullptr) {
    if (was_other_column(wanted.name)) return;
    if (!is_id && (!wanted.not_null || !wanted.default_literal.empty())) return steps.push_back(add_column_text(model_, wanted));
    return refuse_missing_column(wanted, is_id);
  }
  if (stored->filling == Filling::kGenerated) {
    return problem(
        "the column {0} is generated from other columns and takes no value of its own; take the field out of the model, or run: "
        "alter table {1} alter column {2} drop expression",
        wanted.name, table_, column);
  }
  if (stored->filling == Filling::kIdentityAlways && !is_id) {
    return problem(
        "the column {} is always numbered by PostgreSQL and takes no value of its own; run: alter table {} alter column {} set generated "
        "by default",
        wanted.name, table_, column);
  }
  if (wanted.name == "_rev") return compare_revision(wanted, *stored);
  compare_type(wanted, *stored);
  if (!is_id) return compare_nullability(wanted, *stored);
  if (stored->not_null) return;
  problem("the column {} may be null, and a record without an id cannot be reached; run: alter table {} alter column {} set not null",
          wanted.name, table_, column);
}

// No model can let the id or the timestamps be null, or give them a default.
void TableComparison::refuse_missing_column(const sql::ColumnDefinition& wanted, bool is_id) {
  const std::string column = sql::identifier(wanted.name);
  const auto field = std::ranges::find(model_.fields, wanted.name, &Field::column);
  if (is_id) {
    const bool is_made = model_.id_kind == IdKind::kUuid || model_.id_kind == IdKind::kInteger;
    const std::string value = model_.id_kind == IdKind::kUuid      ? " not null unique default gen_random_uuid()"
                              : model_.id_kind == IdKind::kInteger ? " generated by default as identity unique"
                                                                   : "";
    return problem("the column {} is missing; call the column of the ids so, or run: alter table {} add column {} {}{}{}", wanted.name,
                   table_, column, wanted.type, value, is_made ? "" : "; and give each record an id of its own");
  }
  if (field != model_.fields.end() && field->role != Role::kProperty) {
    return problem(
        "the column {} is missing, and the records that are there would have no value in it; take `timestamps` out of the model, or run: "
        "alter table {} add column {} {} not null default now()",
        wanted.name, table_, column, wanted.type);
  }
  problem("the column {} is missing, and the records that are there would have no value in it; give the field a default, or let it be null",
          wanted.name);
}

// It is no field, so that no model can follow what another program made of it.
void TableComparison::compare_revision(const sql::ColumnDefinition& wanted, const StoredColumn& stored) {
  const std::string column = sql::identifier(wanted.name);
  if (stored.type == "integer" || stored.type == "smallint") {  // it counts on: an ETag of before must not fit again
    problem("the column {0} is {1}, but holdfast counts the changes of a record there; run: alter table {2} alter column {3} type {4}",
            wanted.name, stored.type, table_, column, wanted.type);
  } else if (stored.type != wanted.type) {
    const std::string other = sql::identifier(wanted.name + "_of_others");
    const bool needs_value = stored.not_null && stored.filling == Filling::kNone;
    return problem(
        "the column {0} is {1}, but holdfast counts the changes of a record there; run: alter table {2} rename column {3} to {4}{5}",
        wanted.name, stored.type, table_, column, other,
        needs_value ? fmt::format("; alter table {} alter column {} drop not null", table_, other) : std::string());
  }
  if (stored.not_null) return;
  problem(
      "the column {0}, where holdfast counts the changes of a record, may be null; run: update {1} set {2} = 0 where {2} is null; "
      "alter table {1} alter column {2} set default 0, alter column {2} set not null",
      wanted.name, table_, column);
}

bool TableComparison::has_right_type(const Field& field, const StoredColumn& stored) const {
  return native_enum(stored.name) != nullptr || fit_of(stored.type, kDialect.column_type(field)) != TypeFit::kOther;
}

// The enum field whose column is of a native enum type.
const Field* TableComparison::native_enum(const std::string& column) const {
  const StoredColumn* stored = stored_ ? stored_->column(column) : nullptr;
  if (stored == nullptr || stored->labels.empty()) return nullptr;
  const auto field = std::ranges::find(model_.fields, column, &Field::column);
  return field != model_.fields.end() && field->is_enum() ? &*field : nullptr;
}

// Labels that the model lacks are served as other values outside of an enum are.
void TableComparison::compare_labels(const Field& field, const StoredColumn& stored) {
  std::vector<std::string> lacking, additions;
  for (const std::string& value : field.enumeration) {
    if (std::ranges::find(stored.labels, value) != stored.labels.end()) continue;
    lacking.push_back(postgres::quoted(value));
    additions.push_back(fmt::format("alter type {} add value {}", stored.type, postgres::quoted(value)));
  }
  if (lacking.empty()) return;
  problem("the column {} is of the enum {}, which lacks {}; take that out of the model, or run: {}", stored.name, stored.type,
          fmt::join(lacking, ", "), fmt::join(additions, "; "));
}

void TableComparison::compare_type(const sql::ColumnDefinition& wanted, const StoredColumn& stored) {
  if (const Field* field = native_enum(wanted.name)) return compare_labels(*field, stored);
  const std::string_view type = without_collation(wanted.type);
  switch (fit_of(stored.type, type)) {
    case TypeFit::kOther:
      if (const auto statement = retype_text(wanted, stored)) {
        return problem("the column {} is {}, the model needs {}; change the model, or run: {}", wanted.name, stored.type, type, *statement);
      }
      return problem(
          "the column {} is {}, the model needs {}; change the model, or convert the column yourself: no single statement keeps all its "
          "values as they are",
          wanted.name, stored.type, type);
    case TypeFit::kWiden:
      return steps.push_back(fmt::format("alter table {} alter column {} type {}", table_, sql::identifier(wanted.name), wanted.type));
    case TypeFit::kFits:
      break;
  }
  if (stored.by_code_point) return;
  problem(
      "the column {} is compared by a language's rules, but texts are compared by code point everywhere; run: alter table {} alter column "
      "{} type {}",
      wanted.name, table_, sql::identifier(wanted.name), wanted.type);
}

// Where values become something else, a default and a check of ours would stand in the way.
std::optional<std::string> TableComparison::retype_text(const sql::ColumnDefinition& wanted, const StoredColumn& stored) const {
  const std::string column = sql::identifier(wanted.name);
  const std::string type = base_type(session_, model_.schema, model_.table, wanted.name);
  const std::optional<std::string> conversion = conversion_text(column, type, wanted.type);
  if (!conversion) return std::nullopt;
  Field field;
  field.column = wanted.name;
  const std::string made_with_column = fmt::format("{}_{}_check", model_.table, wanted.name);  // as PostgreSQL names it
  std::string out = drop_joins_text(wanted.name, type, wanted.type) + "alter table " + table_;
  if (!is_same_kind(type, wanted.type)) {
    for (const StoredCheck& check : stored_->checks) {
      const bool is_ours = (check.name == made_with_column && check.is_of_json) ||
                           (check.name == enum_check_name(model_, field) && is_enum_check(check, wanted.name));
      if (is_ours && check.column == wanted.name) out.append(fmt::format(" drop constraint {},", sql::identifier(check.name)));
    }
    if (stored.filling == Filling::kDefault) out.append(fmt::format(" alter column {} drop default,", column));
  }
  return out.append(fmt::format(" alter column {} type {}{}", column, wanted.type, *conversion));
}

// A foreign key joins two columns, of which one comes first: with another type it could not be kept. The refusal of the other column says
// the same, so that the key may be gone by then.
std::string TableComparison::drop_joins_text(const std::string& column, std::string_view stored, std::string_view wanted) const {
  if (may_stay_joined(stored, wanted)) return {};
  std::string out;
  for (const ConstraintName& key : foreign_keys_over(session_, model_.schema, model_.table, column)) {
    out += fmt::format("alter table {} drop constraint if exists {}; ", key.table, sql::identifier(key.name));
  }
  return out;
}

void TableComparison::compare_nullability(const sql::ColumnDefinition& wanted, const StoredColumn& stored) {
  if (stored.not_null == wanted.not_null) return;
  if (wanted.not_null) {
    problem("the column {} may be null, the model says that it is not; let the field be null, or make the column NOT NULL", wanted.name);
  } else {
    problem("the column {} is NOT NULL, the model lets it be null; make the field required, or let the column be null", wanted.name);
  }
}

// What is stored under another meaning would be read as other values, also inside objects. A column that nothing is known of is taken at
// the model's word, and so is one that has no value, or has been given another type since.
void TableComparison::compare_meaning(const Field& field) {
  if (field.role == Role::kId) return;
  const StoredColumn* stored = stored_ ? stored_->column(field.column) : nullptr;
  if (stored != nullptr && !has_right_type(field, *stored)) return;  // said already
  sql::MeaningChange change = sql::compare_meaning(meanings_, table_, field, stored == nullptr);
  if (!change.problem.empty()) {
    const auto known = meanings_.find(sql::column_key(table_, field.column));
    const bool keeps_old = known == meanings_.end() || may_hold(known->second, stored->type, kDialect.column_type(field));
    if (!keeps_old || !has_values(field.column)) change = sql::compare_meaning(meanings_, table_, field, true);
  }
  for (const auto& [key, meaning] : change.unknown) steps.push_back(keep_meta_text(key, meaning));
  if (!change.problem.empty()) problem("{}", change.problem);
}

bool TableComparison::has_values(const std::string& column) const {
  return ask(session_, fmt::format("select 1 from {} where {} is not null limit 1", table_, sql::identifier(column))).rows() != 0;
}

void TableComparison::compare_extra_columns() {
  for (const StoredColumn& column : stored_->columns) {
    const std::string name = column_after(column.name);
    const bool known = std::any_of(wanted_.columns.begin(), wanted_.columns.end(), [&](const auto& wanted) { return wanted.name == name; });
    if (known || !column.not_null || column.filling != Filling::kNone) continue;
    problem(
        "the column {} is not in the model, and NOT NULL without a default, so that no record could be made; add the field, or drop the "
        "column",
        column.name);
  }
}

// What they hold is search_table's matter.
void TableComparison::compare_search_columns() {
  for (const SearchColumn& wanted : define_search_columns(model_)) {
    const StoredColumn* stored = stored_ ? stored_->column(wanted.name) : nullptr;
    if (stored == nullptr) {
      steps.push_back(fmt::format("alter table {} add column {} {}", table_, sql::identifier(wanted.name), wanted.type));
    } else if (stored->type != without_collation(wanted.type) || stored->not_null) {
      problem("the column {0} belongs to search, but is of another type; run: alter table {1} drop column {2}", wanted.name, table_,
              sql::identifier(wanted.name));
    }
  }
  if (model_.search) compare_array_index(array_index_name(model_, kTermsColumn), kTermsColumn);
}

void TableComparison::create_index(const sql::IndexDefinition& index) {
  const std::string text = sql::create_index_text(index, table_);
  steps.push_back(text);
  if (!index.has_expressions()) return;
  steps.push_back(comment_text("index " + relation_text(index.name), text));
}

// Records that hold another value, from before the enum changed, are served and may be changed otherwise: with such ones there is no
// constraint.
void TableComparison::compare_enum(const Field& field) {
  const StoredColumn* column = stored_ ? stored_->column(field.column) : nullptr;
  if (column != nullptr && !has_right_type(field, *column)) return;  // said already
  if (native_enum(field.column) != nullptr) return;                  // its labels are what it admits
  const std::string name = enum_check_name(model_, field);
  const StoredCheck* stored = stored_ ? stored_->check(name) : nullptr;
  const std::string condition = field.is_enum() ? enum_condition(field) : std::string();
  if (field.is_enum() && stored != nullptr && stored->comment == condition) return;
  const std::string constraint = "constraint " + sql::identifier(name);
  if (stored != nullptr && !is_enum_check(*stored, field.column)) {
    if (!field.is_enum()) return;
    return problem("the name {} is taken by a check that is not of the model's enum; give it another name, or run: alter table {} drop {}",
                   name, table_, constraint);
  }
  if (stored != nullptr) steps.push_back(fmt::format("alter table {} drop {}", table_, constraint));
  if (!field.is_enum()) return;
  if (column != nullptr) {
    const Answer others = ask(session_, fmt::format("select 1 from {} where not ({}) limit 1", table_, condition));
    if (others.rows() != 0) {
      log(LogLevel::kWarn, "records hold values outside of their enum, so the database does not enforce it",
          {{"collection", model_.name}, {"field", field.name}});
      return;
    }
  }
  steps.push_back(fmt::format("alter table {} add {} check ({})", table_, constraint, condition));
  steps.push_back(comment_text(constraint + " on " + table_, condition));
}

std::string keep_meta_text(const std::string& key, const std::string& value) {
  return fmt::format("insert into _hf_meta values ({}, {}) on conflict (key) do update set value = excluded.value", postgres::quoted(key),
                     postgres::quoted(value));
}

}  // namespace holdfast::postgres
