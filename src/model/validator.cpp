#include "model/validator.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/decimal.h"
#include "base/id.h"
#include "base/timestamp.h"
#include "base/unicode.h"
#include "model/field_rules.h"

namespace holdfast {
namespace {

// RFC 6901 §3.
std::string pointer_token(std::string_view name) {
  std::string token = "/";
  for (const char c : name) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token.push_back(c);
    }
  }
  return token;
}

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
      if (model_.fields[i].role == Role::kProperty) {
        property(i);
      } else {
        kept_by_server(i);
      }
    }
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
    const bool given_by_client = field.role == Role::kId && model_.id_kind == IdKind::kText && mode_ == BodyMode::kCreate;
    if (given_by_client) {
      text_id(ordinal);
    } else if (sent_[ordinal] != nullptr) {
      if (mode_ == BodyMode::kCreate) {
        draft_.errors.push_back(read_only_error(model_, ordinal));
      } else {
        draft_.claims.push_back({ordinal, claimed_value(field, *sent_[ordinal])});
      }
    }
  }

  void text_id(std::size_t ordinal) {
    const Field& field = model_.fields[ordinal];
    if (sent_[ordinal] == nullptr) {
      add(field, "required", "");
    } else if (sent_[ordinal]->kind != Json::Kind::kString) {
      add(field, "type", "\"string\"");
    } else if (!is_text_id(sent_[ordinal]->text)) {
      draft_.errors.push_back(
          {"/id", "pattern", "must be 1 to 100 of A-Z a-z 0-9 . _ ~ - and not count, search, . or ..", "\"[A-Za-z0-9._~-]{1,100}\""});
    } else {
      draft_.values[ordinal] = Value(sent_[ordinal]->text);
    }
  }

  Value claimed_value(const Field& field, const Json& json) const {
    if (json.kind != (field.kind == Kind::kInteger ? Json::Kind::kNumber : Json::Kind::kString)) return {};
    const bool own_form = field.role == Role::kId && field.kind == Kind::kString;
    std::optional<Value> value = own_form ? parse_id(model_, json.text) : parse_text_value(field, json.text);
    return value ? std::move(*value) : Value{};
  }

  void property(std::size_t ordinal) {
    const Field& field = model_.fields[ordinal];
    const Json* json = sent_[ordinal];
    if (json == nullptr) {
      absent(ordinal);
    } else if (json->kind == Json::Kind::kNull) {
      null(ordinal);
    } else {
      FieldRules rules(field, "/" + field.name, draft_.errors);
      draft_.values[ordinal] = rules.value_of(*json);
    }
  }

  void absent(std::size_t ordinal) {
    const Field& field = model_.fields[ordinal];
    if (mode_ == BodyMode::kPatch) return;
    if (field.required) {
      add(field, "required", "");
    } else {
      draft_.values[ordinal] = default_or_null(field);
    }
  }

  void null(std::size_t ordinal) {
    const Field& field = model_.fields[ordinal];
    if (field.lists_null || (mode_ != BodyMode::kPatch && field.admits_null)) {
      draft_.values[ordinal] = Null{};
    } else if (mode_ != BodyMode::kPatch) {
      add(field, "type", json_type_of(field));
    } else if (field.required) {
      add(field, "required", "");
    } else {
      draft_.values[ordinal] = default_or_null(field);
    }
  }

  static Value default_or_null(const Field& field) { return field.default_value.is_absent() ? Value(Null{}) : field.default_value; }

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
  return Value(std::string(text));
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
  std::ranges::move(extra, std::back_inserter(errors));
  const auto position = [&](const FieldError& error) {
    const std::string_view path = std::string_view(error.pointer).substr(std::min<std::size_t>(1, error.pointer.size()));
    return model.ordinal(path.substr(0, path.find('/'))).value_or(model.fields.size());
  };
  std::ranges::stable_sort(errors, {}, position);
  return errors;
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
