#include "app/cli/command_line.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/json.h"

using namespace holdfast;
namespace fs = std::filesystem;

namespace {

struct Outcome {
  int status;
  std::string out, err;
};

Outcome run(std::vector<std::string> arguments, Environment environment = {}) {
  std::ostringstream out, err;
  const int status = cli::run(std::move(arguments), {out, err, std::move(environment)});
  return {status, out.str(), err.str()};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Json json_of(const std::string& text) {
  auto json = parse_json(text, 16);
  REQUIRE(json.has_value());
  return std::move(*json);
}

const Json& member(const Json& object, std::string_view name) {
  for (const auto& [key, value] : object.members) {
    if (key == name) return value;
  }
  throw std::logic_error("no member " + std::string(name));
}

// A project with one small model, gone with the test.
class Project {
 public:
  Project() {
    auto pattern = (fs::temp_directory_path() / "holdfast_cli_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    folder = pattern;
    write("models/things.yaml", "type: object\nrequired: [name]\nproperties:\n  name: { type: string, maxLength: 9 }\n");
  }
  ~Project() { fs::remove_all(folder); }

  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((folder / file).parent_path());
    std::ofstream(folder / file) << text;
  }
  std::string name() const { return folder.string(); }

  fs::path folder;
};

// A port that somebody listens on.
class TakenPort {
 public:
  TakenPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_, 1) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    number = std::to_string(ntohs(address.sin_port));
  }
  ~TakenPort() { ::close(socket_); }

  std::string number;

 private:
  int socket_;
};

const Json& check(const Json& report, std::string_view name) {
  for (const auto& one : member(report, "checks").items) {
    if (member(one, "name").text == name) return one;
  }
  throw std::logic_error("no check " + std::string(name));
}

}  // namespace

TEST_CASE("command line: --version and --help answer on stdout with status 0", "[app]") {
  CHECK(run({"--version"}).out == "holdfast " HOLDFAST_VERSION "\n");
  CHECK(run({"--version"}).status == 0);
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--help"}, {"serve", "--help"}, {"validate", "-h"}, {"reindex", "--help"}, {"doctor", "--help"}}) {
    const auto outcome = run(arguments);
    CHECK(outcome.status == 0);
    CHECK(contains(outcome.out, "Examples:"));
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("command line: the help lists what this version has, and nothing else", "[app]") {
  const auto help = run({"--help"}).out;
  for (const auto* command : {"serve", "validate", "reindex", "doctor"}) CHECK(contains(help, command));
  for (const auto* command : {"migrate", "backup", "restore", "init", "drill"}) CHECK_FALSE(contains(help, command));
  const auto serve = run({"serve", "--help"}).out;
  for (const auto* flag : {"--host", "--port", "--models", "--data", "--seed", "--project", "--cors-origins", "HOLDFAST_QUERY_TIMEOUT_MS"})
    CHECK(contains(serve, flag));
}

TEST_CASE("command line: an unknown command or flag is 64 and names its nearest", "[app]") {
  struct Row {
    std::vector<std::string> arguments;
    const char* expected;
  };
  const auto row =
      GENERATE(Row{{"serv"}, "`serv` is not a command. Did you mean `serve`?"}, Row{{"migrate", "up"}, "`migrate` is not a command."},
               Row{{"serve", "--prot", "9000"}, "`--prot` is not a flag. Did you mean `--port`?"},
               Row{{"--jsno", "doctor"}, "`--jsno` is not a flag."}, Row{{"validate", "--models=a", "--seed"}, "`--seed` is not a flag."},
               Row{{"doctor", "here"}, "`here` is one argument too many."}, Row{{"serve", "a", "b"}, "`b` is one argument too many."},
               Row{{}, "a command is missing"}, Row{{"serve", "--port"}, "`--port` needs a value: --port NUMBER."},
               Row{{"serve", "--port", "1", "--port"}, "`--port` needs a value"}, Row{{"--project"}, "`--project` needs a value"},
               Row{{"doctor", "--port", "1", "--port", "2"}, "`--port` is there more than once. Give it once."},
               Row{{"nonsense", "--help"}, "`nonsense` is not a command."}, Row{{"--help", "nonsense"}, "`nonsense` is not a command."},
               Row{{"serv", "--help"}, "Did you mean `serve`?"}, Row{{"serv", "--version"}, "Did you mean `serve`?"},
               Row{{"serve", "a", "--project", "b"}, "two projects"});
  const auto outcome = run(row.arguments);
  CHECK(outcome.status == 64);
  CHECK(contains(outcome.err, row.expected));
  CHECK(contains(outcome.err, "--help` teaches"));
  CHECK(outcome.out.empty());
}

TEST_CASE("command line: a project or its models that are not there are 78, with what to do", "[app]") {
  const Project project;
  for (const auto* command : {"serve", "validate"}) {
    const auto missing = run({command, "--project", project.name() + "/nowhere"});
    CHECK(missing.status == 78);
    CHECK(contains(missing.err, "nowhere does not exist.\n  Name the folder that holds models/"));
    fs::create_directories(project.folder / "empty");
    const auto empty = run({command, "--project", project.name() + "/empty"});
    CHECK(empty.status == 78);
    CHECK(contains(empty.err, "there is no folder of models at " + project.name() + "/empty/models."));
    CHECK(contains(empty.err, "--project FOLDER"));
  }
  CHECK(contains(run({"validate", "--project", project.name() + "/models/things.yaml"}).err, "is not a folder"));
}

TEST_CASE("command line: serve refuses to start on a faulty configuration, whatever its origin", "[app]") {
  const Project project;
  CHECK(contains(run({"serve", project.name()}, {{"HOLDFAST_PROT", "1"}}).err,
                 "holdfast serve: HOLDFAST_PROT is not a setting. Did you mean PORT?"));
  CHECK(run({"serve", project.name()}, {{"DB_TYPE", "mongodb"}}).status == 78);
  CHECK(contains(run({"serve", "--project", project.name(), "--port", "x"}).err, "--port must be a number from 0 to 65535; got \"x\"."));
  project.write(".env", "PORT=x\n");
  CHECK(contains(run({"serve", project.name()}).err, ".env:1: PORT must be"));
}

TEST_CASE("validate: a sound project is counted", "[app]") {
  const Project project;
  project.write("seeds/01_things.yml", "match: [name]\nrecords:\n  - { name: one }\n  - { name: two }\n");
  const auto outcome = run({"validate", "--project", project.name()});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.starts_with("1 collection, 1 field, 2 seed records: sound ("));
  CHECK(outcome.err.empty());
  const auto json = json_of(run({"validate", "--json", "--project", project.name()}).out);
  CHECK(member(json, "collections").text == "1");
  CHECK(member(json, "fields").text == "1");
  CHECK(member(json, "seedRecords").text == "2");
  CHECK(member(json, "faults").items.empty());
  CHECK(member(json, "loadMilliseconds").kind == Json::Kind::kNumber);
}

TEST_CASE("validate: every fault of models, finders and seeds has its place, and the status is 78", "[app]") {
  const Project project;
  project.write("models/others.yaml", "type: object\nproperties:\n  name: { type: string, maxLenght: 9 }\n");
  const auto outcome = run({"validate", "--project", project.name()});
  CHECK(outcome.status == kExitConfiguration);
  CHECK(contains(outcome.err, project.name() + "/models/others.yaml:3:25: `maxLenght`"));
  CHECK(contains(outcome.out, "1 fault"));
  const auto json = json_of(run({"validate", "--json", "--project", project.name()}).out);
  REQUIRE(member(json, "faults").items.size() == 1);
  const auto& fault = member(json, "faults").items.front();
  CHECK(member(fault, "file").text == project.name() + "/models/others.yaml");
  CHECK(member(fault, "line").text == "3");
  CHECK(member(fault, "column").text == "25");

  project.write("models/others.yaml",
                "type: object\nproperties:\n  name: { type: string, maxLength: 9 }\nfinders: { name: { where: nmae = 'a' } }\n");
  CHECK(contains(run({"validate", "--project", project.name()}).err, "/models/others.yaml:4:27: "));
  project.write("models/others.yaml", "type: object\nproperties:\n  name: { type: string, maxLength: 9 }\n");
  project.write("seeds/01_things.yml", "match: [name]\nrecords:\n  - { name: much too long }\n");
  const auto seeds = run({"validate", "--project", project.name()});
  CHECK(seeds.status == kExitConfiguration);
  CHECK(contains(seeds.err, "/seeds/01_things.yml:3:13: `name`: "));
}

TEST_CASE("validate: with --json a failure to begin is JSON too", "[app]") {
  const auto outcome = run({"validate", "--json", "--project", "/nowhere"});
  CHECK(outcome.status == 78);
  CHECK_FALSE(outcome.err.empty());
  CHECK(member(member(json_of(outcome.out), "error"), "exitStatus").text == "78");
}

TEST_CASE("reindex: without a model that can be searched there is nothing to do, and no database is made", "[app]") {
  const Project project;
  const auto outcome = run({"reindex", "--project", project.name()});
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "No model declares `search`; there is nothing to index.\n");
  CHECK(run({"reindex", "--project", project.name(), "--json"}).out == "{\"collections\":[]}\n");
  CHECK_FALSE(fs::exists(project.folder / "data"));
}

TEST_CASE("reindex: a collection that is not there, or cannot be searched, is a usage error", "[app]") {
  const Project project;
  const auto unknown = run({"reindex", "--project", project.name(), "--collection", "thigns"});
  CHECK(unknown.status == 64);
  CHECK(contains(unknown.err, "holdfast reindex: there is no collection `thigns`. Did you mean `things`?"));
  const auto plain = run({"reindex", "--project", project.name(), "--collection", "things", "--json"});
  CHECK(plain.status == 64);
  CHECK(contains(plain.err, "things has no search data: "));
  CHECK(contains(plain.err, "/models/things.yaml declares no `search`."));
  CHECK(member(member(json_of(plain.out), "error"), "exitStatus").text == "64");
}

constexpr auto kSearched =
    "type: object\nproperties:\n  name: { type: string, maxLength: 9 }\nsearch: { fields: [name], language: simple }\n";

TEST_CASE("reindex: a database that is not there is not made", "[app]") {
  const Project project;
  project.write("models/things.yaml", kSearched);
  const auto outcome = run({"reindex", "--project", project.name()});
  CHECK(outcome.status == 69);
  CHECK(contains(outcome.err, "there is no database at " + project.name() + "/data/holdfast.db"));
  CHECK_FALSE(fs::exists(project.folder / "data"));
}

TEST_CASE("reindex: a server that holds the file is named, with what to do", "[app]") {
  const Project project;
  project.write("models/things.yaml", kSearched);
  project.write("data/holdfast.db", "");
  project.write("data/holdfast.db.lock", "pid 4121, started 14:02, 127.0.0.1:8080\n");
  const int server = ::open((project.folder / "data/holdfast.db.lock").c_str(), O_RDWR);
  REQUIRE(::flock(server, LOCK_EX) == 0);
  const auto outcome = run({"reindex", "--project", project.name()});
  ::close(server);
  CHECK(outcome.status == 69);
  CHECK(contains(outcome.err, "holdfast.db is in use by holdfast (pid 4121, started 14:02, 127.0.0.1:8080).\n"));
  CHECK(contains(outcome.err, "Stop it, run `holdfast reindex` again, then start it."));
  CHECK_FALSE(contains(outcome.err, "serve another folder"));
}

TEST_CASE("reindex: tells of each collection that can be searched, or of the named one", "[app]") {
  const Project project;
  project.write("models/things.yaml", kSearched);
  project.write("models/others.yaml", kSearched);
  project.write("models/plain.yaml", "type: object\nproperties:\n  name: { type: string }\n");
  project.write("data/holdfast.db", "");
  const auto all = run({"reindex", "--project", project.name()});
  CHECK(all.status == 0);
  CHECK(all.out == "others: 0 records, 0 mended\nthings: 0 records, 0 mended\n");
  CHECK(all.err.empty());
  const auto one = run({"reindex", "--json", "--project", project.name(), "--collection", "things"});
  CHECK(one.out == "{\"collections\":[{\"name\":\"things\",\"records\":0,\"mended\":0,\"unreadable\":0}]}\n");
}

TEST_CASE("doctor: a fresh project is healthy, and nothing is made by looking", "[app]") {
  const Project project;
  const auto outcome = run({"doctor", "--project", project.name(), "--port", "0", "--json"});
  CHECK(outcome.status == 0);
  const auto json = json_of(outcome.out);
  CHECK(member(json, "ok").boolean);
  for (const auto* name : {"configuration", "models", "seeds", "data", "database", "port"}) {
    INFO(name);
    CHECK(member(check(json, name), "status").text == "ok");
  }
  CHECK(contains(member(check(json, "database"), "message").text, "is not there yet"));
  CHECK_FALSE(fs::exists(project.folder / "data"));
}

TEST_CASE("doctor: prints each setting with its origin, and no secret", "[app]") {
  const Project project;
  project.write(".env", "HOLDFAST_JSON_DEPTH=9\n");
  const auto text = run({"doctor", "--project", project.name(), "--port", "0"},
                        {{"HOLDFAST_API_KEY", "very-secret-and-long-enough"}, {"REDIS_HOST", "redis"}})
                        .out;
  CHECK(contains(text, "HOLDFAST_JSON_DEPTH              9 "));
  CHECK(contains(text, "/.env:1\n"));
  CHECK(contains(text, "PORT                             0                              --port\n"));
  CHECK(contains(text, "HOLDFAST_API_KEY                 (set, not shown)               environment\n"));
  CHECK_FALSE(contains(text, "very-secret"));
  CHECK(contains(text, "REDIS_HOST is set and has no effect in this version."));
}

TEST_CASE("doctor: says what is wrong and what to do, all at once, with status 78 when serve would not begin", "[app]") {
  const Project project;
  const TakenPort port;
  project.write("models/things.yaml", "type: objekt\n");
  project.write("data/holdfast.db",
                "this is no database, though it is long enough to be looked at as if it were one: " + std::string(2000, 'x'));
  const auto outcome = run({"doctor", "--project", project.name(), "--port", port.number, "--json"}, {{"HOLDFAST_LOGG", "x"}});
  CHECK(outcome.status == 78);
  const auto json = json_of(outcome.out);
  CHECK_FALSE(member(json, "ok").boolean);
  for (const auto* name : {"configuration", "models", "database", "port"}) {
    INFO(name);
    CHECK(member(check(json, name), "status").text == "error");
    CHECK_FALSE(member(check(json, name), "advice").text.empty());
  }
  CHECK(contains(member(check(json, "database"), "message").text, "not a database"));
  CHECK(contains(member(check(json, "port"), "message").text, "127.0.0.1:" + port.number + " is in use."));
}

TEST_CASE("doctor: warns of an open door and of a key that can be guessed", "[app]") {
  const Project project;
  const auto open = run({"doctor", "--project", project.name(), "--port", "0", "--host", "0.0.0.0"});
  CHECK(open.status == 0);
  CHECK(contains(open.out, "whoever reaches it may read and write everything"));
  const auto weak = run({"doctor", "--project", project.name(), "--port", "0"}, {{"HOLDFAST_API_KEY", "short"}});
  CHECK(contains(weak.out, "has 5 characters, which can be guessed"));
}

TEST_CASE("doctor: the status is 1 for what is wrong beside configuration and models", "[app]") {
  const Project project;
  const TakenPort port;
  const auto outcome = run({"doctor", "--project", project.name(), "--port", port.number});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "error    port"));
}

TEST_CASE("doctor: a URL that is at fault is not tried", "[app]") {
  const Project project;
  const auto outcome = run({"doctor", "--project", project.name(), "--port", "0", "--json"}, {{"DB_TYPE", "postgres"}});
  CHECK(outcome.status == 78);
  const auto json = json_of(outcome.out);
  CHECK(member(check(json, "database"), "message").text == "it was not looked at: its URL is at fault.");
}

TEST_CASE("doctor: a pool that is too small for the loops is told, with the size that is enough", "[app]") {
  const Project project;
  const auto outcome = run({"doctor", "--project", project.name(), "--port", "0", "--json"},
                           {{"DATABASE_URL", "postgresql://127.0.0.1:1/none"}, {"HOLDFAST_THREADS", "4"}, {"HOLDFAST_POOL_SIZE", "5"}});
  const auto json = json_of(outcome.out);
  const auto& configuration = check(json, "configuration");
  CHECK(member(configuration, "status").text == "warning");
  CHECK(contains(member(configuration, "message").text, "is enough for 1 of 4 loops"));
  CHECK(member(configuration, "advice").text == "Set HOLDFAST_POOL_SIZE to 12 or more, or HOLDFAST_THREADS to less.");
}

TEST_CASE("doctor: --scan and --references of a file that holdfast alone wrote find nothing", "[app]") {
  const Project project;
  project.write("models/things.yaml", kSearched);
  project.write("data/holdfast.db", "");
  REQUIRE(run({"reindex", "--project", project.name()}).status == 0);
  const auto arguments = {"doctor", "--project", "", "--port", "0", "--scan", "--references"};
  std::vector<std::string> asked(arguments.begin(), arguments.end());
  asked[2] = project.name();
  const auto text = run(asked);
  INFO(text.out << text.err);
  CHECK(text.status == 0);
  CHECK(contains(text.out, "Scan\n  ok       things         0 records fit the model.\n"));
  CHECK(contains(text.out, "References\n  ok       references     every reference has its target.\n"));
  asked.emplace_back("--json");
  const auto json = json_of(run(asked).out);
  REQUIRE(member(json, "scan").items.size() == 1);
  CHECK(member(member(json, "scan").items.front(), "collection").text == "things");
  CHECK(member(json, "references").items.empty());
}

TEST_CASE("doctor: without a database there is nothing to scan", "[app]") {
  const Project project;
  const auto outcome = run({"doctor", "--project", project.name(), "--port", "0", "--scan", "--json"});
  CHECK(outcome.status == 0);
  const auto json = json_of(outcome.out);
  CHECK(member(json, "scan").items.empty());
  CHECK_FALSE(fs::exists(project.folder / "data"));
}
