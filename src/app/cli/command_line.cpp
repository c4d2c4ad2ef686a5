#include "app/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <exception>
#include <ostream>

#include "app/cli/commands.h"
#include "app/settings.h"
#include "base/error.h"
#include "base/nearest.h"
#include "model/json.h"

namespace holdfast::cli {
namespace {

constexpr std::size_t kHelpColumn = 30;
constexpr std::size_t kHelpWidth = 82;  // of the descriptions

constexpr auto kProgramHelp = "Model files in, REST API out: a validated HTTP API over your database, from one YAML file a collection.";
constexpr auto kProgramExamples =
    "Examples:\n"
    "  holdfast serve examples/catalogue --seed    the example, with its data, on http://127.0.0.1:8080\n"
    "  holdfast validate --project my-shop         are the model files sound?\n"
    "  holdfast doctor --project my-shop           is everything there that serve needs?\n\n"
    "`holdfast COMMAND --help` says more. Exit status: 0 ok, 1 failed, 64 usage, 69 database unreachable, 78 configuration.\n";

// The one line of a command in the list of commands, then what its own help says below the flags.
constexpr auto kServeHelp = "Serve the HTTP API of a project";
constexpr auto kServeExamples =
    "A project is a folder with models/, seeds/, .env and data/. Tables, columns and indexes that the models ask for and the\n"
    "database lacks are made. The database is an SQLite file, or what DATABASE_URL or MONGODB_URI names (docs/databases.md).\n"
    "Stop with Ctrl-C or SIGTERM: what has begun is finished first.\n\n"
    "Examples:\n"
    "  holdfast serve examples/catalogue --seed    fill empty collections from seeds/, then serve\n"
    "  holdfast serve --port 0                     the project in the current folder, on a free port\n"
    "  HOLDFAST_LOG=debug,json holdfast serve      every flag has its name for the environment and .env, in parentheses above\n";

constexpr auto kValidateHelp = "Check models, finders and seeds, without a database";
constexpr auto kValidateExamples =
    "Faults go to stderr as file:line:column: what is wrong, and what to write instead.\n\n"
    "Examples:\n"
    "  holdfast validate                           the project in the current folder\n"
    "  holdfast validate --project my-shop --json  {\"collections\",\"fields\",\"seedRecords\",\"faults\",\"loadMilliseconds\"} for a "
    "script\n\n"
    "Exit status: 0 sound, 78 with faults in the files or the configuration.\n";

constexpr auto kReindexHelp = "Make the search data that records lack, or that others made stale";
constexpr auto kReindexExamples =
    "Search finds what its data says. Holdfast keeps that data with each write and makes it when `search` is declared or changed;\n"
    "this command makes it for records that another program wrote. Records whose data is right are only looked at, and nothing\n"
    "but search data (on MongoDB also hidden keys) is written. It needs an SQLite file for itself: stop the server first. On\n"
    "PostgreSQL and MongoDB servers may go on.\n\n"
    "Examples:\n"
    "  holdfast reindex                            every collection with `search`, with a progress bar\n"
    "                                              (on MongoDB also those with a compound unique key that may be null)\n"
    "  holdfast reindex --project my-shop --collection items\n"
    "  holdfast reindex --json                     {\"collections\":[{\"name\",\"records\",\"mended\"}]} for a script\n\n"
    "Exit status: 0 done, 1 failed, 64 no such collection, 69 no database, or a server holds the file, 78 faults in the files.\n";

constexpr auto kDoctorHelp = "Say each setting with its origin, and whether all that serve needs is there";
constexpr auto kDoctorExamples =
    "Looks at configuration, models, seeds, database (reachable, version, round trip, rights, clock, encoding, tables, pooler,\n"
    "number of connections; or the embedded file and its disk) and port: each is ok, or a warning, or an error with what to do.\n"
    "Changes nothing, and may run beside a server. Takes the flags of serve that set something, and --project for the folder.\n\n"
    "Examples:\n"
    "  holdfast doctor                             the project in the current folder\n"
    "  holdfast doctor --port 80 --json            what serve would meet with this flag\n"
    "  holdfast doctor --scan --references         also what other programs wrote and the models do not admit\n\n"
    "Exit status: 0 without errors, 69 when the database cannot be reached, 78 with faults in configuration or models, 1 with others.\n";

// Breaks a text into lines that fit beside the flags.
std::string wrapped(std::string_view text) {
  std::string out;
  std::size_t line = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const bool breaks = line > 0 && line + 1 + end > kHelpWidth;
    if (line > 0) out += breaks ? '\n' : ' ';
    line = (breaks || line == 0 ? 0 : line + 1) + end;
    out += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string placeholder(SettingShape shape) {
  switch (shape) {
    case SettingShape::kAddress:
    case SettingShape::kHost:
      return "HOST";
    case SettingShape::kBytes:
      return "BYTES";
    case SettingShape::kMilliseconds:
      return "MS";
    case SettingShape::kSeconds:
      return "SECONDS";
    case SettingShape::kBoolean:
      return "BOOLEAN";
    case SettingShape::kFolder:
      return "FOLDER";
    case SettingShape::kDatabase:
      return "TYPE";
    case SettingShape::kLog:
      return "LEVEL,FORMAT";
    case SettingShape::kOrigins:
      return "ORIGINS";
    case SettingShape::kNumber:
      return "NUMBER";
    default:
      return "TEXT";
  }
}

std::string help_of(const Setting& setting) {
  std::string text(setting.meaning);
  text.erase(std::remove(text.begin(), text.end(), '`'), text.end());
  if (!setting.in_effect) text += " No effect in this version.";
  const auto fallback = setting.default_text.empty() ? std::string() : fmt::format("default {}; ", setting.default_text);
  return wrapped(fmt::format("{} ({}{})", text, fallback, setting.name));
}

void add_setting(CLI::App& command, const Setting& setting, Invocation& invocation, const std::string& group) {
  const auto keep = [&invocation, name = std::string(setting.name)](const std::string& text) { invocation.flags[name] = text; };
  command.add_option_function<std::string>(std::string(setting.flag), keep, help_of(setting))
      ->type_name(placeholder(setting.shape))
      ->group(group);
}

// `main` are the flags that everyone needs; the others go under `group` (empty: left out of the help).
void add_settings(CLI::App& command, Invocation& invocation, const std::string& group) {
  const auto is_main = [](std::string_view flag) { return flag == "--host" || flag == "--port" || flag == "--models" || flag == "--data"; };
  for (const auto& setting : settings()) {
    if (!setting.flag.empty()) add_setting(command, setting, invocation, is_main(setting.flag) ? "Options" : group);
  }
}

struct Parser {
  Parser();

  CLI::App app{kProgramHelp, "holdfast"};
  CLI::App* serve;
  CLI::App* validate;
  CLI::App* reindex;
  CLI::App* doctor;
  Invocation invocation;
  std::string folder;
};

Parser::Parser() {
  const auto project_help = wrapped("The project's folder: models/, seeds/, .env, data/ (default: the current folder)");
  const auto configure = [&](CLI::App* command, const char* examples) {
    command->footer(examples);
    command->allow_extras();
    command->get_formatter()->column_width(kHelpColumn);
    command->add_option("--project", invocation.project, project_help)->type_name("FOLDER");
    return command;
  };
  app.set_version_flag("--version", "holdfast " HOLDFAST_VERSION, "Print the version and exit");
  configure(&app, kProgramExamples);
  serve = configure(app.add_subcommand("serve", kServeHelp), kServeExamples);
  validate = configure(app.add_subcommand("validate", kValidateHelp), kValidateExamples);
  reindex = configure(app.add_subcommand("reindex", kReindexHelp), kReindexExamples);
  doctor = configure(app.add_subcommand("doctor", kDoctorHelp), kDoctorExamples);

  serve->add_option("FOLDER", folder, "The project's folder, as --project")->type_name("");
  serve->add_flag("--seed", invocation.seed, "Fill empty collections from seeds/ before serving");
  add_settings(*serve, invocation, "Settings");
  add_setting(*validate, *find_setting("HOLDFAST_MODELS"), invocation, "Options");
  reindex->add_option("--collection", invocation.collection, "Only this collection")->type_name("NAME");
  for (const auto* name : {"HOLDFAST_MODELS", "HOLDFAST_DATA"}) add_setting(*reindex, *find_setting(name), invocation, "Options");
  doctor->add_flag("--scan", invocation.scan,
                   wrapped("Read every record too: stored values that do not fit the model, stale search data and keys"));
  doctor->add_flag("--references", invocation.references, "Look for records that refer to one that is not there");
  add_settings(*doctor, invocation, "");
  for (auto* command : {validate, reindex, doctor}) command->add_flag("--json", invocation.json, "Print one JSON object instead of text");
}

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

UsageError unknown_command(const std::string& name) {
  constexpr std::array<std::string_view, 4> kCommands{"serve", "validate", "reindex", "doctor"};
  return UsageError(fmt::format("`{}` is not a command.{}", name, did_you_mean(name, kCommands)));
}

void refuse_extras(CLI::App& app) {
  const auto chosen = app.get_subcommands();
  auto& command = chosen.empty() ? app : *chosen.front();
  const auto extras = app.remaining(true);
  if (extras.empty() && chosen.empty()) throw UsageError("a command is missing: serve, validate, reindex or doctor.");
  if (extras.empty()) return;
  const auto is_flag = [](const std::string& extra) { return extra.starts_with('-'); };
  const auto flag = std::find_if(extras.begin(), extras.end(), is_flag);
  if (flag != extras.end()) {
    const auto name = flag->substr(0, flag->find('='));
    const auto known = flag_names(command);
    const std::vector<std::string_view> names(known.begin(), known.end());
    throw UsageError(fmt::format("`{}` is not a flag.{}", name, did_you_mean(name, names)));
  }
  if (!chosen.empty()) throw UsageError(fmt::format("`{}` is one argument too many.", extras.front()));
  throw unknown_command(extras.front());
}

// `holdfast nonsense --help`: a script that asks whether there is such a command must not be told yes.
void refuse_help_of_unknown(const CLI::App& app) {
  const auto extras = app.remaining(true);
  if (!app.get_subcommands().empty() || extras.empty() || extras.front().starts_with('-')) return;
  throw unknown_command(extras.front());
}

// Says in our words that a flag lacks its value or came twice. The library's message begins with the flag's name.
UsageError wrong_count(const CLI::App& app, const CLI::ArgumentMismatch& error) {
  const std::string message = error.what();
  const auto name = message.substr(0, message.find(':'));
  const auto chosen = app.get_subcommands();
  const auto* option = (chosen.empty() ? &app : chosen.front())->get_option_no_throw(name);
  if (option == nullptr) option = app.get_option_no_throw(name);
  if (option == nullptr) return UsageError(message);
  if (option->count() > 1) return UsageError(fmt::format("`{}` is there more than once. Give it once.", name));
  return UsageError(fmt::format("`{}` needs a value: {} {}.", name, name, option->get_type_name()));
}

void take_folder(Parser& parser) {
  if (parser.folder.empty()) return;
  auto& project = parser.invocation.project;
  if (!project.empty() && project != parser.folder) {
    throw UsageError(fmt::format("FOLDER ({}) and --project ({}) are two projects. Name one.", parser.folder, project));
  }
  project = parser.folder;
}

int dispatch(const Parser& parser, const Terminal& terminal) {
  if (parser.serve->parsed()) return serve_command(parser.invocation, terminal);
  if (parser.validate->parsed()) return validate_command(parser.invocation, terminal);
  if (parser.reindex->parsed()) return reindex_command(parser.invocation, terminal);
  return doctor_command(parser.invocation, terminal);
}

std::string called(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? "holdfast" : "holdfast " + chosen.front()->get_name();
}

// A script that asked for JSON gets its failure as JSON too; the person gets it on stderr all the same.
int fail(const Parser& parser, const Terminal& terminal, int status, std::string_view message) {
  terminal.err << called(parser.app) << ": " << message << std::endl;
  if (parser.invocation.json) {
    std::string json = fmt::format(R"({{"error":{{"exitStatus":{},"message":)", status);
    append_json_string(json, message);
    terminal.out << json << "}}" << std::endl;
  }
  return status;
}

int parse_and_dispatch(Parser& parser, std::vector<std::string> arguments, const Terminal& terminal) {
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    parser.app.parse(std::move(arguments));
    refuse_extras(parser.app);
    take_folder(parser);
  } catch (const CLI::Success& asked) {  // --help, --version
    refuse_help_of_unknown(parser.app);
    return parser.app.exit(asked, terminal.out, terminal.err);
  } catch (const CLI::ArgumentMismatch& error) {
    throw wrong_count(parser.app, error);
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return dispatch(parser, terminal);
}

}  // namespace

int run(std::vector<std::string> arguments, const Terminal& terminal) {
  Parser parser;
  try {
    return parse_and_dispatch(parser, std::move(arguments), terminal);
  } catch (const UsageError& error) {
    const auto hint = fmt::format("{}\n  `{} --help` teaches.", error.what(), called(parser.app));
    return fail(parser, terminal, kExitUsage, hint);
  } catch (const StartupError& error) {
    return fail(parser, terminal, error.exit_status(), error.what());
  } catch (const std::exception& error) {
    return fail(parser, terminal, 1, fmt::format("a fault of Holdfast itself: {}", error.what()));
  }
}

}  // namespace holdfast::cli
