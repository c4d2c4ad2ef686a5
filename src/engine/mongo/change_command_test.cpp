#include "engine/mongo/change_command.h"

#include <catch2/catch.hpp>

#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using namespace holdfast::mongo;

namespace {

const Catalog& catalog() {
  static const Catalog loaded = testing::catalog_of({{"things", R"(
type: object
id: text
required: [code]
properties:
  code:     { type: string, maxLength: 50, unique: true }
  label:    { type: string, maxLength: 50 }
  size:     { type: integer }
  isActive: { type: boolean }
  tags:     { type: array, items: { type: string } }
  address:  { type: object, properties: { city: { type: string }, zip: { type: string } } }
unique: [ [label, size] ]
)"}});
  return loaded;
}

Document json(const char* text) {
  return Document(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(text), -1, nullptr));
}

// Of a patch of the stored document.
ChangeCommand change(const char* stored, const std::vector<std::pair<std::string, Value>>& values) {
  const Model& model = catalog().models()[0];
  const Document document = json(stored);
  const Record before = read_record(*document.get(), model).value();
  Record after = before;
  ++after.revision;
  for (const auto& [name, value] : values) after.values[model.ordinal(name).value()] = value;
  return make_change(model, *document.get(), before, after, std::nullopt);
}

std::string same(const char* text) {
  return relaxed_json(*json(text).get());
}

}  // namespace

TEST_CASE("mongodb: a change names what it replaces, and sets nothing else", "[engine]") {
  const ChangeCommand command = change(R"({"_id": "1", "code": "a", "isActive": true, "extra": 7, "_hf": {"rev": 3}})",
                                       {{"code", testing::text("b")}, {"isActive", Value(Null{})}});
  CHECK(relaxed_json(*command.query.get()) ==
        same(R"({"_id": "1", "_hf.rev": 3, "_hf.deleting": {"$exists": false}, "code": {"$eq": "a"}, "isActive": {"$eq": true}})"));
  CHECK(relaxed_json(*command.update.get()) == same(R"({"$set": {"_hf.rev": 4, "code": "b"}, "$unset": {"isActive": ""}})"));
}

TEST_CASE("mongodb: a change of a record that others wrote starts its revision, and counts Mongoose's version of arrays", "[engine]") {
  const ChangeCommand command = change(R"({"_id": "1", "code": "a", "tags": ["x"], "__v": 2})", {{"tags", testing::texts({"x", "y"})}});
  CHECK(relaxed_json(*command.query.get()) ==
        same(R"({"_id": "1", "_hf.rev": {"$in": [null, 0]}, "_hf.deleting": {"$exists": false}, "tags": {"$eq": ["x"]}})"));
  CHECK(relaxed_json(*command.update.get()) == same(R"({"$set": {"_hf.rev": 1, "tags": ["x", "y"]}, "$inc": {"__v": 1}})"));
}

TEST_CASE("mongodb: a change of an object leaves members that the model does not declare", "[engine]") {
  const Value moved(Value::Array{testing::text("Nice"), Value(Null{})});
  const ChangeCommand command =
      change(R"({"_id": "1", "code": "a", "address": {"city": "Lyon", "floor": 3}, "_hf": {"rev": 1}})", {{"address", moved}});
  CHECK(relaxed_json(*command.query.get()) ==
        same(R"({"_id": "1", "_hf.rev": 1, "_hf.deleting": {"$exists": false}, "address.city": {"$eq": "Lyon"}})"));
  CHECK(relaxed_json(*command.update.get()) == same(R"({"$set": {"_hf.rev": 2, "address.city": "Nice"}})"));
}

TEST_CASE("mongodb: a key with a member that may be null is kept as a document while all members are there", "[engine]") {
  const ChangeCommand whole = change(R"({"_id": "1", "code": "a", "label": "l", "_hf": {"rev": 1}})", {{"size", testing::integer(5)}});
  CHECK(relaxed_json(*whole.query.get()) ==
        same(R"({"_id": "1", "_hf.rev": 1, "_hf.deleting": {"$exists": false}, "size": {"$exists": false}})"));
  CHECK(relaxed_json(*whole.update.get()) ==
        same(R"({"$set": {"_hf.rev": 2, "size": 5, "_hf.unique.label,size": {"label": "l", "size": 5}}})"));
  const ChangeCommand broken =
      change(R"({"_id": "1", "code": "a", "label": "l", "size": 5, "_hf": {"rev": 1}})", {{"label", Value(Null{})}});
  CHECK(relaxed_json(*broken.update.get()) == same(R"({"$set": {"_hf.rev": 2}, "$unset": {"label": "", "_hf.unique.label,size": ""}})"));
}
