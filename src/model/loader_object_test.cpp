#include "model/loader_object.h"

#include <catch2/catch.hpp>

#include "model/loader_rows.h"

namespace holdfast {

namespace {

// A model whose `x` is an object with these members, and what else the collection says.
std::string with_members(const std::string& members, const std::string& rest = "") {
  return with_field("{ type: object, properties: { " + members + " } }") + rest;
}

const std::string kAddress =
    "type: object\n"
    "properties:\n"
    "  name: { type: string, maxLength: 100 }\n"
    "  count: { type: integer }\n"
    "  address:\n"
    "    type: object\n"
    "    required: [city]\n"
    "    properties:\n"
    "      street: { type: string }\n"
    "      city: { type: string, maxLength: 80 }\n"
    "      place: { type: object, properties: { height: { type: integer }, label: { type: string, maxLength: 520 } } }\n"
    "      tags: { type: array, items: { type: string, maxLength: 5 } }\n"
    "      notes: { type: object, additionalProperties: true }\n"
    "  lines: { type: array, items: { type: object, properties: { sku: { type: string, maxLength: 5 } } } }\n"
    "  meta: { type: object, additionalProperties: true }\n"
    "  secret: { type: object, writeOnly: true, properties: { pin: { type: integer } } }\n"
    "  word: { type: string, maxLength: 10, writeOnly: true }\n";

}  // namespace

TEST_CASE("loader: an object has its members in order, each a field of its own", "[model]") {
  const Field address = field_of(
      "{ type: object, required: [city], properties: { street: { type: string, trim: true, title: Street },"
      " city: { type: string, maxLength: 80, messages: { required: Where } }, id: { type: integer, default: 1 },"
      " price: { type: [number, \"null\"], decimal: [10, 2], default: 1.5 }, tags: { type: array, items: { enum: [a] } } } }");
  REQUIRE(address.properties.size() == 5);
  const Field& street = address.properties[0];
  CHECK(street.name == "street");
  CHECK(street.trim);
  CHECK(street.title == "Street");
  CHECK(street.role == Role::kProperty);
  CHECK(street.admits_null);
  const Field& city = address.properties[1];
  CHECK(city.required);
  CHECK_FALSE(city.admits_null);
  CHECK(city.messages.at("required") == "Where");
  CHECK_FALSE(address.properties[2].admits_null);
  CHECK(address.properties[3].admits_null);
  CHECK(address.properties[3].default_value == Value(std::int64_t{150}));
  CHECK(address.properties[4].default_value == Value(Value::Array{}));
  CHECK_FALSE(address.properties[4].admits_null);
  CHECK(address.admits_null);
  CHECK(address.column == "x");
}

TEST_CASE("loader: members of objects are reached by their path", "[model]") {
  const Model model = model_of(kAddress);
  const auto kind_of = [&model](const char* path) { return model.field(model.queryable(path).value()).kind; };
  CHECK(kind_of("address.city") == Kind::kString);
  CHECK(kind_of("address.place") == Kind::kObject);
  CHECK(kind_of("address.place.height") == Kind::kInteger);
  CHECK(kind_of("address.tags") == Kind::kArray);
  CHECK(kind_of("address.notes") == Kind::kJson);
  CHECK_FALSE(model.queryable("lines.sku").has_value());
  CHECK_FALSE(model.queryable("secret.pin").has_value());
  CHECK(model.field(*model.queryable("address.city")).admits_null);  // since the address is null when it is not sent
}

TEST_CASE("loader: an object says what it holds, or that it is free-form", "[model]") {
  CHECK(field_of("{ type: object, properties: { a: { type: string } }, additionalProperties: false }").kind == Kind::kObject);
  const Field meta = field_of("{ type: [object, \"null\"], additionalProperties: true, title: Rest, messages: { type: No } }");
  CHECK(meta.kind == Kind::kJson);
  CHECK(meta.lists_null);
  CHECK(field_of("{ type: array, items: { type: object, additionalProperties: true } }").element->kind == Kind::kJson);
  const std::string wrong = objections({
      {"neither", with_field("§{ type: object }"),
       "nothing says what the object holds. Write one of the two: `properties: { city: { type: string } }`, or `additionalProperties: "
       "true` "
       "for free-form JSON."},
      {"a misspelt one", with_field("{ type: object, §propertys: { a: { type: string } } }"),
       "`propertys` is not a keyword of a field. Did you mean `properties`?"},
      {"nothing at all", with_field("{ type: object, additionalProperties: §false }"), "nothing says what the object holds."},
      {"both", with_field("{ type: object, properties: { a: { type: string } }, additionalProperties: §true }"),
       "an object is either declared or free-form. Take `additionalProperties` away, or `properties`."},
      {"a schema for the rest", with_field("{ type: object, additionalProperties: §{ type: string } }"),
       "`additionalProperties` takes `true` or `false`; got a map."},
      {"no members", with_field("{ type: object, properties: §{} }"),
       "`properties` takes a map of at least one field; got a map. Write, for example, `properties: { city: { type: string } }`."},
      {"members that are a list", with_field("{ type: object, properties: §[a] }"), "`properties` takes a map of at least one field"},
      {"required of free-form JSON", with_field("{ type: object, additionalProperties: true, §required: [a] }"),
       "`required` is not a keyword of a free-form field."},
      {"a length of an object", with_members("a: { type: string } }, §maxLength: { a: 1"),
       "`maxLength` is not a keyword of an object field. It goes with: string."},
      {"a unique object", with_field("{ type: object, additionalProperties: true, §unique: true }"),
       "`unique` is not a keyword of a free-form field. It goes with: scalar, reference."},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: the members of an object are held to the rules of fields", "[model]") {
  const std::string wrong = objections({
      {"an upper-case name", with_members("§City: { type: string }"), "`City` cannot name a field: a lower-case letter first"},
      {"a name with a dot", with_members("§a.b: { type: string }"), "`a.b` cannot name a field"},
      {"names that a collection keeps", with_members("id: { type: string }, createdAt: { type: string }", "timestamps: true\n"), ""},
      {"no map", with_members("city: §string"), "a field is a map; got the text `string`. Write, for example, `city: { type: string }`."},
      {"no type", with_members("city: §{ maxLength: 5 }"), "`type` is missing."},
      {"a misspelt keyword", with_members("city: { type: string, §maxLenght: 5 }"),
       "`maxLenght` is not a keyword of a string field. Did you mean `maxLength`?"},
      {"a limit that is none", with_members("city: { type: string, maxLength: §many }"), "`maxLength` takes a whole number from 0"},
      {"a default that breaks its rules", with_members("city: { type: string, maxLength: 1, default: §ab }"),
       "`default` breaks `maxLength` of its field"},
      {"required as a flag", with_members("city: { type: string, §required: true }"),
       "`required` is not a keyword of a string field. It goes with: object with `properties`. A field that must be present stands in the "
       "list "
       "beside `properties`: `required: [city]`."},
      {"required that names no member", with_field("{ type: object, required: [§ctiy], properties: { city: { type: string } } }"),
       "`required` names `ctiy`, which is not a property. Did you mean `city`?"},
      {"required twice", with_field("{ type: object, required: [a, §a], properties: { a: { type: string } } }"), "`a` stands here twice."},
      {"required that is no list", with_field("{ type: object, required: §true, properties: { a: { type: string } } }"),
       "`required` takes a list of fields; got `true`."},
      {"a message for what a member has not", with_members("a: { type: string, messages: { §required: No } }"),
       "a message for `required`, but the field is not required. List it: `required: [a]`"},
      {"arrays of arrays", with_members("a: { type: array, items: { type: §array, items: { type: string } } }"),
       "the elements of an array are scalars or objects"},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: what belongs to the fields of a collection does not stand inside objects", "[model]") {
  const std::string whole_field = "it holds for a whole field of the collection. Say it there, or leave it away.";
  const std::string stored_whole = "objects are stored whole, under the names of the model. Take it away.";
  const std::string wrong = objections(
      {
          {"unique", with_members("a: { type: integer, §unique: true }"),
           "`unique` does not stand inside an object: keys are made of the collection's own fields. Move the field out, or leave it away."},
          {"readOnly", with_members("a: { type: integer, §readOnly: true }"), "`readOnly` does not stand inside an object: " + whole_field},
          {"writeOnly", with_members("a: { type: integer, §writeOnly: true }"),
           "`writeOnly` does not stand inside an object: " + whole_field},
          {"column", with_members("a: { type: integer, §column: b }"), "`column` does not stand inside an object: " + stored_whole},
          {"was", with_members("a: { type: integer, §was: b }"), "`was` does not stand inside an object: " + stored_whole},
          {"storage", with_members("a: { type: number, decimal: [4, 2], §storage: double }"),
           "`storage` does not stand inside an object: " + stored_whole},
          {"a reference", with_members("a: { §ref: users }"),
           "`ref` does not stand inside an object: a reference is a field of the collection itself. Move it there, or keep the id as "
           "`type: "
           "string`."},
          {"a reference with a type", with_members("a: { type: string, §ref: users }"), "`ref` does not stand inside an object"},
          {"onDelete", with_members("a: { type: string, §onDelete: cascade }"), "`onDelete` does not stand inside an object"},
          {"in objects of an array",
           with_field("{ type: array, items: { type: object, properties: { a: { type: integer, §unique: true } } } }"),
           "`unique` does not stand inside an object"},
          {"two objects deep", with_members("a: { type: object, properties: { b: { type: integer, §readOnly: true } } }"),
           "`readOnly` does not stand inside an object"},
      },
      {{"users", with_field("{ type: string }")}});
  CHECK(wrong == "");
}

TEST_CASE("loader: objects lie two deep at most", "[model]") {
  const std::string too_deep =
      "objects lie two deep at most: `a.b.c` is the longest path. Move these properties one level up, or write `additionalProperties: "
      "true` "
      "instead, for free-form JSON.";
  const std::string object = "{ type: object, properties: ";
  const std::string list = "{ type: array, items: { type: object, properties: ";
  const std::string wrong = objections({
      {"two", with_field(object + "{ b: " + object + "{ c: { type: string } } } } }"), ""},
      {"three", with_field(object + "{ b: " + object + "{ c: " + object + "§{ d: { type: string } } } } } } }"), too_deep},
      {"free-form JSON in the second", with_field(object + "{ b: " + object + "{ c: { type: object, additionalProperties: true } } } } }"),
       ""},
      {"an object in an array", with_field(list + "{ b: " + object + "{ c: { type: string } } } } } }"), ""},
      {"two objects in an array", with_field(list + "{ b: " + object + "{ c: " + object + "§{ d: { type: string } } } } } } } }"),
       too_deep},
      {"an array of objects in an object", with_field(object + "{ b: " + list + "{ c: { type: string } } } } } }"), ""},
      {"an array of objects in the second", with_field(object + "{ b: " + object + "{ c: " + list + "§{ d: { type: string } } } } } } } }"),
       too_deep},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: aliases do not make more members than can be meant", "[model]") {
  std::string yaml = "type: object\nproperties:\n  a: &a { type: object, properties: { m0: &m { type: string }";
  for (int i = 1; i < 100; ++i) yaml += ", m" + std::to_string(i) + ": *m";
  yaml += " } }\n";
  std::string many = yaml + "  b: { type: object, properties: { n0: *a";
  for (int i = 1; i < 100; ++i) many += ", n" + std::to_string(i) + ": *a";
  many += " } }\n";
  CHECK(load_model_text("things", yaml + "  b: *a\n").faults.empty());
  const LoadedModels loaded = load_model_text("things", many);
  REQUIRE(loaded.faults.size() == 1);
  CHECK_THAT(loaded.faults[0].message, Catch::StartsWith("the objects of a collection have 2000 members at most, all together."));
}

TEST_CASE("loader: an index reaches scalars inside objects", "[model]") {
  const Model model = model_of(kAddress + "indexes: [[address.city, -address.place.height, count], [-address.city]]\n");
  REQUIRE(model.indexes.size() == 2);
  const auto at = [&model](const char* path) { return model.queryable(path).value(); };
  CHECK(model.indexes[0].keys ==
        std::vector<SortKey>{{at("address.city"), false}, {at("address.place.height"), true}, {at("count"), false}});
  CHECK(model.indexes[1].keys == std::vector<SortKey>{{at("address.city"), true}});
  const auto with = [](const std::string& index) { return kAddress + "indexes: [" + index + "]\n"; };
  const std::string wrong = objections({
      {"a path that is misspelt", with("[§address.ctiy]"),
       "`indexes` names `address.ctiy`, which is not a field. Did you mean `address.city`?"},
      {"a path through a scalar", with("[§name.city]"), "`indexes` names `name.city`, which is not a field."},
      {"a path through an array", with("[§lines.sku]"), "`indexes` names `lines.sku`, which is not a field."},
      {"an object", with("[§address]"),
       "`address` is an object, which cannot be indexed. Index what it holds, for example `[address.street]`."},
      {"an object inside an object", with("[count, §address.place]"), "`address.place` is an object, which cannot be indexed."},
      {"free-form JSON", with("[§meta]"), "`meta` is free-form JSON, which cannot be indexed. Take it away."},
      {"an array inside an object", with("[§address.tags]"),
       "`address.tags` is an array inside an object, which cannot be indexed. Take it away."},
      {"an array of objects", with("[§lines]"), "`lines` is an array of objects, which cannot be indexed. Take it away."},
      {"a write-only field", with("[§word]"), "`word` is write-only: nobody filters or sorts by it. Take it away."},
      {"inside a write-only object", with("[§secret.pin]"), "`secret.pin` is write-only: nobody filters or sorts by it."},
      {"a text inside an object without a bound", with("§[address.street]"),
       "`address.street` stands in `indexes`, so its texts need a bound"},
      {"texts of 2,400 bytes", with("[address.place.label, address.city]"), ""},
      {"texts of 2,480 bytes", with("§[address.place.label, name]"), "its texts can have 2480 bytes"},
      {"a path twice", with("[address.city, §-address.city]"), "`address.city` stands here twice."},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: a fault inside an object is told once, not again by what names its members", "[model]") {
  const LoadedModels loaded = load_model_text("things", with_members("city: { type: strin }", "indexes: [[x.city], [x.other], [x]]\n"));
  CHECK(faults_of(loaded) == "models/things.yaml:3:50: the text `strin` is not a type. Did you mean `string`?\n");
}

TEST_CASE("loader: unique keys, finders and searches are of the collection's own fields", "[model]") {
  const auto with = [](const std::string& keys) { return kAddress + keys + "\n"; };
  const std::string wrong = objections({
      {"a key with a path", with("unique: [[count, §address.city]]"),
       "`address.city` lies inside an object; `unique` names the collection's own fields only. Take it away, or move the field out of the "
       "object."},
      {"a key with an object", with("unique: [§[count, address]]"), "`address` is an object, and only scalars can be in a unique key."},
      {"a key with free-form JSON", with("unique: [§[meta, count]]"), "`meta` is free-form JSON, and only scalars can be in a unique key."},
      {"a key with a write-only field", with("unique: [[count, word]]"), ""},
      {"a finder by a path", with("finders: { city: { field: §address.city } }"), "`address.city` lies inside an object; `field` names"},
      {"a finder of an object", with("finders: { §address: {} }"),
       "`address` is an object: a finder compares a scalar, or looks into an array of scalars. Name another field."},
      {"a finder of an array of objects", with("finders: { by: { field: §lines } }"), "`lines` is an array of objects: a finder compares"},
      {"a finder of a write-only field", with("finders: { §word: {} }"),
       "`word` is write-only: nobody finds records by it. Name another field."},
      {"a finder whose condition names a path", with("finders: { name: { where: \"address.city = 'Bern'\", sortBy: address.city } }"), ""},
      {"a search in a path", with("search: { fields: [name, §address.city] }"), "`address.city` lies inside an object; `fields` names"},
      {"a search in an object", with("search: { fields: §[address] }"), "only string fields are searched; `address` is not one."},
      {"a search in a write-only field", with("search: { fields: §[word] }"), "only string fields are searched; `word` is write-only."},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: a default of an object is held to its members", "[model]") {
  const std::string address =
      "{ type: object, required: [city], properties: { city: { type: string, maxLength: 5 }, zip: { type: integer } }, ";
  const Field declared = field_of(address + "default: { zip: 3000, city: Bern } }");
  CHECK(declared.default_value == Value(Value::Array{std::string("Bern"), std::int64_t{3000}}));
  CHECK_FALSE(declared.admits_null);
  CHECK(field_of("{ type: object, additionalProperties: true, default: { b: [1, { c: null }], a: on } }").default_value ==
        Value(std::string(R"({"a":"on","b":[1,{"c":null}]})")));
  CHECK(field_of("{ type: array, items: { type: object, properties: { a: { type: string } } }, default: [{ a: x }] }").default_value ==
        Value(Value::Array(1, Value(Value::Array(1, Value(std::string("x")))))));
  const std::string wrong = objections({
      {"no object", with_field(address + "default: §Bern }"),
       "`default` breaks `type` of its field: the text `Bern` must be of type \"object\"."},
      {"without what is required", with_field(address + "default: §{ zip: 5 } }"),
       "`default` breaks `required` of its field: `/city` is required."},
      {"a member that is too long", with_field(address + "default: §{ city: Bernina } }"),
       "`default` breaks `maxLength` of its field: `/city` must have at most 5 characters."},
      {"a member that is unknown", with_field(address + "default: §{ city: Bern, town: Bern } }"),
       "`default` breaks `unknown_field` of its field: `/town`"},
      {"a key that free-form JSON cannot have", with_field("{ type: object, additionalProperties: true, default: §{ a.b: 1 } }"),
       "`default` breaks `propertyNames` of its field: `/a.b`"},
      {"a number that JSON has not", with_field("{ type: object, additionalProperties: true, default: §{ a: .inf } }"),
       "`default` must be a value of a free-form field; got numbers that JSON has not, or more than a body holds."},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: aliases do not make a default of more than bodies hold", "[model]") {
  std::string yaml = "type: object\nproperties:\n  x:\n    type: object\n    additionalProperties: true\n    default:\n      a0: &a0 [0]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    yaml += "      a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before + "]\n";
  }
  const LoadedModels loaded = load_model_text("things", yaml);
  REQUIRE(loaded.faults.size() == 1);
  CHECK_THAT(
      loaded.faults[0].message,
      Catch::StartsWith("`default` must be a value of a free-form field; got numbers that JSON has not, or more than a body holds."));
}

}  // namespace holdfast
