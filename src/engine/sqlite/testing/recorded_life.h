#pragma once
// The life of a database between a start and a power cut: what a client wrote through the real engine and was told, and every operation
// that reached the disk. Recorded once, it may be cut at each of its operations.
//
// Groups are the same in every run of one seed: the client holds the writer at a gate until all of a group waits.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/sqlite/engine.h"
#include "engine/sqlite/handles.h"
#include "engine/sqlite/testing/crash_file_system.h"
#include "engine/testing/fixture.h"

namespace holdfast::testing {

// Everything that a client can be told of: records by "collection id" (revision and JSON), and "key collection key" (what it answers).
using Contents = std::map<std::string, std::string>;

// The collections that are written: a unique name, texts that are searched, an array with an index, references that cascade and that become
// null, ids of the database's.
Catalog crash_catalog();

// An opened engine on such a file system, as one client sees it.
struct CrashClient {
  CrashClient(const sqlite::Options& options, const Catalog& catalog);
  ~CrashClient();

  // Throws std::runtime_error when something cannot be read.
  std::map<std::string, Record> records(const Model& model);
  Contents contents();
  // The first column of each row, and its second. std::runtime_error.
  Contents rows(const std::string& statement);
  Result<Written> write(WritePlan plan) { return run(loop, store->write(std::move(plan))); }

  const Catalog& catalog;
  FixedClock clock;
  asio::io_context loop{1};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Store> store;
  sqlite::Database other;  // another handle on the same file, which never checkpoints
};

struct Acknowledged {
  std::size_t operation = 0;  // so many had been done when the client had the answers
  Contents contents;
};

struct Recording {
  Files start;
  std::vector<Operation> log;
  std::vector<Acknowledged> history;  // the first: what was there at first
  std::optional<SecretKey> cursor_key;
  std::size_t opened = CrashFileSystem::kNever;  // so many operations had been done when the engine was open
};

class RecordedLife {
 public:
  // Opens on what is mounted. StartupError.
  RecordedLife(CrashFileSystem& system, sqlite::Options options, const Catalog& catalog, std::uint64_t seed);
  ~RecordedLife();

  // One group of random writes. False: none of it was acknowledged.
  bool write_group();
  // Closes the engine and opens it again, in the same machine. What is found then counts as acknowledged. False: it does not open.
  bool restart();
  void close();
  bool is_healthy() const { return client_->engine->health().ready; }

  // After close().
  Recording recording(Files start) const;

 private:
  void open();
  void send_group(const std::vector<WritePlan>& plans, std::vector<std::optional<Result<Written>>>& answers);
  void note(const WritePlan& plan, const Written& written);
  void note_shelf_removal(const std::string& shelf);
  void note_item_removal(const std::string& item);
  void acknowledge();

  WritePlan random_plan();
  WritePlan create_shelf();
  WritePlan create_item();
  WritePlan create_note();
  WritePlan change_item();
  WritePlan remove_something();
  std::string words();
  Value any_id(const std::string& collection);
  WritePlan plan_for(const std::string& collection, WritePlan::Kind kind, Value id) const;

  CrashFileSystem& system_;
  const sqlite::Options options_;
  const Catalog& catalog_;
  Random random_;
  std::unique_ptr<CrashClient> client_;
  std::uint64_t made_ = 0;  // numbers ids and keys
  std::uint64_t generation_;
  std::map<std::string, std::map<std::string, Record>> records_;  // by collection and id
  Contents keys_;
  std::vector<WritePlan> keyed_;  // sent with a key, to be sent again
  std::vector<Acknowledged> history_;
  std::optional<SecretKey> cursor_key_;
  std::size_t opened_ = CrashFileSystem::kNever;
};

}  // namespace holdfast::testing
