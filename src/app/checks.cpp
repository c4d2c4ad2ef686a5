#include "app/checks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <filesystem>

#include "app/project.h"
#include "app/settings.h"
#include "engine/sqlite/inspection.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMebibyte = 1 << 20;
constexpr std::uintmax_t kLittleSpace = 1024 * kMebibyte;
constexpr std::uintmax_t kNoSpace = 64 * kMebibyte;  // a WAL may grow to this before it is cut back
constexpr std::size_t kShortKey = 16;

void check_configuration(const ReadConfig& read, std::vector<Check>& checks) {
  const auto first = checks.size();
  const auto add = [&checks](CheckStatus status, std::string message, std::string advice) {
    checks.push_back({"configuration", status, std::move(message), std::move(advice)});
  };
  for (const auto& fault : read.faults) add(CheckStatus::kError, fault, "Correct it; serve refuses to start with it.");
  const auto& config = read.config;
  for (const auto& shown : show(config)) {
    const bool idle = shown.origin != Origin::kDefault && !shown.setting->in_effect;
    if (idle)
      add(CheckStatus::kWarning, fmt::format("{} is set and has no effect in this version.", shown.setting->name),
          "Nothing depends on it yet.");
  }
  const auto& key = config.api_key.value;
  if (!key.empty() && key.size() < kShortKey) {
    add(CheckStatus::kWarning, fmt::format("HOLDFAST_API_KEY has {} characters, which can be guessed.", key.size()),
        "Make one: openssl rand -hex 32");
  }
  if (key.empty() && !is_loopback(config.host.value)) {
    add(CheckStatus::kWarning,
        fmt::format("HOST={} is not this machine alone, and there is no key: whoever reaches it may read and write everything.",
                    config.host.value),
        "Set HOLDFAST_API_KEY, or HOST=127.0.0.1.");
  }
  if (checks.size() == first) add(CheckStatus::kOk, "every setting is sound.", "");
}

void check_project(const Config& config, std::vector<Check>& checks) {
  auto project = read_project(config);
  const auto describe_faults = [&project] {
    return fmt::format("{} faults; the first: {}", project.faults.size(), project.faults.front().text());
  };
  if (!project.faults.empty()) {
    checks.push_back({"models", CheckStatus::kError, describe_faults(), "holdfast validate tells them all."});
    return;
  }
  checks.push_back(
      {"models", CheckStatus::kOk,
       fmt::format("{}: {} collections, {} fields.", config.models.value.string(), project.models.size(), project.field_count()), ""});
  read_seeds(config, project);
  if (!project.faults.empty()) {
    checks.push_back({"seeds", CheckStatus::kWarning, describe_faults(), "serve --seed refuses them; holdfast validate tells them all."});
    return;
  }
  checks.push_back({"seeds", CheckStatus::kOk, fmt::format("{}: {} records.", config.seeds().string(), project.seed_records), ""});
}

// The folder itself, or the nearest one above it that exists.
fs::path existing(fs::path folder) {
  std::error_code none;
  folder = fs::absolute(folder, none).lexically_normal();
  while (!fs::exists(folder, none) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

Check check_data(const Config& config) {
  auto folder = config.database_file.parent_path();
  if (folder.empty()) folder = ".";
  const auto place = existing(folder);
  std::error_code failed;
  if (!fs::is_directory(place, failed)) {
    return {"data", CheckStatus::kError, fmt::format("{} is not a folder.", place.string()),
            "Move it away, or name another folder: --data FOLDER"};
  }
  if (::access(place.c_str(), W_OK | X_OK) != 0) {
    return {"data", CheckStatus::kError, fmt::format("{} is not writable by this user.", place.string()),
            "Give this user the right to write there, or name another folder: --data FOLDER"};
  }
  const auto space = fs::space(place, failed);
  const auto free = failed ? 0 : space.available;
  const auto made = fs::exists(folder, failed) ? "" : " will be made by serve;";
  const auto message = fmt::format("{}:{} {} MiB free.", folder.string(), made, free / kMebibyte);
  if (free < kNoSpace) return {"data", CheckStatus::kError, message, "Make room: writes will fail with 507 storage_full."};
  if (free < kLittleSpace) return {"data", CheckStatus::kWarning, message, "Make room before the disk is full."};
  return {"data", CheckStatus::kOk, message, ""};
}

Check check_database(const Config& config, const sqlite::Inspection& file) {
  const auto name = config.database_file.string();
  if (!file.exists) return {"database", CheckStatus::kOk, fmt::format("{} is not there yet; serve makes it.", name), ""};
  if (!file.fault.empty()) {
    return {"database", CheckStatus::kError, fmt::format("{} cannot be served: {}.", name, file.fault),
            "Restore it from a backup, or move it away: serve then makes an empty one."};
  }
  if (::access(config.database_file.c_str(), R_OK | W_OK) != 0) {
    return {"database", CheckStatus::kError, fmt::format("{} is not writable by this user.", name),
            fmt::format("chown or chmod it for this user: {}", name)};
  }
  const auto format = file.format == 0 ? std::string("not yet served by holdfast") : fmt::format("format {}", file.format);
  const auto sound = fmt::format("{} opens and is sound ({}, {} KiB).", name, format, file.bytes / 1024);
  if (file.owner.empty()) return {"database", CheckStatus::kOk, sound, ""};
  return {"database", CheckStatus::kWarning, fmt::format("{} It is held by holdfast ({}).", sound, file.owner),
          "Stop that server before you start another on this file."};
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

Check check_port(const Config& config, const std::string& owner) {
  const auto port = static_cast<std::uint16_t>(config.port.value);
  const auto address = fmt::format("{}:{}", config.host.value, port);
  if (port == 0) return {"port", CheckStatus::kOk, fmt::format("serve takes a free port of {}.", config.host.value), ""};
  const auto error = try_to_bind(config.host.value, port);
  if (!error) return {"port", CheckStatus::kOk, fmt::format("{} is free.", address), ""};
  if (error == boost::asio::error::address_in_use && owner.ends_with(":" + std::to_string(port))) {
    return {"port", CheckStatus::kOk, fmt::format("{} is held by this project's own server.", address), ""};
  }
  if (error == boost::asio::error::address_in_use) {
    return {"port", CheckStatus::kError, fmt::format("{} is in use.", address),
            fmt::format("Stop the program that holds it (ss -ltnp shows it), or take another: --port {}", port == 65535 ? 8080 : port + 1)};
  }
  if (error == boost::asio::error::access_denied) {
    return {"port", CheckStatus::kError, fmt::format("{} is refused to this user.", address), "Take a port above 1023, as --port 8080."};
  }
  return {"port", CheckStatus::kError, fmt::format("{} cannot be listened on: {}.", address, error.message()),
          "Set HOST to an address of this machine: 127.0.0.1, or 0.0.0.0 for all."};
}

}  // namespace

std::vector<Check> check_everything(const ReadConfig& read) {
  std::vector<Check> checks;
  const auto& config = read.config;
  check_configuration(read, checks);
  check_project(config, checks);
  checks.push_back(check_data(config));
  const auto file = sqlite::inspect(config.database_file);
  checks.push_back(check_database(config, file));
  checks.push_back(check_port(config, file.owner));
  return checks;
}

}  // namespace holdfast
