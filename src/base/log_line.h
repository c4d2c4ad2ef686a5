#pragma once
// One log line as text, without its line end: logfmt or JSON. Pure.
//
// Whatever stands in messages and values, a line stays one line and well-formed: quotes, backslashes and control characters (also
// U+0080–9F, which terminals obey) are escaped, bytes that are not UTF-8 become U+FFFD.

#include <span>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/timestamp.h"

namespace holdfast {

void append_log_line(std::string& out, LogFormat format, Milliseconds time, LogLevel level, std::string_view message,
                     std::span<const LogField> fields);

}  // namespace holdfast
