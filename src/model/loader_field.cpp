#include "model/loader_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/nearest.h"
#include "model/loader_limits.h"
#include "model/loader_object.h"
#include "model/loader_type.h"
#include "model/validator.h"

namespace holdfast {

namespace {

constexpr std::size_t kStorageNameBytes = 63;
constexpr int kDigits = 18;        // of a decimal: what an int64 holds whole
constexpr int kDoubleDigits = 15;  // that a double keeps

constexpr std::string_view kFormats[] = {"uuid", "email", "uri", "date", "date-time"};

class FieldReader {
 public:
  FieldReader(const YamlNode& map, FieldSite site, FieldReading& reading, Field& field)
      : map_(map), site_(site), reading_(reading), faults_(reading.faults), field_(field) {}

  void read() {
    if (!read_kind()) return;
    const std::size_t before = faults_.count();
    refuse_foreign_keywords();
    if (!field_.is_reference()) read_rules();
    if (site_.place != Place::kItems) read_documents();
    if (site_.place == Place::kProperty) read_property_keywords();
    read_messages();
    const bool takes_default = site_.place != Place::kItems && !field_.is_reference();
    if (takes_default && faults_.count() == before) read_default(map_, field_, faults_);
    field_.admits_null = field_.lists_null || (!field_.required && field_.default_value.is_absent());
  }

 private:
  Entry at(std::string_view name) const { return entry(map_, Level::kField, name); }

  // False when there is no telling what the field is; a fault says why.
  bool read_kind() {
    if (site_.place == Place::kProperty && at("ref")) return read_reference(map_, reading_.id_kinds, field_, faults_);
    const Entry type = at("type");
    if (!type && !at("enum")) {
      refuse_foreign_keywords_of_any_kind();
      if (!at("ref")) faults_.add(map_, "`type` is missing. " + type_to_write());
      return false;
    }
    DeclaredType declared{"string"};
    if (type) {
      const auto read = read_type(type, site_.place, faults_);
      if (!read) return false;
      declared = *read;
    }
    field_.lists_null = declared.lists_null;
    if (declared.name == "string") return read_format();
    if (declared.name == "integer") field_.kind = Kind::kInteger;
    if (declared.name == "number") return read_decimal();
    if (declared.name == "boolean") field_.kind = Kind::kBoolean;
    if (declared.name == "array") field_.kind = Kind::kArray;
    if (declared.name == "object") return read_object();
    return true;
  }

  std::string type_to_write() const {
    if (at("properties") || at("additionalProperties")) return "Write `type: object`.";
    if (at("items")) return "Write `type: array`.";
    return "Write one of `type: string`, `integer`, `number`, `boolean`, `array`, `object`.";
  }

  bool read_object() {
    const std::size_t before = faults_.count();
    if (!at("properties") && !at("additionalProperties")) refuse_foreign_keywords_of_any_kind();  // most likely one of them is misspelt
    if (faults_.count() != before) return false;
    const auto kind = read_object_kind(map_, site_, faults_);
    if (kind) field_.kind = *kind;
    return kind.has_value();
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

  // Without a kind, only the words that no field has here can be refused.
  void refuse_foreign_keywords_of_any_kind() {
    std::vector<std::string_view> candidates;
    for (const auto& keyword : keywords()) {
      if (keyword.level == Level::kField && keyword.stands_at(site_.place)) candidates.push_back(keyword.name);
    }
    for (const auto& member : map_.members) {
      const Keyword* keyword = find_keyword(Level::kField, member.key->text);
      if (keyword == nullptr || !keyword->stands_at(site_.place)) refuse(*member.key, keyword, "a field", candidates);
    }
  }

  void refuse_foreign_keywords() {
    std::vector<std::string_view> candidates;
    for (const auto& keyword : keywords()) {
      if (belongs(keyword)) candidates.push_back(keyword.name);
    }
    const std::string_view what = field_.is_reference() ? "a reference" : kind_words(field_.kind);
    for (const auto& member : map_.members) {
      const Keyword* keyword = find_keyword(Level::kField, member.key->text);
      if (keyword == nullptr || !belongs(*keyword)) refuse(*member.key, keyword, what, candidates);
    }
  }

  bool belongs(const Keyword& keyword) const {
    const bool fits = field_.is_reference() ? keyword.on_references : (keyword.kinds & set_of(field_.kind)) != 0;
    return keyword.level == Level::kField && fits && keyword.stands_at(site_.place);
  }

  // `keyword` is null when the word is none of a field.
  void refuse(const YamlNode& word, const Keyword* keyword, std::string_view what, const std::vector<std::string_view>& candidates) {
    const bool items = site_.place == Place::kItems;
    const bool of_references_only = keyword != nullptr && keyword->kinds == 0;
    if (keyword != nullptr && !keyword->not_inside.empty() && (site_.place == Place::kMember || (items && of_references_only))) {
      faults_.add(word, fmt::format("`{}` does not stand inside {}: {}", word.text, items ? "an array" : "an object", keyword->not_inside));
      return;
    }
    const std::string help = keyword != nullptr ? place_of(*keyword) : help_with(word.text, candidates);
    faults_.add(word, fmt::format("`{}` is not a keyword of {}.{}", word.text, items ? "array items" : what, help));
  }

  // Where a keyword belongs that does not belong here.
  std::string place_of(const Keyword& keyword) const {
    if (field_.is_reference()) {
      if (keyword.name == "default") return " The record that it names could be gone one day. Take it away.";
      return fmt::format(" It holds ids of `{}`, and they are checked as such. Take it away.", field_.ref);
    }
    if (keyword.name == "onDelete") return " It goes with references: add `ref: users`, or take it away.";
    if (keyword.name == "required") {
      return fmt::format(" It goes with: {}. A field that must be present stands in the list beside `properties`: `required: [{}]`.",
                         keyword.on, field_.name.empty() ? "name" : field_.name);
    }
    if ((keyword.kinds & set_of(field_.kind)) == 0) return fmt::format(" It goes with: {}.", keyword.on);
    return " It goes with the array itself, or leave it out.";
  }

  static std::string help_with(const std::string& word, const std::vector<std::string_view>& candidates) {
    std::string help = did_you_mean(word, candidates);
    if (help.empty() && find_keyword(Level::kCollection, word) != nullptr) help = " It belongs to the collection.";
    return help.empty() ? fmt::format(" It has: {}.", fmt::join(candidates, ", ")) : help;
  }

  void read_rules() {
    read_transforms();
    read_enumeration();
    read_limits(map_, field_, faults_);
    if (field_.kind == Kind::kArray) read_items();
    if (field_.kind == Kind::kObject) read_members(map_, site_, reading_, field_);
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
    if (refuse_null_among(values)) return;
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

  // True when there is one.
  bool refuse_null_among(Entry values) {
    for (const YamlNode* item : values.value->items) {
      if (item->kind != YamlNode::Kind::kNull) continue;
      faults_.add(*item, site_.place == Place::kItems
                             ? "null is no value of an enum, and the elements of an array are never null. Take it away."
                             : "null is no value of an enum; the type says that it is admitted. Take it away, and write `type: [string, "
                               "\"null\"]`.");
      return true;
    }
    return false;
  }

  void read_items() {
    const Entry items = at("items");
    if (!items) {
      faults_.add(map_, "`items` is missing: what the array holds. Write, for example, `items: { type: string }`.");
      return;
    }
    auto element = read_field(*items.value, *items.value, {Place::kItems, false, site_.objects}, reading_);
    field_.element = std::make_shared<const Field>(std::move(element.field));
  }

  void read_text_into(std::string_view name, std::string& target) {
    if (const Entry found = at(name)) target = read_text(found, faults_).value_or("");
  }

  void read_documents() {
    read_text_into("title", field_.title);
    read_text_into("description", field_.description);
  }

  void read_property_keywords() {
    if (field_.is_scalar()) read_flag("unique", field_.unique);
    read_access();
    if (const Entry was = at("was")) {
      field_.was = read_text(was, faults_).value_or("");
      if (was.value->kind == YamlNode::Kind::kText && field_.was == field_.name) {
        faults_.add(*was.value,
                    fmt::format("`{}` is what the field is called now. Give the name that it had before, or take `was` away.", field_.was));
      } else if (was.value->kind == YamlNode::Kind::kText && !is_field_name(field_.was)) {
        faults_.add(*was.value,
                    fmt::format("`was` takes the field's old name; `{}` is not one. Write, for example, `was: label`.", field_.was));
      }
    }
    read_storage();
  }

  void read_access() {
    read_flag("readOnly", field_.read_only);
    read_flag("writeOnly", field_.write_only);
    if (field_.read_only && field_.required) {
      faults_.add(*at("readOnly").value,
                  fmt::format("nobody can send what the server keeps. Take `{}` out of `required`, or `readOnly` away.", field_.name));
    }
    if (field_.read_only && field_.write_only) {
      faults_.add(*at("writeOnly").value, "a field that is neither taken nor answered is no field. Take `readOnly` or `writeOnly` away.");
    }
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
    if (code == "required") return field_.required;
    if (code == "format" && field_.is_reference()) return field_.format == Format::kUuid || field_.format == Format::kObjectId;
    if (code == "pattern" && field_.is_reference()) return field_.format == Format::kTextId;
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
  FieldSite site_;
  FieldReading& reading_;
  FaultList& faults_;
  Field& field_;
};

// The storage name, declared or made.
void read_column(const YamlNode& name, const YamlNode& map, Field& field, FaultList& faults) {
  field.column = snake_case(field.name);
  if (const Entry column = entry(map, Level::kField, "column")) {
    field.column_is_declared = true;
    if (auto declared = read_storage_name(column, faults)) field.column = std::move(*declared);
  } else if (field.column.size() > kStorageNameBytes) {
    faults.add(name, fmt::format("its storage name `{}` has {} bytes; {} are the most. Name one with `column:`.", field.column,
                                 field.column.size(), kStorageNameBytes));
  }
}

}  // namespace

DeclaredField read_field(const YamlNode& name, const YamlNode& map, FieldSite site, FieldReading& reading) {
  DeclaredField declared;
  FaultList& faults = reading.faults;
  const std::size_t before = faults.count();
  const bool items = site.place == Place::kItems;
  Field& field = declared.field;
  field.required = site.required;
  if (!items) {
    field.name = name.text;
    if (!is_field_name(field.name)) {
      faults.add(name, fmt::format("`{}` cannot name a field: a lower-case letter first, then letters, digits and `_`, at most 60 in all.",
                                   field.name));
    }
  }
  if (map.kind != YamlNode::Kind::kMap) {
    faults.add(map, items
                        ? fmt::format("`items` is a map; got {}. Write, for example, `items: {{ type: string }}`.", describe(map))
                        : fmt::format("a field is a map; got {}. Write, for example, `{}: {{ type: string }}`.", describe(map), name.text));
  } else {
    if (site.place == Place::kProperty) read_column(name, map, field, faults);
    FieldReader(map, site, reading, field).read();
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
