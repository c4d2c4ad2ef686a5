#include "model/validator.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <stdexcept>
#include <utility>

#include "base/decimal.h"
#include "base/id.h"
#include "base/timestamp.h"
#include "base/unicode.h"
#include "model/field_rules.h"
#include "model/record_json.h"

namespace holdfast {
namespace {

// Validates one body; every step appends to the draft.
class Validation {
 public:
  Validation(const Model& model, BodyMode mode) : model_(model), mode_(mode) { draft_.values.resize(model.fields.size()); }

  Draft run(const Json& body) && {
    if (body.kind != Json::Kind::kObject) {
      draft_.errors.push_back({"", "type", "must be an object", "\"object\""});
      return std::move(draft_);
    }
    sort_members(body);
    for (std::size_t i = 0; i < model_.fields.size(); ++i) {
      const Field& field = model_.fields[i];
      if (field.role == Role::kId && model_.id_kind == IdKind::kText && mode_ == BodyMode::kCreate) {
        text_id(i);
      } else if (field.role != Role::kProperty || field.read_only) {
        kept_by_server(i);
      } else {
        property(i);
      }
    }
    if (unknown_.size() > kMostErrors) unknown_.resize(kMostErrors);
    for (const std::string* name : unknown_) {
      draft_.errors.push_back({pointer_token(*name), "unknown_field", "is not a field of " + model_.name, ""});
    }
    return std::move(draft_);
  }

 private:
  void sort_members(const Json& body) {
    sent_.resize(model_.fields.size());
    for (const auto& [name, value] : body.members) {
      if (const auto ordinal = model_.ordinal(name)) {
        sent_[*ordinal] = &value;
      } else {
        unknown_.push_back(&name);
      }
    }
  }

  void kept_by_server(std::size_t ordinal) {
    const Field& field = model_.fields[ordinal];
    const bool creates = mode_ == BodyMode::kCreate || mode_ == BodyMode::kCreateAt;
    if (creates && field.role == Role::kProperty) draft_.values[ordinal] = default_or_null(field);
    if (sent_[ordinal] == nullptr) return;
    const bool named_by_url = mode_ == BodyMode::kCreateAt && field.role == Role::kId;
    if (creates && !named_by_url) {
      draft_.errors.push_back(read_only_error(model_, ordinal));
    } else {
      draft_.claims.push_back({ordinal, claimed_value(field, *sent_[ordinal])});
    }
  }

  void text_id(std::size_t ordinal) {
    const Field& field = model_.fields[ordinal];
    if (sent_[ordinal] == nullptr) {
      add(field, "required", "");
    } else if (sent_[ordinal]->kind != Json::Kind::kString) {
      add(field, "type", "\"string\"");
    } else if (!is_text_id(sent_[ordinal]->text)) {
      draft_.errors.push_back(text_id_error(field, "/id"));
    } else {
      draft_.values[ordinal] = Value(sent_[ordinal]->text);
    }
  }

  Value claimed_value(const Field& field, const Json& json) const {
    const bool own_form = field.role == Role::kId && json.kind == Json::Kind::kString;
    return own_form && field.kind == Kind::kString ? parse_id(model_, json.text).value_or(Value()) : parse_claimed(field, json);
  }

  void property(std::size_t ordinal) {
    const Field& field = model_.fields[ordinal];
    if (field.write_only && mode_ == BodyMode::kReplace && sent_[ordinal] == nullptr)
      return;  // nobody can send back what is never answered
    const Reading reading = mode_ == BodyMode::kPatch ? Reading::kPatch : Reading::kWhole;
    draft_.values[ordinal] = FieldRules(field, "/" + field.name, draft_.errors, reading).member(sent_[ordinal]);
  }

  void add(const Field& field, std::string_view code, std::string limit) {
    draft_.errors.push_back(field_error(field, "/" + field.name, code, std::move(limit)));
  }

  const Model& model_;
  BodyMode mode_;
  std::vector<const Json*> sent_;  // by ordinal; null: not sent
  std::vector<const std::string*> unknown_;
  Draft draft_;
};

std::optional<Value> parse_integer(std::string_view text) {
  if (!is_json_number(text)) return std::nullopt;
  const DecimalPosition position = locate_decimal(text, 0);
  if (!position.exact || position.beyond != 0) return std::nullopt;
  return Value(position.floor);
}

std::optional<Value> parse_string(const Field& field, std::string_view text) {
  const bool listed = !field.is_enum() || std::ranges::find(field.enumeration, text) != field.enumeration.end();
  if (!listed || (field.format == Format::kUuid && !parse_uuid(text))) return std::nullopt;
  return parse_reference(field, text);
}

// Where a pointer leads: the place of each of its members among those declared beside it, of each item in its array. What is not declared
// stands behind what is; inside free-form JSON all places are one.
std::vector<std::size_t> position_of(const Model& model, std::string_view pointer) {
  std::vector<std::size_t> position;
  const std::vector<Field>* declared = &model.fields;
  const Field* array = nullptr;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    const Field* field = nullptr;
    if (array != nullptr) {
      position.push_back(0);
      std::from_chars(token.data(), token.data() + token.size(), position.back());
      field = array->element.get();
    } else {
      const auto found = std::ranges::find(*declared, token, &Field::name);
      position.push_back(static_cast<std::size_t>(found - declared->begin()));
      if (found == declared->end()) break;
      field = &*found;
    }
    if (field->kind != Kind::kArray && field->kind != Kind::kObject) break;
    array = field->kind == Kind::kArray ? field : nullptr;
    declared = &field->properties;
  }
  return position;
}

}  // namespace

Draft validate(const Model& model, const Json& body, BodyMode mode) {
  return Validation(model, mode).run(body);
}

FieldError read_only_error(const Model& model, std::size_t field) {
  const Field& kept = model.fields[field];
  return field_error(kept, "/" + kept.name, "read_only", "");
}

std::vector<FieldError> merge_errors(const Model& model, std::vector<FieldError> errors, std::vector<FieldError> extra) {
  if (extra.empty()) return errors;  // a draft's errors are in order
  std::set<std::string, std::less<>> places;
  for (const FieldError& error : errors) places.insert(error.pointer);
  std::ranges::copy_if(extra, std::back_inserter(errors), [&](const FieldError& error) { return !places.contains(error.pointer); });
  std::vector<std::pair<std::vector<std::size_t>, std::size_t>> order;
  for (std::size_t i = 0; i < errors.size(); ++i) order.emplace_back(position_of(model, errors[i].pointer), i);
  std::ranges::sort(order);
  std::vector<FieldError> merged;
  merged.reserve(errors.size());
  for (const auto& [position, index] : order) merged.push_back(std::move(errors[index]));
  return merged;
}

std::optional<Value> parse_text_value(const Field& field, std::string_view text) {
  switch (field.kind) {
    case Kind::kString:
      return parse_string(field, text);
    case Kind::kInteger:
      return parse_integer(text);
    case Kind::kNumber:
      return parse_double(text);
    case Kind::kBoolean:
      if (text == "true" || text == "false") return Value(text == "true");
      return std::nullopt;
    case Kind::kDateTime:
      if (const auto instant = parse_timestamp(text)) return Value(*instant);
      return std::nullopt;
    case Kind::kDate:
      if (is_date(text)) return Value(std::string(text));
      return std::nullopt;
    case Kind::kDecimal:
    case Kind::kArray:
    case Kind::kObject:
    case Kind::kJson:
      break;
  }
  throw std::logic_error("parse_text_value: a decimal is located, an array is parsed by element");
}

std::string transformed(const Field& field, std::string_view text) {
  if (field.trim) text = trim(text);
  return field.lowercase ? to_lower(text) : std::string(text);
}

std::string expected_type(const Field& field) {
  if (field.is_reference()) return "an id of " + field.ref;
  if (field.is_enum()) return fmt::format("one of {}", fmt::join(field.enumeration, ", "));
  switch (field.kind) {
    case Kind::kString:
      return field.format == Format::kUuid ? "a uuid" : "a string";
    case Kind::kInteger:
      return "an integer";
    case Kind::kNumber:
      return "a number";
    case Kind::kDecimal:
      return "a decimal";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kDateTime:
      return "a date-time such as 2026-01-31T12:00:00Z";
    case Kind::kDate:
      return "a date such as 2026-01-31";
    case Kind::kArray:
      return "an array";
    case Kind::kObject:
    case Kind::kJson:
      return "an object";
  }
  return {};
}

std::optional<Value> parse_id(const Model& model, std::string_view text) {
  switch (model.id_kind) {
    case IdKind::kUuid:
      if (auto id = parse_uuid(text)) return Value(std::move(*id));
      return std::nullopt;
    case IdKind::kObjectId:
      if (auto id = parse_object_id(text)) return Value(std::move(*id));
      return std::nullopt;
    case IdKind::kInteger:
      if (text.find_first_of(".eE") != std::string_view::npos) return std::nullopt;  // one id, one URL
      return parse_integer(text);
    case IdKind::kText:
      if (is_text_id(text)) return Value(std::string(text));
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace holdfast
