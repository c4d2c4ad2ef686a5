#include "model/loader_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/nearest.h"
#include "base/unicode.h"
#include "model/loader_limits.h"
#include "model/validator.h"

namespace holdfast {

namespace {

constexpr std::size_t kStorageNameBytes = 63;
constexpr int kDigits = 18;        // of a decimal: what an int64 holds whole
constexpr int kDoubleDigits = 15;  // that a double keeps

constexpr std::string_view kTypes[] = {"string", "integer", "number", "boolean", "array"};
constexpr std::string_view kFormats[] = {"uuid", "email", "uri", "date", "date-time"};

// Types of other languages, and what they are called here.
constexpr std::pair<std::string_view, std::string_view> kForeignTypes[] = {
    {"text", "type: string"},
    {"String", "type: string"},
    {"varchar", "type: string"},
    {"int", "type: integer"},
    {"bigint", "type: integer"},
    {"long", "type: integer"},
    {"Number", "type: number"},
    {"float", "type: number"},
    {"double", "type: number"},
    {"bool", "type: boolean"},
    {"Boolean", "type: boolean"},
    {"decimal", "type: number, decimal: [10, 2]"},
    {"numeric", "type: number, decimal: [10, 2]"},
    {"date", "type: string, format: date"},
    {"Date", "type: string, format: date-time"},
    {"datetime", "type: string, format: date-time"},
    {"date-time", "type: string, format: date-time"},
    {"timestamp", "type: string, format: date-time"},
    {"uuid", "type: string, format: uuid"},
    {"email", "type: string, format: email"},
    {"uri", "type: string, format: uri"},
    {"enum", "enum: [draft, paid]"},
    {"list", "type: array, items: { type: string }"},
};

class FieldReader {
 public:
  FieldReader(const YamlNode& map, FieldPlace place, Field& field, FaultList& faults)
      : map_(map), place_(place), field_(field), faults_(faults) {}

  void read() {
    if (!read_kind()) return;
    const std::size_t before = faults_.count();
    refuse_foreign_keywords();
    read_transforms();
    read_enumeration();
    read_limits(map_, field_, faults_);
    if (field_.kind == Kind::kArray) read_items();
    if (place_ != FieldPlace::kItems) read_property_keywords();
    read_messages();
    if (place_ != FieldPlace::kItems && faults_.count() == before) read_default(map_, field_, faults_);
    field_.admits_null = field_.lists_null || (!field_.required && field_.default_value.is_absent());
  }

 private:
  Entry at(std::string_view name) const { return entry(map_, Level::kField, name); }

  // False when there is no telling what the field is; a fault says why.
  bool read_kind() {
    if (const YamlNode* ref = map_.find("ref"); ref != nullptr) return refuse_reference(*ref);
    const Entry type = at("type");
    if (!type && !at("enum")) {
      refuse_foreign_keywords_of_any_kind();
      faults_.add(map_, "`type` is missing. Write one of `type: string`, `integer`, `number`, `boolean`, `array`.");
      return false;
    }
    std::string_view name = "string";
    if (type) {
      const auto read = read_type(*type.value, *type.keyword);
      if (!read) return false;
      name = *read;
    }
    if (name == "string") return read_format();
    if (name == "integer") field_.kind = Kind::kInteger;
    if (name == "number") return read_decimal();
    if (name == "boolean") field_.kind = Kind::kBoolean;
    if (name == "array") field_.kind = Kind::kArray;
    return true;
  }

  bool refuse_reference(const YamlNode&) {
    for (const auto& member : map_.members) {
      if (member.key->text == "ref") faults_.add(*member.key, std::string(find_keyword(Level::kField, "ref")->refusal));
    }
    return false;
  }

  std::optional<std::string_view> read_type(const YamlNode& node, const Keyword& keyword) {
    if (node.kind == YamlNode::Kind::kText) return type_name(node);
    if (node.kind != YamlNode::Kind::kList) {
      faults_.wrong_shape(node, keyword);
      return std::nullopt;
    }
    std::optional<std::string_view> type;
    for (const YamlNode* item : node.items) {
      if (item->kind == YamlNode::Kind::kNull) {
        faults_.add(*item, "in a list of types null stands in quotes: `[string, \"null\"]`.");
        return std::nullopt;
      }
      if (item->kind == YamlNode::Kind::kText && item->text == "null" && !field_.lists_null) {
        field_.lists_null = true;
      } else if (item->kind == YamlNode::Kind::kText && !type) {
        type = type_name(*item);
        if (!type) return std::nullopt;
      } else {
        faults_.add(*item, "a field has one type, besides `\"null\"`. Write, for example, `type: [string, \"null\"]`.");
        return std::nullopt;
      }
    }
    if (!type) faults_.wrong_shape(node, keyword);
    if (type && field_.lists_null && place_ == FieldPlace::kItems) {
      faults_.add(node, fmt::format("the elements of an array are never null. Write `type: {}`.", *type));
      return std::nullopt;
    }
    return type;
  }

  std::optional<std::string_view> type_name(const YamlNode& node) {
    const auto known = std::find(std::begin(kTypes), std::end(kTypes), node.text);
    if (known != std::end(kTypes)) {
      if (*known != "array" || place_ != FieldPlace::kItems) return *known;
      faults_.add(
          node, "the elements of an array are scalars; arrays of arrays cannot be stored. Write, for example, `items: { type: string }`.");
      return std::nullopt;
    }
    if (node.text == "object") {
      faults_.add(node, place_ == FieldPlace::kItems ? "`type: object`: arrays of objects are not served by this version."
                                                     : "`type: object`: nested and free-form objects are not served by this version.");
      return std::nullopt;
    }
    std::string help = did_you_mean(node.text, kTypes);
    for (const auto& [foreign, ours] : kForeignTypes) {
      if (foreign == node.text) help = fmt::format(" Write `{}`.", ours);
    }
    if (help.empty()) help = " Types are string, integer, number, boolean, array.";
    faults_.add(node, fmt::format("{} is not a type.{}", describe(node), help));
    return std::nullopt;
  }

  bool read_format() {
    const Entry format = at("format");
    if (!format) return true;
    const auto text = read_text(format, faults_);
    if (!text) return false;
    const auto known = std::find(std::begin(kFormats), std::end(kFormats), *text);
    if (known == std::end(kFormats)) {
      std::string help = did_you_mean(*text, kFormats);
      if (help.empty()) help = fmt::format(" Formats are {}.", fmt::join(kFormats, ", "));
      faults_.add(*format.value, fmt::format("`{}` is not a format.{}", *text, help));
      return false;
    }
    if (at("enum")) {
      faults_.add(*format.value, "an enum has no format. Keep one of the two.");
      return false;
    }
    if (*text == "uuid") field_.format = Format::kUuid;
    if (*text == "email") field_.format = Format::kEmail;
    if (*text == "uri") field_.format = Format::kUri;
    if (*text == "date") field_.kind = Kind::kDate;
    if (*text == "date-time") field_.kind = Kind::kDateTime;
    return true;
  }

  bool read_decimal() {
    field_.kind = Kind::kNumber;
    const Entry decimal = at("decimal");
    if (!decimal) return true;
    field_.kind = Kind::kDecimal;
    const auto& items = decimal.value->items;
    const auto digits = [&items](std::size_t i) {
      int number = -1;
      if (i < items.size() && items[i]->kind == YamlNode::Kind::kInteger) {
        const std::string& text = items[i]->text;
        std::from_chars(text.data(), text.data() + text.size(), number);
      }
      return number;
    };
    field_.precision = digits(0);
    field_.scale = digits(1);
    const bool valid =
        items.size() == 2 && field_.precision >= 1 && field_.precision <= kDigits && field_.scale >= 0 && field_.scale <= field_.precision;
    if (!valid) faults_.wrong_shape(*decimal.value, *decimal.keyword);
    return valid;
  }

  // Without a kind only words that no field has can be refused.
  void refuse_foreign_keywords_of_any_kind() { refuse_unknown_keywords(map_, Level::kField, "a field", faults_); }

  void refuse_foreign_keywords() {
    const bool items = place_ == FieldPlace::kItems;
    const std::string what = items ? "array items" : std::string(kind_words(field_.kind));
    std::vector<std::string_view> candidates;
    for (const auto& keyword : keywords()) {
      if (belongs(keyword)) candidates.push_back(keyword.name);
    }
    for (const auto& member : map_.members) {
      const std::string& name = member.key->text;
      const Keyword* keyword = find_keyword(Level::kField, name);
      if (keyword != nullptr && belongs(*keyword)) continue;
      std::string help;
      if (keyword != nullptr && !keyword->refusal.empty()) {
        faults_.add(*member.key, std::string(keyword->refusal));
        continue;
      }
      if (keyword != nullptr && (keyword->kinds & set_of(field_.kind)) == 0) {
        help = fmt::format(" It goes with: {}.", keyword->on);
      } else if (keyword != nullptr) {
        help = " It goes with the array itself, or leave it out.";
      } else {
        help = did_you_mean(name, candidates);
        if (help.empty() && find_keyword(Level::kCollection, name) != nullptr) help = " It belongs to the collection.";
        if (help.empty()) help = fmt::format(" It has: {}.", fmt::join(candidates, ", "));
      }
      faults_.add(*member.key, fmt::format("`{}` is not a keyword of {}.{}", name, what, help));
    }
  }

  bool belongs(const Keyword& keyword) const {
    return keyword.level == Level::kField && keyword.refusal.empty() && (keyword.kinds & set_of(field_.kind)) != 0 &&
           (keyword.on_items || place_ != FieldPlace::kItems);
  }

  void read_flag(std::string_view name, bool& flag) {
    if (const Entry found = at(name)) flag = read_boolean(found, faults_).value_or(false);
  }

  void read_transforms() {
    if (field_.kind != Kind::kString) return;
    read_flag("trim", field_.trim);
    read_flag("lowercase", field_.lowercase);
  }

  void read_enumeration() {
    const Entry values = at("enum");
    if (!values || field_.kind != Kind::kString) return;
    const auto texts = read_texts(values, faults_);
    if (!texts) return;
    if (values.value->items.empty()) faults_.wrong_shape(*values.value, *values.keyword);
    for (const auto& [text, node] : *texts) {
      if (std::find(field_.enumeration.begin(), field_.enumeration.end(), text) != field_.enumeration.end()) {
        faults_.add(*node, fmt::format("`{}` is already a value of this enum. Take it away.", text));
        continue;
      }
      const std::string kept = transformed(field_, text);
      if (kept != text)
        faults_.add(*node, fmt::format("`trim` and `lowercase` make `{}` of this value, so nobody could send it. Write `{}`.", kept, kept));
      field_.enumeration.emplace_back(text);
    }
  }

  void read_items() {
    const Entry items = at("items");
    if (!items) {
      faults_.add(map_, "`items` is missing: what the array holds. Write, for example, `items: { type: string }`.");
      return;
    }
    auto element = read_field(*items.value, *items.value, FieldPlace::kItems, faults_);
    field_.element = std::make_shared<const Field>(std::move(element.field));
  }

  void read_text_into(std::string_view name, std::string& target) {
    if (const Entry found = at(name)) target = read_text(found, faults_).value_or("");
  }

  void read_property_keywords() {
    read_text_into("title", field_.title);
    read_text_into("description", field_.description);
    if (field_.kind != Kind::kArray) read_flag("unique", field_.unique);
    if (const Entry was = at("was")) {
      field_.was = read_text(was, faults_).value_or("");
      if (was.value->kind == YamlNode::Kind::kText && (!is_field_name(field_.was) || field_.was == field_.name)) {
        faults_.add(*was.value,
                    fmt::format("`was` takes the field's old name; `{}` is not one. Write, for example, `was: label`.", field_.was));
      }
    }
    read_storage();
  }

  void read_storage() {
    const Entry storage = at("storage");
    if (!storage || field_.kind != Kind::kDecimal) return;
    if (storage.value->kind != YamlNode::Kind::kText || storage.value->text != "double") {
      faults_.wrong_shape(*storage.value, *storage.keyword);
    } else if (field_.precision > kDoubleDigits) {
      faults_.add(*storage.value, fmt::format("a double keeps {} digits, not {}. Leave `storage` out, or declare fewer digits.",
                                              kDoubleDigits, field_.precision));
    }
    field_.stored_as_double = true;
  }

  bool gives(std::string_view code) const {
    if (code == "type") return true;
    if (code == "required") return field_.required && place_ != FieldPlace::kItems;
    if (code == "scale" || code == "precision") return field_.kind == Kind::kDecimal;
    if (code == "maxLength" && field_.format == Format::kEmail) return true;
    if (code == "uniqueItems") return field_.unique_items;
    return map_.find(code) != nullptr;
  }

  void read_messages() {
    const Entry messages = at("messages");
    if (!messages) return;
    if (messages.value->kind != YamlNode::Kind::kMap) return faults_.wrong_shape(*messages.value, *messages.keyword);
    std::vector<std::string_view> codes;
    std::copy_if(message_codes().begin(), message_codes().end(), std::back_inserter(codes),
                 [this](std::string_view code) { return gives(code); });
    for (const auto& [key, value] : messages.value->members) {
      const bool known = std::find(message_codes().begin(), message_codes().end(), key->text) != message_codes().end();
      if (std::find(codes.begin(), codes.end(), key->text) != codes.end()) {
        if (const auto text = read_text({value, messages.keyword}, faults_)) field_.messages.emplace(key->text, *text);
      } else if (key->text == "required") {
        faults_.add(
            *key,
            fmt::format("a message for `required`, but the field is not required. List it: `required: [{}]`, or take the message away.",
                        field_.name));
      } else if (known) {
        faults_.add(*key, fmt::format("a message for `{0}`, but the field has no `{0}`. Add it, or take the message away.", key->text));
      } else {
        const std::string help = did_you_mean(key->text, message_codes());
        faults_.add(*key, fmt::format("no error is called `{}`, so it has no message.{}", key->text,
                                      help.empty() ? fmt::format(" This field has: {}.", fmt::join(codes, ", ")) : help));
      }
    }
  }

  const YamlNode& map_;
  FieldPlace place_;
  Field& field_;
  FaultList& faults_;
};

// The storage name, declared or made.
void read_column(const YamlNode& name, const YamlNode& map, Field& field, FaultList& faults) {
  field.column = snake_case(field.name);
  if (const Entry column = entry(map, Level::kField, "column")) {
    if (auto declared = read_storage_name(column, faults)) field.column = std::move(*declared);
  } else if (field.column.size() > kStorageNameBytes) {
    faults.add(name, fmt::format("its storage name `{}` has {} bytes; {} are the most. Name one with `column:`.", field.column,
                                 field.column.size(), kStorageNameBytes));
  }
}

}  // namespace

DeclaredField read_field(const YamlNode& name, const YamlNode& map, FieldPlace place, FaultList& faults) {
  DeclaredField declared;
  const std::size_t before = faults.count();
  Field& field = declared.field;
  field.required = place == FieldPlace::kRequired;
  if (place != FieldPlace::kItems) {
    field.name = name.text;
    if (!is_field_name(field.name)) {
      faults.add(name, fmt::format("`{}` cannot name a field: a lower-case letter first, then letters, digits and `_`, at most 60 in all.",
                                   field.name));
    }
  }
  if (map.kind != YamlNode::Kind::kMap) {
    faults.add(map, place == FieldPlace::kItems
                        ? fmt::format("`items` is a map; got {}. Write, for example, `items: {{ type: string }}`.", describe(map))
                        : fmt::format("a field is a map; got {}. Write, for example, `{}: {{ type: string }}`.", describe(map), name.text));
  } else {
    if (place != FieldPlace::kItems) read_column(name, map, field, faults);
    FieldReader(map, place, field, faults).read();
  }
  declared.sound = faults.count() == before;
  return declared;
}

std::string snake_case(std::string_view name) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::string snake;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!is_upper(name[i])) {
      snake += name[i];
      continue;
    }
    const bool word_ends = i > 0 && name[i - 1] != '_' && !is_upper(name[i - 1]);
    const bool acronym_ends = i > 0 && i + 1 < name.size() && is_upper(name[i - 1]) && name[i + 1] >= 'a' && name[i + 1] <= 'z';
    if (word_ends || acronym_ends) snake += '_';
    snake += static_cast<char>(name[i] - 'A' + 'a');
  }
  return snake;
}

}  // namespace holdfast
