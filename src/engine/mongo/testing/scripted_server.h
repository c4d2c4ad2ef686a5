#pragma once
// Speaks MongoDB's protocol and answers each command with the JSON of a script: what a real server answers only to those who have set it up
// so (a secondary, few rights, another version, an index half built, a majority that lags) is said here on order.

#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/loop.h"

namespace holdfast::testing {

class ScriptedServer {
 public:
  // What is said of "insert items" goes before what is said of "insert", and that before "", which is every other command; "first insert
  // items" is said once. `isMaster` is every greeting. An empty answer hangs up; PORT stands for ours.
  using Script = std::map<std::string, std::string>;

  // What `late` names is answered when the client has waited for `kLate` milliseconds without hanging up.
  explicit ScriptedServer(Script script, std::string late = {});
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  static constexpr int kLate = 400;

  // mongodb://…127.0.0.1:PORT/shop…
  std::string uri(const std::string& credentials = "", const std::string& options = "") const;
  // Each command that came as "insert", or as "insert items", as JSON.
  std::vector<std::string> received(std::string_view command) const;

 private:
  using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

  awaitable<void> listen();
  awaitable<void> serve(Socket socket);
  // The JSON for the command whose document starts there; empty: hang up.
  std::string answer_to(const std::string& message, std::size_t start, int connection);

  const Script script_;
  const std::string late_;
  asio::io_context loop_{1};
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor_;
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> received_;  // "insert items" and its JSON
  std::thread thread_;
};

// What a server of version 7 greets with, standing alone and taking writes.
ScriptedServer::Script sound_script();
// The same with a database that was served before: a collection `users` with a unique `email`, without records.
ScriptedServer::Script served_script();
// Of a server with sessions. `more`: further members, `"setName":"rs0",`.
std::string greeting(const std::string& more = "");

}  // namespace holdfast::testing
