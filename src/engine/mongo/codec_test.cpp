#include "engine/mongo/codec.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "engine/mongo/document.h"
#include "engine/testing/fixture.h"
#include "model/record_json.h"

using namespace holdfast;
using mongo::Document;
using testing::integer;
using testing::text;
using testing::texts;

namespace {

constexpr const char* kThings = R"(
type: object
id: text
properties:
  name:     { type: string }
  isActive: { type: boolean }
  size:     { type: integer }
  weight:   { type: number }
  price:    { type: number, decimal: [18, 2] }
  cost:     { type: number, decimal: [15, 2], storage: double }
  day:      { type: string, format: date }
  moment:   { type: string, format: date-time }
  label:    { type: string, column: is_label }
  owner:    { ref: owners }
  tags:     { type: array, items: { type: string } }
  at:       { type: object, properties: { town: { type: string }, fee: { type: number, decimal: [6, 2] } } }
  lines:    { type: array, items: { type: object, properties: { sku: { type: string } } } }
  meta:     { type: object, additionalProperties: true }
)";

struct Things {
  Catalog catalog =
      testing::catalog_of({{"things", kThings}, {"owners", "type: object\nid: objectId\nproperties: { a: { type: string } }\n"}});
  const Model& model = *catalog.find("things");

  Record record(std::vector<std::pair<std::string, Value>> values) const {
    Record record;
    record.values.resize(model.fields.size(), Value(Null{}));
    record.values[0] = text("t1");
    for (auto& [name, value] : values) record.values[model.ordinal(name).value()] = std::move(value);
    return record;
  }

  std::string encoded(std::vector<std::pair<std::string, Value>> values) const {
    return mongo::relaxed_json(*mongo::encode_record(model, record(std::move(values))).get());
  }

  // Of a document with this member beside its `_id`, in extended JSON.
  Result<Record> read(const std::string& members) const {
    bson_error_t error;
    const std::string json = R"({"_id": "t1", )" + members + "}";
    const Document document(
        bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()), static_cast<ssize_t>(json.size()), &error));
    INFO(json);
    REQUIRE(document.get() != nullptr);
    return mongo::read_record(*document.get(), model);
  }

  Value value(const char* field, const std::string& stored) const {
    const Result<Record> record = read("\"" + std::string(field) + "\": " + stored);
    INFO(stored);
    REQUIRE(record.has_value());
    return record->values[model.ordinal(field).value()];
  }

  std::string refusal(const std::string& members) const {
    const Result<Record> record = read(members);
    INFO(members);
    REQUIRE_FALSE(record.has_value());
    CHECK(record.error().code == Code::kStoredValueInvalid);
    return record.error().detail;
  }
};

}  // namespace

TEST_CASE("mongo: a record is a document of its values, without those that are null", "[engine]") {
  const Things things;
  CHECK(things.encoded({}) == R"({ "_id" : "t1" })");
  CHECK(things.encoded({{"name", text("Éclair")}, {"isActive", Value(false)}, {"size", integer(7)}, {"weight", Value(1.5)}}) ==
        R"({ "_id" : "t1", "name" : "Éclair", "isActive" : false, "size" : 7, "weight" : 1.5 })");
  CHECK(things.encoded({{"price", integer(4550)}, {"cost", integer(4550)}}) ==
        R"({ "_id" : "t1", "price" : { "$numberDecimal" : "45.50" }, "cost" : 45.5 })");
  CHECK(things.encoded({{"day", text("2026-11-23")}, {"moment", integer(0)}}) ==
        R"({ "_id" : "t1", "day" : "2026-11-23", "moment" : { "$date" : "1970-01-01T00:00:00Z" } })");
  CHECK(things.encoded({{"label", text("x")}, {"owner", text("507f1f77bcf86cd799439011")}}) ==
        R"({ "_id" : "t1", "is_label" : "x", "owner" : { "$oid" : "507f1f77bcf86cd799439011" } })");
}

TEST_CASE("mongo: integers are int64 whatever their size, and minus zero is zero", "[engine]") {
  const Things things;
  const Document document = mongo::encode_record(things.model, things.record({{"size", integer(1)}, {"weight", Value(-0.0)}}));
  bson_iter_t place;
  REQUIRE(bson_iter_init_find(&place, document.get(), "size"));
  CHECK(BSON_ITER_HOLDS_INT64(&place));
  REQUIRE(bson_iter_init_find(&place, document.get(), "weight"));
  CHECK(BSON_ITER_HOLDS_DOUBLE(&place));
  CHECK_FALSE(std::signbit(bson_iter_double(&place)));
}

TEST_CASE("mongo: arrays, objects and free-form JSON are what BSON has for them", "[engine]") {
  const Things things;
  CHECK(things.encoded({{"tags", texts({"b", "a", "b"})}}) == R"({ "_id" : "t1", "tags" : [ "b", "a", "b" ] })");
  CHECK(things.encoded({{"tags", texts({})}}) == R"({ "_id" : "t1", "tags" : [  ] })");
  CHECK(things.encoded({{"at", Value(Value::Array{Null{}, integer(150)})}}) ==
        R"({ "_id" : "t1", "at" : { "fee" : { "$numberDecimal" : "1.50" } } })");
  CHECK(things.encoded({{"at", Value(Value::Array{Null{}, Null{}})}}) == R"({ "_id" : "t1", "at" : {  } })");
  CHECK(things.encoded({{"lines", Value(Value::Array{Value(Value::Array{text("x")}), Value(Value::Array{Null{}})})}}) ==
        R"({ "_id" : "t1", "lines" : [ { "sku" : "x" }, {  } ] })");
  CHECK(things.encoded({{"meta", text(R"({"a":[1,1.5,null,true],"b":{"c":"d"},"n":1e+30})")}}) ==
        R"({ "_id" : "t1", "meta" : { "a" : [ 1, 1.5, null, true ], "b" : { "c" : "d" }, "n" : 1.0000000000000000199e+30 } })");
}

TEST_CASE("mongo: every kind reads back as it was written", "[engine]") {
  const Things things;
  const Record record =
      things.record({{"name", text("")},
                     {"isActive", Value(true)},
                     {"size", integer(std::numeric_limits<std::int64_t>::min())},
                     {"weight", Value(5e-324)},
                     {"price", integer(-999999999999999999)},
                     {"cost", integer(999999999999999)},
                     {"day", text("0001-01-01")},
                     {"moment", integer(253402300799999)},
                     {"label", text("\U0001F600")},
                     {"owner", text("507f1f77bcf86cd799439011")},
                     {"tags", texts({"", "b"})},
                     {"at", Value(Value::Array{text("Lyon"), integer(1)})},
                     {"lines", Value(Value::Array{Value(Value::Array{Null{}})})},
                     {"meta", text(R"({"a":[{}],"b":9007199254740991,"c":1e+21,"d":5e-324,"e":1.7976931348623157e+308})")}});
  const Document document = mongo::encode_record(things.model, record);
  const Result<Record> read = mongo::read_record(*document.get(), things.model);
  REQUIRE(read.has_value());
  CHECK(read->values == record.values);
  CHECK(read->revision == 0);
}

TEST_CASE("mongo: what is missing or null reads as null, and nobody else's members are looked at", "[engine]") {
  const Things things;
  const Result<Record> record =
      things.read(R"("name": null, "at": {"town": null, "zip": 1}, "__v": 3, "is_active": true, "_hf": {"rev": 4})");
  REQUIRE(record.has_value());
  CHECK(record->values == things.record({{"at", Value(Value::Array{Null{}, Null{}})}}).values);
  CHECK(record->revision == 4);
  CHECK(things.read(R"("_hf": {"rev": 4.0})")->revision == 4);
  CHECK(things.read(R"("_hf": 1)")->revision == 0);
}

TEST_CASE("mongo: reads every type of number where it holds the value exactly", "[engine]") {
  const Things things;
  for (const char* seven : {"7", "7.0", R"({"$numberLong": "7"})", R"({"$numberDecimal": "7.00"})", R"({"$numberDecimal": "0.07E+2"})"}) {
    CHECK(things.value("size", seven) == integer(7));
    CHECK(things.value("weight", seven) == Value(7.0));
    CHECK(things.value("price", seven) == integer(700));
    CHECK(things.value("cost", seven) == integer(700));
  }
  CHECK(things.value("price", "45.55") == integer(4555));
  CHECK(things.value("cost", "0.30000000000000004") == integer(30));
  CHECK(things.value("cost", "0.125") == integer(13));
  CHECK(things.value("cost", "-0.125") == integer(-12));
  CHECK(things.value("cost", "5e-324") == integer(0));
  CHECK(things.value("weight", R"({"$numberDecimal": "0.5"})") == Value(0.5));
  CHECK(things.value("weight", R"({"$numberLong": "9007199254740994"})") == Value(9007199254740994.0));
  CHECK(things.value("size", "-9223372036854775808.0") == integer(std::numeric_limits<std::int64_t>::min()));
}

TEST_CASE("mongo: refuses a number that the field cannot hold, naming id and field", "[engine]") {
  const Things things;
  CHECK(things.refusal(R"("size": 7.5)") == "things t1 holds a value of another type in size; mend it in the database.");
  for (const char* members :
       {R"("size": 9223372036854775808.0)", R"("size": {"$numberDecimal": "0.5"})", R"("size": "7")",
        R"("weight": {"$numberDouble": "NaN"})", R"("weight": {"$numberDouble": "Infinity"})", R"("weight": {"$numberDecimal": "0.1"})",
        R"("weight": {"$numberDecimal": "NaN"})", R"("weight": {"$numberLong": "9007199254740993"})", R"("price": 45.555)",
        R"("price": "45.55")", R"("price": {"$numberDecimal": "1E+30"})", R"("cost": 1e300)", R"("cost": {"$numberDouble": "NaN"})"}) {
    things.refusal(members);
  }
}

TEST_CASE("mongo: refuses values of another type anywhere in a record", "[engine]") {
  const Things things;
  for (const char* members : {R"("name": 1)", R"("name": ["a"])", R"("name": "a\u0000b")", R"("isActive": 1)", R"("day": "2026-02-30")",
                              R"("day": {"$date": "2026-01-01T00:00:00Z"})", R"("moment": "2026-01-01T00:00:00.000Z")",
                              R"("moment": {"$date": {"$numberLong": "253402300800000"}})", R"("owner": "507f1f77bcf86cd799439011")",
                              R"("tags": "a")", R"("tags": {"0": "a"})", R"("tags": ["a", null])", R"("at": [])", R"("at": {"town": 1})",
                              R"("lines": [{"sku": 1}])", R"("meta": [])", R"("meta": {"a": {"$date": "2026-01-01T00:00:00Z"}})",
                              R"("meta": {"a": {"$numberDecimal": "0.1"}})", R"("name": {"$undefined": true})"}) {
    things.refusal(members);
  }
  CHECK(things.refusal(R"("is_label": 5)") == "things t1 holds a value of another type in label; mend it in the database.");
}

TEST_CASE("mongo: free-form JSON of others reads in its canonical form", "[engine]") {
  const Things things;
  CHECK(things.value("meta", R"({"b": 1.0, "a": {"$numberDecimal": "2.50"}, "": null, "$x": [true, "é"]})") ==
        text(R"({"":null,"$x":[true,"é"],"a":2.5,"b":1})"));
}

TEST_CASE("mongo: answers of a projection leave out what was not asked for", "[engine]") {
  const Things things;
  const Document document = mongo::encode_record(things.model, things.record({{"name", text("a")}, {"size", integer(1)}}));
  const std::vector<std::size_t> ordinals{0, things.model.ordinal("size").value()};
  const Result<Record> record = mongo::read_record(*document.get(), things.model, ordinals);
  REQUIRE(record.has_value());
  CHECK(record->values[things.model.ordinal("name").value()].is_absent());
  CHECK(record->values[ordinals[1]] == integer(1));
}

TEST_CASE("mongo: ids are strings, ObjectIds or int64", "[engine]") {
  const Catalog catalog = testing::catalog_of({{"a", "type: object\nid: objectId\nproperties: { x: { type: string } }\n"},
                                               {"b", "type: object\nid: integer\nproperties: { x: { type: string } }\n"},
                                               {"c", "type: object\nproperties: { x: { type: string } }\n"}});
  const auto round_trip = [&](const char* name, Value id, const char* json) {
    const Model& model = *catalog.find(name);
    const Record record{{id, Value(Null{})}, 1};
    const Document document = mongo::encode_record(model, record);
    CHECK(mongo::relaxed_json(*document.get()) == json);
    CHECK(mongo::read_record(*document.get(), model)->values[0] == id);
  };
  round_trip("a", text("507f1f77bcf86cd799439011"), R"({ "_id" : { "$oid" : "507f1f77bcf86cd799439011" } })");
  round_trip("b", integer(5), R"({ "_id" : 5 })");
  round_trip("c", text("01890a5d-ac96-774b-bcce-b302099a8057"), R"({ "_id" : "01890a5d-ac96-774b-bcce-b302099a8057" })");
  CHECK(mongo::relaxed_json(*mongo::encode_record(*catalog.find("b"), {{Value(), Value(Null{})}, 1}).get()) == "{ }");
}

TEST_CASE("mongo: an id of another type is named as it is stored", "[engine]") {
  const Catalog catalog = testing::catalog_of({{"a", "type: object\nid: integer\nproperties: { x: { type: string } }\n"},
                                               {"b", "type: object\nid: text\nproperties: { x: { type: string } }\n"}});
  const auto refusal = [&](const char* name, const Document& document) {
    return mongo::read_record(*document.get(), *catalog.find(name)).error().detail;
  };
  const std::string rest = " holds a value of another type in id; mend it in the database.";
  bson_oid_t id;
  bson_oid_init_from_string(&id, "65f000000000000000000001");
  CHECK(refusal("a", Document(BCON_NEW("_id", BCON_UTF8("r: 1")))) == R"(a "r: 1")" + rest);
  CHECK(refusal("b", Document(BCON_NEW("_id", BCON_OID(&id)))) == R"(b { "$oid" : "65f000000000000000000001" })" + rest);
  CHECK(refusal("b", Document(BCON_NEW("_id", "{", "n", BCON_INT32(5), "}"))) == R"(b { "n" : 5 })" + rest);
  CHECK(refusal("b", Document(BCON_NEW("x", BCON_INT32(5)))) == "b ? holds a value of another type in x; mend it in the database.");
}

TEST_CASE("mongo: names are those of the model unless it declares a column", "[engine]") {
  const Things things;
  const auto path = [&](const char* name) { return mongo::stored_path(things.model, things.model.queryable(name).value()); };
  CHECK(path("id") == "_id");
  CHECK(path("isActive") == "isActive");
  CHECK(path("label") == "is_label");
  CHECK(path("at.town") == "at.town");
}
