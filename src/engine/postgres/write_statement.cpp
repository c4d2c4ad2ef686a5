#include "engine/postgres/write_statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "engine/postgres/dialect.h"
#include "engine/postgres/search_columns.h"
#include "engine/sql/keyed_select.h"
#include "engine/sql/statement.h"
#include "model/record_json.h"
#include "query/write_resolution.h"

namespace holdfast::postgres {
namespace {

constexpr std::size_t kIdKey[] = {0};

std::string id_column(const Model& model) {
  return sql::identifier(model.fields[0].column);
}

// `_rev`, then every field.
std::vector<std::string_view> stored_columns(const Model& model) {
  std::vector<std::string_view> columns{"_rev"};
  for (const Field& field : model.fields) columns.push_back(field.column);
  return columns;
}

Parameter parameter(const Field& field, const Value& value) {
  return encode(sql::Bound{&field, value});
}
Parameter plain_parameter(Value value) {
  return encode(sql::Bound{nullptr, std::move(value)});
}
Parameter ids_parameter(const Field& field, const std::vector<Value>& ids) {
  return encode(sql::Bound{&field, Value(Value::Array(ids.begin(), ids.end()))});
}

// True when parameter `number`, a reference, is null, the record itself (parameter `own`; 0: not known yet), or there.
std::string target_condition(const Model& model, const Catalog& catalog, std::size_t field, std::size_t number, std::size_t own) {
  const Model& target = *catalog.find(model.fields[field].ref);
  const std::string itself = &target == &model && own != 0 ? fmt::format(" or ${} = ${}", number, own) : "";
  return fmt::format("(${0} is null{1} or exists (select 1 from {2} where {3} = ${0} for key share))", number, itself, table_text(target),
                     id_column(target));
}

// What the object becomes in its column.
Parameter object_parameter(const Field& field, const Value& value, std::string_view stored) {
  std::string text;
  append_stored_object(text, field, value, read_json(stored), StoredDecimals::kNumbers);
  return encode_json(text);
}

// A trigger or a policy of the database may keep rows from a statement and say nothing. Dividing by zero is the way to end the transaction
// then, before the commit that is sent along.
void demand_rows(Query& query, std::size_t rows) {
  query.parameters.push_back(plain_parameter(Value(static_cast<std::int64_t>(rows))));
  query.text =
      fmt::format("with touched as ({} returning 1) select 1 / (count(*) >= ${})::int from touched", query.text, query.parameters.size());
}

Query delete_many(const Model& model, const std::vector<Value>& ids) {
  Query query;
  query.text = fmt::format("delete from {} where {}", table_text(model), id_column(model));
  kDialect.append_among(query.text, 1);
  query.parameters.push_back(ids_parameter(model.fields[0], ids));
  demand_rows(query, ids.size());
  return query;
}

Query let_go_query(const Model& model, const std::vector<std::size_t>& fields, const std::vector<Value>& ids, Milliseconds now) {
  Query query;
  query.text = fmt::format("update {} set \"_rev\" = \"_rev\" + 1", table_text(model));
  for (const std::size_t field : fields) query.text.append(", ").append(sql::identifier(model.fields[field].column)).append(" = null");
  query.parameters.push_back(ids_parameter(model.fields[0], ids));
  if (model.timestamps) {
    const Field& updated_at = model.fields[model.updated_at()];
    query.text.append(", ").append(sql::identifier(updated_at.column)).append(" = $2");
    query.parameters.push_back(parameter(updated_at, Value(now)));
  }
  query.text.append(" where ").append(id_column(model));
  kDialect.append_among(query.text, 1);
  demand_rows(query, ids.size());
  return query;
}

// Of the same collection and the same references, as many as there are, in one statement.
std::vector<Query> let_go_queries(const std::vector<RemovalWalk::Nulled>& all, Milliseconds now) {
  std::map<std::pair<std::string, std::vector<std::size_t>>, std::pair<const Model*, std::vector<Value>>> groups;
  for (const RemovalWalk::Nulled& nulled : all) {
    auto& [model, ids] = groups[{nulled.model->name, nulled.fields}];
    model = nulled.model;
    ids.push_back(nulled.record.id);
  }
  std::vector<Query> queries;
  for (const auto& [key, group] : groups) queries.push_back(let_go_query(*group.first, key.second, group.second, now));
  return queries;
}

}  // namespace

Query lock_query(const Model& model, const Value& id, bool removes) {
  Query query;
  query.text = sql::find_text(kDialect, model) + (removes ? " for update" : " for no key update");
  query.parameters.push_back(parameter(model.fields[0], id));
  return query;
}

Query lock_by_key_query(const Model& model, std::span<const std::size_t> key, const Record& values) {
  Query query;
  query.text = sql::keyed_select_text(kDialect, model, stored_columns(model), key) + " for no key update";
  for (const std::size_t field : key) query.parameters.push_back(parameter(model.fields[field], values.values[field]));
  return query;
}

Query insert_query(const Model& model, const Catalog& catalog, const Record& record) {
  const bool with_id = !record.values[0].is_absent();
  Query query;
  query.text = sql::insert_text(kDialect, model, with_id, search_columns(model));
  query.parameters.push_back(plain_parameter(Value(record.revision)));
  std::string conditions;
  for (std::size_t i = with_id ? 0 : 1; i < model.fields.size(); ++i) {
    query.parameters.push_back(parameter(model.fields[i], record.values[i]));
    if (!model.fields[i].is_reference()) continue;
    conditions.append(conditions.empty() ? " where " : " and ");
    conditions.append(target_condition(model, catalog, i, query.parameters.size(), with_id ? 2 : 0));
  }
  for (Parameter& value : search_values(model, record)) query.parameters.push_back(std::move(value));
  if (!conditions.empty()) {  // a list of values takes no conditions, a select does
    constexpr std::string_view kValues = " values (";
    query.text.replace(query.text.rfind(kValues), kValues.size(), " select ");
    query.text.pop_back();
    query.text.append(conditions);
  }
  query.text.append(" returning ").append(id_column(model));
  return query;
}

Query update_query(const Model& model, const Catalog& catalog, const StoredRow& before, const Record& after) {
  std::vector<std::size_t> changed;
  Query query;
  query.parameters.push_back(parameter(model.fields[0], before.record.values[0]));
  query.parameters.push_back(plain_parameter(Value(after.revision)));
  std::string conditions;
  for (std::size_t i = 1; i < model.fields.size(); ++i) {
    const Field& field = model.fields[i];
    const Value& from = before.record.values[i];
    const Value& to = after.values[i];
    if (to == from) continue;
    changed.push_back(i);
    const bool replaces = field.kind == Kind::kObject && !from.is_null() && !to.is_null();
    const int column = static_cast<int>(i) + 1;
    query.parameters.push_back(replaces ? object_parameter(field, to, before.answer.bytes(0, column)) : parameter(field, to));
    if (!field.is_reference()) continue;
    conditions.append(" and ").append(target_condition(model, catalog, i, query.parameters.size(), 1));
  }
  std::vector<std::string> more;
  const auto is_changed = [&](std::size_t field) { return std::find(changed.begin(), changed.end(), field) != changed.end(); };
  if (model.search && std::any_of(model.search->fields.begin(), model.search->fields.end(), is_changed)) {
    more = search_columns(model);
    for (Parameter& value : search_values(model, after)) query.parameters.push_back(std::move(value));
  }
  query.text = sql::update_text(kDialect, model, changed, more) + conditions;
  return query;
}

Query remove_query(const Model& model, const Value& id) {
  Query query;
  query.text = sql::remove_text(kDialect, model);
  std::string_view separator = " returning ";
  for (const std::string_view column : stored_columns(model)) {
    query.text.append(separator);
    sql::append_identifier(query.text, column);
    separator = ", ";
  }
  query.parameters.push_back(parameter(model.fields[0], id));
  return query;
}

Query exists_query(const Model& model, const Value& id) {
  const std::array<std::string_view, 1> columns{model.fields[0].column};
  Query query;
  query.text = sql::keyed_select_text(kDialect, model, columns, kIdKey);
  query.parameters.push_back(parameter(model.fields[0], id));
  return query;
}

Query version_query(Query looks_for) {
  constexpr std::string_view kSelect = "select ";
  looks_for.text.insert(kSelect.size(), "xmin::text || ctid::text, ");
  return looks_for;
}

Query clash_query(const Model& model, const UniqueKey& key, const Record& record, const Value& own_id) {
  Query query;
  query.text = sql::clash_text(kDialect, model, key.fields);
  query.parameters.push_back(parameter(model.fields[0], own_id));
  for (const std::size_t field : key.fields) query.parameters.push_back(parameter(model.fields[field], record.values[field]));
  return query;
}

Query index_columns_query(const Model& model, const std::string& index) {
  Query query;
  query.text =
      "select a.attname::text from pg_index i join pg_class c on c.oid = i.indexrelid join pg_attribute a on a.attrelid = i.indrelid "
      "and a.attnum = any((i.indkey::int2[])[0:i.indnkeyatts - 1]) where c.relname = $1 and i.indrelid = $2::regclass";
  query.parameters.push_back(plain_parameter(Value(index)));
  query.parameters.push_back(plain_parameter(Value(table_text(model))));
  return query;
}

Query raise_ids_query(const Model& model) {
  Query query;
  query.text = fmt::format(
      "select setval(ids::regclass, greatest(nextval(ids::regclass), (select max({}) from {}))) "
      "from pg_get_serial_sequence($1, $2) as ids where ids is not null",
      id_column(model), table_text(model));
  query.parameters.push_back(plain_parameter(Value(table_text(model))));
  query.parameters.push_back(plain_parameter(Value(model.fields[0].column)));
  return query;
}

Query removal_query(const RemovalQuestion& question) {
  const Model& model = *question.model;
  Query query;
  std::vector<std::size_t> references;
  for (const RemovalQuestion::Condition& condition : question.any_of) {
    references.push_back(condition.field);
    query.parameters.push_back(ids_parameter(model.fields[condition.field], condition.ids));
  }
  if (!question.except.empty()) query.parameters.push_back(ids_parameter(model.fields[0], question.except));
  const std::string where = sql::referring_text(kDialect, model, references, !question.except.empty());
  if (question.kind == RemovalQuestion::Kind::kCount) {
    query.text = "select count(*)" + where;
    return query;
  }
  query.parameters.push_back(plain_parameter(Value(question.limit)));
  const bool removes = model.fields[references.front()].on_delete == OnDelete::kCascade;
  query.text =
      fmt::format("select {}{} limit ${} for {}", id_column(model), where, query.parameters.size(), removes ? "update" : "no key update");
  return query;
}

// In a cascade records may refer to each other in a circle, so the database is to look at the end.
std::vector<Query> removal_queries(const RemovalWalk& walk, Milliseconds now) {
  const std::vector<RemovalWalk::Gone>& gone = walk.gone();
  std::vector<Query> queries;
  if (gone.size() > 1) queries.push_back({"set constraints all deferred", {}});
  for (Query& query : let_go_queries(walk.nulled(), now)) queries.push_back(std::move(query));
  for (auto last = gone.rbegin(); last != gone.rend();) {
    const Model* model = last->model;
    std::vector<Value> ids;
    for (; last != gone.rend() && last->model == model; ++last) ids.push_back(last->record.id);
    queries.push_back(delete_many(*model, ids));
  }
  return queries;
}

}  // namespace holdfast::postgres
