#include "engine/sql/statement.h"

#include "engine/sql/condition.h"
#include "engine/sql/seek.h"

namespace holdfast::sql {
namespace {

constexpr std::string_view kRevision = "\"_rev\"";

void append_selected(std::string& out, const Model& model, std::span<const std::size_t> ordinals) {
  out.append("select ").append(kRevision);
  for (const std::size_t ordinal : ordinals) {
    out.append(", ");
    append_identifier(out, model.fields[ordinal].column);
  }
}

void append_select(std::string& out, const Dialect& dialect, const Model& model, std::span<const std::size_t> ordinals) {
  append_selected(out, model, ordinals);
  out.append(" from ");
  dialect.append_table(out, model);
}

void append_where_id(std::string& out, const Dialect& dialect, const Model& model) {
  out.append(" where ");
  append_identifier(out, model.fields[0].column);
  out.append(" = ");
  dialect.append_placeholder(out, 1);
}

std::string order_text(const Dialect& dialect, const ListPlan& plan, std::size_t first_key) {
  std::string out;
  std::string_view separator = plan.by_rank ? ", " : "";
  if (plan.by_rank) out.append(kRankColumn).append(" desc");
  for (std::size_t key = first_key; key < plan.sort.size(); ++key) {
    out.append(separator);
    dialect.append_field(out, *plan.model, plan.sort[key].field);
    if (plan.sort[key].descending) out.append(" desc");
    if (may_be_null(*plan.model, plan.sort[key].field)) out.append(dialect.null_order(plan.sort[key].descending));
    separator = ", ";
  }
  return out;
}

void append_limit(Statement& out, const Dialect& dialect, const ListPlan& plan) {
  std::size_t offset = 0;
  if (plan.offset != 0) offset = out.add(nullptr, Value(plan.offset));
  out.text.append(" limit ");
  dialect.append_placeholder(out.text, out.add(nullptr, Value(plan.limit + 1)));
  if (offset == 0) return;
  out.text.append(" offset ");
  dialect.append_placeholder(out.text, offset);
}

// True when a condition has been written.
bool append_where(Statement& out, const Dialect& dialect, const Model& model, const Filter& filter) {
  if (filter.is_always_true()) return false;
  out.text.append(" where ");
  append_condition(out, dialect, model, filter);
  return true;
}

Statement list_statement(const Dialect& dialect, const ListPlan& plan, const Seek* seek, std::size_t range) {
  Statement out;
  out.text.reserve(512);
  append_select(out.text, dialect, *plan.model, selected_ordinals(plan));
  const bool filtered = append_where(out, dialect, *plan.model, plan.filter);
  if (seek != nullptr) {
    out.text.append(filtered ? " and " : " where ");
    seek->append_range(out, range);
  }
  const bool is_null = dialect.sorts_by_null_expressions() && seek != nullptr && seek->is_null_range(range) &&
                       plan.sort.front().field >= plan.model->fields.size();
  out.text.append(" order by ").append(order_text(dialect, plan, is_null ? 1 : 0));
  append_limit(out, dialect, plan);
  return out;
}

// What comes after a record in the order of a search.
void append_after(Statement& out, const Dialect& dialect, const ListPlan& plan) {
  const Seek seek(dialect, plan);
  if (!plan.by_rank) return seek.append(out);
  std::string rank;
  dialect.append_placeholder(rank, out.add(nullptr, Value(rank_text(plan.after_rank))));
  out.text.append("(").append(kRankColumn).append(" < ").append(rank).append(" or ");
  out.text.append(kRankColumn).append(" = ").append(rank).append(" and ");
  seek.append(out);
  out.text.push_back(')');
}

// The page is found among narrow rows, so that whole records are read only of those on it. What is found has no order of its own, so
// that a continuation is one statement.
Statement search_statement(const Dialect& dialect, const ListPlan& plan) {
  const Model& model = *plan.model;
  const std::string id = identifier(model.fields[0].column);
  const std::string order = order_text(dialect, plan, 0);
  Statement out;
  out.text.reserve(1024);
  append_selected(out.text, model, selected_ordinals(plan));
  if (plan.by_rank) out.text.append(", ").append(kRankColumn);
  out.text.append(" from (select ").append(id).append(" as \"_hf_id\"");
  if (plan.by_rank) out.text.append(", ").append(kRankColumn);
  out.text.append(" from ");
  dialect.append_found(out, model, *plan.search);
  const bool filtered = append_where(out, dialect, model, plan.filter);
  if (!plan.after.empty()) {
    out.text.append(filtered ? " and " : " where ");
    append_after(out, dialect, plan);
  }
  out.text.append(" order by ").append(order);
  append_limit(out, dialect, plan);
  out.text.append(") as \"_hf_page\" cross join ");
  dialect.append_table(out.text, model);
  out.text.append(" where ").append(id).append(" = \"_hf_id\" order by ").append(order);
  return out;
}

}  // namespace

std::string find_text(const Dialect& dialect, const Model& model) {
  std::string out;
  append_select(out, dialect, model, all_ordinals(model));
  append_where_id(out, dialect, model);
  return out;
}

std::string find_many_text(const Dialect& dialect, const Model& model) {
  std::string out;
  append_select(out, dialect, model, all_ordinals(model));
  out.append(" where ");
  append_identifier(out, model.fields[0].column);
  dialect.append_among(out, 1);
  return out;
}

std::string insert_text(const Dialect& dialect, const Model& model, bool with_id, std::span<const std::string> more) {
  std::string out = "insert into ";
  std::string values;
  dialect.append_table(out, model);
  out.append(" (").append(kRevision);
  dialect.append_placeholder(values, 1);
  std::size_t number = 1;
  for (std::size_t i = with_id ? 0 : 1; i < model.fields.size(); ++i) {
    out.append(", ");
    append_identifier(out, model.fields[i].column);
    values.append(", ");
    dialect.append_placeholder(values, ++number);
  }
  for (const std::string& column : more) {
    out.append(", ");
    append_identifier(out, column);
    values.append(", ");
    dialect.append_placeholder(values, ++number);
  }
  return out.append(") values (").append(values).append(")");
}

std::string update_text(const Dialect& dialect, const Model& model, std::span<const std::size_t> changed,
                        std::span<const std::string> more) {
  std::string out = "update ";
  dialect.append_table(out, model);
  out.append(" set ").append(kRevision).append(" = ");
  dialect.append_placeholder(out, 2);
  std::size_t number = 2;
  const auto set = [&](std::string_view column) {
    out.append(", ");
    append_identifier(out, column);
    out.append(" = ");
    dialect.append_placeholder(out, ++number);
  };
  for (const std::size_t field : changed) set(model.fields[field].column);
  for (const std::string& column : more) set(column);
  append_where_id(out, dialect, model);
  return out;
}

std::string remove_text(const Dialect& dialect, const Model& model) {
  std::string out = "delete from ";
  dialect.append_table(out, model);
  append_where_id(out, dialect, model);
  return out;
}

std::string clash_text(const Dialect& dialect, const Model& model, std::span<const std::size_t> fields) {
  std::string out = "select 1 from ";
  dialect.append_table(out, model);
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
  if (plan.search) {
    statements.push_back(search_statement(dialect, plan));
    return statements;
  }
  if (plan.after.empty()) {
    statements.push_back(list_statement(dialect, plan, nullptr, 0));
    return statements;
  }
  const Seek seek(dialect, plan);
  for (std::size_t range = 0; range < seek.ranges(); ++range) statements.push_back(list_statement(dialect, plan, &seek, range));
  return statements;
}

Statement count_statement(const Dialect& dialect, const Model& model, const Filter& filter, const std::optional<SearchQuery>& search) {
  Statement out;
  out.text = "select count(*) from ";
  if (search) {
    dialect.append_found(out, model, *search);
  } else {
    dialect.append_table(out.text, model);
  }
  append_where(out, dialect, model, filter);
  return out;
}

}  // namespace holdfast::sql
