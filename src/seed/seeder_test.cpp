#include "seed/seeder.h"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "base/id.h"
#include "model/loader.h"

using namespace holdfast;
namespace fs = std::filesystem;

namespace {

// Keeps what is written; refuses a record whose first field is `refused`.
class KeepingStore final : public Store {
 public:
  awaitable<Result<Record>> find(const FindPlan&) override { co_return Error(Code::kNotFound); }
  awaitable<Result<Listing>> list(const ListPlan& plan) override {
    Listing listing;
    if (!written[plan.model->name].empty() || full == plan.model->name) listing.records.emplace_back();
    co_return listing;
  }
  awaitable<Result<std::int64_t>> count(const CountPlan&) override { co_return std::int64_t{0}; }
  awaitable<Result<Written>> write(WritePlan plan) override {
    if (plan.values[1].text() == "refused") {
      Error error(Code::kUniqueViolation, "Another record has it.");
      error.fields = {"name"};
      co_return error;
    }
    written[plan.model->name].push_back(std::move(plan));
    co_return Written{};
  }

  std::map<std::string, std::vector<WritePlan>> written;
  std::string full;
};

class FixedClock final : public Clock {
 public:
  Milliseconds now() const override { return 1'000'000; }
};

class Project {
 public:
  explicit Project(std::vector<Model> models = simple_models()) : catalog(std::move(models)) {
    auto pattern = (fs::temp_directory_path() / "holdfast_seeder_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    folder = pattern;
  }
  ~Project() { fs::remove_all(folder); }

  void file(const std::string& name, const std::string& text) const { std::ofstream(folder / name) << text; }

  Result<SeedReport> run(KeepingStore& store) const {
    asio::io_context loop(1);
    std::optional<Result<SeedReport>> result;
    std::exception_ptr failure;
    asio::co_spawn(loop, seed(catalog, folder, store, clock), [&](std::exception_ptr thrown, Result<SeedReport> report) {
      failure = thrown;
      result = std::move(report);
    });
    loop.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }

  static std::vector<Model> simple_models() {
    const std::string fields = "type: object\nrequired: [name]\nproperties: { name: { type: string, maxLength: 20 } }\n";
    std::vector<Model> all;
    for (const auto& [name, id] : {std::pair{"items", "uuid"}, {"notes", "text"}, {"orders", "integer"}}) {
      all.push_back(std::move(load_model_text(name, fields + "id: " + id + "\n").models.front()));
    }
    return all;
  }

  fs::path folder;
  FixedClock clock;
  Catalog catalog;
};

}  // namespace

TEST_CASE("seed: records go in in order, createdAt and ids ascend, and none is of the future", "[seed]") {
  const Project project;
  project.file("01_items.yml", "match: [name]\nrecords: [{ name: a }, { name: b }]\n");
  project.file("02_items.yml", "match: [name]\nrecords: [{ name: c }]\n");
  KeepingStore store;
  const auto report = project.run(store);
  REQUIRE(report.has_value());
  REQUIRE(report->filled.size() == 1);
  CHECK(report->filled[0].name == "items");
  CHECK(report->filled[0].records == 3);
  const auto& items = store.written["items"];
  REQUIRE(items.size() == 3);
  CHECK(items[0].kind == WritePlan::Kind::kCreate);
  CHECK(items[0].values[1].text() == "a");
  CHECK(items[2].values[1].text() == "c");
  CHECK(items[2].now == 1'000'000);
  for (std::size_t i = 1; i < items.size(); ++i) {
    CHECK(items[i].now == items[i - 1].now + 1);
    CHECK(items[i].id.text() > items[i - 1].id.text());
    CHECK(parse_uuid(items[i].id.text()));
  }
}

TEST_CASE("seed: the id is of the model's kind", "[seed]") {
  const Project project;
  project.file("01_notes.yml", "match: [id]\nrecords: [{ id: first, name: a }]\n");
  project.file("02_orders.yml", "match: [name]\nrecords: [{ name: a }]\n");
  KeepingStore store;
  REQUIRE(project.run(store).has_value());
  CHECK(store.written["notes"].at(0).id.text() == "first");
  CHECK(store.written["orders"].at(0).id.is_absent());
}

TEST_CASE("seed: a collection that holds a record is left as it is", "[seed]") {
  const Project project;
  project.file("01_items.yml", "match: [name]\nrecords: [{ name: a }]\n");
  project.file("02_orders.yml", "match: [name]\nrecords: [{ name: a }]\n");
  KeepingStore store;
  store.full = "items";
  const auto report = project.run(store);
  REQUIRE(report.has_value());
  CHECK(report->passed == std::vector<std::string>{"items"});
  CHECK(store.written["items"].empty());
  CHECK(store.written["orders"].size() == 1);
}

TEST_CASE("seed: a collection follows those that it refers to, whatever the names of the files say", "[seed]") {
  const auto order = [](std::vector<std::pair<std::string, std::string>> models) {
    Project project(load_model_texts(models).models);
    for (const auto* file : {"01_apples.yml", "02_boxes.yml", "03_crates.yml"}) {
      project.file(file, "match: [name]\nrecords: [{ id: one, name: a }]\n");
    }
    KeepingStore store;
    const auto report = project.run(store);
    REQUIRE(report.has_value());
    std::string names;
    for (const auto& filled : report->filled) names += filled.name + ' ';
    return names;
  };
  const std::string plain = "id: text\ntype: object\nproperties:\n  name: { type: string }\n";
  const auto to = [&plain](const std::string& other) { return plain + "  other: { ref: " + other + " }\n"; };
  CHECK(order({{"apples", plain}, {"boxes", plain}, {"crates", plain}}) == "apples boxes crates ");
  CHECK(order({{"apples", to("boxes")}, {"boxes", to("crates")}, {"crates", plain}}) == "crates boxes apples ");
  CHECK(order({{"apples", to("apples")}, {"boxes", plain}, {"crates", plain}}) == "apples boxes crates ");
  CHECK(order({{"apples", to("boxes")}, {"boxes", to("apples")}, {"crates", plain}}) == "crates apples boxes ");
}

TEST_CASE("seed: one fault anywhere and nothing is stored", "[seed]") {
  const Project project;
  project.file("01_items.yml", "match: [name]\nrecords: [{ name: a }]\n");
  project.file("02_orders.yml", "match: [name]\nrecords: [{ nmae: a }]\n");
  KeepingStore store;
  try {
    static_cast<void>(project.run(store));
    FAIL("seeded");
  } catch (const StartupError& error) {
    CHECK(error.exit_status() == 78);
    CHECK(std::string(error.what()).find("/02_orders.yml:2:") != std::string::npos);
  }
  CHECK(store.written.empty());
}

TEST_CASE("seed: a record that the database refuses is named by its place", "[seed]") {
  const Project project;
  project.file("01_items.yml", "match: [name]\nrecords:\n  - { name: a }\n  - { name: refused }\n  - { name: c }\n");
  KeepingStore store;
  const auto report = project.run(store);
  REQUIRE_FALSE(report.has_value());
  CHECK(report.error().code == Code::kUniqueViolation);
  CHECK(report.error().detail ==
        (project.folder / "01_items.yml").string() + ":4:5: this record could not be stored: Another record has it. (name)");
  CHECK(store.written["items"].size() == 1);
}

TEST_CASE("seed: without a folder of seeds there is a sentence that says what to do", "[seed]") {
  const Project project;
  fs::remove_all(project.folder);
  KeepingStore store;
  CHECK_THROWS_WITH(project.run(store), Catch::Contains("there is no folder of seeds") && Catch::Contains("Serve without --seed"));
}
