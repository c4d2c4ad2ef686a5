#include "engine/sql/dialect.h"

#include <fmt/format.h>

#include <iterator>

namespace holdfast::sql {

std::size_t Statement::add(const Field* field, Value value) {
  parameters.push_back({field, std::move(value)});
  return parameters.size();
}

void Dialect::append_field(std::string& out, const Model& model, std::size_t field) const {
  if (field < model.fields.size()) return append_identifier(out, model.fields[field].column);
  append_nested(out, model, field);
}

std::string Dialect::field_text(const Model& model, std::size_t field) const {
  std::string out;
  append_field(out, model, field);
  return out;
}

void Dialect::append_table(std::string& out, const Model& model) const {
  append_identifier(out, model.table);
}

std::string_view Dialect::null_order(bool) const {
  return {};
}

void Dialect::append_in(Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const {
  append_field(out.text, model, field);
  std::string_view separator = " in (";
  for (const Value& operand : operands) {
    out.text.append(separator);
    const std::string text = add_operand(out, model, field, operand);
    out.text.append(text);
    separator = ", ";
  }
  out.text.append(")");
}

std::string rank_text(std::string_view rank) {
  std::string out;
  for (const char byte : rank) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(byte));
  return out;
}

std::string rank_of(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string rank;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) rank.push_back(static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1])));
  return rank;
}

bool may_be_null(const Model& model, std::size_t field) noexcept {
  return field >= model.fields.size() || model.fields[field].admits_null;
}

void append_identifier(std::string& out, std::string_view name) {
  out.push_back('"');
  for (const char c : name) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

std::string identifier(std::string_view name) {
  std::string out;
  append_identifier(out, name);
  return out;
}

}  // namespace holdfast::sql
