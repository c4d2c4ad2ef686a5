#include "app/checks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <filesystem>

#include "app/database.h"
#include "app/project.h"
#include "app/running_server.h"
#include "app/settings.h"
#include "base/error.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMebibyte = 1 << 20;
constexpr std::uintmax_t kLittleSpace = 1024 * kMebibyte;
constexpr std::uintmax_t kNoSpace = 64 * kMebibyte;  // a WAL may grow to this before it is cut back
constexpr std::size_t kShortKey = 16;

void check_configuration(const ReadConfig& read, std::vector<Finding>& checks) {
  const auto first = checks.size();
  const auto add = [&checks](FindingStatus status, std::string message, std::string advice) {
    checks.push_back({"configuration", status, std::move(message), std::move(advice)});
  };
  for (const auto& fault : read.faults) add(FindingStatus::kError, fault, "Correct it; serve refuses to start with it.");
  const auto& config = read.config;
  for (const auto& shown : show(config)) {
    const bool idle = shown.origin != Origin::kDefault && !shown.setting->in_effect;
    if (idle)
      add(FindingStatus::kWarning, fmt::format("{} is set and has no effect in this version.", shown.setting->name),
          "Nothing depends on it yet.");
  }
  const auto& key = config.api_key.value;
  if (!key.empty() && key.size() < kShortKey) {
    add(FindingStatus::kWarning, fmt::format("HOLDFAST_API_KEY has {} characters, which can be guessed.", key.size()),
        "Make one: openssl rand -hex 32");
  }
  if (key.empty() && !is_loopback(config.host.value)) {
    add(FindingStatus::kWarning,
        fmt::format("HOST={} is not this machine alone, and there is no key: whoever reaches it may read and write everything.",
                    config.host.value),
        "Set HOLDFAST_API_KEY, or HOST=127.0.0.1.");
  }
  if (const auto lowered = lowered_loops(config); !lowered.empty())
    add(FindingStatus::kWarning, lowered,
        fmt::format("Set HOLDFAST_POOL_SIZE to {} or more, or HOLDFAST_THREADS to less.", config.threads.value * kConnectionsPerLoop));
  if (checks.size() == first) add(FindingStatus::kOk, "every setting is sound.", "");
}

// The models, when they are sound.
std::vector<Model> check_project(const Config& config, std::vector<Finding>& checks) {
  auto project = read_project(config);
  const auto describe_faults = [&project] {
    if (project.faults.size() == 1) return project.faults.front().text();
    return fmt::format("{} faults; the first: {}", project.faults.size(), project.faults.front().text());
  };
  if (!project.faults.empty()) {
    checks.push_back({"models", FindingStatus::kError, describe_faults(), "holdfast validate tells them all."});
    return {};
  }
  checks.push_back(
      {"models", FindingStatus::kOk,
       fmt::format("{}: {} collections, {} fields.", config.models.value.string(), project.models.size(), project.field_count()), ""});
  read_seeds(config, project);
  if (project.faults.empty()) {
    checks.push_back({"seeds", FindingStatus::kOk, fmt::format("{}: {} records.", config.seeds().string(), project.seed_records), ""});
  } else {
    checks.push_back({"seeds", FindingStatus::kWarning, describe_faults(), "serve --seed refuses them; holdfast validate tells them all."});
  }
  return std::move(project.models);
}

// The folder itself, or the nearest one above it that exists.
fs::path existing(fs::path folder) {
  std::error_code none;
  folder = fs::absolute(folder, none).lexically_normal();
  while (!fs::exists(folder, none) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

Finding check_data(const Config& config) {
  auto folder = config.database_file.parent_path();
  if (folder.empty()) folder = ".";
  const auto place = existing(folder);
  std::error_code failed;
  if (!fs::is_directory(place, failed)) {
    return {"data", FindingStatus::kError, fmt::format("{} is not a folder.", place.string()),
            "Move it away, or name another folder: --data FOLDER"};
  }
  if (::access(place.c_str(), W_OK | X_OK) != 0) {
    return {"data", FindingStatus::kError, fmt::format("{} is not writable by this user.", place.string()),
            "Give this user the right to write there, or name another folder: --data FOLDER"};
  }
  const auto space = fs::space(place, failed);
  const auto free = failed ? 0 : space.available;
  const auto made = fs::exists(folder, failed) ? "" : " will be made by serve;";
  const auto message = fmt::format("{}:{} {} MiB free.", folder.string(), made, free / kMebibyte);
  if (free < kNoSpace) return {"data", FindingStatus::kError, message, "Make room: writes will fail with 507 storage_full."};
  if (free < kLittleSpace) return {"data", FindingStatus::kWarning, message, "Make room before the disk is full."};
  return {"data", FindingStatus::kOk, message, ""};
}

// As the listener binds at first: without SO_REUSEPORT, which would hide a port in use.
boost::system::error_code try_to_bind(const std::string& host, std::uint16_t port) {
  namespace asio = boost::asio;
  boost::system::error_code error;
  asio::io_context context;
  asio::ip::tcp::resolver resolver(context);
  const auto found = resolver.resolve(host, std::to_string(port), asio::ip::tcp::resolver::passive, error);
  if (error || found.empty()) return error ? error : asio::error::make_error_code(asio::error::host_not_found);
  const auto endpoint = found.begin()->endpoint();
  asio::ip::tcp::acceptor acceptor(context);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

Finding free_port(const Config& config, const boost::system::error_code& error) {
  const auto port = config.port.value;
  const auto address = fmt::format("{}:{}", config.host.value, port);
  if (!error) return {"port", FindingStatus::kOk, fmt::format("{} is free.", address), ""};
  if (error == boost::asio::error::address_in_use) {
    return {"port", FindingStatus::kError, fmt::format("{} is in use.", address),
            fmt::format("Stop the program that holds it (ss -ltnp shows it), or take another: --port {}", port == 65535 ? 8080 : port + 1)};
  }
  if (error == boost::asio::error::access_denied) {
    return {"port", FindingStatus::kError, fmt::format("{} is refused to this user.", address), "Take a port above 1023, as --port 8080."};
  }
  return {"port", FindingStatus::kError, fmt::format("{} cannot be listened on: {}.", address, error.message()),
          "Set HOST to an address of this machine: 127.0.0.1, or 0.0.0.0 for all."};
}

Finding describe_pool(const PoolStatistics& pool) {
  const auto message =
      fmt::format("{} of {} connections are in use, {} idle; {} requests wait; {} were made and {} failed since its start.", pool.in_use,
                  pool.size, pool.idle, pool.waiting, pool.created, pool.failed);
  if (pool.waiting == 0) return {"pool", FindingStatus::kOk, message, ""};
  return {"pool", FindingStatus::kWarning, message, "Requests wait for connections: raise HOLDFAST_POOL_SIZE, or find the slow queries."};
}

// A server of this project may run already: `owner` names it when it holds the file; on a database server it answers at our port.
void check_port(const Config& config, const std::string& owner, std::vector<Finding>& checks) {
  const auto port = static_cast<std::uint16_t>(config.port.value);
  const auto address = fmt::format("{}:{}", config.host.value, port);
  if (port == 0) {
    checks.push_back({"port", FindingStatus::kOk, fmt::format("serve takes a free port of {}.", config.host.value), ""});
    return;
  }
  const auto error = try_to_bind(config.host.value, port);
  const bool is_in_use = error == boost::asio::error::address_in_use;
  const auto running = is_in_use ? ask_running_server(config) : std::nullopt;
  if (is_in_use && owner.ends_with(":" + std::to_string(port))) {
    checks.push_back({"port", FindingStatus::kOk, fmt::format("{} is held by this project's own server.", address), ""});
  } else if (running && config.database_type != DatabaseType::kSqlite) {
    const auto state = running->ready ? "ready" : "not ready";
    checks.push_back({"port", running->ready ? FindingStatus::kOk : FindingStatus::kWarning,
                      fmt::format("{} is held by a holdfast that says it is {}{}{}", address, state, running->detail.empty() ? "." : ": ",
                                  running->detail),
                      running->ready ? "" : "Its log tells more."});
  } else {
    checks.push_back(free_port(config, error));
  }
  if (running && running->pool) checks.push_back(describe_pool(*running->pool));
}

// Without a sound configuration nobody knows which database is meant.
void check_database(const ReadConfig& read, std::vector<Model> models, Checks& checks, std::string& owner) {
  if (read.config.database_type != DatabaseType::kSqlite && read.config.server_url.empty()) {
    checks.findings.push_back(
        {"database", FindingStatus::kError, "it was not looked at: its URL is at fault.", "Correct the configuration."});
    return;
  }
  const Catalog catalog(std::move(models));
  auto inspection = inspect_database(read.config, catalog);
  owner = std::move(inspection.owner);
  checks.unreachable = inspection.unreachable;
  for (auto& finding : inspection.findings) checks.findings.push_back(std::move(finding));
}

}  // namespace

int Checks::exit_status() const {
  const auto has_error = [this](auto... names) {
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.status == FindingStatus::kError && (sizeof...(names) == 0 || ((finding.name == names) || ...));
    });
  };
  if (has_error("configuration", "models")) return kExitConfiguration;
  if (unreachable) return kExitUnavailable;
  return has_error() ? 1 : 0;
}

Checks check_everything(const ReadConfig& read) {
  Checks checks;
  std::string owner;
  const auto& config = read.config;
  check_configuration(read, checks.findings);
  auto models = check_project(config, checks.findings);
  check_database(read, std::move(models), checks, owner);
  if (config.database_type == DatabaseType::kSqlite) checks.findings.push_back(check_data(config));
  check_port(config, owner, checks.findings);
  return checks;
}

}  // namespace holdfast
