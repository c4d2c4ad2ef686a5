#pragma once
// Where the server is: the URL taken apart. Pure.

#include <string>
#include <utility>
#include <vector>

namespace holdfast::postgres {

// One of several, in libpq's words.
struct Host {
  std::string name, address, port;  // address: numeric, else the name is resolved
};

struct Address {
  std::vector<std::pair<std::string, std::string>> parameters;  // libpq's names and values, the password among them: never shown
  std::string schema;                                           // `?schema=`, as Prisma writes it; empty: the server's search_path
  std::string host, port, database, user;                       // what will be used; several hosts as the URL lists them
  std::vector<Host> hosts;                                      // to be tried in this order; none: as libpq itself understands the URL

  // "localhost:5432"
  std::string place() const;
  std::string parameter(std::string_view name) const;  // empty: not said
};

// StartupError (78) when the URL cannot be read. Never shows a password.
Address read_address(const std::string& url);

}  // namespace holdfast::postgres
