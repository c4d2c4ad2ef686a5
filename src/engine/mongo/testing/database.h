#pragma once
// A database of its own on the test server (HOLDFAST_TEST_MONGODB_URI), dropped with this; and what another program does in it.

#include <string>

#include "base/clock.h"
#include "engine/mongo/connection.h"
#include "engine/mongo/engine.h"

namespace holdfast::testing {

class MongoDatabase {
 public:
  MongoDatabase();
  ~MongoDatabase();
  MongoDatabase(const MongoDatabase&) = delete;
  MongoDatabase& operator=(const MongoDatabase&) = delete;

  // Nothing is left in it.
  void clear();

  // For further connections.
  const mongo::ConnectionSettings& settings() const noexcept { return settings_; }
  const std::string& name() const noexcept { return settings_.database; }
  // Of a small pool.
  mongo::Options options() const;
  mongo::Connection& connection() noexcept { return connection_; }

  // A command as extended JSON ('…' for "…"); its reply. Fails the test when it fails.
  mongo::Document run(const std::string& command);
  // What makes the command fail; empty: it does not.
  std::string failure(const std::string& command);
  // The document of this id (extended JSON); empty: it is not there.
  std::string document(const std::string& collection, const std::string& id);

 private:
  const mongo::Driver driver_;
  mongo::ConnectionSettings settings_;
  mongo::Connection connection_;
};

}  // namespace holdfast::testing
