#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ostream>

#include "app/cli/commands.h"
#include "app/project.h"
#include "model/json.h"

namespace holdfast::cli {
namespace {

std::string plural(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

void print_json(std::ostream& out, const ProjectFiles& project, double milliseconds) {
  std::string json = fmt::format(R"({{"collections":{},"fields":{},"seedRecords":{},"faults":[)", project.models.size(),
                                 project.field_count(), project.seed_records);
  for (const auto& fault : project.faults) {
    if (&fault != &project.faults.front()) json += ',';
    json += R"({"file":)";
    append_json_string(json, fault.file);
    json += fmt::format(R"(,"line":{},"column":{},"message":)", fault.mark.line, fault.mark.column);
    append_json_string(json, fault.message);
    json += '}';
  }
  out << json << fmt::format(R"(],"loadMilliseconds":{:.3f}}})", milliseconds) << std::endl;
}

}  // namespace

int validate_command(const Invocation& invocation, const Terminal& terminal) {
  require_project(invocation);
  const auto config = load_config(invocation.sources(terminal.environment));
  require_models(config);
  const auto start = std::chrono::steady_clock::now();
  auto project = read_project(config);
  read_seeds(config, project);
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;

  for (const auto& fault : project.faults) terminal.err << fault.text() << '\n';
  terminal.err << std::flush;
  const int status = project.faults.empty() ? 0 : kExitConfiguration;
  if (invocation.json) {
    print_json(terminal.out, project, taken.count());
    return status;
  }
  const auto verdict = project.faults.empty() ? std::string("sound") : plural(project.faults.size(), "fault");
  terminal.out << fmt::format("{}, {}, {}: {} ({:.1f} ms)\n", plural(project.models.size(), "collection"),
                              plural(project.field_count(), "field"), plural(project.seed_records, "seed record"), verdict, taken.count())
               << std::flush;
  return status;
}

}  // namespace holdfast::cli
