#include "app/config.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "app/settings.h"
#include "base/error.h"

using namespace holdfast;
namespace fs = std::filesystem;

namespace {

// A project's folder that is gone with the test.
class Project {
 public:
  explicit Project(const std::string& dotenv = {}) {
    auto pattern = (fs::temp_directory_path() / "holdfast_config_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    folder = pattern;
    if (!dotenv.empty()) std::ofstream(folder / ".env") << dotenv;
  }
  ~Project() { fs::remove_all(folder); }

  ReadConfig read(Environment environment = {}, std::map<std::string, std::string, std::less<>> flags = {}) const {
    return read_config({folder, std::move(environment), std::move(flags)});
  }

  fs::path folder;
};

std::string only_fault(const ReadConfig& read) {
  REQUIRE(read.faults.size() == 1);
  return read.faults.front();
}

}  // namespace

TEST_CASE("config: with nothing set, SQLite in data/ on 127.0.0.1:8080", "[app]") {
  const Project project;
  const auto read = project.read();
  CHECK(read.faults.empty());
  const auto& config = read.config;
  CHECK(config.host.value == "127.0.0.1");
  CHECK(config.port == 8080);
  CHECK(config.database_type == DatabaseType::kSqlite);
  CHECK(config.models.value == project.folder / "models");
  CHECK(config.database_file == project.folder / "data/holdfast.db");
  CHECK(config.seeds() == project.folder / "seeds");
  CHECK(config.api_key.value.empty());
  CHECK(config.cors_origins.value.empty());
  CHECK(config.threads >= 1);
  CHECK(config.body_limit == 1048576);
  CHECK(config.json_depth == 64);
  CHECK(config.query_timeout == 5000);
  CHECK(config.log.value.level == LogLevel::kInfo);
  CHECK(config.log.value.format == LogFormat::kLogfmt);
  for (const auto& shown : show(config)) {
    INFO(shown.setting->name);
    CHECK(shown.origin == Origin::kDefault);
    CHECK(shown.place == "default");
  }
}

TEST_CASE("config: flags beat the environment, which beats .env, which beats the default; each value knows its origin", "[app]") {
  const Project project("PORT=1001\nHOST=127.0.0.2\nHOLDFAST_JSON_DEPTH=9\n");
  const auto config = project.read({{"PORT", "1002"}, {"HOST", "127.0.0.3"}}, {{"PORT", "1003"}}).config;
  CHECK(config.port == 1003);
  CHECK(config.port.origin == Origin::kFlag);
  CHECK(config.port.place == "--port");
  CHECK(config.host.value == "127.0.0.3");
  CHECK(config.host.origin == Origin::kEnvironment);
  CHECK(config.json_depth == 9);
  CHECK(config.json_depth.origin == Origin::kDotEnv);
  CHECK(config.json_depth.place == (project.folder / ".env").string() + ":3");
  CHECK(config.url_limit.origin == Origin::kDefault);
}

TEST_CASE("config: relative folders are seen from the project, those of flags from the current folder", "[app]") {
  const Project project("HOLDFAST_MODELS=../schemas\n");
  const auto config = project.read({{"HOLDFAST_DATA", "/var/lib/shop"}}).config;
  CHECK(config.models.value == project.folder.parent_path() / "schemas");
  CHECK(config.database_file == "/var/lib/shop/holdfast.db");
  CHECK(project.read({}, {{"HOLDFAST_MODELS", "schemas"}}).config.models.value == "schemas");
  CHECK(read_config({"", {}, {}}).config.models.value == "models");
}

TEST_CASE("config: an unknown HOLDFAST_ name is refused, and the nearest one named", "[app]") {
  const Project project;
  CHECK(only_fault(project.read({{"HOLDFAST_THREAD", "2"}})) ==
        "HOLDFAST_THREAD is not a setting. Did you mean HOLDFAST_THREADS? docs/configuration.md lists them all.");
  for (const auto* name : {"HOLDFAST_PORT", "HOLDFAST_PROT"}) {
    CHECK(only_fault(project.read({{name, "2"}})).find("Did you mean PORT?") != std::string::npos);
  }
  CHECK(only_fault(project.read({{"HOLDFAST_FURNITURE", "2"}})) ==
        "HOLDFAST_FURNITURE is not a setting. docs/configuration.md lists them all.");
  const Project with_file("A=1\nHOLDFAST_LGO=debug\n");
  CHECK(only_fault(with_file.read()) ==
        (with_file.folder / ".env").string() +
            ":2: HOLDFAST_LGO is not a setting. Did you mean HOLDFAST_LOG? docs/configuration.md lists them all.");
}

TEST_CASE("config: names that are not ours are passed over, and so are those of our tests", "[app]") {
  const Project project("EDITOR=vi\nVITE_URL=x\n");
  CHECK(project.read({{"PATH", "/bin"}, {"HOLDFAST_TEST_LONG", "1"}, {"HOLDFAST_REWRITE_GOLDEN", "1"}}).faults.empty());
}

TEST_CASE("config: every malformed value is refused by name, with what it must be, and the default stays", "[app]") {
  const Project project;
  const auto read = project.read({{"PORT", "80a"}, {"HOLDFAST_JSON_DEPTH", "0"}});
  REQUIRE(read.faults.size() == 2);
  CHECK(read.faults[0] == "HOLDFAST_JSON_DEPTH (in the environment) must be a number from 1 to 1000; got \"0\".");
  CHECK(read.faults[1] == "PORT (in the environment) must be a number from 0 to 65535; got \"80a\".");
  CHECK(read.config.port == 8080);
  CHECK(only_fault(project.read({}, {{"PORT", "-1"}})) == "--port must be a number from 0 to 65535; got \"-1\".");
  CHECK_THROWS_AS(load_config({project.folder, {{"PORT", ""}}, {}}), StartupError);
}

TEST_CASE("config: what each setting accepts and refuses", "[app]") {
  struct Row {
    const char* name;
    std::vector<const char*> accepted, refused;
  };
  const auto row =
      GENERATE(Row{"HOST", {"0.0.0.0", "::", "localhost"}, {"", "a b", "http://x", "shop.example.org", "300.1.1.1", "[::1]"}},
               Row{"REDIS_HOST", {"10.0.0.1", "shop.example.org"}, {"a b", "http://x"}},
               Row{"PORT", {"0", "65535"}, {"", "65536", "+1", "1.0", " 1"}},
               Row{"CACHE_ENABLED", {"true", "false", "1", "0"}, {"", "yes", "TRUE "}}, Row{"CACHE_TTL", {"1", "300"}, {"0", "-5", "5m"}},
               Row{"HOLDFAST_MODELS", {"m", "/m"}, {""}}, Row{"HOLDFAST_THREADS", {"1", "256", "cores"}, {"0", "257", "all"}},
               Row{"HOLDFAST_API_KEY", {"k", "a-b_c~!"}, {"", "a b", "\xC3\xA9"}},
               Row{"HOLDFAST_LOG",
                   {"debug", "json", "off", "warn,json", "json,warn", "info, logfmt"},
                   {"", "loud", "info,json,x", "info,warn", ","}},
               Row{"HOLDFAST_CORS_ORIGINS",
                   {"", "*", "https://a.example", "http://localhost:3000,https://b.example"},
                   {"a.example", "*,https://a.example", "https://a/b", "https://"}},
               Row{"HOLDFAST_BODY_LIMIT", {"1", "1073741824"}, {"0", "1MiB", "99999999999999999999"}},
               Row{"HOLDFAST_DRAIN_TIMEOUT_MS", {"0", "500"}, {"1s", "-1"}}, Row{"DB_TYPE", {"sqlite"}, {"", "mysql", "SQLite"}},
               Row{"HOLDFAST_POOL_SIZE", {"3", "10000", "4 x loops"}, {"", "2", "10001", "many"}},
               Row{"HOLDFAST_POOL_ACQUIRE_TIMEOUT_MS", {"1", "500"}, {"0", "1s"}}, Row{"HOLDFAST_POOL_IDLE_TIMEOUT_MS", {"1000"}, {"999"}},
               Row{"HOLDFAST_POOL_MAX_LIFETIME_MS", {"60000"}, {"0"}}, Row{"HOLDFAST_CONNECT_TIMEOUT_MS", {"200"}, {"0", "-1"}},
               Row{"REDIS_PORT", {"6379"}, {"0", "x"}}, Row{"REDIS_URL", {"", "redis://h:1"}, {"rediss://h:1", "http://h", "h"}});
  const Project project;
  for (const auto* text : row.accepted) {
    INFO(row.name << "=" << text);
    CHECK(project.read({{row.name, text}}).faults.empty());
  }
  for (const auto* text : row.refused) {
    INFO(row.name << "=" << text);
    CHECK(project.read({{row.name, text}}).faults.size() == 1);
  }
}

TEST_CASE("config: a value that may be secret is not repeated", "[app]") {
  const Project project("HOLDFAST_API_KEY=\"top secret\"\nDATABASE_URL=secret\n");
  const auto read = project.read();
  REQUIRE(read.faults.size() == 2);
  for (const auto& fault : read.faults) CHECK(fault.find("secret") == std::string::npos);
}

TEST_CASE("config: without DB_TYPE the scheme of the one URL decides", "[app]") {
  const Project project;
  CHECK(project.read({{"DATABASE_URL", "sqlite:shop.db"}}).config.database_file == project.folder / "shop.db");
  CHECK(project.read({{"DATABASE_URL", "sqlite:///var/shop.db"}}).config.database_file == "/var/shop.db");
  CHECK(project.read({{"DATABASE_URL", "sqlite://var/shop.db"}}).config.database_file == project.folder / "var/shop.db");
  CHECK(project.read({{"DATABASE_URL", "file:./dev.db"}}).config.database_file == project.folder / "dev.db");
  CHECK(project.read({}).config.server_url.empty());
  CHECK(only_fault(project.read({{"DATABASE_URL", "mysql://h/db"}})).find("scheme that Holdfast does not know") != std::string::npos);
}

TEST_CASE("config: without DB_TYPE the URL of a server decides by its scheme, in whichever name it stands", "[app]") {
  struct Row {
    const char *name, *url;
    DatabaseType type;
    const char* shown;
  };
  const auto row = GENERATE(Row{"DATABASE_URL", "postgresql://u:secret@h/db?schema=s", DatabaseType::kPostgres, "postgresql://h/db"},
                            Row{"DATABASE_URL", "postgres:///db", DatabaseType::kPostgres, "postgres:///db"},
                            Row{"DATABASE_URL", "mongodb://u:secret@h/db", DatabaseType::kMongodb, "mongodb://h/db"},
                            Row{"MONGODB_URI", "mongodb://a,b/db?replicaSet=r", DatabaseType::kMongodb, "mongodb://a,b/db"},
                            Row{"MONGODB_URI", "mongodb+srv://u:secret@h/db", DatabaseType::kMongodb, "mongodb+srv://h/db"});
  INFO(row.url);
  const Project project;
  const auto read = project.read({{row.name, row.url}});
  CHECK(read.faults.empty());
  CHECK(read.config.database_type == row.type);
  CHECK(read.config.database_type.origin == Origin::kEnvironment);
  CHECK(read.config.server_url == row.url);
  CHECK(shown_database(read.config) == row.shown);
}

TEST_CASE("config: MONGODB_URI is for MongoDB only, and says which name the URL of another database has", "[app]") {
  struct Row {
    const char *url, *advice;
  };
  const auto row = GENERATE(Row{"sqlite:secret.db", "Write DATABASE_URL=sqlite:PATH instead."},
                            Row{"file:./secret.db", "Write DATABASE_URL=sqlite:PATH instead."},
                            Row{"postgresql://u:secret@h/db", "Write DATABASE_URL=postgresql://"},
                            Row{"postgres://u:secret@h/db", "Write DATABASE_URL=postgresql://"});
  const Project project;
  const auto read = project.read({{"MONGODB_URI", row.url}});
  const auto fault = only_fault(read);
  INFO(fault);
  CHECK(fault.starts_with("MONGODB_URI (environment) is not a URL of MongoDB."));
  CHECK(fault.find(row.advice) != std::string::npos);
  CHECK(fault.find("secret") == std::string::npos);
  CHECK(read.config.server_url.empty());
}

TEST_CASE("config: DB_TYPE=sqlite beside the DATABASE_URL of a server is refused, beside none or another name it is not", "[app]") {
  const Project project("DB_TYPE=sqlite\n");
  for (const auto* url : {"postgres://u:secret@h/db", "mongodb://u:secret@h/db", "mysql://secret"}) {
    const auto fault = only_fault(project.read({{"DATABASE_URL", url}}));
    INFO(fault);
    CHECK(fault.starts_with("DATABASE_URL (environment) is not a URL of DB_TYPE=sqlite ("));
    CHECK(fault.find("For example: DATABASE_URL=sqlite:PATH") != std::string::npos);
    CHECK(fault.find("secret") == std::string::npos);
  }
  CHECK(project.read({{"DATABASE_URL", "sqlite:shop.db"}}).config.database_file == project.folder / "shop.db");
  CHECK(project.read({{"MONGODB_URI", "mongodb://h/db"}}).faults.empty());
  CHECK(project.read({{"DATABASE_URL", ""}}).faults.empty());
}

TEST_CASE("config: two URLs are refused, unless DB_TYPE says which is read", "[app]") {
  const Environment both{{"DATABASE_URL", "postgres://h/db"}, {"MONGODB_URI", "mongodb://h/db"}};
  const Project project;
  CHECK(only_fault(project.read(both)).find("both set") != std::string::npos);
  const Project sqlite("DB_TYPE=sqlite\n");
  const auto file = sqlite.read(both);
  CHECK(file.faults.empty());
  CHECK(file.config.database_file == sqlite.folder / "data/holdfast.db");
  CHECK(Project("DB_TYPE=postgres\n").read(both).config.server_url == "postgres://h/db");
  CHECK(Project("DB_TYPE=mongodb\n").read(both).config.server_url == "mongodb://h/db");
  CHECK(project.read({{"DATABASE_URL", ""}, {"MONGODB_URI", ""}}).faults.empty());
}

TEST_CASE("config: DB_TYPE of a server needs that server's URL, and says what one looks like", "[app]") {
  struct Row {
    const char* type;
    Environment urls;
    const char *fault, *example;
  };
  const auto row = GENERATE(
      Row{"postgres", {}, "DATABASE_URL, which is not set", "DATABASE_URL=postgresql://"},
      Row{"postgres", {{"MONGODB_URI", "mongodb://h/db"}}, "DATABASE_URL, which is not set", "DATABASE_URL=postgresql://"},
      Row{"postgres", {{"DATABASE_URL", "mongodb://h:secret/db"}}, "is not a URL of DB_TYPE=postgres", "DATABASE_URL=postgresql://"},
      Row{"postgres", {{"DATABASE_URL", "sqlite:shop.db"}}, "is not a URL of DB_TYPE=postgres", "DATABASE_URL=postgresql://"},
      Row{"mongodb", {}, "MONGODB_URI, which is not set", "MONGODB_URI=mongodb://"},
      Row{"mongodb", {{"DATABASE_URL", "mongodb://h/db"}}, "MONGODB_URI, which is not set", "MONGODB_URI=mongodb://"},
      Row{"mongodb", {{"MONGODB_URI", "postgres://u:secret@h/db"}}, "is not a URL of DB_TYPE=mongodb", "MONGODB_URI=mongodb://"});
  const Project project;
  auto environment = row.urls;
  environment["DB_TYPE"] = row.type;
  const auto fault = only_fault(project.read(environment));
  INFO(fault);
  CHECK(fault.find(row.fault) != std::string::npos);
  CHECK(fault.find(row.example) != std::string::npos);
  CHECK(fault.find("secret") == std::string::npos);
}

TEST_CASE("config: a pool is four connections a loop, and a smaller one lowers the number of loops on PostgreSQL", "[app]") {
  const Project project;
  const auto read = [&project](const char* url, const char* threads, const char* pool) {
    Environment environment{{"HOLDFAST_THREADS", threads}, {"DATABASE_URL", url}};
    if (pool) environment["HOLDFAST_POOL_SIZE"] = pool;
    auto result = project.read(environment);
    REQUIRE(result.faults.empty());
    return result.config;
  };
  const auto roomy = read("postgres://h/db", "8", nullptr);
  CHECK(roomy.pool_size == 32);
  CHECK(roomy.loops() == 8);
  CHECK(lowered_loops(roomy).empty());
  const auto narrow = read("postgres://h/db", "8", "11");
  CHECK(narrow.loops() == 3);
  CHECK(lowered_loops(narrow) == "HOLDFAST_POOL_SIZE=11 (environment) is enough for 3 of 8 loops: each needs 3 connections.");
  CHECK(read("postgres://h/db", "8", "24").loops() == 8);
  CHECK(read("postgres://h/db", "1", "3").loops() == 1);
  for (const auto* other : {"mongodb://h/db", "sqlite:shop.db"}) CHECK(read(other, "8", "3").loops() == 8);
}

TEST_CASE("config: an SQLite URL must name a file", "[app]") {
  const auto url = GENERATE("sqlite::memory:", "sqlite:shop.db?mode=ro", "sqlite:data/", "sqlite://");
  const Project project;
  CHECK(only_fault(project.read({{"DATABASE_URL", url}})).find("must name a file") != std::string::npos);
}

TEST_CASE("config: REDIS_URL and REDIS_HOST are not both accepted", "[app]") {
  const Project project;
  CHECK(project.read({{"REDIS_HOST", "redis"}, {"REDIS_PORT", "6380"}}).faults.empty());
  CHECK(only_fault(project.read({{"REDIS_HOST", "redis"}, {"REDIS_URL", "redis://redis:6379"}})).find("both set") != std::string::npos);
}

TEST_CASE("config: several faults are told at once, the malformed lines of .env among them", "[app]") {
  const Project project("PORT 80\n");
  try {
    load_config({project.folder, {{"HOLDFAST_LOGG", "x"}, {"HOST", ""}}, {}});
    FAIL("accepted");
  } catch (const StartupError& error) {
    const std::string message = error.what();
    CHECK(error.exit_status() == kExitConfiguration);
    CHECK(message.find("3 faults") != std::string::npos);
    CHECK(message.find(".env:1: expected NAME=VALUE.") != std::string::npos);
    CHECK(message.find("HOLDFAST_LOGG is not a setting") != std::string::npos);
    CHECK(message.find("HOST (in the environment) must be") != std::string::npos);
  }
}

TEST_CASE("config: loopback is 127.0.0.0/8, ::1 and localhost", "[app]") {
  for (const auto* host : {"127.0.0.1", "127.9.9.9", "::1", "localhost"}) CHECK(is_loopback(host));
  for (const auto* host : {"0.0.0.0", "::", "10.0.0.1", "127.example.org", "192.168.1.127."}) CHECK_FALSE(is_loopback(host));
}
