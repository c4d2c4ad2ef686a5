#pragma once
// Free-form JSON (`type: object, additionalProperties: true`) in its one canonical form: no white space, keys sorted by code point, an
// integral number within ±(2⁵³−1) as an integer, every other as RFC 8785 writes a double. Equal values have equal texts.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/json.h"

namespace holdfast {

// Appends what cannot be kept to `errors`: `type` of a number that is no finite double, `propertyNames` of a key that is empty, starts with
// `$` or holds `.` or U+0000; pointers start with `pointer`, and after 64 KiB of them the rest is not named. The text is meaningless when a
// `type` is among them; keys do it no harm.
std::string canonical_json(const Json& json, const std::string& pointer, std::vector<FieldError>& errors);

// RFC 7396: `patch` onto `target`, both canonical texts of objects; an empty target is `{}`.
std::string merge_free_form(std::string_view target, std::string_view patch);

}  // namespace holdfast
