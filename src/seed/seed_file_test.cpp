#include "seed/seed_file.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

using namespace holdfast;
namespace fs = std::filesystem;

namespace {

constexpr auto kItems = R"(
type: object
required: [name, price]
properties:
  name: { type: string, trim: true, maxLength: 20, messages: { required: Le nom est obligatoire } }
  price: { type: number, decimal: [18, 4] }
  tags: { type: array, items: { type: string, maxLength: 5 } }
  count: { type: integer }
  ratio: { type: number }
  isActive: { type: boolean, default: true }
timestamps: true
)";

class Seeds {
 public:
  Seeds() {
    auto pattern = (fs::temp_directory_path() / "holdfast_seeds_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    folder_ = pattern;
  }
  ~Seeds() { fs::remove_all(folder_); }

  Seeds& file(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return *this;
  }
  LoadedSeeds load() { return load_seeds(catalog_, folder_, "seeds"); }
  std::string only_fault() {
    const auto loaded = load();
    REQUIRE(loaded.faults.size() == 1);
    return loaded.faults.front().text();
  }

 private:
  fs::path folder_;
  Catalog catalog_{load_model_text("items", kItems).models};
};

std::string fault_of(const std::string& text) {
  return Seeds().file("01_items.yml", text).only_fault();
}

}  // namespace

TEST_CASE("seeds: files are taken in order of name, records in order of lines, decimals exact", "[seed]") {
  Seeds seeds;
  seeds.file("02_items.yml", "match: [name]\nrecords: [{ name: c, price: 1 }]\n");
  seeds.file("01_items.yaml",
             "match: [name]\nrecords:\n  - { name: ' a ', price: 45.50, tags: [x, y] }\n  - { name: b, price: '123456789012.3456', count: "
             "0x1F, ratio: .5 }\n");
  seeds.file("README.md", "not a seed");
  const auto loaded = seeds.load();
  CHECK(loaded.faults.empty());
  REQUIRE(loaded.files.size() == 2);
  CHECK(loaded.files[0].file == "seeds/01_items.yaml");
  REQUIRE(loaded.files[0].records.size() == 2);
  const auto& first = loaded.files[0].records[0];
  CHECK(first.mark.line == 3);
  CHECK(first.values[1].text() == "a");
  CHECK(first.values[2].integer() == 455000);
  CHECK(first.values[3].array().size() == 2);
  CHECK(first.values[6].boolean());
  const auto& second = loaded.files[0].records[1];
  CHECK(second.values[2].integer() == 1234567890123456);
  CHECK(second.values[4].integer() == 31);
  CHECK(second.values[5].number() == 0.5);
  CHECK(loaded.files[1].records[0].values[1].text() == "c");
}

TEST_CASE("seeds: a folder that is missing holds none", "[seed]") {
  const Catalog catalog(load_model_text("items", kItems).models);
  const auto loaded = load_seeds(catalog, "/nowhere/seeds", "seeds");
  CHECK(loaded.files.empty());
  CHECK(loaded.faults.empty());
}

TEST_CASE("seeds: a value that the model refuses has the place of the value", "[seed]") {
  CHECK(fault_of("match: [name]\nrecords:\n  - { name: a, price: 1.00001 }\n").starts_with("seeds/01_items.yml:3:23: `price`: "));
  CHECK(fault_of("match: [name]\nrecords:\n  - name: a\n    price: 1\n    tags: [ok, too long]\n")
            .starts_with("seeds/01_items.yml:5:16: `tags/1`: "));
  CHECK(fault_of("match: [name]\nrecords:\n  - { price: 1 }\n") == "seeds/01_items.yml:3:5: `name`: Le nom est obligatoire");
  CHECK(fault_of("match: [name]\nrecords:\n  - { name: a, price: 1, prize: 2 }\n").starts_with("seeds/01_items.yml:3:33: `prize`: "));
  CHECK(fault_of("match: [name]\nrecords:\n  - { name: 12, price: 1 }\n").starts_with("seeds/01_items.yml:3:13: `name`: "));
  CHECK(fault_of("match: [name]\nrecords:\n  - { name: a, price: 1, createdAt: 2026-01-01T00:00:00Z }\n").find("`createdAt`") !=
        std::string::npos);
  CHECK(fault_of("match: [name]\nrecords: [one]\n").starts_with("seeds/01_items.yml:2:11: a record: "));
}

TEST_CASE("seeds: a number that JSON has not is refused, not guessed", "[seed]") {
  CHECK(fault_of("match: [name]\nrecords: [{ name: a, price: 1, ratio: .inf }]\n") ==
        "seeds/01_items.yml:2:39: .inf is not a finite number. If it is a text, put it into quotes.");
}

TEST_CASE("seeds: a file of another form is refused with what to write instead", "[seed]") {
  CHECK(fault_of("# nothing\n\n") == "seeds/01_items.yml:1:1: the file is empty. Write `match: [field]` and `records:`.");
  CHECK(fault_of("- name: a\n").find("a map of `match` and `records`") != std::string::npos);
  CHECK(fault_of("match: [name]\n").find("`records` is missing") != std::string::npos);
  CHECK(fault_of("match: [name]\nrecords: { name: a }\n").find("write each behind `- `") != std::string::npos);
  CHECK(fault_of("records: []\n").find("`match` is missing") != std::string::npos);
  CHECK(fault_of("match: []\nrecords: []\n").starts_with("seeds/01_items.yml:1:8: `match` is a list of fields"));
  CHECK(fault_of("match: [nmae]\nrecords: []\n") == "seeds/01_items.yml:1:9: `nmae` is not a field of items.");
  CHECK(fault_of("match: [id]\nrecords: []\n").find("kept by the server") != std::string::npos);
  CHECK(fault_of("match: [name]\nrecord: []\nrecords: []\n").starts_with("seeds/01_items.yml:2:1: `record` means nothing here"));
  CHECK(fault_of("match: [name]\nrecords:\n  - { name: a, name: b, price: 1 }\n").find("twice") != std::string::npos);
  CHECK(fault_of("match: [name\n").starts_with("seeds/01_items.yml:"));
}

TEST_CASE("seeds: a file is named after its collection", "[seed]") {
  const auto name = GENERATE("items.yml", "01items.yml", "01_itens.yml", "a_items.yml", "01_.yml");
  CHECK(Seeds().file(name, "match: [name]\nrecords: []\n").only_fault() ==
        std::string("seeds/") + name + ":1:1: a seed file is called NN_<collection>.yml, as in 01_items.yml; the collections are items.");
}

TEST_CASE("seeds: two records that agree in all of `match` are refused, also in two files and after trimming", "[seed]") {
  CHECK(fault_of("match: [name]\nrecords:\n  - { name: a, price: 1 }\n  - { name: 'a ', price: 2 }\n")
            .starts_with("seeds/01_items.yml:4:5: this record agrees with that of seeds/01_items.yml:3"));
  Seeds two;
  two.file("01_items.yml", "match: [name]\nrecords: [{ name: a, price: 1 }]\n")
      .file("02_items.yml", "match: [name]\nrecords: [{ name: a, price: 1 }]\n");
  CHECK(two.only_fault().starts_with("seeds/02_items.yml:2:11: this record agrees with that of seeds/01_items.yml:2"));
  Seeds by_other_fields;
  by_other_fields.file("01_items.yml", "match: [count]\nrecords: [{ name: a, price: 1, count: 5 }]\n")
      .file("02_items.yml", "match: [ratio]\nrecords: [{ name: b, price: 1, ratio: 5 }]\n");
  CHECK(by_other_fields.load().faults.empty());
  Seeds apart;
  CHECK(
      apart.file("01_items.yml", "match: [name, price]\nrecords: [{ name: a, price: 1 }, { name: a, price: 2 }]\n").load().faults.empty());
}
