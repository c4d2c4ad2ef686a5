#pragma once
// The rules of one field, applied to one JSON value: transforms, then type, enum, format and limits. Used by the validator and, for
// defaults, by the loader.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/field.h"
#include "model/json.h"

namespace holdfast {

// How objects are read: as in a create, or as in a patch, where members that are not sent are Absent and free-form JSON is what is to be
// merged (model/merge.h). Elements of arrays are always whole.
enum class Reading : std::uint8_t { kWhole, kPatch };

// An array or an object stops being read when so many of its members have failed: an answer must not be a thousand times its question.
inline constexpr std::size_t kMostErrors = 1'000;

class FieldRules {
 public:
  // Appends what fails to `errors`, with pointers that start with `pointer`. All three outlive this.
  FieldRules(const Field& field, std::string pointer, std::vector<FieldError>& errors, Reading reading = Reading::kWhole);

  // What a member becomes, as it was sent or not sent (null pointer); models.md, "Null". Absent also when it has failures.
  Value member(const Json* sent);

  // The value in the field's representation; Absent when its type, enum, format or digits failed, which stops the field. Every other
  // failure is reported beside the value. `json` is not null.
  Value value_of(const Json& json);

 private:
  Value string_value(const Json& json);
  Value integer_value(const Json& json);
  Value number_value(const Json& json);
  Value decimal_value(const Json& json);
  Value reference_value(const Json& json);
  Value array_value(const Json& json);
  Value object_value(const Json& json);
  Value free_form_value(const Json& json);
  Value absent_member();
  Value null_member();
  void check_text(const std::string& text);
  void check_bounds(const Value& value);
  void check_items(const Value::Array& items, std::size_t sent);

  Value wrong_type();
  void fail(std::string_view code, std::string limit);

  const Field& field_;
  std::string pointer_;
  std::vector<FieldError>& errors_;
  Reading reading_;
};

// The field's own message for the keyword when the model has one, else the built-in sentence.
FieldError field_error(const Field& field, std::string pointer, std::string_view code, std::string limit);

// What a member that was not sent becomes, when it is not required.
Value default_or_null(const Field& field);

// `"string"`, `["string","null"]`: the `type` of the model file as JSON text.
std::string json_type_of(const Field& field);

// A string that is no id of the kind `text`.
FieldError text_id_error(const Field& field, std::string pointer);

// Text as the id that a reference holds, in its stored form; of a string field that is no reference, the text itself.
std::optional<Value> parse_reference(const Field& field, std::string_view text);

// A finite double of the JSON grammar; -0 is 0.
std::optional<Value> parse_double(std::string_view text);

}  // namespace holdfast
