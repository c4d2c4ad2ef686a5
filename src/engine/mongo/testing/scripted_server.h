#pragma once
// Speaks MongoDB's protocol as a standalone server with sessions, and answers commands as a test says.

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/loop.h"
#include "engine/mongo/document.h"

namespace holdfast::testing {

class ScriptedServer {
 public:
  // The answer to a command ("insert items") as JSON ('…' for "…"). Greetings are answered without it.
  using Script = std::function<std::string(const std::string& command)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string uri() const;
  // How often a command was asked whose name, and collection, begin so.
  std::ptrdiff_t count(const std::string& beginning) const;
  // The last that begins so, whole.
  mongo::Document last(const std::string& beginning) const;

 private:
  using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

  awaitable<void> listen();
  awaitable<void> serve(Socket socket);
  std::string answer(const bson_t& command);

  const Script script_;
  asio::io_context loop_{1};
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor_;
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, mongo::Document>> heard_;
  std::thread thread_;
};

}  // namespace holdfast::testing
