#include "engine/postgres/schema_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/postgres/dialect.h"

namespace holdfast::postgres {
namespace {

// What a foreign writer could store in a column of this type and Holdfast could not read.
std::string check_text(const Model& model, const std::string& column) {
  const auto field = std::find_if(model.fields.begin(), model.fields.end(), [&](const Field& f) { return f.column == column; });
  if (field == model.fields.end() || kDialect.column_type(*field) != "jsonb") return {};
  return fmt::format(" check (jsonb_typeof({}) = '{}')", sql::identifier(column), field->kind == Kind::kArray ? "array" : "object");
}

// `numeric(p,s)` or `numeric(p,s)[]`; `timestamp(p) with time zone` has no scale.
struct Digits {
  std::string_view kind;  // what stands around the digits
  std::string_view behind;
  int precision = 0;
  int scale = 0;
};

std::optional<Digits> digits_of(std::string_view type) {
  const std::size_t open = type.find('('), close = type.find(')');
  if (open == type.npos || close == type.npos) return std::nullopt;
  Digits digits{type.substr(0, open), type.substr(close + 1)};
  const char* end = type.data() + close;
  const auto [comma, fault] = std::from_chars(type.data() + open + 1, end, digits.precision);
  if (fault == std::errc() && comma != end) std::from_chars(comma + 1, end, digits.scale);
  return digits;
}

bool is_array(std::string_view type) {
  return type.ends_with("[]");
}

// "character varying" of `character varying(50)`, "timestamp with time zone" of `timestamp(3) with time zone[]`.
std::string family_of(std::string_view type) {
  if (is_array(type)) type.remove_suffix(2);
  const std::size_t open = type.find('('), close = type.find(')');
  if (open == type.npos || close == type.npos) return std::string(type);
  return fmt::format("{}{}", type.substr(0, open), type.substr(close + 1));
}

bool is_among(std::initializer_list<std::string_view> families, std::string_view family) {
  return std::find(families.begin(), families.end(), family) != families.end();
}
bool is_number(std::string_view family) {
  return is_among({"smallint", "integer", "bigint", "numeric", "real", "double precision"}, family);
}
bool is_text(std::string_view family) {
  return is_among({"text", "character varying", "character"}, family);
}
bool is_time(std::string_view family) {
  return is_among({"date", "timestamp without time zone", "timestamp with time zone"}, family);
}

bool is_integer(std::string_view family) {
  return is_among({"smallint", "integer", "bigint"}, family);
}
bool is_float(std::string_view family) {
  return is_among({"real", "double precision"}, family);
}

// An instant without a zone is one of UTC, whatever the session's zone is. PostgreSQL would round what is finer than a millisecond: a
// division by zero stops at it.
std::string instant_conversion_text(std::string_view column, std::string_view stored) {
  const std::string from = family_of(stored);
  const std::string source = is_text(from) ? fmt::format("{}::timestamp with time zone", column) : std::string(column);
  const std::string made =
      from == "date" || from == "timestamp without time zone" ? fmt::format("{}::timestamp at time zone 'UTC'", source) : source;
  const std::optional<Digits> digits = digits_of(stored);
  const bool is_exact = from == "date" || (is_time(from) && digits && digits->precision <= 3);
  if (is_exact) return made == column ? std::string() : fmt::format(" using {}", made);
  return fmt::format(" using {} + interval '0' / (date_trunc('milliseconds', {}) = {})::int", made, source, source);
}

// By way of the text, which is the shortest that reads back: as numeric, PostgreSQL keeps 15 digits of a double precision, 6 of a real.
std::string numeric_text(std::string_view column, std::string_view from) {
  return fmt::format("{}{}::numeric", column, is_float(from) || from == "jsonb" ? "::text" : "");
}

// PostgreSQL would round: a number with a fraction is no integer's text, and a division by zero stops at a number that would be another.
std::string number_conversion_text(std::string_view column, std::string_view from, std::string_view wanted) {
  if (from == "boolean") return fmt::format(" using {}::int", column);
  if (from == "real" && wanted == "double precision") return {};
  const std::optional<Digits> digits = digits_of(wanted);
  if (is_integer(from) && (digits || wanted == "bigint")) return {};
  const std::string exact = numeric_text(column, from);
  if (wanted == "bigint") return fmt::format(" using trim_scale({})::text::bigint", exact);
  const std::string made = digits ? fmt::format("round({}, {})", exact, digits->scale) : fmt::format("{}::double precision", exact);
  const std::string compared = digits ? made : made + "::text::numeric";
  return fmt::format(" using {} / ({} = {})::int", made, compared, exact);
}

// Element by element nothing would stop at a number that is rounded, or at an instant that is shifted; a document is no array's text.
std::optional<std::string> array_conversion_text(std::string_view column, std::string_view stored, std::string_view wanted) {
  const std::string from = family_of(stored), to = family_of(wanted);
  if (wanted == "text") return std::string();
  if (wanted == "jsonb") return fmt::format(" using to_jsonb({})", column);
  if (!is_array(wanted) || digits_of(wanted) || is_time(to)) return std::nullopt;
  const bool is_kept = from == to || to == "text" || (is_text(from) && to != "double precision") ||
                       (is_integer(from) && (to == "bigint" || to == "boolean"));
  if (!is_kept || from == "jsonb") return std::nullopt;
  if (is_array(stored)) return fmt::format(" using {}::text::{}", column, wanted);
  return fmt::format(" using array_remove(array[{}::text]::{}, null)", column, wanted);
}

}  // namespace

std::string create_table_text(const Model& model, const sql::TableDefinition& table) {
  const std::string_view id = model.id_kind == IdKind::kInteger ? " generated by default as identity primary key" : " not null primary key";
  std::string out =
      fmt::format("create table {} (\n  {} {}{}", table_text(model), sql::identifier(table.columns[0].name), table.columns[0].type, id);
  for (std::size_t i = 1; i < table.columns.size(); ++i) {
    out.append(",\n  ").append(sql::column_text(table.columns[i])).append(check_text(model, table.columns[i].name));
  }
  return out.append("\n)");
}

std::string add_column_text(const Model& model, const sql::ColumnDefinition& column) {
  return fmt::format("alter table {} add column {}{}", table_text(model), sql::column_text(column), check_text(model, column.name));
}

std::string array_index_name(const Model& model, std::string_view column) {
  return sql::object_name("ix", model, {{std::string(column), false, {}}});
}

std::string create_array_index_text(const Model& model, std::string_view column) {
  return fmt::format("create index {} on {} using gin ({})", sql::identifier(array_index_name(model, column)), table_text(model),
                     sql::identifier(column));
}

std::string foreign_key_name(const Model& model, const Field& field) {
  return sql::object_name("fk", model, {{field.column, false, {}}});
}

std::string add_foreign_key_text(const Model& model, const Field& field, const Model& target, bool has_records) {
  return fmt::format("alter table {} add constraint {} foreign key ({}) references {} ({}) deferrable initially immediate{}",
                     table_text(model), sql::identifier(foreign_key_name(model, field)), sql::identifier(field.column), table_text(target),
                     sql::identifier(target.fields[0].column), has_records ? " not valid" : "");
}

std::string enum_check_name(const Model& model, const Field& field) {
  return sql::object_name("ck", model, {{field.column, false, {}}});
}

std::string enum_condition(const Field& field) {
  std::string out = sql::identifier(field.column);
  std::string_view separator = " in (";
  for (const std::string& value : field.enumeration) {
    out.append(separator).append(quoted(value));
    separator = ", ";
  }
  return out.append(")");
}

TypeFit fit_of(std::string_view stored, std::string_view wanted) {
  wanted = without_collation(wanted);
  if (stored == wanted) return TypeFit::kFits;
  const auto need = digits_of(wanted);
  if (!need) return TypeFit::kOther;
  if (need->kind != "numeric") return TypeFit::kOther;  // a finer instant would be sorted and sought by what no cursor holds
  const auto have = digits_of(stored);
  if (!have) return stored == fmt::format("{}{}", need->kind, need->behind) ? TypeFit::kFits : TypeFit::kOther;
  if (have->kind != need->kind || have->behind != need->behind) return TypeFit::kOther;
  if (have->scale >= need->scale && have->precision - have->scale >= need->precision - need->scale) return TypeFit::kFits;
  return have->scale == need->scale ? TypeFit::kWiden : TypeFit::kOther;
}

bool is_same_kind(std::string_view stored, std::string_view wanted) {
  const std::string from = family_of(stored), to = family_of(without_collation(wanted));
  const bool is_same = from == to || (is_text(from) && is_text(to)) || (is_number(from) && is_number(to)) || (is_time(from) && is_time(to));
  return is_same && is_array(stored) == is_array(without_collation(wanted));
}

bool may_stay_joined(std::string_view stored, std::string_view wanted) {
  const std::string from = family_of(stored), to = family_of(without_collation(wanted));
  return is_array(stored) == is_array(without_collation(wanted)) &&
         (from == to || (is_text(from) && is_text(to)) || (is_integer(from) && is_integer(to)));
}

std::optional<std::string> conversion_text(std::string_view column, std::string_view stored, std::string_view wanted) {
  wanted = without_collation(wanted);
  const std::string from = family_of(stored), to = family_of(wanted);
  if (stored == wanted || (to == "text" && is_array(stored) == is_array(wanted))) return std::string();
  if (is_array(stored) || is_array(wanted)) return array_conversion_text(column, stored, wanted);
  const bool is_readable = is_number(from) || is_text(from) || from == "jsonb";  // as a number
  if (is_number(to) && (is_readable || from == "boolean")) return number_conversion_text(column, from, wanted);
  if (to == "timestamp with time zone" && (is_time(from) || is_text(from))) return instant_conversion_text(column, stored);
  if (to == "boolean" && is_number(from)) return fmt::format(" using trim_scale({})::text::boolean", numeric_text(column, from));
  if (to == "boolean" && from == "jsonb") return fmt::format(" using {}::text::boolean", column);
  if (to == "jsonb" && !is_text(from)) return fmt::format(" using to_jsonb({})", column);
  if (is_text(from)) return fmt::format(" using {}::{}", column, wanted);
  return std::nullopt;
}

bool may_hold(std::string_view meaning, std::string_view stored, std::string_view wanted) {
  wanted = without_collation(wanted);
  if (wanted == "jsonb") {
    constexpr std::string_view kArray = "array of ";
    if (meaning.starts_with(kArray)) meaning.remove_prefix(kArray.size());
    return meaning.ends_with("object") || meaning.starts_with(kArray);
  }
  const auto need = digits_of(wanted);
  if (!need || meaning.find("decimal") == meaning.npos) return false;
  const auto have = digits_of(stored);
  return !have || have->scale != need->scale;
}

std::string_view without_collation(std::string_view type) {
  return type.substr(0, type.find(" collate "));
}

}  // namespace holdfast::postgres
