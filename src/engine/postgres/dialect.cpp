#include "engine/postgres/dialect.h"

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/timestamp.h"
#include "base/unicode.h"
#include "engine/like_pattern.h"
#include "engine/postgres/codec.h"
#include "engine/postgres/search_columns.h"
#include "model/record_json.h"

namespace holdfast::postgres {
namespace {

// What rounds to 0 as a double, and what does not yet round to infinity.
constexpr std::string_view kTooSmall = "2.4703282292062328e-324";
constexpr std::string_view kLargest = "1.797693134862315807e308";

// Without a collation.
std::string scalar_type(const Field& field) {
  switch (field.kind) {
    case Kind::kString:
      return is_uuid(field) ? "uuid" : "text";
    case Kind::kInteger:
      return "bigint";
    case Kind::kNumber:
      return "double precision";
    case Kind::kDecimal:
      return fmt::format("numeric({},{})", field.precision, field.scale);
    case Kind::kBoolean:
      return "boolean";
    case Kind::kDateTime:
      return "timestamp(3) with time zone";
    case Kind::kDate:
      return "date";
    case Kind::kArray:
    case Kind::kObject:
    case Kind::kJson:
      break;
  }
  return "jsonb";
}

std::string json_literal(const Field& field, const Value& value) {
  std::string json;
  append_stored_json(json, field, value, StoredDecimals::kNumbers);
  return quoted(json) + "::jsonb";
}

std::string array_literal(const Dialect& dialect, const Field& field, const Value::Array& items) {
  std::string out = "array[";
  for (std::size_t i = 0; i < items.size(); ++i) out.append(i == 0 ? "" : ", ").append(dialect.literal(*field.element, items[i]));
  return out.append("]::").append(scalar_type(*field.element)).append("[]");
}

// What a member of an object is compared with: texts, instants and dates lie in jsonb as texts, in the one form that sorts as they do.
sql::Bound nested_operand(const Field& compared, const Value& value) {
  if (compared.kind == Kind::kDecimal) return {&compared, value};
  if (compared.kind != Kind::kDateTime) return {nullptr, value};
  std::string text;
  append_timestamp(text, value.integer());
  return {nullptr, Value(std::move(text))};
}

// In an advanced regular expression a backslash takes away what a character that is no letter or digit means, and gives letters a meaning.
void append_character(std::string& out, char32_t character) {
  const bool is_plain = character >= 0x80 || (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
                        (character >= 'a' && character <= 'z') || character == '_' || character == ' ';
  if (!is_plain) out.push_back('\\');
  append_code_point(out, character);
}

void append_characters(std::string& out, const std::u32string& characters) {
  if (characters.size() == 1) return append_character(out, characters.front());
  out.push_back('[');
  for (const char32_t character : characters) append_code_point(out, character);  // letters: nothing to escape
  out.push_back(']');
}

}  // namespace

void Dialect::append_table(std::string& out, const Model& model) const {
  if (!model.schema.empty()) {
    sql::append_identifier(out, model.schema);
    out.push_back('.');
  }
  sql::append_identifier(out, model.table);
}

std::string_view Dialect::null_order(bool descending) const {
  return descending ? " nulls last" : " nulls first";
}

void Dialect::append_placeholder(std::string& out, std::size_t number) const {
  fmt::format_to(std::back_inserter(out), "${}", number);
}

std::string Dialect::column_type(const Field& field) const {
  const bool is_array = field.kind == Kind::kArray && field.element->is_scalar();
  std::string type = is_array ? scalar_type(*field.element) : scalar_type(field);
  const bool is_text = type == "text";
  if (is_array) type += "[]";
  if (is_text) type += " collate \"C\"";
  return type;
}

std::string Dialect::literal(const Field& field, const Value& value) const {
  switch (field.kind) {
    case Kind::kInteger:
      return fmt::format("'{}'::bigint", value.integer());
    case Kind::kDecimal: {
      std::string text;
      append_decimal(text, value.integer(), field.scale);
      return quoted(text) + "::numeric";
    }
    case Kind::kBoolean:
      return value.boolean() ? "true" : "false";
    case Kind::kNumber: {
      std::string text;
      append_json_number(text, value.number());
      return quoted(text) + "::double precision";
    }
    case Kind::kString:
    case Kind::kDate:
      return quoted(value.text()) + "::" + scalar_type(field);
    case Kind::kDateTime: {
      std::string text;
      append_timestamp(text, value.integer());
      return quoted(text) + "::timestamp with time zone";
    }
    case Kind::kArray:
      return field.element->is_scalar() ? array_literal(*this, field, value.array()) : json_literal(field, value);
    case Kind::kObject:
    case Kind::kJson:
      return json_literal(field, value);
  }
  return "null";
}

// A native enum compares by the order of its labels, and with nothing else; of a text column nothing is left of this but the column.
void Dialect::append_field(std::string& out, const Model& model, std::size_t field) const {
  sql::Dialect::append_field(out, model, field);
  if (field >= model.fields.size() || !model.fields[field].is_enum()) return;
  const std::string column = sql::identifier(model.fields[field].column);
  out.replace(out.size() - column.size(), column.size(), fmt::format("({}::text collate \"C\")", column));
}

// `("address"->'geo'->>'city')`: names of members are letters, digits and underscores. A number that others wrote as something else is no
// number, and must not fail the statement; nor must one that is beyond a double, which PostgreSQL refuses at either end: too large a one is
// no number of ours either, too small a one is read as 0.
void Dialect::append_nested(std::string& out, const Model& model, std::size_t field) const {
  const Field& nested = model.field(field);
  std::string_view path = std::string_view(nested.name).substr(model.fields[model.holder(field)].name.size() + 1);
  std::string object = sql::identifier(nested.column);
  for (std::size_t dot = path.find('.'); dot != path.npos; dot = path.find('.')) {
    object.append("->'").append(path.substr(0, dot)).append("'");
    path.remove_prefix(dot + 1);
  }
  const auto typed = [&](std::string_view json_type, std::string_view type) {
    fmt::format_to(std::back_inserter(out), "(case when jsonb_typeof({0}->'{1}') = '{2}' then ({0}->'{1}')::{3} end)", object, path,
                   json_type, type);
  };
  switch (nested.kind) {
    case Kind::kInteger:
    case Kind::kDecimal:
      return typed("number", "numeric");
    case Kind::kNumber:
      fmt::format_to(std::back_inserter(out),
                     "(case when jsonb_typeof({0}->'{1}') = 'number' then case when abs(({0}->'{1}')::numeric) < {2} then 0 "
                     "when abs(({0}->'{1}')::numeric) <= {3} then ({0}->'{1}')::double precision end end)",
                     object, path, kTooSmall, kLargest);
      return;
    case Kind::kBoolean:
      return typed("boolean", "boolean");
    default:
      fmt::format_to(std::back_inserter(out), "(({}->>'{}') collate \"C\")", object, path);
  }
}

std::string Dialect::add_operand(sql::Statement& out, const Model& model, std::size_t field, const Value& value) const {
  const Field& compared = model.field(field);
  sql::Bound bound = field < model.fields.size() ? sql::Bound{&compared, value} : nested_operand(compared, value);
  return fmt::format("${}", out.add(bound.field, std::move(bound.value)));
}

// One parameter, so that the text is the same whatever their number.
void Dialect::append_in(sql::Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const {
  const Field& compared = model.field(field);
  const Field* bound_field = &compared;
  Value::Array values = operands;
  if (field >= model.fields.size()) {
    for (Value& value : values) {
      sql::Bound bound = nested_operand(compared, value);
      bound_field = bound.field;
      value = std::move(bound.value);
    }
  }
  append_field(out.text, model, field);
  append_among(out.text, out.add(bound_field, Value(std::move(values))));
}

void Dialect::append_present(std::string& out, const Model& model, std::size_t field) const {
  append_field(out, model, field);
  out.append(" is not null");
}

void Dialect::append_like(sql::Statement& out, const Model& model, std::size_t field, const std::string& pattern, bool ignore_case) const {
  append_field(out.text, model, field);
  out.text.append(" ~ ");
  append_placeholder(out.text, out.add(nullptr, Value(regular_expression(pattern, ignore_case))));
}

void Dialect::append_has_any(sql::Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const {
  append_field(out.text, model, field);
  out.text.append(" && ");
  append_placeholder(out.text, out.add(&model.fields[field], Value(operands)));
}

void Dialect::append_has_all(sql::Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const {
  append_field(out.text, model, field);
  out.text.append(" @> ");
  append_placeholder(out.text, out.add(&model.fields[field], Value(operands)));
}

void Dialect::append_among(std::string& out, std::size_t number) const {
  fmt::format_to(std::back_inserter(out), " = any(${})", number);
}

void Dialect::append_found(sql::Statement& out, const Model& model, const SearchQuery& search) const {
  append_search(out, model, search);
}

std::string table_text(const Model& model) {
  std::string out;
  kDialect.append_table(out, model);
  return out;
}

std::string quoted(std::string_view text) {
  const bool has_backslash = text.find('\\') != text.npos;
  std::string out = has_backslash ? "E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  return out.append("'");
}

// `.` matches a line feed too, and the anchors only at the very ends, unless an option says otherwise; there is none.
std::string regular_expression(std::string_view pattern, bool ignore_case) {
  std::string out = "^";
  bool any_run = false;
  const auto end_run = [&] {
    if (any_run) out.append(".*");
    any_run = false;
  };
  for (const LikeToken& token : like_tokens(pattern, ignore_case)) {
    if (token.kind == LikeToken::Kind::kAnyRun) {
      any_run = true;
    } else if (token.kind == LikeToken::Kind::kAnyOne) {
      out.push_back('.');  // before the run that it stands in: `%_%` is `..*`
    } else {
      end_run();
      append_characters(out, token.characters);
    }
  }
  end_run();
  return out.append("$");
}

}  // namespace holdfast::postgres
