#include "app/settings.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "app/dotenv.h"

using namespace holdfast;

namespace {

std::string contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  REQUIRE(stream);
  return {std::istreambuf_iterator<char>(stream), {}};
}

const ShownSetting& shown(const std::vector<ShownSetting>& all, std::string_view name) {
  for (const auto& one : all) {
    if (one.setting->name == name) return one;
  }
  throw std::logic_error("no such setting");
}

}  // namespace

TEST_CASE("settings: names and flags are unique, and every default is of its own shape", "[app]") {
  std::set<std::string_view> names, flags;
  for (const auto& setting : settings()) {
    INFO(setting.name);
    CHECK(names.insert(setting.name).second);
    if (!setting.flag.empty()) CHECK(flags.insert(setting.flag).second);
    CHECK(setting.meaning.ends_with('.'));
    Config config;
    const bool may_be_empty = setting.shape != SettingShape::kKey;
    if (!setting.default_text.empty() || may_be_empty) CHECK_FALSE(set(config, setting, setting.default_text, {}));
  }
}

TEST_CASE("settings: what may be secret has no flag and is not shown", "[app]") {
  auto config = default_config(".");
  const auto put = [&config](const char* name, const char* text) { REQUIRE_FALSE(set(config, *find_setting(name), text, {})); };
  put("HOLDFAST_API_KEY", "secret-key");
  put("DATABASE_URL", "postgres://user:secret@h:5432/db?password=secret#secret");
  put("REDIS_URL", "redis://:secret@h:6379");
  const auto all = show(config);
  CHECK(shown(all, "HOLDFAST_API_KEY").text == "(set, not shown)");
  CHECK(shown(all, "DATABASE_URL").text == "postgres://h:5432/db");
  CHECK(shown(all, "REDIS_URL").text == "redis://h:6379");
  for (const auto* name : {"HOLDFAST_API_KEY", "DATABASE_URL", "MONGODB_URI", "REDIS_URL"}) CHECK(find_setting(name)->flag.empty());
}

TEST_CASE("settings: a URL is shown without user, password and query, however badly it is escaped", "[app]") {
  CHECK(without_secrets("postgres://u:secret@h:5432/db?sslmode=require") == "postgres://h:5432/db");
  CHECK(without_secrets("postgres://u:sec@ret@h/db") == "postgres://h/db");
  CHECK(without_secrets("postgres://u:sec/ret@h/db") == "postgres://h/db");
  CHECK(without_secrets("mongodb://u:sec?ret@h/db") == "mongodb://(not shown)");
  CHECK(without_secrets("mongodb://u:sec#ret@h/db") == "mongodb://(not shown)");
  CHECK(without_secrets("postgresql:///db?host=/run/postgresql&password=secret") == "postgresql:///db");
  CHECK(without_secrets("sqlite:shop.db") == "sqlite:shop.db");
}

TEST_CASE("settings: docs/configuration.md is what the table says", "[app]") {
  const std::string file = HOLDFAST_SOURCE_FOLDER "/docs/configuration.md";
  if (std::getenv("HOLDFAST_REWRITE_GOLDEN")) std::ofstream(file, std::ios::binary) << configuration_page();
  INFO("HOLDFAST_REWRITE_GOLDEN=1 rewrites the page");
  CHECK(contents(file) == configuration_page());
}

TEST_CASE("settings: the example's .env.example is a sound .env, also with every setting in it switched on", "[app]") {
  auto text = contents(HOLDFAST_SOURCE_FOLDER "/examples/catalogue/.env.example");
  CHECK(parse_dotenv(text, ".env.example").faults.empty());
  std::string switched_on;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto line = text.substr(begin, end - begin);
    const bool is_setting = line.size() > 1 && line[0] == '#' && line[1] >= 'A' && line[1] <= 'Z' && line.find('=') != std::string::npos;
    switched_on += (is_setting ? line.substr(1) : line) + "\n";
    begin = end + 1;
  }
  const auto parsed = parse_dotenv(switched_on, ".env.example");
  CHECK(parsed.faults.empty());
  CHECK(parsed.entries.size() > 5);
  for (const auto& entry : parsed.entries) {
    INFO(entry.name);
    const auto* setting = find_setting(entry.name);
    REQUIRE(setting);
    Config config;
    CHECK_FALSE(set(config, *setting, entry.value, {}));
  }
}
