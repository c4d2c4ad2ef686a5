#include "model/keywords.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace holdfast {

namespace {

// Compares a committed file with what the table of keywords makes of it; HOLDFAST_REWRITE_GOLDEN=1 writes it instead.
void check_made_file(const std::string& name, const std::string& expected) {
  const std::string path = std::string(HOLDFAST_SOURCE_FOLDER) + "/" + name;
  if (const char* rewrite = std::getenv("HOLDFAST_REWRITE_GOLDEN"); rewrite != nullptr && std::string_view(rewrite) == "1") {
    std::ofstream(path, std::ios::binary) << expected;
  }
  std::ostringstream committed;
  committed << std::ifstream(path, std::ios::binary).rdbuf();
  INFO(name << " is not what the table of keywords makes. Rewrite it: HOLDFAST_REWRITE_GOLDEN=1 build/release/holdfast_tests '[golden]'");
  CHECK(committed.str() == expected);
}

}  // namespace

TEST_CASE("keywords: the committed meta-schema is what the table makes", "[model][golden]") {
  check_made_file("schema/model.schema.json", meta_schema());
}

TEST_CASE("keywords: the committed reference page is what the table makes", "[model][golden]") {
  check_made_file("docs/models.md", keyword_reference());
}

TEST_CASE("keywords: each stands once on its level, says what it means, and shows how it is written", "[model]") {
  std::set<std::pair<Level, std::string_view>> seen;
  for (const auto& keyword : keywords()) {
    INFO(keyword.name);
    CHECK(seen.emplace(keyword.level, keyword.name).second);
    CHECK_FALSE(keyword.meaning.empty());
    CHECK(keyword.example.substr(0, keyword.name.size() + 1) == std::string(keyword.name) + ":");
    CHECK((keyword.level == Level::kField) == (keyword.kinds != 0 || keyword.on_references));
  }
}

}  // namespace holdfast
