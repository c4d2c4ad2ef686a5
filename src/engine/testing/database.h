#pragma once
// For tests of writes: an opened engine with one store, and plans by name. Ids are texts.

#include "engine/testing/fixture.h"
#include "engine/testing/store_contract.h"

namespace holdfast::testing {

using Values = std::vector<std::pair<std::string, Value>>;

struct TestDatabase {
  TestDatabase(OpenEngine opener, Catalog models);
  ~TestDatabase() { close(); }

  void open();
  void close();
  void reopen(Catalog models);

  const Model& model(const std::string& name) const { return *catalog->find(name); }
  WritePlan create(const std::string& name, const std::string& id, Values values = {}) const;
  WritePlan patch(const std::string& name, const std::string& id, const Values& values) const;
  WritePlan remove(const std::string& name, const std::string& id) const;

  Result<Written> write(WritePlan plan) { return run(loop, store->write(std::move(plan))); }
  // In as few groups as the engine likes; in order.
  std::vector<Result<Written>> write_all(std::vector<WritePlan> plans);
  // All must succeed.
  void fill(std::vector<WritePlan> plans);

  Result<Record> find(const std::string& name, const std::string& id);
  bool has(const std::string& name, const std::string& id) { return find(name, id).has_value(); }
  std::int64_t count(const std::string& name);

  FixedClock clock;
  OpenEngine open_engine;
  std::unique_ptr<const Catalog> catalog;
  asio::io_context loop{1};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Store> store;
};

// The error of a write that was refused, which must have this code.
Error refusal(const Result<Written>& written, Code code);

}  // namespace holdfast::testing
