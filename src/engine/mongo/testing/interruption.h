#pragma once
// What happens to one connection in the middle of a write.

#include <functional>
#include <string>

#include "engine/mongo/connection.h"

namespace holdfast::testing {

// Calls `work` once, just before the connection sends the first `command` ("update") about the collection: with it, as JSON.
class Interruption {
 public:
  using Work = std::function<void(const std::string& command)>;

  Interruption(mongo::Connection& connection, std::string command, std::string collection, Work work);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool has_happened() const noexcept { return has_happened_; }

 private:
  static void started(const mongoc_apm_command_started_t* event);

  mongo::Connection& connection_;
  const std::string command_, collection_;
  const Work work_;
  bool has_happened_ = false;
};

// From now on lose_next_answer() has a meaning for this connection, which has not connected yet.
void make_losable(mongo::Connection& connection);
// The server does what it is asked, its answer arrives, and the connection is lost instead. Of one connection at a time.
void lose_next_answer();

}  // namespace holdfast::testing
