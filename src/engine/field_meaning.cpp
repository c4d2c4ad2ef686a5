#include "engine/field_meaning.h"

#include <fmt/format.h>

namespace holdfast {

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

}  // namespace holdfast
