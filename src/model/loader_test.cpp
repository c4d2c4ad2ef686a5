#include "model/loader.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "model/loader_rows.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// A folder of its own for one test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "holdfast-models-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name, std::ios::binary) << text; }
  LoadedModels load() const { return load_models(path_, "models"); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

const std::string kSound = "type: object\nproperties:\n  x: { type: string }\n";

}  // namespace

TEST_CASE("loader: a folder is its yaml and yml files, in order of name", "[model]") {
  const Folder folder;
  folder.write("users.yml", kSound);
  folder.write("items.yaml", kSound);
  folder.write("README.md", "# not a model");
  folder.write(".items.yaml", "an editor's own");
  const LoadedModels loaded = folder.load();
  CHECK(faults_of(loaded) == "");
  REQUIRE(loaded.models.size() == 2);
  CHECK(loaded.models[0].name == "items");
  CHECK(loaded.models[1].name == "users");
  CHECK(loaded.models[1].file == "models/users.yml");
}

TEST_CASE("loader: a folder without models is a fault", "[model]") {
  const Folder folder;
  CHECK(faults_of(folder.load()) == "models: there is no model in this folder. Write one, for example `items.yaml`.\n");
  CHECK_THAT(faults_of(load_models(folder.path() / "missing", "models")),
             Catch::StartsWith("models: the folder of models cannot be read (No such file"));
}

TEST_CASE("loader: the faults of all files are told, in order of file", "[model]") {
  const Folder folder;
  folder.write("b.yaml", "type: object\nproperties: 5\n");
  folder.write("a.yaml", "type: objet\nproperties: {}\n");
  folder.write("c.yaml", kSound);
  const LoadedModels loaded = folder.load();
  REQUIRE(loaded.faults.size() == 2);
  CHECK_THAT(loaded.faults[0].text(), Catch::StartsWith("models/a.yaml:1:7: "));
  CHECK_THAT(loaded.faults[1].text(), Catch::StartsWith("models/b.yaml:2:13: "));
  CHECK(loaded.models.size() == 1);
}

TEST_CASE("loader: what files say of each other is checked", "[model]") {
  const Folder folder;
  SECTION("two files of one collection") {
    folder.write("items.yaml", kSound);
    folder.write("items.yml", kSound);
    CHECK(faults_of(folder.load()) ==
          "models/items.yml:1:1: models/items.yaml describes the same collection. Keep one of the two files.\n");
  }
  SECTION("two collections in one table, which capitals do not tell apart") {
    folder.write("goods.yaml", kSound + "table: Items\n");
    folder.write("items.yaml", kSound);
    CHECK(faults_of(folder.load()) ==
          "models/items.yaml:1:1: models/goods.yaml is stored in the table `items` too. Name another one with `table:`.\n");
  }
  SECTION("the same table in two schemas") {
    folder.write("goods.yaml", kSound + "table: items\nschema: shop\n");
    folder.write("items.yaml", kSound + "table: items\n");
    CHECK(faults_of(folder.load()) == "");
    CHECK(faults_of(load_models(folder.path(), "models", Schemas::kUnknown)) ==
          "models/items.yaml:4:8: models/goods.yaml is stored in the table `items` too, since only PostgreSQL has schemas, and this "
          "database is another. Name another one with `table:`.\n");
  }
  SECTION("an old name that is still a collection") {
    folder.write("goods.yaml", kSound + "was: items\n");
    folder.write("items.yaml", kSound);
    CHECK_THAT(faults_of(folder.load()),
               Catch::StartsWith("models/goods.yaml:4:6: `items` is still a collection, so `goods` cannot be its new name."));
  }
  SECTION("one old name of two collections") {
    folder.write("goods.yaml", kSound + "was: things\n");
    folder.write("items.yaml", kSound + "was: things\n");
    CHECK(faults_of(folder.load()) == "models/items.yaml:4:6: `things` cannot become both `goods` and `items`. Take one `was` away.\n");
  }
  SECTION("a folder called like a model") {
    fs::create_directory(folder.path() / "items.yaml");
    CHECK(faults_of(folder.load()) == "models/items.yaml:1:1: the file cannot be read. Check that it is a file, and its permissions.\n");
  }
}

TEST_CASE("loader: the example catalogue is what the mission fixes", "[model]") {
  const LoadedModels loaded = load_models(fs::path(HOLDFAST_SOURCE_FOLDER) / "examples/catalogue/models", "models");
  REQUIRE(faults_of(loaded) == "");
  REQUIRE(loaded.models.size() == 2);

  const Model& items = loaded.models[0];
  CHECK(items.name == "items");
  CHECK(items.timestamps);
  const Field& name = items.fields.at(1);
  CHECK(name.required);
  CHECK(name.trim);
  CHECK(name.min_length == 1);
  CHECK(name.max_length == 100);
  CHECK(name.messages.at("required") == "Le nom est obligatoire");
  CHECK(name.messages.at("minLength") == "Le nom est obligatoire");
  CHECK(name.messages.at("maxLength") == "Le nom ne peut dépasser 100 caractères");
  CHECK(items.fields.at(2).messages.at("maxLength") == "La description ne peut dépasser 500 caractères");
  CHECK(items.fields.at(3).messages.at("minimum") == "Le prix doit être positif");
  CHECK(items.fields.at(4).enumeration == std::vector<std::string>{"electronique", "vetement", "livre", "autre"});
  CHECK(items.fields.at(6).default_value == Value(true));
  CHECK(items.indexes.size() == 3);
  CHECK(items.search->language == "french");
  CHECK(items.finders.at(0).where == "isActive = true");

  const Model& users = loaded.models[1];
  CHECK(users.fields.at(*users.ordinal("email")).unique);
  CHECK(users.fields.at(*users.ordinal("email")).lowercase);
  CHECK(users.fields.at(*users.ordinal("role")).default_value == Value(std::string("user")));
}

namespace {

// The models that the reference page shows, in order.
std::vector<std::string> models_of_the_page() {
  std::ifstream stream(std::string(HOLDFAST_SOURCE_FOLDER) + "/docs/models.md", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(stream), {}};
  const std::string fence = "```yaml\n";
  std::vector<std::string> models;
  for (std::size_t begin = page.find(fence); begin != std::string::npos; begin = page.find(fence, begin)) {
    begin += fence.size();
    models.push_back(page.substr(begin, page.find("```", begin) - begin));
  }
  return models;
}

}  // namespace

TEST_CASE("loader: the models that the reference page shows are sound", "[model]") {
  const auto shown = models_of_the_page();
  REQUIRE(shown.size() == 2);
  const LoadedModels loaded = load_model_texts({{"items", shown[0]}, {"orders", shown[1]}, {"users", kSound}});
  REQUIRE(faults_of(loaded) == "");
  REQUIRE(loaded.models.size() == 3);
  const Model& orders = loaded.models[1];
  CHECK(orders.name == "orders");
  CHECK(orders.id_kind == IdKind::kObjectId);
  const Field& customer = orders.fields.at(*orders.ordinal("customer"));
  CHECK(customer.ref == "users");
  CHECK(customer.format == Format::kUuid);
  CHECK(orders.fields.at(*orders.ordinal("lines")).element->properties.size() == 2);
  CHECK(orders.fields.at(*orders.ordinal("meta")).kind == Kind::kJson);
  REQUIRE(orders.indexes.size() == 3);
  CHECK(orders.indexes[0].keys == std::vector<SortKey>{{*orders.ordinal("customer"), false}, {*orders.ordinal("placedAt"), true}});
  CHECK(orders.indexes[1].keys == std::vector<SortKey>{{*orders.queryable("address.city"), false}});
  CHECK(orders.indexes[2].keys == std::vector<SortKey>{{orders.created_at(), false}});
}

TEST_CASE("loader: no beginning of a sound model makes it fail otherwise than by faults", "[model]") {
  std::ifstream stream(std::string(HOLDFAST_SOURCE_FOLDER) + "/examples/catalogue/models/items.yaml", std::ios::binary);
  const std::string items{std::istreambuf_iterator<char>(stream), {}};
  for (const std::string& text : {items, models_of_the_page().at(1)}) {
    REQUIRE(text.size() > 500);
    for (std::size_t length = 0; length < text.size() - 1; ++length) {
      const LoadedModels loaded = load_model_texts({{"things", text.substr(0, length)}, {"users", kSound}});
      CHECK(loaded.models.size() == (loaded.faults.empty() ? 2 : 1));
    }
  }
}

}  // namespace holdfast
