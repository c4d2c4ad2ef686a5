#include "engine/sql/statement.h"

#include <algorithm>

#include "engine/sql/condition.h"
#include "engine/sql/seek.h"

namespace holdfast::sql {
namespace {

constexpr std::string_view kRevision = "\"_rev\"";

void append_select(std::string& out, const Model& model, std::span<const std::size_t> ordinals) {
  out.append("select ").append(kRevision);
  for (const std::size_t ordinal : ordinals) {
    out.append(", ");
    append_identifier(out, model.fields[ordinal].column);
  }
  out.append(" from ");
  append_identifier(out, model.table);
}

void append_where_id(std::string& out, const Dialect& dialect, const Model& model) {
  out.append(" where ");
  append_identifier(out, model.fields[0].column);
  out.append(" = ");
  dialect.append_placeholder(out, 1);
}

void append_order(std::string& out, const ListPlan& plan) {
  std::string_view separator = " order by ";
  for (const SortKey& key : plan.sort) {
    out.append(separator);
    append_identifier(out, plan.model->fields[key.field].column);
    if (key.descending) out.append(" desc");
    separator = ", ";
  }
}

Statement list_statement(const Dialect& dialect, const ListPlan& plan, const Seek* seek, std::size_t range) {
  Statement out;
  out.text.reserve(512);
  append_select(out.text, *plan.model, selected_ordinals(plan));
  std::string_view separator = " where ";
  if (!plan.filter.is_always_true()) {
    out.text.append(separator);
    append_condition(out, dialect, *plan.model, plan.filter);
    separator = " and ";
  }
  if (seek != nullptr) {
    out.text.append(separator);
    seek->append_range(out, range);
  }
  append_order(out.text, plan);
  if (plan.offset != 0) {
    const std::size_t offset = out.add(nullptr, Value(plan.offset));
    out.text.append(" limit ");
    dialect.append_placeholder(out.text, offset + 1);
    out.text.append(" offset ");
    dialect.append_placeholder(out.text, offset);
    out.add(nullptr, Value(plan.limit + 1));
  } else {
    out.text.append(" limit ");
    dialect.append_placeholder(out.text, out.add(nullptr, Value(plan.limit + 1)));
  }
  return out;
}

}  // namespace

std::vector<std::size_t> all_ordinals(const Model& model) {
  std::vector<std::size_t> ordinals(model.fields.size());
  for (std::size_t i = 0; i < ordinals.size(); ++i) ordinals[i] = i;
  return ordinals;
}

std::vector<std::size_t> selected_ordinals(const ListPlan& plan) {
  if (!plan.fields) return all_ordinals(*plan.model);
  std::vector<std::size_t> ordinals = *plan.fields;
  for (const SortKey& key : plan.sort) ordinals.push_back(key.field);
  std::sort(ordinals.begin(), ordinals.end());
  ordinals.erase(std::unique(ordinals.begin(), ordinals.end()), ordinals.end());
  return ordinals;
}

std::string find_text(const Dialect& dialect, const Model& model) {
  std::string out;
  append_select(out, model, all_ordinals(model));
  append_where_id(out, dialect, model);
  return out;
}

std::string insert_text(const Dialect& dialect, const Model& model, bool with_id) {
  std::string out = "insert into ";
  std::string values;
  append_identifier(out, model.table);
  out.append(" (").append(kRevision);
  dialect.append_placeholder(values, 1);
  std::size_t number = 1;
  for (std::size_t i = with_id ? 0 : 1; i < model.fields.size(); ++i) {
    out.append(", ");
    append_identifier(out, model.fields[i].column);
    values.append(", ");
    dialect.append_placeholder(values, ++number);
  }
  return out.append(") values (").append(values).append(")");
}

std::string update_text(const Dialect& dialect, const Model& model, std::span<const std::size_t> changed) {
  std::string out = "update ";
  append_identifier(out, model.table);
  out.append(" set ").append(kRevision).append(" = ");
  dialect.append_placeholder(out, 2);
  for (std::size_t i = 0; i < changed.size(); ++i) {
    out.append(", ");
    append_identifier(out, model.fields[changed[i]].column);
    out.append(" = ");
    dialect.append_placeholder(out, i + 3);
  }
  append_where_id(out, dialect, model);
  return out;
}

std::string remove_text(const Dialect& dialect, const Model& model) {
  std::string out = "delete from ";
  append_identifier(out, model.table);
  append_where_id(out, dialect, model);
  return out;
}

std::string clash_text(const Dialect& dialect, const Model& model, std::span<const std::size_t> fields) {
  std::string out = "select 1 from ";
  append_identifier(out, model.table);
  out.append(" where ");
  for (std::size_t i = 0; i < fields.size(); ++i) {
    append_identifier(out, model.fields[fields[i]].column);
    out.append(" = ");
    dialect.append_placeholder(out, i + 2);
    out.append(" and ");
  }
  append_identifier(out, model.fields[0].column);
  out.append(" ").append(dialect.is_distinct()).append(" ");
  dialect.append_placeholder(out, 1);
  return out.append(" limit 1");
}

std::vector<Statement> list_statements(const Dialect& dialect, const ListPlan& plan) {
  std::vector<Statement> statements;
  if (plan.after.empty()) {
    statements.push_back(list_statement(dialect, plan, nullptr, 0));
    return statements;
  }
  const Seek seek(dialect, plan);
  for (std::size_t range = 0; range < seek.ranges(); ++range) statements.push_back(list_statement(dialect, plan, &seek, range));
  return statements;
}

Statement count_statement(const Dialect& dialect, const Model& model, const Filter& filter) {
  Statement out;
  out.text = "select count(*) from ";
  append_identifier(out.text, model.table);
  if (!filter.is_always_true()) {
    out.text.append(" where ");
    append_condition(out, dialect, model, filter);
  }
  return out;
}

}  // namespace holdfast::sql
