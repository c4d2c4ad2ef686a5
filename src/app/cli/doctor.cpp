#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "app/checks.h"
#include "app/cli/commands.h"
#include "app/settings.h"
#include "model/json.h"

namespace holdfast::cli {
namespace {

constexpr std::array<std::string_view, 3> kStatusNames{"ok", "warning", "error"};

std::string_view name_of_status(CheckStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

void print_text(std::ostream& out, const std::vector<ShownSetting>& settings, const std::vector<Check>& checks) {
  out << "Settings\n";
  for (const auto& shown : settings) {
    const auto value = shown.text.empty() ? "(not set)" : shown.text;
    const auto idle = shown.setting->in_effect ? "" : "  (no effect in this version)";
    out << fmt::format("  {:<26} {:<30} {}{}\n", shown.setting->name, value, shown.place, idle);
  }
  out << "Checks\n";
  for (const auto& check : checks) {
    out << fmt::format("  {:<8} {:<14} {}\n", name_of_status(check.status), check.name, check.message);
    if (!check.advice.empty()) out << fmt::format("  {:<23} -> {}\n", "", check.advice);
  }
  out << std::flush;
}

void append_text_member(std::string& json, std::string_view name, std::string_view text) {
  if (json.back() != '{') json += ',';
  json += fmt::format("\"{}\":", name);
  append_json_string(json, text);
}

void print_json(std::ostream& out, const std::vector<ShownSetting>& settings, const std::vector<Check>& checks, bool ok) {
  std::string json = fmt::format(R"({{"ok":{},"settings":[)", ok);
  for (const auto& shown : settings) {
    json += json.back() == '[' ? "{" : ",{";
    append_text_member(json, "name", shown.setting->name);
    append_text_member(json, "value", shown.text);
    append_text_member(json, "origin", name_of(shown.origin));
    append_text_member(json, "place", shown.place);
    json += fmt::format(R"(,"inEffect":{}}})", shown.setting->in_effect);
  }
  json += R"(],"checks":[)";
  for (const auto& check : checks) {
    json += json.back() == '[' ? "{" : ",{";
    append_text_member(json, "name", check.name);
    append_text_member(json, "status", name_of_status(check.status));
    append_text_member(json, "message", check.message);
    append_text_member(json, "advice", check.advice);
    json += '}';
  }
  out << json << "]}" << std::endl;
}

}  // namespace

int doctor_command(const Invocation& invocation, const Terminal& terminal) {
  require_project(invocation);
  const auto read = read_config(invocation.sources(terminal.environment));
  const auto checks = check_everything(read);
  const auto is_error = [](const Check& check) { return check.status == CheckStatus::kError; };
  const bool ok = std::none_of(checks.begin(), checks.end(), is_error);
  if (invocation.json) {
    print_json(terminal.out, show(read.config), checks, ok);
  } else {
    print_text(terminal.out, show(read.config), checks);
  }
  return ok ? 0 : 1;
}

}  // namespace holdfast::cli
