#pragma once
// The rules of one field, applied to one JSON value: transforms, then type, enum, format and limits. Used by the validator and, for
// defaults, by the loader.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/field.h"
#include "model/json.h"

namespace holdfast {

class FieldRules {
 public:
  // Appends what fails to `errors`, with pointers that start with `pointer`. All three outlive this.
  FieldRules(const Field& field, std::string pointer, std::vector<FieldError>& errors);

  // The value in the field's representation; Absent when its type, enum, format or digits failed, which stops the field. Every other
  // failure is reported beside the value. `json` is not null.
  Value value_of(const Json& json);

 private:
  Value string_value(const Json& json);
  Value integer_value(const Json& json);
  Value number_value(const Json& json);
  Value decimal_value(const Json& json);
  Value array_value(const Json& json);
  void check_text(const std::string& text);
  void check_bounds(const Value& value);
  void check_items(const Value::Array& items);

  Value wrong_type();
  void fail(std::string_view code, std::string limit);

  const Field& field_;
  std::string pointer_;
  std::vector<FieldError>& errors_;
};

// The field's own message for the keyword when the model has one, else the built-in sentence.
FieldError field_error(const Field& field, std::string pointer, std::string_view code, std::string limit);

// `"string"`, `["string","null"]`: the `type` of the model file as JSON text.
std::string json_type_of(const Field& field);

// A finite double of the JSON grammar; -0 is 0.
std::optional<Value> parse_double(std::string_view text);

}  // namespace holdfast
