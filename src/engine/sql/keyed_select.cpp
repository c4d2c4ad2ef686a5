#include "engine/sql/keyed_select.h"

namespace holdfast::sql {

std::string keyed_select_text(const Dialect& dialect, const Model& model, std::span<const std::string_view> columns,
                              std::span<const std::size_t> key) {
  std::string out;
  std::string_view separator = "select ";
  for (const std::string_view column : columns) {
    out.append(separator);
    append_identifier(out, column);
    separator = ", ";
  }
  out.append(" from ");
  dialect.append_table(out, model);
  separator = " where ";
  for (std::size_t i = 0; i < key.size(); ++i) {
    out.append(separator);
    append_identifier(out, model.fields[key[i]].column);
    out.append(" = ");
    dialect.append_placeholder(out, i + 1);
    separator = " and ";
  }
  return out;
}

std::string referring_text(const Dialect& dialect, const Model& model, std::span<const std::size_t> references, bool exceptions) {
  std::string out = " from ";
  dialect.append_table(out, model);
  std::size_t number = 0;
  std::string_view separator = " where (";
  for (const std::size_t reference : references) {
    out.append(separator);
    append_identifier(out, model.fields[reference].column);
    dialect.append_among(out, ++number);
    separator = " or ";
  }
  out.push_back(')');
  if (!exceptions) return out;
  out.append(" and not ");
  append_identifier(out, model.fields[0].column);
  dialect.append_among(out, ++number);
  return out;
}

}  // namespace holdfast::sql
