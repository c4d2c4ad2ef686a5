#pragma once
// One client of the driver, for one lane: commands in, replies out. Belongs to one thread at a time.
//
// A client that lost its server is replaced at the next use, since the driver would not try that server again for five seconds.

#include <atomic>
#include <boost/system/result.hpp>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>

#include "engine/mongo/handles.h"
#include "model/model.h"

namespace holdfast::mongo {

// Of all connections of an engine; any thread.
struct PoolCounters {
  std::atomic<std::int64_t> in_use{0}, waiting{0};  // lanes at work, jobs that wait for one
  std::atomic<std::int64_t> created{0}, failed{0};  // clients made; those of them that were lost or never connected
  std::atomic<std::int64_t> open{0};                // clients that are there and, for all we know, connected
};

struct ConnectionSettings {
  Uri uri;  // with all options of ours
  std::string database;
  PoolCounters* counters = nullptr;
};

// Of domain MONGOC_ERROR_SERVER when the server refused, MONGOC_ERROR_WRITE_CONCERN when it wrote but may not keep it, else the driver's.
struct Failure {
  bson_error_t error{};
  bool has_lost_answer = false;  // of a write: to a try of it, perhaps not the last, which the driver makes itself. It may be kept.
};

// The driver makes no client: a name does not resolve.
struct NoClient final : std::runtime_error {
  explicit NoClient(const bson_error_t& why) : std::runtime_error(why.message), error(why) {}
  bson_error_t error;
};
using Reply = boost::system::result<Document, Failure>;

class Connection {
 public:
  // Connects when first used. The settings must outlive the connection.
  explicit Connection(const ConnectionSettings& settings);
  ~Connection() { drop_client(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::string& database() const noexcept { return settings_.database; }
  const mongoc_uri_t* uri() const noexcept { return settings_.uri.get(); }

  // Before each piece of work. What took another connection since the last one has most likely taken this one too, and a write that
  // found it out would have an unknown outcome: so it is made anew.
  void begin_work() noexcept;
  // Since then the server was gone at least once: a refusal of what was asked, or a majority that lags, is an answer.
  bool has_met_nobody() const noexcept { return met_nobody_; }

  // Valid until the next call of any of these. Each throws NoClient.
  mongoc_client_t* client();
  mongoc_collection_t* collection(const std::string& name);
  mongoc_collection_t* collection(const Model& model) { return collection(model.table); }

  // Runs one command on this database. Nothing is thrown.
  Reply read(const bson_t& command);
  // The same with w:majority and j:true, waiting for the majority a little less than for the server. Fails also when a write in it failed.
  Reply write(const bson_t& command);

  // Whoever uses client() or collection() tells what went wrong.
  void note_failure(const bson_error_t& error) noexcept;

 private:
  bool connect(bson_error_t& error);
  void drop_client() noexcept;
  void lose_client() noexcept;

  const ConnectionSettings& settings_;
  const Document write_options_;
  bool has_lost_answer_ = false;  // since the last write began
  Client client_;
  std::map<std::string, Collection, std::less<>> collections_;  // of client_: declared behind it, destroyed before
  bool lost_ = false;
  bool met_nobody_ = false;
  std::int64_t known_losses_ = 0;  // of all connections
};

}  // namespace holdfast::mongo
