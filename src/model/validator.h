#pragma once
// Bodies into values: transforms (trim, lowercase), then every rule of the model, all failures reported at once, in model order and
// unknown members last. Pure; needs no database: what depends on the stored record is left as claims.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/json.h"
#include "model/model.h"

namespace holdfast {

// How a body is read: models.md, "Null"; semantics.md §5.
enum class BodyMode : std::uint8_t {
  kCreate,    // absent → default, else null; id (save `id: text`), timestamps and readOnly members are read_only
  kCreateAt,  // as kCreate, of a PUT: the id is that of the URL, and the body's becomes a claim
  kReplace,   // absent → default, else null, but writeOnly members stay absent; id, timestamps and readOnly members become claims
  kPatch,     // absent stays absent, inside objects too; null → default, else null; id, timestamps and readOnly members become claims
};

// The client sent a member that the server keeps; it is admitted when it equals what is stored (query/write_resolution.h, errors_against).
struct Claim {
  std::size_t field = 0;
  Value value;  // Absent: what was sent cannot be a value of the field, so it equals nothing
};

struct Draft {
  std::vector<Value> values;  // by ordinal; Absent: not sent (kPatch, writeOnly), kept by the server (id, timestamps, readOnly), or failed
  std::vector<Claim> claims;
  std::vector<FieldError> errors;  // empty: the body is valid as far as it goes
};

// A body that is not an object gives one error: pointer "", code "type".
Draft validate(const Model& model, const Json& body, BodyMode mode);

// The error for a claim that does not hold: code read_only.
FieldError read_only_error(const Model& model, std::size_t field);

// Puts errors into model order, at every level: `extra` ones (errors_against) among those of the draft, unknown members behind declared
// ones. An extra one at a place that has an error already says nothing new, and is left out.
std::vector<FieldError> merge_errors(const Model& model, std::vector<FieldError> errors, std::vector<FieldError> extra);

// A value written as text (in a URL, in filter text) as a value of the field: parse rules of semantics.md §7, no transforms, no limits.
// Nothing when it does not parse: the caller names field, operator, value and expected type. kDecimal is refused here (std::logic_error):
// use locate_decimal.
std::optional<Value> parse_text_value(const Field& field, std::string_view text);

// trim and lowercase of the field, as applied to bodies and to eq, ne, in, nin values.
std::string transformed(const Field& field, std::string_view text);

// "a decimal", "an integer", "one of draft, paid, shipped": for messages.
std::string expected_type(const Field& field);

// The id as written in a URL, in stored form; nothing when it is not of the model's id kind.
std::optional<Value> parse_id(const Model& model, std::string_view text);

}  // namespace holdfast
