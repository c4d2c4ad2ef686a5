#include <fmt/format.h>

#include "app/settings.h"

namespace holdfast {
namespace {

constexpr std::string_view kHead = R"(# Configuration

<!-- Made from the table in src/app/settings.cpp; a test fails when the two differ. HOLDFAST_REWRITE_GOLDEN=1 rewrites this page. -->

A project is a folder: `models/`, `seeds/`, `.env`, `data/`. With nothing set, Holdfast serves it from an SQLite file in `data/` on
http://127.0.0.1:8080.

Flags beat the environment, which beats the project's `.env`, which beats the default. `holdfast doctor` prints each value with its
origin. A name that begins with `HOLDFAST_` and is not listed here, or a value of the wrong form, stops the start with exit status 78.
(`HOLDFAST_TEST_*` and `HOLDFAST_REWRITE_GOLDEN` belong to Holdfast's own tests and are passed over.)

Relative folders are seen from the project; those given by a flag, from the current folder. An empty value is "not set" where the
default is, save for `HOLDFAST_API_KEY`, which must not be empty by accident; everywhere else it is refused.

## `.env`

`NAME=VALUE` lines; blank lines and lines that begin with `#` are skipped, `export ` before a name is allowed. A bare value ends at ` #`
or at the end of the line. `'single quotes'` keep every character, `"double quotes"` know `\n \r \t \" \\ \$`. Nothing is expanded:
`$NAME` stays as it is. A name may be set once. Names that Holdfast does not know are left to the other programs that read the file, save
`HOLDFAST_*`.

## Settings
)";

std::string default_of(const Setting& setting) {
  if (setting.default_text.empty()) return "not set";
  return setting.default_text == "cores" ? "the number of cores" : fmt::format("`{}`", setting.default_text);
}

}  // namespace

std::string configuration_page() {
  std::string page(kHead);
  for (const auto& setting : settings()) {
    page += fmt::format("\n### `{}`\n\n{}", setting.name, setting.meaning);
    if (!setting.in_effect) page += " Accepted and checked; **without effect in this version**.";
    page += fmt::format("\n\n- Value: {}\n- Default: {}\n", expected_shape(setting), default_of(setting));
    if (!setting.flag.empty()) page += fmt::format("- Flag of `serve` and `doctor`: `{}`\n", setting.flag);
  }
  return page;
}

}  // namespace holdfast
