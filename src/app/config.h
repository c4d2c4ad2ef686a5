#pragma once
// Everything a person can set, as one struct; each value knows where it came from. Immutable after loading, shared by all threads.
//
// Flags beat the environment, which beats the project's .env, which beats the default (product.md §4). The table of settings
// (app/settings.h) drives parsing, the check of names, `doctor`, `--help` and docs/configuration.md, so that none of them can lie.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace holdfast {

enum class Origin : std::uint8_t { kDefault, kDotEnv, kEnvironment, kFlag };

// "default", ".env", "environment", "flag"
std::string_view name_of(Origin origin) noexcept;

template <typename T>
struct Sourced {
  T value{};
  Origin origin = Origin::kDefault;
  std::string place;  // for messages: "default", ".env:3", "environment", "--port"

  operator const T&() const noexcept { return value; }
};

enum class DatabaseType : std::uint8_t { kSqlite, kPostgres, kMongodb };

struct LogSettings {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kLogfmt;
};

// Two for point reads, so that the next batch leaves while one is in flight; one for lists, searches and writes.
constexpr std::int64_t kConnectionsPerLoop = 3;

struct Config {
  std::filesystem::path project;        // the folder, as seen from the current one
  std::filesystem::path database_file;  // SQLite: data/holdfast.db, or what DATABASE_URL says
  std::string server_url;               // PostgreSQL, MongoDB: with user and password, so never shown

  Sourced<std::string> host;
  Sourced<std::int64_t> port;
  Sourced<std::filesystem::path> models, data;  // as seen from the current folder
  Sourced<DatabaseType> database_type;
  Sourced<std::string> database_url, mongodb_uri;
  Sourced<std::string> redis_host, redis_url;
  Sourced<std::int64_t> redis_port;
  Sourced<bool> cache_enabled;
  Sourced<std::int64_t> cache_ttl;  // seconds

  Sourced<std::string> api_key;                    // empty: none
  Sourced<std::vector<std::string>> cors_origins;  // empty: no CORS; "*": any
  Sourced<LogSettings> log;
  Sourced<std::int64_t> threads;  // loops, as asked; loops() is how many run
  Sourced<std::int64_t> connections, connections_per_address;
  Sourced<std::int64_t> pool_size;                                                       // connections to a database server
  Sourced<std::int64_t> acquire_timeout, health_check, pool_idle_timeout, max_lifetime;  // of such connections, milliseconds
  Sourced<std::int64_t> connect_timeout;                                                 // milliseconds
  Sourced<std::int64_t> bodies_limit, body_limit, url_limit, headers_limit;              // bytes
  Sourced<std::int64_t> json_depth;
  Sourced<std::int64_t> header_timeout, body_timeout, idle_timeout, write_timeout;  // milliseconds
  Sourced<std::int64_t> query_timeout, point_timeout, drain_timeout;                // milliseconds

  // Fewer than `threads` when the pool has fewer than kConnectionsPerLoop connections for each.
  std::int64_t loops() const noexcept;
  std::filesystem::path seeds() const { return (project / "seeds").lexically_normal(); }
};

using Environment = std::map<std::string, std::string, std::less<>>;

// The environment of this process.
Environment process_environment();

struct ConfigSources {
  std::filesystem::path project;  // holds .env; relative paths of .env and environment are seen from here
  Environment environment;
  std::map<std::string, std::string, std::less<>> flags;  // name of the setting → text; relative paths are seen from the current folder
};

struct ReadConfig {
  Config config;                    // with the default in place of each faulty value
  std::vector<std::string> faults;  // a sentence each; empty: the configuration is sound
};

// Reads the project's .env, then everything. Never throws for what a person wrote.
ReadConfig read_config(const ConfigSources& sources);

// The same, for those who cannot go on with faults: StartupError (78) that says them all.
Config load_config(const ConfigSources& sources);

// What a person may be told of the database: the file, or the server without user, password and query.
std::string shown_database(const Config& config);

// How the pool lowers the number of loops, as a sentence; empty when it does not.
std::string lowered_loops(const Config& config);

// True for 127.0.0.0/8, ::1 and localhost.
bool is_loopback(std::string_view host) noexcept;

}  // namespace holdfast
