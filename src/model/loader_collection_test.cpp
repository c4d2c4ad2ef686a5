#include "model/loader_collection.h"

#include <catch2/catch.hpp>

#include "model/loader_rows.h"

namespace holdfast {

namespace {

std::string names_of(const Model& model) {
  std::string names;
  for (const auto& field : model.fields) names += field.name + ":" + field.column + " ";
  return names;
}

}  // namespace

TEST_CASE("loader: the id comes first, the properties in their order, the timestamps last", "[model]") {
  CHECK(names_of(model_of(with_field("{ type: string }") + "  aB: { type: string }\ntimestamps: true\n")) ==
        "id:id x:x aB:a_b createdAt:created_at updatedAt:updated_at ");
  CHECK(names_of(model_of("type: object\nproperties: {}\n")) == "id:id ");
  const Model model = model_of(with_field("{ type: string }") + "timestamps: true\n");
  CHECK(model.fields[0].role == Role::kId);
  CHECK(model.fields[model.created_at()].role == Role::kCreatedAt);
  CHECK(model.fields[model.updated_at()].kind == Kind::kDateTime);
  for (const std::size_t kept : {std::size_t{0}, model.created_at(), model.updated_at()}) CHECK_FALSE(model.fields[kept].admits_null);
}

TEST_CASE("loader: the kind of the id is said by the collection", "[model]") {
  const auto id_of = [](const std::string& kind) { return model_of(with_field("{ type: string }") + kind).fields[0]; };
  CHECK(model_of(with_field("{ type: string }")).id_kind == IdKind::kUuid);
  CHECK(model_of(with_field("{ type: string }") + "id: objectId\n").id_kind == IdKind::kObjectId);
  CHECK(id_of("id: uuid\n").format == Format::kUuid);
  CHECK(id_of("id: objectId\n").longest() == 24);
  CHECK(id_of("id: integer\n").kind == Kind::kInteger);
  CHECK(id_of("id: text\n").longest() == 100);
  CHECK(id_of("id: text\n").required);
  CHECK_FALSE(id_of("id: uuid\n").required);
}

TEST_CASE("loader: a collection is stored under its own name unless the model says otherwise", "[model]") {
  CHECK(load_model_text("order-lines", with_field("{ type: string }")).models.at(0).table == "order_lines");
  const Model model =
      model_of("title: Thing\ndescription: All things\nwas: stuff\ntable: tbl_Things\nschema: shop\n" + with_field("{ type: string }"));
  CHECK(model.table == "tbl_Things");
  CHECK(model.schema == "shop");
  CHECK(model.title == "Thing");
  CHECK(model.description == "All things");
  CHECK(model.was == "stuff");
  CHECK(model.name == "things");
  CHECK(model.file == "models/things.yaml");
}

TEST_CASE("loader: a collection says whether its writes need If-Match", "[model]") {
  CHECK(model_of(with_field("{ type: string }") + "requireIfMatch: true\n").require_if_match);
  CHECK_FALSE(model_of(with_field("{ type: string }") + "requireIfMatch: false\n").require_if_match);
  CHECK_FALSE(model_of(with_field("{ type: string }")).require_if_match);
}

TEST_CASE("loader: the file name is the name of the collection", "[model]") {
  for (const auto* name : {"a", "order-lines", "v2"}) CHECK(load_model_text(name, with_field("{ type: string }")).faults.empty());
  CHECK(load_model_text(std::string(60, 'a'), with_field("{ type: string }")).faults.empty());
  for (const std::string& name :
       {std::string("Items"), std::string("order_lines"), std::string("2nd"), std::string("-a"), std::string(""), std::string(61, 'a')}) {
    INFO(name);
    const LoadedModels loaded = load_model_text(name, with_field("{ type: string }"));
    REQUIRE(loaded.faults.size() == 1);
    CHECK_THAT(loaded.faults[0].text(), Catch::Contains(":1:1: `" + name + "` cannot name a collection"));
  }
}

TEST_CASE("loader: what a collection says is checked", "[model]") {
  const std::string x = "type: object\nproperties:\n  x: { type: string }\n";
  const std::string wrong = objections({
      {"no type", "§properties:\n  x: { type: string }\n", "`type` is missing. Write `type: object`."},
      {"another type", "type: §array\nproperties:\n  x: { type: string }\n",
       "`type` takes `object`; got the text `array`. Write, for example, `type: object`."},
      {"no properties", "§type: object\n", "`properties` is missing."},
      {"properties that are a list", "type: object\nproperties: §[x]\n", "`properties` takes a map of fields; got the list `[x]`."},
      {"an unknown keyword", x + "§timestamp: true\n", "`timestamp` is not a keyword of the collection. Did you mean `timestamps`?"},
      {"a keyword of a field", x + "§maxLength: 5\n", "`maxLength` is not a keyword of the collection. It belongs to a field."},
      {"a keyword that nothing is near to", x + "§hooks: {}\n",
       "`hooks` is not a keyword of the collection. It has: title, description, type,"},
      {"yes for true", x + "timestamps: §yes\n",
       "`timestamps` takes `true` or `false`; got the text `yes`. Write, for example, `timestamps: true`."},
      {"an unknown kind of id", x + "id: §serial\n",
       "`id` takes `uuid`, `objectId`, `integer` or `text`; got the text `serial`. Did you mean `integer`?"},
      {"a kind of id in capitals", x + "id: §UUID\n",
       "`id` takes `uuid`, `objectId`, `integer` or `text`; got the text `UUID`. Did you mean `uuid`?"},
      {"a kind of id of another language", x + "id: §int\n",
       "`id` takes `uuid`, `objectId`, `integer` or `text`; got the text `int`. Did you mean `integer`?"},
      {"a kind of id like none", x + "id: §snowflake\n",
       "`id` takes `uuid`, `objectId`, `integer` or `text`; got the text `snowflake`. Write, for example, `id: uuid`."},
      {"requireIfMatch that is no boolean", x + "requireIfMatch: §always\n",
       "`requireIfMatch` takes `true` or `false`; got the text `always`. Write, for example, `requireIfMatch: true`."},
      {"a table of the server", x + "table: §_hf_things\n", "tables called `_hf_…` are kept for the server and the database."},
      {"a table of SQLite", x + "table: §SQLite_things\n", "tables called `sqlite_…` are kept"},
      {"a table with a long name", x + "table: §" + std::string(64, 't') + "\n",
       "a storage name has at most 63 bytes; this one has 64. Shorten it."},
      {"a schema that is a number", x + "schema: §5\n", "`schema` takes a name of 1 to 63 bytes; got the number `5`."},
      {"an old name that is none", x + "was: §Old Things\n", "`was` takes the collection's old name; `Old Things` is not one."},
      {"an old name that is the name", x + "was: §things\n",
       "`things` is what the collection is called now. Give the name that it had before, or take `was` away."},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: fields have names of their own, on the wire and in storage", "[model]") {
  const auto with = [](const std::string& properties) { return "type: object\nproperties:\n" + properties; };
  const std::string wrong = objections({
      {"an upper-case first letter", with("  §Name: { type: string }\n"), "`Name` cannot name a field: a lower-case letter first"},
      {"a hyphen", with("  §first-name: { type: string }\n"), "`first-name` cannot name a field"},
      {"a letter that is not ASCII", with("  §été: { type: string }\n"), "`été` cannot name a field"},
      {"60 characters", with("  " + std::string(60, 'a') + ": { type: string }\n"), ""},
      {"61 characters", with("  §" + std::string(61, 'a') + ": { type: string }\n"), "`aaa"},
      {"a storage name of 63 bytes", with("  aBcDeF" + std::string(54, 'a') + ": { type: string, maxLength: 5 }\n") + "timestamps: true\n",
       ""},
      {"a storage name of 64 bytes", with("  §aBcDeFgH" + std::string(52, 'a') + ": { type: string }\n"), "its storage name `a_bc_de_fg_h"},
      {"the id", with("  §id: { type: string }\n"),
       "`id` is kept by the server and answered by itself. Take it away; its kind is said by `id: uuid` of the collection."},
      {"createdAt beside timestamps", with("  §createdAt: { type: string }\n") + "timestamps: true\n",
       "`createdAt` is kept by the server and answered by itself. Take it away, or `timestamps: true`."},
      {"createdAt without timestamps", with("  createdAt: { type: string, format: date-time }\n"), ""},
      {"two names that become one column", with("  isIt: { type: string }\n  §is_it: { type: string }\n"),
       "`isIt` and `is_it` are both stored as `is_it`. Give one of them another name with `column:`."},
      {"a column that is another's in capitals", with("  name: { type: string }\n  other: { type: string, column: §NAME }\n"),
       "`name` and `other` are both stored as `NAME`."},
      {"the column of a timestamp", with("  §created_at: { type: string }\n") + "timestamps: true\n",
       "`createdAt` and `created_at` are both stored as `created_at`."},
      {"the column of the id", with("  key: { type: string, column: §id }\n"), "`id` and `key` are both stored as `id`."},
      {"bookkeeping", with("  key: { type: string, column: §_rev }\n"), "a column `_rev` belongs to the server or to a database."},
      {"a column of the search", with("  key: { type: string, column: §_hf_terms }\n"),
       "a column `_hf_terms` belongs to the server or to a database."},
      {"bookkeeping in capitals", with("  key: { type: string, column: §_HF }\n"), "a column `_HF` belongs to the server"},
      {"a system column of PostgreSQL", with("  §xmin: { type: string }\n"), "a column `xmin` belongs to the server or to a database."},
      {"an old name that is still there", with("  a: { type: string }\n  b: { type: string, was: §a }\n"),
       "`a` is still a field, so `b` cannot be its new name."},
      {"one old name for two fields", with("  a: { type: string, was: c }\n  b: { type: string, was: §c }\n"),
       "`c` cannot become both `a` and `b`."},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: required lists properties, each once", "[model]") {
  const auto with = [](const std::string& required) {
    return with_field("{ type: string }") + "  name: { type: string }\nrequired: " + required + "\ntimestamps: true\n";
  };
  const std::string wrong = objections({
      {"a name that is misspelt", with("[§nam]"), "`required` names `nam`, which is not a property. Did you mean `name`?"},
      {"a name that is unknown", with("[x, §price]"), "`required` names `price`, which is not a property. Properties are x, name."},
      {"a name twice", with("[x, §x]"), "`x` stands here twice. Take one away."},
      {"the id", with("[§id]"), "`id` is not among the properties, so it cannot be required."},
      {"a timestamp", with("[§createdAt]"), "`createdAt` is not among the properties"},
      {"true instead of a list", with("§true"),
       "`required` takes a list of fields; got `true`. Write, for example, `required: [name, price]`."},
      {"a list of numbers", with("[§5]"), "`required` takes texts; got the number `5`."},
      {"nobody", with("[]"), ""},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: every fault is told, in order of place, and each once", "[model]") {
  const LoadedModels loaded = load_model_text(
      "things", "type: objct\nrequired: [y]\nproperties:\n  x: { type: strin }\n  a: &a { type: string, maxLenght: 1 }\n  b: *a\n");
  CHECK(faults_of(loaded) ==
        "models/things.yaml:1:7: `type` takes `object`; got the text `objct`. Write, for example, `type: object`.\n"
        "models/things.yaml:2:12: `required` names `y`, which is not a property. Properties are x, a, b.\n"
        "models/things.yaml:4:14: the text `strin` is not a type. Did you mean `string`?\n"
        "models/things.yaml:5:25: `maxLenght` is not a keyword of a string field. Did you mean `maxLength`?\n");
}

}  // namespace holdfast
