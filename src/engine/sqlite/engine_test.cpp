#include "engine/sqlite/engine.h"

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "model/loader.h"

using namespace holdfast;

namespace {

std::filesystem::path fresh_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "holdfast-engine-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

Catalog catalog_of(const std::string& yaml) {
  LoadedModels loaded = load_model_text("items", yaml);
  for (const ModelFault& fault : loaded.faults) FAIL(fault.text());
  return Catalog(std::move(loaded.models));
}

template <typename T>
T run(awaitable<T> work, asio::io_context& loop) {
  std::optional<T> result;
  asio::co_spawn(loop, std::move(work), [&](std::exception_ptr failure, T value) {
    if (failure) std::rethrow_exception(failure);
    result.emplace(std::move(value));
  });
  loop.restart();
  loop.run();
  return std::move(*result);
}

}  // namespace

TEST_CASE("sqlite: a created record is found and listed", "[engine]") {
  const Catalog catalog = catalog_of("type: object\nid: text\nrequired: [name]\nproperties:\n  name: { type: string, maxLength: 50 }\n  size: { type: integer }\ntimestamps: true\n");
  const Model& model = *catalog.find("items");
  sqlite::Options options;
  options.file = fresh_folder() / "data" / "holdfast.db";
  const SystemClock clock;
  const auto engine = sqlite::open(options, catalog, clock);
  asio::io_context loop(1);
  const auto store = engine->attach(loop);
  WritePlan create;
  create.model = &model;
  create.id = Value(std::string("a1"));
  create.values = {Value(std::string("a1")), Value(std::string("Vis")), Value(Null{}), {}, {}};
  create.now = 1;
  const auto written = run(store->write(create), loop);
  REQUIRE(written.has_value());
  FindPlan find{&model, Value(std::string("a1"))};
  const auto found = run(store->find(find), loop);
  REQUIRE(found.has_value());
  CHECK(found->values == written->after->values);
  ListPlan list;
  list.model = &model;
  list.sort = {{3, true}, {0, true}};
  list.count_exact = true;
  const auto listing = run(store->list(list), loop);
  REQUIRE(listing.has_value());
  CHECK(listing->records.size() == 1);
  CHECK(listing->total == 1);
  engine->close();
}
