#include "engine/sql/column_meaning.h"

#include <fmt/format.h>

#include "engine/sql/dialect.h"

namespace holdfast::sql {

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

std::string column_key(std::string_view table, std::string_view column) {
  return fmt::format("{}{}.{}", kColumnKeyPrefix, table, identifier(column));
}

MeaningChange compare_meaning(const Meanings& known, std::string_view table, const Field& field, bool is_new) {
  MeaningChange change;
  for (const auto& [path, wanted] : meanings_of(field)) {
    const std::string key = column_key(table, field.column) + path;
    const auto found = known.find(key);
    if (is_new || found == known.end()) {
      change.unknown.emplace_back(key, wanted);
    } else if (found->second != wanted) {
      change.problem =
          fmt::format("the column {} holds values of type {}, which the model would read as {}; change the model back, or give the {}",
                      field.column + path, found->second, wanted, path.empty() ? "field another column" : "member another name");
      return change;
    }
  }
  return change;
}

}  // namespace holdfast::sql
