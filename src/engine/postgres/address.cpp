#include "engine/postgres/address.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
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

// libpq knows no such parameter: takes it out of the URL.
std::string take_schema(std::string& url) {
  constexpr std::string_view kName = "schema=";
  const std::size_t query = url.find('?');
  if (query == std::string::npos) return {};
  for (std::size_t at = query + 1; at < url.size();) {
    const std::size_t end = std::min(url.find('&', at), url.size());
    if (url.compare(at, kName.size(), kName) == 0) {
      std::string schema = url.substr(at + kName.size(), end - at - kName.size());
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
  address.user = used("user", "");
  address.database = used("dbname", address.user);
  // A password with an @, : or / that is not encoded ends too early; its rest must not be shown as something else.
  const bool torn = address.host.find('@') != std::string::npos || address.database.find('@') != std::string::npos ||
                    address.port.find_first_not_of("0123456789,") != std::string::npos;
  if (torn) throw StartupError(kExitConfiguration, fmt::format("DATABASE_URL cannot be read. {}", kForm));
  return address;
}

}  // namespace holdfast::postgres
