#include "app/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <thread>

#include "base/unicode.h"

namespace holdfast {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60 * std::int64_t{1000};  // milliseconds
constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;
constexpr std::string_view kCores = "cores";
constexpr std::string_view kByLoops = "4 x loops";  // known when the number of loops is

// name, flag, member, shape, minimum, maximum, default, meaning, in effect
constexpr std::array kSettings{
    Setting{"HOST", "--host", &Config::host, SettingShape::kAddress, 0, 0, "127.0.0.1",
            "Address to listen on. `0.0.0.0` or `::` for every interface; then set `HOLDFAST_API_KEY`.", true},
    Setting{"PORT", "--port", &Config::port, SettingShape::kNumber, 0, 65535, "8080",
            "Port to listen on. 0 takes a free one, which is printed.", true},
    Setting{"HOLDFAST_MODELS", "--models", &Config::models, SettingShape::kFolder, 0, 0, "models", "Folder of the model files.", true},
    Setting{"HOLDFAST_DATA", "--data", &Config::data, SettingShape::kFolder, 0, 0, "data",
            "Folder of what Holdfast keeps: the SQLite file `holdfast.db` and its lock. Made when it is missing.", true},
    Setting{"DB_TYPE", "--db-type", &Config::database_type, SettingShape::kDatabase, 0, 0, "sqlite",
            "Kind of database. Set: only that database's URL is read. Not set: the scheme of the URL that is set decides, and two URLs are "
            "refused. Nothing set: `sqlite`.",
            true},
    Setting{"DATABASE_URL", "", &Config::database_url, SettingShape::kUrl, 0, 0, "",
            "Where the database is. `sqlite:PATH` or `file:PATH` names an SQLite file, instead of `holdfast.db` in the data folder. "
            "`postgresql://USER:PASSWORD@HOST:5432/DATABASE` (or `postgres://…`) is a PostgreSQL server; docs/databases.md says what may "
            "stand behind `?`.",
            true},
    Setting{"MONGODB_URI", "", &Config::mongodb_uri, SettingShape::kUrl, 0, 0, "",
            "A MongoDB server: `mongodb://USER:PASSWORD@HOST:27017/DATABASE`, or `mongodb+srv://…`.", true},
    Setting{
        "HOLDFAST_POOL_SIZE", "--pool-size", &Config::pool_size, SettingShape::kNumber, kConnectionsPerLoop, 10'000, kByLoops,
        "Connections to a PostgreSQL or MongoDB server at most, of the whole process. On PostgreSQL they are divided over the loops, at "
        "least three each: a smaller number lowers the number of loops, and `serve` says so.",
        true},
    Setting{"HOLDFAST_POOL_ACQUIRE_TIMEOUT_MS", "--pool-acquire-timeout-ms", &Config::acquire_timeout, SettingShape::kMilliseconds, 1, kDay,
            "1000", "How long a request may wait for a connection of the pool; then 503 `overloaded`.", true},
    Setting{"HOLDFAST_POOL_HEALTH_CHECK_MS", "--pool-health-check-ms", &Config::health_check, SettingShape::kMilliseconds, 100, kDay,
            "30000", "PostgreSQL: how often an idle connection is asked whether it still answers.", true},
    Setting{"HOLDFAST_POOL_IDLE_TIMEOUT_MS", "--pool-idle-timeout-ms", &Config::pool_idle_timeout, SettingShape::kMilliseconds, 1000, kDay,
            "600000", "PostgreSQL: how long a connection beyond the three of each loop may be idle before it is closed.", true},
    Setting{"HOLDFAST_POOL_MAX_LIFETIME_MS", "--pool-max-lifetime-ms", &Config::max_lifetime, SettingShape::kMilliseconds, 1000, kDay,
            "1800000", "PostgreSQL: age at which a connection is closed and made anew, so that servers behind a balancer share the load.",
            true},
    Setting{"HOLDFAST_CONNECT_TIMEOUT_MS", "--connect-timeout-ms", &Config::connect_timeout, SettingShape::kMilliseconds, 1, kDay, "5000",
            "How long connecting to a PostgreSQL or MongoDB server may take.", true},
    Setting{"REDIS_URL", "", &Config::redis_url, SettingShape::kUrl, 0, 0, "",
            "Redis for the shared cache: `redis://HOST:PORT`. Instead of `REDIS_HOST`; both are refused.", false},
    Setting{"REDIS_HOST", "--redis-host", &Config::redis_host, SettingShape::kHost, 0, 0, "", "Redis for the shared cache.", false},
    Setting{"REDIS_PORT", "--redis-port", &Config::redis_port, SettingShape::kNumber, 1, 65535, "6379", "Port of `REDIS_HOST`.", false},
    Setting{"CACHE_ENABLED", "--cache-enabled", &Config::cache_enabled, SettingShape::kBoolean, 0, 0, "true", "Whether answers are cached.",
            false},
    Setting{"CACHE_TTL", "--cache-ttl", &Config::cache_ttl, SettingShape::kSeconds, 1, kDay / 1000 * 365, "300",
            "How long a cached answer lives at most, where the model does not say.", false},
    Setting{"HOLDFAST_API_KEY", "", &Config::api_key, SettingShape::kKey, 0, 0, "",
            "When set, every request but `/health/live` needs `Authorization: Bearer <key>`. There is no flag for it: flags are seen by "
            "everyone on the machine.",
            true},
    Setting{"HOLDFAST_CORS_ORIGINS", "--cors-origins", &Config::cors_origins, SettingShape::kOrigins, 0, 0, "",
            "Origins whose pages may call the API from a browser, separated by commas, or `*` for any.", true},
    Setting{"HOLDFAST_LOG", "--log", &Config::log, SettingShape::kLog, 0, 0, "info,logfmt",
            "What is told on stderr and how: a level (`trace debug info warn error off`), a format (`logfmt json`), or both. One line a "
            "request is told at `info`.",
            true},
    Setting{"HOLDFAST_THREADS", "--threads", &Config::threads, SettingShape::kNumber, 1, 256, kCores, "Event loops, one thread each.",
            true},
    Setting{"HOLDFAST_CONNECTIONS", "--connections", &Config::connections, SettingShape::kNumber, 1, 1'000'000, "16000",
            "Most connections at a time, of which an idle one costs about 10 KB. One more is answered 503 `overloaded` and closed. Each is "
            "an open file: when `ulimit -n` allows fewer, there are fewer, and a warning at the start tells how many.",
            true},
    Setting{"HOLDFAST_CONNECTIONS_PER_ADDRESS", "--connections-per-address", &Config::connections_per_address, SettingShape::kNumber, 1,
            1'000'000, "12000",
            "Most connections at a time from one IPv4 address, or from one /64 of IPv6; one more is answered 503 `overloaded` and closed. "
            "The default leaves room for a proxy, which is one address, and keeps one address from taking all there is. A hundred is "
            "plenty where clients come directly.",
            true},
    Setting{"HOLDFAST_BODY_LIMIT", "--body-limit", &Config::body_limit, SettingShape::kBytes, 1, kGibibyte, "1048576",
            "Longest request body; longer ones are 413 `body_too_large`.", true},
    Setting{"HOLDFAST_BODIES_LIMIT", "--bodies-limit", &Config::bodies_limit, SettingShape::kBytes, 1, 1024 * kGibibyte, "268435456",
            "Most bytes of large request bodies (over 16 KiB) that all connections hold together while they arrive and are worked on; one "
            "that would be too much is answered 503 `overloaded`. Never less than `HOLDFAST_BODY_LIMIT`.",
            true},
    Setting{"HOLDFAST_URL_LIMIT", "--url-limit", &Config::url_limit, SettingShape::kBytes, 64, 1 << 20, "8192",
            "Longest URL; longer ones are 414 `uri_too_long`.", true},
    Setting{"HOLDFAST_HEADERS_LIMIT", "--headers-limit", &Config::headers_limit, SettingShape::kBytes, 256, 1 << 24, "16384",
            "Most bytes of request headers; more are 431 `headers_too_large`.", true},
    Setting{"HOLDFAST_JSON_DEPTH", "--json-depth", &Config::json_depth, SettingShape::kNumber, 1, 1000, "64",
            "Deepest nesting of a JSON body; deeper ones are 400 `invalid_json`.", true},
    Setting{"HOLDFAST_HEADER_TIMEOUT_MS", "--header-timeout-ms", &Config::header_timeout, SettingShape::kMilliseconds, 1, kDay, "10000",
            "How long the head of a request may take to arrive.", true},
    Setting{"HOLDFAST_BODY_TIMEOUT_MS", "--body-timeout-ms", &Config::body_timeout, SettingShape::kMilliseconds, 1, kDay, "30000",
            "How long the body of a request may take to arrive; then 408 `request_timeout`.", true},
    Setting{"HOLDFAST_IDLE_TIMEOUT_MS", "--idle-timeout-ms", &Config::idle_timeout, SettingShape::kMilliseconds, 1, kDay, "75000",
            "How long a connection may wait for its next request.", true},
    Setting{"HOLDFAST_WRITE_TIMEOUT_MS", "--write-timeout-ms", &Config::write_timeout, SettingShape::kMilliseconds, 1, kDay, "30000",
            "How long a client may take nothing of an answer that is sent to it; then its connection is closed.", true},
    Setting{"HOLDFAST_QUERY_TIMEOUT_MS", "--query-timeout-ms", &Config::query_timeout, SettingShape::kMilliseconds, 1, kDay, "5000",
            "How long a list, a count or, on a database server, a write may take in the database; then 504 `query_timeout`.", true},
    Setting{"HOLDFAST_POINT_TIMEOUT_MS", "--point-timeout-ms", &Config::point_timeout, SettingShape::kMilliseconds, 1, kDay, "1000",
            "How long a read by id may take on a database server (PostgreSQL, MongoDB); then 504 `query_timeout`. Embedded SQLite needs no "
            "limit.",
            true},
    Setting{"HOLDFAST_DRAIN_TIMEOUT_MS", "--drain-timeout-ms", &Config::drain_timeout, SettingShape::kMilliseconds, 0, kDay, "10000",
            "How long requests may go on after SIGTERM before their connections are closed.", true},
};

template <typename T>
void assign(Config& config, const Setting& setting, T value, const Source& source) {
  config.*std::get<Sourced<T> Config::*>(setting.member) = {std::move(value), source.origin, source.place};
}

std::optional<std::int64_t> parse_digits(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text.front() == '-' || error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

bool is_host(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '%' ||
           c == '_';
  };
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), allowed);
}

// What can be listened on: the server looks no names up.
bool is_address(std::string_view text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(std::string(text), error);
  return !error || text == "localhost";
}

bool is_key(std::string_view text) {
  const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
  return !text.empty() && text.size() <= 512 && std::all_of(text.begin(), text.end(), visible);
}

// A scheme (RFC 3986 §3.1), a colon, and something behind it.
bool is_url(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-';
  };
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), allowed) && text.find(' ') == std::string_view::npos;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    parts.push_back(trim(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

// `*` alone, or what a browser sends as Origin: scheme://host[:port], nothing behind it.
std::optional<std::vector<std::string>> parse_origins(std::string_view text) {
  std::vector<std::string> origins;
  for (const auto part : split(text)) {
    const auto authority = part.find("://");
    const bool named = authority != std::string_view::npos && authority > 0 && is_host(part.substr(authority + 3));
    if (part != "*" && !named) return {};
    origins.emplace_back(part);
  }
  const bool any = std::find(origins.begin(), origins.end(), "*") != origins.end();
  if (any && origins.size() > 1) return {};
  return origins;
}

constexpr std::array<std::string_view, 6> kLevels{"trace", "debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, 2> kFormats{"logfmt", "json"};

std::optional<LogSettings> parse_log(std::string_view text) {
  LogSettings settings;
  bool level_seen = false, format_seen = false;
  const auto parts = split(text);
  for (const auto part : parts) {
    const auto level = std::find(kLevels.begin(), kLevels.end(), part);
    const auto format = std::find(kFormats.begin(), kFormats.end(), part);
    bool& seen = level != kLevels.end() ? level_seen : format_seen;
    if (seen || (level == kLevels.end() && format == kFormats.end())) return {};
    seen = true;
    if (level != kLevels.end()) settings.level = static_cast<LogLevel>(level - kLevels.begin());
    if (format != kFormats.end()) settings.format = static_cast<LogFormat>(format - kFormats.begin());
  }
  if (parts.empty()) return {};
  return settings;
}

constexpr std::array<std::string_view, 3> kDatabases{"sqlite", "postgres", "mongodb"};

std::optional<DatabaseType> parse_database(std::string_view text) {
  const auto found = std::find(kDatabases.begin(), kDatabases.end(), text);
  if (found == kDatabases.end()) return {};
  return static_cast<DatabaseType>(found - kDatabases.begin());
}

std::int64_t cores() {
  return std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, 256);
}

// Each returns whether `text` is of the shape; then it is set.
bool set_number(Config& config, const Setting& setting, std::string_view text, const Source& source) {
  if (text == kByLoops && setting.default_text == kByLoops) return true;
  const auto number = text == kCores && setting.default_text == kCores ? cores() : parse_digits(text);
  if (!number || *number < setting.minimum || *number > setting.maximum) return false;
  assign(config, setting, *number, source);
  return true;
}

bool set_boolean(Config& config, const Setting& setting, std::string_view text, const Source& source) {
  const bool yes = text == "true" || text == "1";
  if (!yes && text != "false" && text != "0") return false;
  assign(config, setting, yes, source);
  return true;
}

bool set_text(Config& config, const Setting& setting, std::string_view text, const Source& source, bool valid) {
  if (valid) assign(config, setting, std::string(text), source);
  return valid;
}

template <typename T>
bool set_parsed(Config& config, const Setting& setting, std::optional<T> value, const Source& source) {
  if (!value) return false;
  assign(config, setting, std::move(*value), source);
  return true;
}

bool set_folder(Config& config, const Setting& setting, std::string_view text, const Source& source) {
  if (text.empty()) return false;
  assign(config, setting, (source.folder / std::filesystem::path(text)).lexically_normal(), source);
  return true;
}

bool set_shape(Config& config, const Setting& setting, std::string_view text, const Source& source) {
  const bool may_be_empty = setting.default_text.empty();  // empty means "not set" where that is the default
  switch (setting.shape) {
    case SettingShape::kAddress:
      return set_text(config, setting, text, source, is_address(text));
    case SettingShape::kHost:
      return set_text(config, setting, text, source, is_host(text) || (text.empty() && may_be_empty));
    case SettingShape::kUrl:
      return set_text(config, setting, text, source, text.empty() || is_url(text));
    case SettingShape::kKey:
      return set_text(config, setting, text, source, is_key(text));
    case SettingShape::kText:
      return set_text(config, setting, text, source, true);
    case SettingShape::kNumber:
    case SettingShape::kBytes:
    case SettingShape::kMilliseconds:
    case SettingShape::kSeconds:
      return set_number(config, setting, text, source);
    case SettingShape::kBoolean:
      return set_boolean(config, setting, text, source);
    case SettingShape::kFolder:
      return set_folder(config, setting, text, source);
    case SettingShape::kDatabase:
      return set_parsed(config, setting, parse_database(text), source);
    case SettingShape::kLog:
      return set_parsed(config, setting, parse_log(text), source);
    case SettingShape::kOrigins:
      return set_parsed(config, setting, parse_origins(text), source);
  }
  return false;
}

bool is_secret(const Setting& setting) {
  return setting.shape == SettingShape::kKey || setting.shape == SettingShape::kUrl;
}

std::string shown_text(const Setting&, const bool& value) {
  return value ? "true" : "false";
}
std::string shown_text(const Setting&, const std::int64_t& value) {
  return std::to_string(value);
}
std::string shown_text(const Setting&, const std::filesystem::path& value) {
  return value.string();
}
std::string shown_text(const Setting&, const DatabaseType& value) {
  return std::string(kDatabases[static_cast<std::size_t>(value)]);
}
std::string shown_text(const Setting&, const std::vector<std::string>& value) {
  return fmt::format("{}", fmt::join(value, ","));
}
std::string shown_text(const Setting&, const LogSettings& value) {
  return fmt::format("{},{}", kLevels[static_cast<std::size_t>(value.level)], kFormats[static_cast<std::size_t>(value.format)]);
}
std::string shown_text(const Setting& setting, const std::string& value) {
  if (value.empty()) return {};
  if (setting.shape == SettingShape::kKey) return "(set, not shown)";
  return setting.shape == SettingShape::kUrl ? without_secrets(value) : value;
}

}  // namespace

std::span<const Setting> settings() noexcept {
  return kSettings;
}

std::string without_secrets(std::string_view url) {
  const auto query = std::min(url.find_first_of("?#"), url.size());
  const auto authority = url.find("://");
  if (authority == std::string_view::npos || authority > query) return std::string(url.substr(0, query));
  const auto scheme = url.substr(0, authority);
  const auto rest = url.substr(authority + 3, query - authority - 3);
  const auto at = rest.rfind('@');
  // A password with a bare ? or # in it looks like a query.
  if (at == std::string_view::npos && url.find('@', query) != std::string_view::npos) return fmt::format("{}://(not shown)", scheme);
  return fmt::format("{}://{}", scheme, at == std::string_view::npos ? rest : rest.substr(at + 1));
}

const Setting* find_setting(std::string_view name) noexcept {
  const auto found = std::find_if(kSettings.begin(), kSettings.end(), [name](const Setting& setting) { return setting.name == name; });
  return found == kSettings.end() ? nullptr : &*found;
}

std::optional<std::string> set(Config& config, const Setting& setting, std::string_view text, const Source& source) {
  if (is_plain_text(text) && set_shape(config, setting, text, source)) return {};
  const auto name = source.origin == Origin::kFlag ? setting.flag : setting.name;
  const bool quotable = !is_secret(setting) && is_plain_text(text);
  const auto got = quotable ? fmt::format("; got \"{}\"", text) : std::string();
  switch (source.origin) {
    case Origin::kDotEnv:
      return fmt::format("{}: {} must be {}{}.", source.place, name, expected_shape(setting), got);
    case Origin::kEnvironment:
      return fmt::format("{} (in the environment) must be {}{}.", name, expected_shape(setting), got);
    default:
      return fmt::format("{} must be {}{}.", name, expected_shape(setting), got);
  }
}

Config default_config(const std::filesystem::path& project) {
  Config config;
  config.project = project;
  const Source source{Origin::kDefault, "default", project};
  for (const auto& setting : kSettings) {
    if (!setting.default_text.empty()) set(config, setting, setting.default_text, source);
    std::visit([&](auto member) { (config.*member).place = source.place; }, setting.member);
  }
  return config;
}

std::vector<ShownSetting> show(const Config& config) {
  std::vector<ShownSetting> shown;
  for (const auto& setting : kSettings) {
    const auto add = [&](auto member) {
      const auto& sourced = config.*member;
      shown.push_back({&setting, shown_text(setting, sourced.value), sourced.origin, sourced.place});
    };
    std::visit(add, setting.member);
  }
  return shown;
}

std::string expected_shape(const Setting& setting) {
  const auto range = fmt::format("from {} to {}", setting.minimum, setting.maximum);
  switch (setting.shape) {
    case SettingShape::kAddress:
      return "an IP address of this machine, or localhost";
    case SettingShape::kHost:
      return "an IP address or a host name";
    case SettingShape::kUrl:
      return "a URL";
    case SettingShape::kKey:
      return "1 to 512 visible ASCII characters without spaces";
    case SettingShape::kText:
      return "text";
    case SettingShape::kNumber:
      return "a number " + range;
    case SettingShape::kBytes:
      return "a number of bytes " + range;
    case SettingShape::kMilliseconds:
      return "a number of milliseconds " + range;
    case SettingShape::kSeconds:
      return "a number of seconds " + range;
    case SettingShape::kBoolean:
      return "true or false";
    case SettingShape::kFolder:
      return "a folder";
    case SettingShape::kDatabase:
      return "sqlite, postgres or mongodb";
    case SettingShape::kLog:
      return "a level (trace debug info warn error off), a format (logfmt json), or level,format";
    case SettingShape::kOrigins:
      return "origins like https://example.org, separated by commas, or *";
  }
  return {};
}

}  // namespace holdfast
