#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "app/dotenv.h"
#include "app/settings.h"
#include "base/error.h"
#include "base/nearest.h"

extern char** environ;  // POSIX

namespace holdfast {
namespace {

constexpr std::string_view kPrefix = "HOLDFAST_";

// These belong to the tests of Holdfast itself, which start servers in their own environment.
bool is_of_the_tests(std::string_view name) {
  return name.starts_with("HOLDFAST_TEST_") || name == "HOLDFAST_REWRITE_GOLDEN";
}

std::string_view without_prefix(std::string_view name) {
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

// " Did you mean PORT?" for HOLDFAST_PROT: compared without the prefix. Empty when none is near.
std::string nearest_setting(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& setting : settings()) names.push_back(without_prefix(setting.name));
  const auto nearest = nearest_name(without_prefix(name), names);
  const auto is_nearest = [nearest](const Setting& setting) { return without_prefix(setting.name) == nearest; };
  const auto found = std::find_if(settings().begin(), settings().end(), is_nearest);
  return found == settings().end() ? std::string() : fmt::format(" Did you mean {}?", found->name);
}

std::string unknown_name(std::string_view name, const std::string& where) {
  return fmt::format("{}{} is not a setting.{} docs/configuration.md lists them all.", where, name, nearest_setting(name));
}

// Takes .env, environment and flags in this order; each setting keeps the last.
class Layers {
 public:
  explicit Layers(const std::filesystem::path& project) { read_.config = default_config(project); }

  void take_dotenv() {
    const auto file = (read_.config.project / ".env").lexically_normal();
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
      if (std::filesystem::exists(file))
        refuse(fmt::format("{} cannot be read. Give it back its permissions, or remove it.", file.string()));
      return;
    }
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    auto parsed = parse_dotenv(text, file.string());
    for (auto& fault : parsed.faults) refuse(std::move(fault));
    for (const auto& entry : parsed.entries) {
      const auto place = fmt::format("{}:{}", file.string(), entry.line);
      take(entry.name, entry.value, {Origin::kDotEnv, place, read_.config.project}, place + ": ");
    }
  }

  void take_environment(const Environment& environment) {
    for (const auto& [name, value] : environment) take(name, value, {Origin::kEnvironment, "environment", read_.config.project}, "");
  }

  void take_flags(const std::map<std::string, std::string, std::less<>>& flags) {
    for (const auto& [name, value] : flags) take(name, value, {Origin::kFlag, std::string(find_setting(name)->flag), {}}, "");
  }

  void refuse(std::string fault) { read_.faults.push_back(std::move(fault)); }

  ReadConfig& read() { return read_; }

 private:
  void take(std::string_view name, std::string_view text, const Source& source, const std::string& where) {
    if (const auto* setting = find_setting(name)) {
      if (auto fault = set(read_.config, *setting, text, source)) refuse(std::move(*fault));
    } else if (name.starts_with(kPrefix) && !is_of_the_tests(name)) {
      refuse(unknown_name(name, where));
    }
  }

  ReadConfig read_;
};

std::string_view scheme_of(std::string_view url) {
  return url.substr(0, url.find(':'));
}

std::optional<DatabaseType> type_of(std::string_view url) {
  struct Scheme {
    std::string_view name;
    DatabaseType type;
  };
  constexpr std::array kSchemes{Scheme{"sqlite", DatabaseType::kSqlite},     Scheme{"file", DatabaseType::kSqlite},
                                Scheme{"postgres", DatabaseType::kPostgres}, Scheme{"postgresql", DatabaseType::kPostgres},
                                Scheme{"mongodb", DatabaseType::kMongodb},   Scheme{"mongodb+srv", DatabaseType::kMongodb}};
  const auto name = scheme_of(url);
  const auto found = std::find_if(kSchemes.begin(), kSchemes.end(), [name](const Scheme& scheme) { return scheme.name == name; });
  if (found == kSchemes.end()) return {};
  return found->type;
}

// What a person may copy when a URL is missing, or is one of another database.
struct UrlForm {
  std::string_view setting, form;
};

UrlForm url_form_of(DatabaseType type) {
  if (type == DatabaseType::kMongodb) return {"MONGODB_URI", "mongodb://USER:PASSWORD@127.0.0.1:27017/DATABASE"};
  if (type == DatabaseType::kPostgres) return {"DATABASE_URL", "postgresql://USER:PASSWORD@127.0.0.1:5432/DATABASE"};
  return {"DATABASE_URL", "sqlite:PATH"};
}

// DB_TYPE is not set and one URL is: its scheme decides. MONGODB_URI speaks of MongoDB only.
void take_type_from_scheme(Config& config, std::string_view setting, const Sourced<std::string>& url, std::vector<std::string>& faults) {
  const auto type = type_of(url.value);
  if (!type) {
    faults.push_back(fmt::format("{} ({}) has a scheme that Holdfast does not know. Write sqlite:PATH, postgresql://… or mongodb://….",
                                 setting, url.place));
  } else if (setting == "MONGODB_URI" && *type != DatabaseType::kMongodb) {
    const auto wanted = url_form_of(*type);
    faults.push_back(fmt::format("MONGODB_URI ({}) is not a URL of MongoDB. Write {}={} instead.", url.place, wanted.setting, wanted.form));
  } else {
    config.database_type = {*type, url.origin, url.place};
    if (*type != DatabaseType::kSqlite) config.server_url = url.value;
  }
}

void take_type_from_url(Config& config, std::vector<std::string>& faults) {
  const auto& first = config.database_url;
  const auto& second = config.mongodb_uri;
  if (!first.value.empty() && !second.value.empty()) {
    faults.push_back(fmt::format("DATABASE_URL ({}) and MONGODB_URI ({}) are both set. Unset one, or say which with DB_TYPE.", first.place,
                                 second.place));
  } else if (!first.value.empty()) {
    take_type_from_scheme(config, "DATABASE_URL", first, faults);
  } else if (!second.value.empty()) {
    take_type_from_scheme(config, "MONGODB_URI", second, faults);
  }
}

std::string not_of_type(std::string_view setting, const Sourced<std::string>& url, std::string_view name, const Config& config) {
  const auto wanted = url_form_of(config.database_type);
  return fmt::format("{} ({}) is not a URL of DB_TYPE={} ({}). For example: {}={}", setting, url.place, name, config.database_type.place,
                     wanted.setting, wanted.form);
}

// DB_TYPE names a server: only that engine's URL is read, and it must be there.
void take_server_url(Config& config, std::vector<std::string>& faults) {
  const auto& type = config.database_type;
  const auto& url = type == DatabaseType::kMongodb ? config.mongodb_uri : config.database_url;
  const auto wanted = url_form_of(type);
  const auto name = type == DatabaseType::kMongodb ? "mongodb" : "postgres";
  if (url.value.empty()) {
    faults.push_back(fmt::format("DB_TYPE={} ({}) needs {}, which is not set. For example: {}={}", name, type.place, wanted.setting,
                                 wanted.setting, wanted.form));
  } else if (type_of(url.value) != type.value) {
    faults.push_back(not_of_type(wanted.setting, url, name, config));
  } else {
    config.server_url = url.value;
  }
}

// DB_TYPE=sqlite needs no URL, but DATABASE_URL is its URL too, so one of a server contradicts it. Beside MONGODB_URI it is one of two
// servers' URLs among which DB_TYPE is the switch, and neither is read.
void check_file_url(const Config& config, std::vector<std::string>& faults) {
  const auto& url = config.database_url;
  if (url.value.empty() || !config.mongodb_uri.value.empty() || type_of(url.value) == DatabaseType::kSqlite) return;
  faults.push_back(not_of_type("DATABASE_URL", url, "sqlite", config));
}

// sqlite:PATH, sqlite://PATH, the same with file:. A relative path is seen from the project.
void take_database_file(Config& config, std::vector<std::string>& faults) {
  config.database_file = config.data.value / "holdfast.db";
  const std::string_view url = config.database_url.value;
  if (config.database_type != DatabaseType::kSqlite || url.empty() || type_of(url) != DatabaseType::kSqlite) return;
  auto path = url.substr(url.find(':') + 1);
  if (path.starts_with("//")) path.remove_prefix(2);
  if (path.empty() || path.find('?') != std::string_view::npos || path.ends_with('/') || path == ":memory:") {
    faults.push_back(fmt::format("DATABASE_URL ({}) must name a file: sqlite:PATH, without parameters.", config.database_url.place));
    return;
  }
  config.database_file = (config.project / std::filesystem::path(path)).lexically_normal();
}

void decide_database(ReadConfig& read) {
  auto& config = read.config;
  if (config.database_type.origin == Origin::kDefault) {
    take_type_from_url(config, read.faults);
  } else if (config.database_type != DatabaseType::kSqlite) {
    take_server_url(config, read.faults);
  } else {
    check_file_url(config, read.faults);
  }
  take_database_file(config, read.faults);
  if (config.pool_size.origin == Origin::kDefault) config.pool_size.value = 4 * config.threads.value;
}

void check_redis(ReadConfig& read) {
  const auto& url = read.config.redis_url;
  if (url.value.empty()) return;
  if (!read.config.redis_host.value.empty()) {
    read.faults.push_back(
        fmt::format("REDIS_URL ({}) and REDIS_HOST ({}) are both set. Unset one.", url.place, read.config.redis_host.place));
  }
  if (scheme_of(url.value) == "rediss") {
    read.faults.push_back(
        fmt::format("REDIS_URL ({}) asks for TLS, which Holdfast does not speak to Redis. Write redis://HOST:PORT.", url.place));
  } else if (!url.value.starts_with("redis://")) {
    read.faults.push_back(fmt::format("REDIS_URL ({}) must be redis://HOST:PORT.", url.place));
  }
}

}  // namespace

std::string_view name_of(Origin origin) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"default", ".env", "environment", "flag"};
  return kNames[static_cast<std::size_t>(origin)];
}

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

ReadConfig read_config(const ConfigSources& sources) {
  Layers layers(sources.project.empty() ? "." : sources.project);
  layers.take_dotenv();
  layers.take_environment(sources.environment);
  layers.take_flags(sources.flags);
  decide_database(layers.read());
  check_redis(layers.read());
  return std::move(layers.read());
}

Config load_config(const ConfigSources& sources) {
  auto read = read_config(sources);
  if (read.faults.empty()) return std::move(read.config);
  if (read.faults.size() == 1) throw StartupError(kExitConfiguration, read.faults.front());
  throw StartupError(kExitConfiguration,
                     fmt::format("the configuration has {} faults:\n  {}", read.faults.size(), fmt::join(read.faults, "\n  ")));
}

std::int64_t Config::loops() const noexcept {
  if (database_type != DatabaseType::kPostgres) return threads;
  return std::clamp<std::int64_t>(pool_size.value / kConnectionsPerLoop, 1, threads);
}

std::string shown_database(const Config& config) {
  return config.database_type == DatabaseType::kSqlite ? config.database_file.string() : without_secrets(config.server_url);
}

std::string lowered_loops(const Config& config) {
  if (config.loops() == config.threads) return {};
  return fmt::format("HOLDFAST_POOL_SIZE={} ({}) is enough for {} of {} loops: each needs {} connections.", config.pool_size.value,
                     config.pool_size.place, config.loops(), config.threads.value, kConnectionsPerLoop);
}

bool is_loopback(std::string_view host) noexcept {
  if (host == "localhost" || host == "::1") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace holdfast
