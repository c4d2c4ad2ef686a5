#include "model/loader_keys.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "model/loader_rows.h"

namespace holdfast {

namespace {

constexpr const char* kFields =
    "type: object\n"
    "properties:\n"
    "  name: { type: string, maxLength: 100 }\n"
    "  text: { type: string }\n"
    "  long: { type: string, maxLength: 500 }\n"
    "  count: { type: integer }\n"
    "  tags: { type: array, items: { type: string, maxLength: 50 } }\n"
    "  notes: { type: array, items: { type: string } }\n"
    "  kind: { enum: [a, bb] }\n"
    "  email: { type: string, format: email }\n"
    "  active: { type: boolean }\n"
    "timestamps: true\n";

std::string with(const std::string& keys) {
  return kFields + keys + "\n";
}

Model model_of_keys(const std::string& keys) {
  return model_of(with(keys));
}

}  // namespace

TEST_CASE("loader: indexes are kept as declared, and timestamps add theirs", "[model]") {
  const Model model = model_of_keys("indexes: [[kind, -count], [tags], [-createdAt]]");
  REQUIRE(model.indexes.size() == 4);
  CHECK(model.indexes[0].keys == std::vector<SortKey>{{*model.ordinal("kind"), false}, {*model.ordinal("count"), true}});
  CHECK(model.indexes[1].keys == std::vector<SortKey>{{*model.ordinal("tags"), false}});
  CHECK(model.indexes[3].keys == std::vector<SortKey>{{model.created_at(), false}});
  CHECK(model_of_keys("indexes: [[createdAt]]").indexes.size() == 1);
}

TEST_CASE("loader: unique keys are those of the fields in model order, then those of the collection", "[model]") {
  const LoadedModels loaded = load_model_text(
      "things",
      "type: object\nproperties:\n  b: { type: integer, unique: true }\n  a: { type: integer, unique: true }\nunique: [[a, b]]\n");
  REQUIRE(faults_of(loaded) == "");
  const auto& keys = loaded.models[0].unique_keys;
  REQUIRE(keys.size() == 3);
  CHECK(keys[0].fields == std::vector<std::size_t>{1});
  CHECK(keys[1].fields == std::vector<std::size_t>{2});
  CHECK(keys[2].fields == std::vector<std::size_t>{2, 1});
}

TEST_CASE("loader: indexes must fit every engine", "[model]") {
  const std::string wrong = objections({
      {"indexes that are no list", with("indexes: §name"),
       "`indexes` takes a list of lists of fields; got the text `name`. Write, for example, `indexes: [[category, -price]]`."},
      {"an index that is no list", with("indexes: [§name]"), "`indexes` takes a list of lists of fields; got the text `name`."},
      {"an empty index", with("indexes: [§[]]"), "`indexes` takes a list of lists of fields; got an empty list."},
      {"an unknown field", with("indexes: [[§nmae]]"), "`indexes` names `nmae`, which is not a field. Did you mean `name`?"},
      {"an unknown descending field", with("indexes: [[name, §-prise]]"),
       "`indexes` names `prise`, which is not a field. Fields are id, name,"},
      {"a path of no object", with("indexes: [[§address.city]]"), "`indexes` names `address.city`, which is not a field. Fields are id,"},
      {"a field twice", with("indexes: [[count, §-count]]"), "`count` stands here twice. Take one away."},
      {"the id", with("indexes: [[count, §id]]"), "every index ends in the id by itself. Take it away."},
      {"an index twice", with("indexes: [[count, name], §[count, name]]"), "this index is declared above already. Take it away."},
      {"the same fields in another order or direction", with("indexes: [[count, name], [name, count], [count, -name]]"), ""},
      {"an unbounded string", with("indexes: [§[text]]"),
       "`text` stands in `indexes`, so its texts need a bound: long ones do not fit into an index. Give it one: `maxLength: 100`."},
      {"an array of unbounded strings", with("indexes: [§[notes]]"),
       "`notes` stands in `indexes`, so its texts need a bound: long ones do not fit into an index. Give its items one"},
      {"600 characters", with("indexes: [[long, name]]"), ""},
      {"602 characters", with("indexes: [§[long, name, kind]]"),
       "its texts can have 2408 bytes (4 for each of `maxLength`); an index holds 2400."},
      {"two emails' worth and a name", with("indexes: [§[email, long]]"), "its texts can have 3016 bytes"},
      {"a timestamp counts as 24 characters", with("indexes: [§[long, name, createdAt]]"), "its texts can have 2496 bytes"},
      {"an array beside another field", with("indexes: [[§tags, count]]"), "`tags` is an array, and an array indexes alone: `[tags]`."},
      {"a descending array", with("indexes: [[§-tags]]"), "`tags` is an array, and an array indexes alone: `[tags]`."},
      {"a timestamp without timestamps", with_field("{ type: integer }") + "indexes: [[§createdAt]]\n",
       "`indexes` names `createdAt`, which is not a field. It exists with `timestamps: true`."},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: unique keys must fit every engine", "[model]") {
  const std::string wrong = objections({
      {"an unbounded unique string", with_field("{ type: string, unique: §true }"), "`x` stands in `unique`, so its texts need a bound"},
      {"a unique string of 601 characters", with_field("{ type: string, maxLength: 601, unique: §true }"),
       "its texts can have 2404 bytes (4 for each of `maxLength`); an index holds 2400."},
      {"a unique string of 600 characters", with_field("{ type: string, maxLength: 600, unique: true }"), ""},
      {"a unique uri without a bound", with_field("{ type: string, format: uri, unique: §true }"), "`x` stands in `unique`"},
      {"a unique email", with_field("{ type: string, format: email, unique: true }"), ""},
      {"a unique instant", with_field("{ type: string, format: date-time, unique: true }"), ""},
      {"a key of one field", with("unique: [§[name]]"), "a key of one field is written on the field: `name: { …, unique: true }`."},
      {"a key with an unbounded string", with("unique: [§[count, text]]"), "`text` stands in `unique`"},
      {"a key with an array", with("unique: [§[count, tags]]"),
       "`tags` is an array, and only scalars can be in a unique key. Take it away."},
      {"a key with the id", with("unique: [§[id, name]]"), "the id is unique by itself. Take it away."},
      {"a key twice, in another order", with("unique: [[name, count], §[count, name]]"), "this key is declared above already."},
      {"a field twice", with("unique: [[name, §name]]"), "`name` stands here twice."},
      {"an unknown field", with("unique: [[name, §size]]"), "`unique` names `size`, which is not a field."},
      {"a list of fields", with("unique: [§name]"), "`unique` takes a list of lists of at least two fields"},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: an index and a unique key have at most 31 fields", "[model]") {
  std::string fields = "type: object\nproperties:\n";
  std::string names;
  for (int i = 1; i <= 31; ++i) {
    fields += fmt::format("  f{}: {{ type: integer }}\n", i);
    names += fmt::format("f{}, ", i);
  }
  fields += "  last: { type: integer }\n";
  names.resize(names.size() - 2);
  const std::string wrong = objections({
      {"31", fields + "indexes: [[" + names + "]]\nunique: [[" + names + "]]\n", ""},
      {"an index of 32", fields + "indexes: [§[" + names + ", last]]\n", "32 fields stand here; 31 are the most. Take some away."},
      {"a key of 32", fields + "unique: [§[" + names + ", last]]\n", "32 fields stand here; 31 are the most. Take some away."},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: a finder compares the field of its name, or the one it names", "[model]") {
  const std::string finders =
      "finders:\n  kind: {}\n  tagged: { field: tags, where: \"active = true\", sortBy: -count }\n  on: { field: count, where: 'count > 0' "
      "}";
  const Model model = model_of_keys(finders);
  REQUIRE(model.finders.size() == 3);
  CHECK(model.finders[0].field == model.ordinal("kind"));
  CHECK(model.finders[0].where.empty());
  CHECK(model.finders[1].field == model.ordinal("tags"));
  CHECK(model.finders[1].where == "active = true");
  const auto place_of = [&](const std::string& text) {
    std::string yaml = with(finders);
    yaml.insert(yaml.find(text), "§");
    return take_mark(yaml);
  };
  const auto shown = [](Mark mark) { return std::to_string(mark.line) + ":" + std::to_string(mark.column); };
  CHECK(shown(model.finders[1].where_mark) == place_of("active = true"));
  CHECK(shown(model.finders[1].sort_by_mark) == place_of("-count"));
  CHECK(model.finders[1].sort_by == "-count");
  CHECK(model.finders[2].name == "on");

  const std::string wrong = objections({
      {"a finder called search", with("finders: { §search: { field: name } }"),
       "a finder cannot be called `search`: `/search` is a route of every collection."},
      {"a finder called count", with("finders: { §count: {} }"), "a finder cannot be called `count`"},
      {"a finder with a slash", with("finders: { §by/name: { field: name } }"), "`by/name` cannot name a finder: a letter first"},
      {"a finder of no field", with("finders: { §kinds: {} }"),
       "no field is called `kinds`, so the finder must say which one it compares: `kinds: { field: … }`. Did you mean `kind`?"},
      {"a finder of an unknown field", with("finders: { kinds: { field: §knd } }"),
       "`field` names `knd`, which is not a field. Did you mean `kind`?"},
      {"an unknown keyword", with("finders: { kind: { §were: a } }"), "`were` is not a keyword of a finder. Did you mean `where`?"},
      {"a condition that is a map", with("finders: { kind: { where: §{ active: true } } }"),
       "`where` takes text; got a map. Write, for example, `where: isActive = true`."},
      {"an empty condition", with("finders: { kind: { where: §\" \" } }"), "`where` takes text; got the text ` `."},
      {"a list as order", with("finders: { kind: { sortBy: §[count] } }"), "`sortBy` takes text; got the list `[count]`."},
      {"a finder without a map", with("finders:\n  §kind:\n"), "a finder is a map; got nothing. Write `kind: {}`"},
      {"finders that are a list", with("finders: §[kind]"), "`finders` takes a map of finders; got the list `[kind]`."},
      {"a finder on a timestamp", with("finders: { createdAt: {} }"), ""},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: search and cache are checked", "[model]") {
  const Model model =
      model_of_keys("search: { fields: [text, name], language: french }\ncache: { ttl: 60, searchTtl: 5, tags: [kind, tags] }");
  CHECK(model.search->fields == std::vector<std::size_t>{*model.ordinal("text"), *model.ordinal("name")});
  CHECK(model.search->language == "french");
  CHECK(model.cache.ttl_seconds == 60);
  CHECK(model.cache.search_ttl_seconds == 5);
  CHECK(model.cache.tags->size() == 2);
  CHECK_FALSE(model.cache.off);
  CHECK(model_of_keys("cache: { off: true }").cache.off);
  CHECK(model_of_keys("search: { fields: [email] }").search->language == "simple");
  CHECK_FALSE(model_of_keys("").search.has_value());

  const std::string wrong = objections({
      {"a search without fields", with("search: §{ language: french }"),
       "`fields` is missing. Write, for example, `search: { fields: [name] }`."},
      {"a search of no field", with("search: { fields: §[] }"), "`fields` takes a list of at least one field; got an empty list."},
      {"a search of an integer", with("search: { fields: §[name, count] }"), "only string fields are searched; `count` is not one."},
      {"a search of an array", with("search: { fields: §[tags] }"), "only string fields are searched; `tags` is not one."},
      {"a search of an enum", with("search: { fields: §[kind] }"), "only string fields are searched; `kind` is an enum. Take it away."},
      {"a search of a uuid", with_field("{ type: string, format: uuid }") + "search: { fields: §[x] }\n",
       "only string fields are searched; `x` is a uuid."},
      {"a search of a date", with_field("{ type: string, format: date }") + "search: { fields: §[x] }\n",
       "only string fields are searched; `x` is not one."},
      {"a search of a write-only field", with_field("{ type: string, writeOnly: true }") + "search: { fields: §[x] }\n",
       "only string fields are searched; `x` is write-only."},
      {"a search of the id", with("id: text\nsearch: { fields: §[id] }"), "only string fields are searched; `id` is not one."},
      {"a search of uris and emails", with_field("{ type: string, format: uri }") + "search: { fields: [x] }\n", ""},
      {"a search of an unknown field", with("search: { fields: [§nam] }"),
       "`fields` names `nam`, which is not a field. Did you mean `name`?"},
      {"a field twice", with("search: { fields: [name, §name] }"), "`name` stands here twice."},
      {"an unknown language", with("search: { fields: [name], language: §frensh }"),
       "`frensh` is not a language of the search. Did you mean `french`?"},
      {"a language by its code", with("search: { fields: [name], language: §fr }"),
       "`fr` is not a language of the search. Languages are simple, arabic,"},
      {"an unknown keyword of search", with("search: { fields: [name], §languages: french }"),
       "`languages` is not a keyword of `search`. Did you mean `language`?"},
      {"a search that is a list", with("search: §[name]"), "`search` takes a map of `fields` and `language`; got the list `[name]`."},
      {"a time to live of zero", with("cache: { ttl: §0 }"),
       "`ttl` takes a whole number of seconds from 1; got the number `0`. Write, for example, `ttl: 300`."},
      {"a time to live in words", with("cache: { searchTtl: §1h }"),
       "`searchTtl` takes a whole number of seconds from 1; got the text `1h`."},
      {"an unknown tag", with("cache: { tags: [§knd] }"), "`tags` names `knd`, which is not a field. Did you mean `kind`?"},
      {"off: false", with("cache: { off: §false }"), "`off` takes `true`; got `false`."},
      {"an unknown keyword of cache", with("cache: { §tll: 5 }"), "`tll` is not a keyword of `cache`. Did you mean `ttl`?"},
      {"a cache that is a boolean", with("cache: §false"), "`cache` takes a map of `ttl`, `searchTtl`, `tags`, `off`; got `false`."},
  });
  CHECK(wrong == "");
}

}  // namespace holdfast
