#pragma once
// The query string of a URL as decoded pairs (application/x-www-form-urlencoded: `+` is a space).

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace holdfast {

struct Parameter {
  std::string name;
  std::string value;  // `name` without `=` is as `name=`
};

// invalid_encoding on bad percent escapes, invalid UTF-8, U+0000. Empty segments are skipped.
Result<std::vector<Parameter>> parse_parameters(std::string_view query);

// Percent-decodes one path segment (`+` stays); same errors.
Result<std::string> decode_path_segment(std::string_view segment);

}  // namespace holdfast
