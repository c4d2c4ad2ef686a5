#pragma once
// The table of settings: one row each, in the order of the reference page. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.h"

namespace holdfast {

// What a value must look like.
enum class SettingShape : std::uint8_t {
  kAddress,
  kHost,
  kUrl,
  kKey,
  kText,
  kNumber,
  kBytes,
  kMilliseconds,
  kSeconds,
  kBoolean,
  kFolder,
  kDatabase,
  kLog,
  kOrigins,
};

struct Setting {
  using Member = std::variant<Sourced<std::string> Config::*, Sourced<std::int64_t> Config::*, Sourced<bool> Config::*,
                              Sourced<std::filesystem::path> Config::*, Sourced<DatabaseType> Config::*, Sourced<LogSettings> Config::*,
                              Sourced<std::vector<std::string>> Config::*>;

  std::string_view name;  // in the environment and in .env
  std::string_view flag;  // of `serve`; empty: none, for what must not be seen in a list of processes
  Member member;
  SettingShape shape;
  std::int64_t minimum, maximum;  // of numbers
  std::string_view default_text;  // as one would write it; empty: not set
  std::string_view meaning;       // a sentence
  bool in_effect;                 // false: accepted and checked, and does nothing in this version
};

std::span<const Setting> settings() noexcept;

// Null when there is no setting of that name.
const Setting* find_setting(std::string_view name) noexcept;

// Where a text was found.
struct Source {
  Origin origin = Origin::kDefault;
  std::string place;             // as in Sourced
  std::filesystem::path folder;  // that relative paths are seen from
};

// Parses `text` into its member. What is wrong, as a sentence without the text when that may be secret; nothing: it is set.
std::optional<std::string> set(Config& config, const Setting& setting, std::string_view text, const Source& source);

// Every setting at its default.
Config default_config(const std::filesystem::path& project);

// A setting as a person may see it: keys hidden, URLs without user, password and query.
struct ShownSetting {
  const Setting* setting = nullptr;
  std::string text;  // empty: not set
  Origin origin = Origin::kDefault;
  std::string place;
};
std::vector<ShownSetting> show(const Config& config);

// scheme://host:port/path: user, password and query may be secret.
std::string without_secrets(std::string_view url);

// "a number from 0 to 65535"
std::string expected_shape(const Setting& setting);

// docs/configuration.md
std::string configuration_page();

}  // namespace holdfast
