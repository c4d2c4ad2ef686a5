#pragma once
// One client of one opened engine, for contracts: requests in their own words, answers as values.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/testing/question.h"
#include "engine/testing/store_contract.h"

namespace holdfast::testing {

class Client {
 public:
  using Members = std::vector<std::pair<std::string, std::string>>;  // name and JSON

  Client(const OpenEngine& open, Catalog models);
  ~Client() { engine_->close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Catalog& catalog() const noexcept { return catalog_; }
  // Of collections with `id: text`, whose body names the id. Fails the test when the request would not reach the engine.
  Result<Written> post(const std::string& collection, const std::string& id, Members members = {});
  Result<Written> patch(const std::string& collection, const std::string& id, Members members);
  Result<Written> remove(const std::string& collection, const std::string& id);
  Result<Written> write(const Step& step);
  // Sent together; fails the test when one fails.
  void write_all(const std::vector<WritePlan>& plans);

  // The ids of all pages, with spaces between; each page is asked for by the cursor of the one before. `path` is `things` or
  // `things/search`, `query` as in a URL.
  std::string walk(const std::string& path, const std::string& query);
  std::int64_t count(const std::string& collection, const std::string& query = "");
  // Canonical JSON; empty: it is not there.
  std::string json(const std::string& collection, const std::string& id);
  std::optional<Record> find(const std::string& collection, const std::string& id);
  Result<Record> read(const std::string& collection, const std::string& id);

  Milliseconds time = 1'700'000'000'000;  // of the writes that follow

 private:
  const Model& model(const std::string& collection) const { return *catalog_.find(collection); }
  Result<ListPlan> plan(const std::string& path, const std::vector<Parameter>& parameters) const;

  Catalog catalog_;
  Planner planner_;
  QuestionReader reader_;
  std::unique_ptr<Engine> engine_;
  asio::io_context loop_{1};
  std::unique_ptr<Store> store_;
};

}  // namespace holdfast::testing
