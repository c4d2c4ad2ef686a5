#pragma once
// A project's .env: KEY=VALUE lines, as people already write them. Pure.
//
// Blank lines and lines that start with # are skipped; `export ` before a name is allowed, as are spaces around `=`.
// A bare value ends at ` #` or at the end of the line. 'single quotes' keep every character; in "double quotes" \n \r \t \" \\ \$
// are escapes. Nothing is expanded: $NAME stays as it is. A value ends on its line.

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

struct DotEnvEntry {
  std::string name;
  std::string value;
  int line = 0;
};

struct DotEnv {
  std::vector<DotEnvEntry> entries;  // in order of lines; of one name the first only
  std::vector<std::string> faults;   // ".env:3: what, and what to write instead"
};

// `shown_name` is how messages name the file.
DotEnv parse_dotenv(std::string_view text, std::string_view shown_name);

}  // namespace holdfast
