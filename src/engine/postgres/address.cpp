#include "engine/postgres/address.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/error.h"

namespace holdfast::postgres {
namespace {

constexpr std::string_view kForm =
    "Write it as postgresql://user:password@host:5432/database, with special characters percent-encoded (@ is %40).";

struct ParametersCloser {
  void operator()(PQconninfoOption* parameters) const noexcept { PQconninfoFree(parameters); }
};
using Parameters = std::unique_ptr<PQconninfoOption, ParametersCloser>;

// A text that is no escape stands for itself.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* digits = text.data() + i + 1;
    const bool is_escape = text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    out.push_back(is_escape ? static_cast<char>(byte) : text[i]);
    if (is_escape) i += 2;
  }
  return out;
}

// libpq knows no such parameter: takes it out of the URL.
std::string take_schema(std::string& url) {
  constexpr std::string_view kName = "schema=";
  const std::size_t query = url.find('?');
  if (query == std::string::npos) return {};
  for (std::size_t at = query + 1; at < url.size();) {
    const std::size_t end = std::min(url.find('&', at), url.size());
    if (url.compare(at, kName.size(), kName) == 0) {
      std::string schema = decoded(std::string_view(url).substr(at + kName.size(), end - at - kName.size()));
      url.erase(at, end - at + (end < url.size() ? 1 : 0));
      if (url.back() == '&' || url.back() == '?') url.pop_back();
      return schema;
    }
    at = end + 1;
  }
  return {};
}

// libpq quotes what it cannot read, and a password with an unescaped @ or : is easily taken for a host or a port.
std::string reason_of(const char* message) {
  const std::string_view text = message == nullptr ? "" : message;
  constexpr std::string_view kUnknown = "invalid URI query parameter: ";
  if (!text.starts_with(kUnknown)) return std::string(kForm);
  std::string name(text.substr(kUnknown.size()));
  name.erase(std::remove(name.begin(), name.end(), '\n'), name.end());
  return fmt::format("It has the parameter {}, which is none of libpq's (nor schema); remove it.", name);
}

std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  for (std::size_t comma = list.find(','); comma != list.npos; comma = list.find(',')) {
    parts.emplace_back(list.substr(0, comma));
    list.remove_prefix(comma + 1);
  }
  parts.emplace_back(list);
  return parts;
}

// Lists that do not match, and places in them that are left empty, are libpq's to judge.
std::vector<Host> hosts_of(const std::string& names, const std::string& addresses, const std::string& ports) {
  const std::vector<std::string> name = parts_of(names), address = parts_of(addresses), port = parts_of(ports);
  const bool is_named = !names.empty(), is_numeric = !addresses.empty();
  const std::size_t count = is_numeric ? address.size() : name.size();
  const auto is_whole = [&](const std::vector<std::string>& parts) {
    return parts.size() == count && std::find(parts.begin(), parts.end(), "") == parts.end();
  };
  const bool is_clear = (is_named || is_numeric) && (!is_named || is_whole(name)) && (!is_numeric || is_whole(address)) &&
                        (port.size() == count || port.size() == 1);
  std::vector<Host> hosts(is_clear ? count : 0);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const std::string& own_port = port.size() == 1 ? port[0] : port[i];
    hosts[i] = {is_named ? name[i] : "", is_numeric ? address[i] : "", own_port.empty() ? "5432" : own_port};
  }
  return hosts;
}

bool is_url(std::string_view text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

}  // namespace

std::string Address::place() const {
  return host.find_first_of(",/") == std::string::npos ? host + ":" + port : host;
}

std::string Address::parameter(std::string_view name) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& entry) { return entry.first == name; });
  return found == parameters.end() ? std::string() : found->second;
}

Address read_address(const std::string& url) {
  if (!is_url(url)) throw StartupError(kExitConfiguration, fmt::format("DATABASE_URL is not the URL of a PostgreSQL server. {}", kForm));
  Address address;
  std::string rest = url;
  address.schema = take_schema(rest);
  char* message = nullptr;
  const Parameters read(PQconninfoParse(rest.c_str(), &message));
  const std::unique_ptr<char, void (*)(void*)> held(message, PQfreemem);
  if (read == nullptr) throw StartupError(kExitConfiguration, fmt::format("DATABASE_URL cannot be read. {}", reason_of(message)));
  for (const PQconninfoOption* at = read.get(); at->keyword != nullptr; ++at) {
    if (at->val != nullptr) address.parameters.emplace_back(at->keyword, at->val);
  }
  // What the URL leaves out comes from the environment (PGHOST, …) or is compiled in.
  const Parameters defaults(PQconndefaults());
  const auto used = [&](std::string_view name, std::string_view otherwise) {
    if (std::string said = address.parameter(name); !said.empty()) return said;
    for (const PQconninfoOption* at = defaults.get(); at != nullptr && at->keyword != nullptr; ++at) {
      if (name == at->keyword && at->val != nullptr && *at->val != '\0') return std::string(at->val);
    }
    return std::string(otherwise);
  };
  address.host = used("host", used("hostaddr", "localhost"));
  address.port = used("port", "5432");
  address.hosts = hosts_of(used("host", ""), used("hostaddr", ""), address.port);
  address.user = used("user", "");
  address.database = used("dbname", address.user);
  // A password with an @, : or / that is not encoded ends too early; its rest must not be shown as something else.
  const bool torn = address.host.find('@') != std::string::npos || address.database.find('@') != std::string::npos ||
                    address.port.find_first_not_of("0123456789,") != std::string::npos;
  if (torn) throw StartupError(kExitConfiguration, fmt::format("DATABASE_URL cannot be read. {}", kForm));
  return address;
}

}  // namespace holdfast::postgres
