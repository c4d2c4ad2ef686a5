#include "model/loader_limits.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <stdexcept>

#include "base/decimal.h"
#include "model/field_rules.h"

namespace holdfast {

namespace {

constexpr std::int64_t kEmailLength = 254;  // RFC 5321 §4.5.3.1.3, less the angle brackets

// A number in the field's own representation, or why it cannot be one.
struct FieldNumber {
  Value value;
  std::string fault;  // empty: none
};

FieldNumber integer_from(const std::string& json) {
  const DecimalPosition position = locate_decimal(json, 0);
  if (position.beyond != 0) return {{}, "is outside the range of 64 bits"};
  if (!position.exact) return {{}, "is no whole number, as an integer field needs"};
  return {position.floor, {}};
}

FieldNumber decimal_from(const std::string& json, const Field& field) {
  const DecimalParse parsed = parse_decimal(json, field.precision, field.scale);
  switch (parsed.fault) {
    case DecimalFault::kNone:
      return {parsed.units, {}};
    case DecimalFault::kScale:
      return {{}, fmt::format("has more than the {} digits after the point of the field", field.scale)};
    default:
      return {{}, fmt::format("has more digits than `decimal: [{}, {}]` holds", field.precision, field.scale)};
  }
}

FieldNumber double_from(const std::string& json) {
  double number = 0;
  const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return {{}, "is outside the range of a double"};
  return {number == 0 ? 0.0 : number, {}};
}

FieldNumber number_from(const std::string& json, const Field& field) {
  if (field.kind == Kind::kInteger) return integer_from(json);
  if (field.kind == Kind::kDecimal) return decimal_from(json, field);
  return double_from(json);
}

std::optional<Bound> read_bound(const YamlNode& map, std::string_view name, const Field& field, FaultList& faults) {
  const Entry bound = entry(map, Level::kField, name);
  if (!bound) return std::nullopt;
  if (!bound.value->is_number()) {
    faults.wrong_shape(*bound.value, *bound.keyword);
    return std::nullopt;
  }
  const auto json = json_number(*bound.value);
  FieldNumber number = json ? number_from(*json, field) : FieldNumber{{}, "is no finite number"};
  if (number.fault.empty()) return Bound{std::move(number.value), *json};
  faults.add(*bound.value, fmt::format("`{}: {}` {}. Write a value that the field can have.", name, bound.value->text, number.fault));
  return std::nullopt;
}

// Says that no value can keep to two limits.
void refuse_empty_range(const YamlNode& map, std::string_view lower, std::string_view upper, FaultList& faults) {
  const YamlNode& where = *map.find(upper);
  faults.add(where, fmt::format("no value is valid: `{}: {}` and `{}: {}` exclude each other. Change one of the two.", lower,
                                map.find(lower)->text, upper, where.text));
}

void check_range(const YamlNode& map, const Field& field, FaultList& faults) {
  const bool discrete = field.kind != Kind::kNumber;
  const auto excluded = [&](const std::optional<Bound>& lower, const std::optional<Bound>& upper, int open_ends) {
    if (!lower || !upper) return false;
    const int order = compare(lower->value, upper->value);
    if (order > 0 || (order == 0 && open_ends > 0)) return true;
    // Between two open ends of a discrete type at least one value must fit.
    return discrete && open_ends == 2 && upper->value.integer() - 1 == lower->value.integer();
  };
  if (excluded(field.minimum, field.maximum, 0)) refuse_empty_range(map, "minimum", "maximum", faults);
  if (excluded(field.minimum, field.exclusive_maximum, 1)) refuse_empty_range(map, "minimum", "exclusiveMaximum", faults);
  if (excluded(field.exclusive_minimum, field.maximum, 1)) refuse_empty_range(map, "exclusiveMinimum", "maximum", faults);
  if (excluded(field.exclusive_minimum, field.exclusive_maximum, 2))
    refuse_empty_range(map, "exclusiveMinimum", "exclusiveMaximum", faults);
}

void read_number_limits(const YamlNode& map, Field& field, FaultList& faults) {
  field.minimum = read_bound(map, "minimum", field, faults);
  field.maximum = read_bound(map, "maximum", field, faults);
  field.exclusive_minimum = read_bound(map, "exclusiveMinimum", field, faults);
  field.exclusive_maximum = read_bound(map, "exclusiveMaximum", field, faults);
  check_range(map, field, faults);
  if (field.kind == Kind::kNumber) return;  // doubles have no exact multiples
  field.multiple_of = read_bound(map, "multipleOf", field, faults);
  if (field.multiple_of && field.multiple_of->value.integer() <= 0) {
    faults.wrong_shape(*map.find("multipleOf"), *find_keyword(Level::kField, "multipleOf"));
  }
}

std::optional<std::int64_t> read_optional_count(const YamlNode& map, std::string_view name, FaultList& faults) {
  const Entry count = entry(map, Level::kField, name);
  return count ? read_count(count, 0, faults) : std::nullopt;
}

void read_pattern(const YamlNode& map, Field& field, FaultList& faults) {
  const Entry pattern = entry(map, Level::kField, "pattern");
  if (!pattern) return;
  const auto text = read_text(pattern, faults);
  if (!text) return;
  try {
    field.pattern = std::make_shared<const Pattern>(*text);
  } catch (const std::invalid_argument& error) {
    faults.add(*pattern.value,
               fmt::format("`pattern` is not an RE2 expression: {}. RE2 has neither lookaround nor back references; write it without.",
                           error.what()));
  }
}

void read_text_limits(const YamlNode& map, Field& field, FaultList& faults) {
  field.min_length = read_optional_count(map, "minLength", faults);
  field.max_length = read_optional_count(map, "maxLength", faults);
  if (field.format == Format::kEmail && field.max_length.value_or(0) > kEmailLength) {
    faults.add(*map.find("maxLength"),
               fmt::format("an email has at most {0} characters. Write `maxLength: {0}`, or leave it out.", kEmailLength));
  }
  if (field.min_length && field.max_length && *field.min_length > *field.max_length) {
    refuse_empty_range(map, "minLength", "maxLength", faults);
  }
  if (field.format == Format::kEmail && !field.max_length) field.max_length = kEmailLength;
  read_pattern(map, field, faults);
}

void read_array_limits(const YamlNode& map, Field& field, FaultList& faults) {
  field.min_items = read_optional_count(map, "minItems", faults);
  field.max_items = read_optional_count(map, "maxItems", faults);
  if (field.min_items && field.max_items && *field.min_items > *field.max_items) refuse_empty_range(map, "minItems", "maxItems", faults);
  if (const Entry unique = entry(map, Level::kField, "uniqueItems")) field.unique_items = read_boolean(unique, faults).value_or(false);
}

// A default as a body would write it, with the limits that bodies have: aliases can make much of few words.
class DefaultReader {
 public:
  // Nothing for what JSON cannot say: infinite numbers, and more than the limits.
  std::optional<Json> read(const YamlNode& node, int depth = 1) {
    if (++nodes_ > kMostNodes || depth > kDeepest) return std::nullopt;
    Json json;
    switch (node.kind) {
      case YamlNode::Kind::kNull:
        return json;
      case YamlNode::Kind::kBoolean:
        json.kind = Json::Kind::kBoolean;
        json.boolean = node.boolean();
        return json;
      case YamlNode::Kind::kInteger:
      case YamlNode::Kind::kFloat:
        return read_number(node);
      case YamlNode::Kind::kText:
        json.kind = Json::Kind::kString;
        json.text = node.text;
        return json;
      case YamlNode::Kind::kList:
        return read_list(node, depth);
      case YamlNode::Kind::kMap:
        return read_map(node, depth);
    }
    return std::nullopt;
  }

 private:
  static constexpr int kMostNodes = 10'000;
  static constexpr int kDeepest = 64;

  static std::optional<Json> read_number(const YamlNode& node) {
    const auto number = json_number(node);
    if (!number) return std::nullopt;
    Json json;
    json.kind = Json::Kind::kNumber;
    json.text = *number;
    return json;
  }

  std::optional<Json> read_list(const YamlNode& list, int depth) {
    Json json;
    json.kind = Json::Kind::kArray;
    for (const YamlNode* item : list.items) {
      auto element = read(*item, depth + 1);
      if (!element) return std::nullopt;
      json.items.push_back(std::move(*element));
    }
    return json;
  }

  std::optional<Json> read_map(const YamlNode& map, int depth) {
    Json json;
    json.kind = Json::Kind::kObject;
    for (const auto& [key, value] : map.members) {
      auto member = read(*value, depth + 1);
      if (!member) return std::nullopt;
      json.members.push_back({key->text, std::move(*member)});
    }
    return json;
  }

  int nodes_ = 0;
};

}  // namespace

void read_limits(const YamlNode& map, Field& field, FaultList& faults) {
  switch (field.kind) {
    case Kind::kInteger:
    case Kind::kNumber:
    case Kind::kDecimal:
      return read_number_limits(map, field, faults);
    case Kind::kString:
      return read_text_limits(map, field, faults);
    case Kind::kArray:
      return read_array_limits(map, field, faults);
    case Kind::kBoolean:
    case Kind::kDateTime:
    case Kind::kDate:
    case Kind::kObject:
    case Kind::kJson:
      return;
  }
}

void read_default(const YamlNode& map, Field& field, FaultList& faults) {
  const Entry declared = entry(map, Level::kField, "default");
  if (!declared) {
    if (field.kind == Kind::kArray && !field.lists_null) field.default_value = Value::Array{};
    return;
  }
  const YamlNode& node = *declared.value;
  if (node.kind == YamlNode::Kind::kNull) {
    if (!field.lists_null)
      faults.add(node, "`default` is null, which the field does not admit. Give a value, or list \"null\" in its type.");
    return;  // null is what an absent member becomes anyway
  }
  const auto json = DefaultReader().read(node);
  if (!json) {
    const bool composed = node.kind == YamlNode::Kind::kList || node.kind == YamlNode::Kind::kMap;
    faults.add(node, fmt::format("`default` must be a value of {}; got {}. Write one that the field can have.", kind_words(field.kind),
                                 composed ? "numbers that JSON has not, or more than a body holds" : describe(node)));
    return;
  }
  Field silent = field;
  silent.messages.clear();  // those are for clients
  std::vector<FieldError> errors;
  Value value = FieldRules(silent, "", errors).value_of(*json);
  for (const FieldError& error : errors) {
    const std::string what = error.pointer.empty() ? describe(node) : "`" + error.pointer + "`";
    faults.add(node, fmt::format("`default` breaks `{}` of its field: {} {}.", error.code, what, error.message));
  }
  if (errors.empty()) field.default_value = std::move(value);
}

}  // namespace holdfast
