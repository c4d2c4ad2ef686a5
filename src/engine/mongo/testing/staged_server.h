#pragma once
// Speaks MongoDB's wire protocol and answers each command with the JSON of a script: what a real server answers only to those who have set
// it up so (a secondary, few rights, another version, an index half built) is said here on order.

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace holdfast::testing {

class StagedServer {
 public:
  // By the name of the command, `isMaster` for every greeting. An empty answer hangs up; PORT stands for ours.
  using Script = std::map<std::string, std::string>;

  // What `late` names is answered when the client has waited for `kLate` milliseconds without hanging up.
  explicit StagedServer(Script script, std::string late = {});
  ~StagedServer();
  StagedServer(const StagedServer&) = delete;
  StagedServer& operator=(const StagedServer&) = delete;

  static constexpr int kLate = 400;

  // mongodb://…127.0.0.1:PORT/shop…
  std::string uri(const std::string& credentials = "", const std::string& options = "") const;
  // Each command of this name that came, as JSON.
  std::vector<std::string> received(const std::string& name) const;

 private:
  void serve();
  bool answer_one(int connection);
  std::string answer_to(int connection, const char* bytes, std::size_t size);

  const Script script_;
  const std::string late_;
  int listener_;
  int port_ = 0;
  int ending_[2];  // a pipe: what can be read there ends the thread
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> received_;
  std::thread thread_;
};

// What a server of version 7 greets with, standing alone and taking writes.
StagedServer::Script sound_script();
// The same with a database that was served before: a collection `users` with a unique `email`, without records.
StagedServer::Script served_script();
// `more`: members of the greeting, `"setName":"rs0",`.
std::string greeting(const std::string& more = "");

}  // namespace holdfast::testing
