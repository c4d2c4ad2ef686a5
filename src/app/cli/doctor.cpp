#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>

#include "app/checks.h"
#include "app/cli/commands.h"
#include "app/cli/scan_output.h"
#include "app/database.h"
#include "app/progress.h"
#include "app/project.h"
#include "app/settings.h"
#include "base/error.h"
#include "model/json.h"

namespace holdfast::cli {
namespace {

constexpr std::array<std::string_view, 3> kStatusNames{"ok", "warning", "error"};

std::string_view name_of_status(FindingStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

// What was asked for beside the checks.
struct DeepLook {
  std::optional<Catalog> catalog;  // that the others point into
  std::optional<std::vector<ScannedCollection>> scanned;
  std::optional<std::vector<DanglingReference>> dangling;
};

void print_findings(std::ostream& out, std::string_view title, const std::vector<Finding>& findings) {
  out << title << '\n';
  for (const auto& finding : findings) {
    out << fmt::format("  {:<8} {:<14} {}\n", name_of_status(finding.status), finding.name, finding.message);
    if (!finding.advice.empty()) out << fmt::format("  {:<23} -> {}\n", "", finding.advice);
  }
}

void print_text(std::ostream& out, const std::vector<ShownSetting>& settings, const Checks& checks, const DeepLook& deep) {
  out << "Settings\n";
  for (const auto& shown : settings) {
    const auto value = shown.text.empty() ? "(not set)" : shown.text;
    const auto idle = shown.setting->in_effect ? "" : "  (no effect in this version)";
    out << fmt::format("  {:<32} {:<30} {}{}\n", shown.setting->name, value, shown.place, idle);
  }
  print_findings(out, "Checks", checks.findings);
  if (deep.scanned) print_findings(out, "Scan", findings_of(*deep.scanned));
  if (deep.dangling) print_findings(out, "References", findings_of(*deep.dangling));
  out << std::flush;
}

void append_text_member(std::string& json, std::string_view name, std::string_view text) {
  if (json.back() != '{') json += ',';
  json += fmt::format("\"{}\":", name);
  append_json_string(json, text);
}

void print_json(std::ostream& out, const std::vector<ShownSetting>& settings, const Checks& checks, const DeepLook& deep, bool ok) {
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
  for (const auto& check : checks.findings) {
    json += json.back() == '[' ? "{" : ",{";
    append_text_member(json, "name", check.name);
    append_text_member(json, "status", name_of_status(check.status));
    append_text_member(json, "message", check.message);
    append_text_member(json, "advice", check.advice);
    json += '}';
  }
  json += ']';
  if (deep.scanned) json += R"(,"scan":)" + json_of(*deep.scanned);
  if (deep.dangling) json += R"(,"references":)" + json_of(*deep.dangling);
  out << json << '}' << std::endl;
}

// A database that cannot be reached, or whose models are at fault, is not read. A failure becomes a finding like any other.
DeepLook look_deep(const Invocation& invocation, const Config& config, const Terminal& terminal, Checks& checks) {
  DeepLook deep;
  const bool asked = invocation.scan || invocation.references;
  if (!asked || checks.unreachable || checks.exit_status() == kExitConfiguration) return deep;
  deep.catalog.emplace(load_catalog(config));
  std::optional<Progress> bar;
  const Model* current = nullptr;
  const auto progress = [&](const Model& model, std::int64_t done, std::int64_t of) {
    if (current != &model) bar.reset();
    if (!bar) bar.emplace(terminal.err, terminal.err_is_terminal, model.name);
    current = &model;
    bar->update(done, of);
  };
  try {
    if (invocation.scan) deep.scanned = scan_database(config, *deep.catalog, progress);
    bar.reset();
    if (invocation.references) deep.dangling = dangling_references(config, *deep.catalog);
  } catch (const StartupError& failure) {
    checks.findings.push_back({"scan", FindingStatus::kError, failure.what(), "Nothing more was read."});
  }
  return deep;
}

bool is_sound(const DeepLook& deep) {
  const auto sound = [](const ScannedCollection& collection) { return collection.is_sound(); };
  return (!deep.scanned || std::all_of(deep.scanned->begin(), deep.scanned->end(), sound)) && (!deep.dangling || deep.dangling->empty());
}

}  // namespace

int doctor_command(const Invocation& invocation, const Terminal& terminal) {
  require_project(invocation);
  const auto read = read_config(invocation.sources(terminal.environment));
  auto checks = check_everything(read);
  const auto deep = look_deep(invocation, read.config, terminal, checks);
  int status = checks.exit_status();
  if (status == 0 && !is_sound(deep)) status = 1;
  if (invocation.json) {
    print_json(terminal.out, show(read.config), checks, deep, status == 0);
  } else {
    print_text(terminal.out, show(read.config), checks, deep);
  }
  return status;
}

}  // namespace holdfast::cli
