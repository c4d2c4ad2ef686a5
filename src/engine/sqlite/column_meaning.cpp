#include "engine/sqlite/column_meaning.h"

#include <fmt/format.h>

#include <stdexcept>

#include "engine/sql/dialect.h"
#include "engine/sqlite/dialect.h"

namespace holdfast::sqlite {
namespace {

constexpr std::string_view kPrefix = "column ";

}  // namespace

std::string meaning_of(const Field& field) {
  switch (field.kind) {
    case Kind::kString:
      return "string";
    case Kind::kInteger:
      return "integer";
    case Kind::kNumber:
      return "number";
    case Kind::kDecimal:
      return fmt::format("decimal of scale {}", field.scale);
    case Kind::kBoolean:
      return "boolean";
    case Kind::kDateTime:
      return "date-time";
    case Kind::kDate:
      return "date";
    case Kind::kObject:
      return "object";
    case Kind::kJson:
      return "free-form object";
    case Kind::kArray: {
      const Field& element = *field.element;
      const bool quoted = element.kind == Kind::kDecimal && element.precision > 15;  // record_json writes those as strings
      return "array of " + meaning_of(element) + (quoted ? " in quotes" : "");
    }
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> meanings_of(const Field& field) {
  std::vector<std::pair<std::string, std::string>> meanings{{"", meaning_of(field)}};
  const auto add_inner = [&](const std::string& step, const Field& inner) {
    for (auto& [path, meaning] : meanings_of(inner)) meanings.emplace_back(step + path, std::move(meaning));
  };
  if (field.kind == Kind::kArray && field.element->kind == Kind::kObject) {
    for (const Field& member : field.element->properties) add_inner("[]." + member.name, member);
  }
  for (const Field& member : field.properties) add_inner("." + member.name, member);
  return meanings;
}

std::string column_key(const std::string& table, const std::string& column) {
  return fmt::format("{}{}.{}", kPrefix, sql::identifier(table), sql::identifier(column));
}

Meanings read_meanings(sqlite3* database) {
  Meanings meanings;
  const PreparedStatement select = prepare(database, "select key, value from _hf_meta where key like 'column %'", false);
  if (!select) throw std::runtime_error(sqlite3_errmsg(database));
  int code;
  while ((code = sqlite3_step(select.get())) == SQLITE_ROW) {
    const auto text = [&](int column) { return reinterpret_cast<const char*>(sqlite3_column_text(select.get(), column)); };
    meanings.emplace(text(0), text(1));
  }
  if (code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(database));
  return meanings;
}

std::string keep_meaning_text(const std::string& key, const std::string& meaning) {
  return fmt::format("insert or replace into _hf_meta values ({}, {})", quoted(key), quoted(meaning));
}

}  // namespace holdfast::sqlite
