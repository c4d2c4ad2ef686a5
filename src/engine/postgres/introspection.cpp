#include "engine/postgres/introspection.h"

#include <algorithm>

#include "engine/postgres/codec.h"

namespace holdfast::postgres {
namespace {

constexpr const char* kFindRelation =
    "select c.oid::bigint, c.relkind in ('r', 'p'), "
    "coalesce(pg_catalog.pg_get_partkeydef(c.oid), '') "
    "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
    "where n.nspname = coalesce(nullif($1, ''), current_schema()) and c.relname = $2";

constexpr const char* kHeirs =
    "select format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid "
    "join pg_catalog.pg_namespace n on n.oid = c.relnamespace where i.inhparent = $1::oid and c.relkind in ('r', 'f') and "
    "not c.relispartition order by 1";

// What a partitioned table itself is says nothing.
constexpr const char* kUnlogged =
    "select format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
    "where c.relpersistence = 'u' and c.relkind = 'r' and "
    "(c.oid = $1::oid or c.oid in (select t.relid from pg_catalog.pg_partition_tree($1::oid::regclass) t)) order by 1";

// The default collation is that of the database.
constexpr const char* kColumns =
    "select a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, "
    "case when a.attgenerated <> '' then 3 when a.attidentity = 'a' then 4 when a.attidentity <> '' then 2 when a.atthasdef then 1 else 0 "
    "end, "
    "coalesce(case c.collname when 'default' then d.datcollate::text else c.collname::text end, 'C') in "
    "('C', 'POSIX', 'ucs_basic', 'pg_c_utf8') "
    "from pg_catalog.pg_attribute a join pg_catalog.pg_database d on d.datname = current_database() "
    "left join pg_catalog.pg_collation c on c.oid = a.attcollation "
    "where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped order by a.attnum";

constexpr const char* kLabels =
    "select a.attname::text, e.enumlabel::text from pg_catalog.pg_attribute a join pg_catalog.pg_enum e on e.enumtypid = a.atttypid "
    "where a.attrelid = $1::oid and a.attnum > 0 order by a.attnum, e.enumsortorder";

// One row for each key column; of an expression the attribute is 0. Bit 1 of the options: descending, bit 2: nulls first. PostgreSQL 14 has
// no indnullsnotdistinct.
constexpr const char* kIndexes =
    "select i.relname::text, m.amname::text, coalesce(pg_catalog.obj_description(i.oid, 'pg_class'), ''), x.indisunique, "
    "x.indpred is not null or not x.indisvalid, coalesce(a.attname::text, ''), k.option & 1 = 1, k.option & 2 = 2, "
    "exists (select 1 from pg_catalog.pg_constraint o where o.conindid = i.oid and o.conrelid = x.indrelid and o.contype in ('p', 'u', "
    "'x')), "
    "coalesce((pg_catalog.to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, false), coalesce(l.collisdeterministic, true), x.indisprimary "
    "from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid join pg_catalog.pg_am m on m.oid = i.relam "
    "cross join lateral unnest(x.indkey::int2[], x.indoption::int2[], x.indcollation::oid[]) with ordinality "
    "as k(attribute, option, collation_of, place) "
    "left join pg_catalog.pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attribute and k.attribute <> 0 "
    "left join pg_catalog.pg_collation l on l.oid = k.collation_of "
    "where x.indrelid = $1::oid and k.place <= x.indnkeyatts order by i.relname, k.place";

// One row for each column. Of a key to a partitioned table PostgreSQL keeps a copy for each partition.
constexpr const char* kForeignKeys =
    "select c.conname::text, n.nspname::text, t.relname::text, n.nspname = current_schema(), "
    "c.confdeltype = 'a' and c.confupdtype = 'a', c.confdeltype = 'c', c.condeferrable, a.attname::text, ta.attname::text "
    "from pg_catalog.pg_constraint c join pg_catalog.pg_class t on t.oid = c.confrelid "
    "join pg_catalog.pg_namespace n on n.oid = t.relnamespace "
    "cross join lateral unnest(c.conkey, c.confkey) with ordinality as k(attribute, target, place) "
    "join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attribute "
    "join pg_catalog.pg_attribute ta on ta.attrelid = c.confrelid and ta.attnum = k.target "
    "where c.conrelid = $1::oid and c.contype = 'f' and not exists (select 1 from pg_catalog.pg_constraint p "
    "where p.oid = c.conparentid and p.conrelid = c.conrelid) order by c.conname, k.place";

// `in` becomes `= any (array[…])`, of one text `=`.
constexpr const char* kChecks =
    "select c.conname::text, coalesce(pg_catalog.obj_description(c.oid, 'pg_constraint'), ''), coalesce(a.attname::text, ''), "
    "d.text like '%jsonb_typeof(%', coalesce(starts_with(d.text, p.text) and substr(d.text, length(p.text) + 1) ~ "
    R"('^(ANY \(ARRAY\[E?''([^'']|'''')*''::text(, E?''([^'']|'''')*''::text)*\]\)|E?''([^'']|'''')*''::text)\)\)$', false) )"
    "from pg_catalog.pg_constraint c left join pg_catalog.pg_attribute a "
    "on a.attrelid = c.conrelid and a.attnum = c.conkey[1] and cardinality(c.conkey) = 1 "
    "cross join lateral (select pg_catalog.pg_get_constraintdef(c.oid)) as d(text) "
    "cross join lateral (select 'CHECK ((' || quote_ident(a.attname) || ' = ') as p(text) where c.conrelid = $1::oid and c.contype = 'c'";

// The modifier of a domain over a domain is said by the lower one.
constexpr const char* kBaseType =
    "with recursive base(type, modifier) as (select a.atttypid, a.atttypmod from pg_catalog.pg_attribute a join pg_catalog.pg_class c "
    "on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
    "where n.nspname = coalesce(nullif($1, ''), current_schema()) and c.relname = $2 and a.attname = $3 "
    "union all select t.typbasetype, t.typtypmod from base b join pg_catalog.pg_type t on t.oid = b.type where t.typtype = 'd') "
    "select pg_catalog.format_type(b.type, b.modifier) from base b join pg_catalog.pg_type t on t.oid = b.type where t.typtype <> 'd'";

// Of a partition, PostgreSQL's copy goes with that of the whole table.
constexpr const char* kForeignKeysOver =
    "select case when n.nspname = current_schema() and $1 = '' then '' else n.nspname::text end, t.relname::text, k.conname::text "
    "from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid "
    "join pg_catalog.pg_namespace s on s.oid = c.relnamespace "
    "join pg_catalog.pg_constraint k on k.contype = 'f' and k.conparentid = 0 and "
    "((k.conrelid = c.oid and a.attnum = any(k.conkey)) or (k.confrelid = c.oid and a.attnum = any(k.confkey))) "
    "join pg_catalog.pg_class t on t.oid = k.conrelid join pg_catalog.pg_namespace n on n.oid = t.relnamespace "
    "where s.nspname = coalesce(nullif($1, ''), current_schema()) and c.relname = $2 and a.attname = $3 order by 1, 2, 3";

Parameter text_parameter(const std::string& text) {
  return encode({nullptr, Value(text)});
}

template <typename Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> read_names(DirectSession& session, const char* query, const Parameter& table) {
  std::vector<std::string> names;
  const Answer answer = ask(session, query, {table});
  for (int row = 0; row < answer.rows(); ++row) names.push_back(text_at(answer, row, 0));
  return names;
}

void read_columns(DirectSession& session, const Parameter& table, StoredTable& out) {
  const Answer answer = ask(session, kColumns, {table});
  for (int row = 0; row < answer.rows(); ++row) {
    out.columns.push_back({text_at(answer, row, 0), text_at(answer, row, 1), boolean_at(answer, row, 2),
                           static_cast<Filling>(read_integer(answer.bytes(row, 3))), boolean_at(answer, row, 4)});
  }
}

void read_labels(DirectSession& session, const Parameter& table, StoredTable& out) {
  const Answer answer = ask(session, kLabels, {table});
  for (int row = 0; row < answer.rows(); ++row) {
    const auto column = std::ranges::find(out.columns, text_at(answer, row, 0), &StoredColumn::name);
    if (column != out.columns.end()) column->labels.push_back(text_at(answer, row, 1));
  }
}

void read_indexes(DirectSession& session, const Parameter& table, StoredTable& out) {
  const Answer answer = ask(session, kIndexes, {table});
  for (int row = 0; row < answer.rows(); ++row) {
    std::string name = text_at(answer, row, 0);
    if (out.indexes.empty() || out.indexes.back().name != name) {
      StoredIndex index;
      index.name = std::move(name);
      index.method = text_at(answer, row, 1);
      index.comment = text_at(answer, row, 2);
      index.unique = boolean_at(answer, row, 3);
      index.partial = boolean_at(answer, row, 4);
      index.primary = boolean_at(answer, row, 11);
      index.is_constraint = boolean_at(answer, row, 8);
      index.nulls_conflict = boolean_at(answer, row, 9);
      index.equal_by_code_point = true;
      out.indexes.push_back(std::move(index));
    }
    sql::IndexKey key{text_at(answer, row, 5), boolean_at(answer, row, 6), {}};
    key.nulls = boolean_at(answer, row, 7) ? " nulls first" : " nulls last";
    StoredIndex& index = out.indexes.back();
    index.has_expressions = index.has_expressions || key.column.empty();
    index.equal_by_code_point = index.equal_by_code_point && boolean_at(answer, row, 10);
    index.keys.push_back(std::move(key));
  }
}

void read_foreign_keys(DirectSession& session, const Parameter& table, StoredTable& out) {
  const Answer answer = ask(session, kForeignKeys, {table});
  for (int row = 0; row < answer.rows(); ++row) {
    std::string name = text_at(answer, row, 0);
    if (out.foreign_keys.empty() || out.foreign_keys.back().name != name) {
      StoredForeignKey key;
      key.name = std::move(name);
      key.schema = text_at(answer, row, 1);
      key.table = text_at(answer, row, 2);
      key.is_current_schema = boolean_at(answer, row, 3);
      key.no_action = boolean_at(answer, row, 4);
      key.removes = boolean_at(answer, row, 5);
      key.deferrable = boolean_at(answer, row, 6);
      out.foreign_keys.push_back(std::move(key));
    }
    out.foreign_keys.back().columns.push_back(text_at(answer, row, 7));
    out.foreign_keys.back().target_columns.push_back(text_at(answer, row, 8));
  }
}

void read_checks(DirectSession& session, const Parameter& table, StoredTable& out) {
  const Answer checks = ask(session, kChecks, {table});
  for (int row = 0; row < checks.rows(); ++row) {
    out.checks.push_back({text_at(checks, row, 0), text_at(checks, row, 1), text_at(checks, row, 2), boolean_at(checks, row, 3),
                          boolean_at(checks, row, 4)});
  }
}

}  // namespace

bool StoredIndex::is_on(std::string_view column) const {
  return !partial && keys.size() == 1 && keys[0].column == column;
}

bool StoredForeignKey::refers_to(const Model& model) const {
  return table == model.table && (model.schema.empty() ? is_current_schema : schema == model.schema);
}

std::string StoredForeignKey::target_text() const {
  return (is_current_schema ? std::string() : sql::identifier(schema) + ".") + sql::identifier(table);
}

const StoredColumn* StoredTable::column(std::string_view name) const {
  return find_named(columns, name);
}
const StoredIndex* StoredTable::index(std::string_view name) const {
  return find_named(indexes, name);
}
const StoredCheck* StoredTable::check(std::string_view name) const {
  return find_named(checks, name);
}

Answer ask(DirectSession& session, const std::string& text, std::vector<Parameter> parameters) {
  Query query;
  query.text = text;
  query.parameters = std::move(parameters);
  Outcome<Answer> answer = session.run(query);
  if (!answer) throw QueryFailed{answer.error(), text};
  return std::move(*answer);
}

void run(DirectSession& session, const std::string& statements) {
  const Outcome<Answer> answer = session.run_text(statements);
  if (!answer) throw QueryFailed{answer.error(), statements};
}

std::string text_at(const Answer& answer, int row, int column) {
  return std::string(answer.bytes(row, column));
}

bool boolean_at(const Answer& answer, int row, int column) {
  return answer.bytes(row, column) == std::string_view("\1");
}

std::optional<StoredTable> read_table(DirectSession& session, const std::string& schema, const std::string& name) {
  const Answer found = ask(session, kFindRelation, {text_parameter(schema), text_parameter(name)});
  if (found.rows() == 0) return std::nullopt;
  StoredTable table;
  table.is_table = boolean_at(found, 0, 1);
  if (!table.is_table) return table;
  table.partitioning = text_at(found, 0, 2);
  const Parameter oid = encode({nullptr, Value(read_integer(found.bytes(0, 0)))});
  table.heirs = read_names(session, kHeirs, oid);
  table.unlogged = read_names(session, kUnlogged, oid);
  read_columns(session, oid, table);
  read_labels(session, oid, table);
  read_indexes(session, oid, table);
  read_foreign_keys(session, oid, table);
  read_checks(session, oid, table);
  return table;
}

std::string base_type(DirectSession& session, const std::string& schema, const std::string& table, const std::string& column) {
  const Answer answer = ask(session, kBaseType, {text_parameter(schema), text_parameter(table), text_parameter(column)});
  return answer.rows() == 0 ? std::string() : text_at(answer, 0, 0);
}

std::vector<ConstraintName> foreign_keys_over(DirectSession& session, const std::string& schema, const std::string& table,
                                              const std::string& column) {
  std::vector<ConstraintName> out;
  const Answer answer = ask(session, kForeignKeysOver, {text_parameter(schema), text_parameter(table), text_parameter(column)});
  for (int row = 0; row < answer.rows(); ++row) {
    const std::string other_schema = text_at(answer, row, 0);
    const std::string space = other_schema.empty() ? std::string() : sql::identifier(other_schema) + ".";
    out.push_back({space + sql::identifier(text_at(answer, row, 1)), text_at(answer, row, 2)});
  }
  return out;
}

bool relation_exists(DirectSession& session, const std::string& schema, const std::string& name) {
  return ask(session, kFindRelation, {text_parameter(schema), text_parameter(name)}).rows() != 0;
}

}  // namespace holdfast::postgres
