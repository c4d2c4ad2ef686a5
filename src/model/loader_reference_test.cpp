#include "model/loader_reference.h"

#include <catch2/catch.hpp>

#include "model/loader_rows.h"

namespace holdfast {

namespace {

const std::string kPlain = "type: object\nproperties:\n  x: { type: string }\n";
const ModelTexts kTargets = {
    {"counters", kPlain + "id: integer\n"}, {"documents", kPlain + "id: objectId\n"}, {"pages", kPlain + "id: text\n"}, {"users", kPlain}};

Field reference(const std::string& map) {
  return field_of(map, kTargets);
}

std::string with_required(const std::string& map) {
  return with_field(map) + "required: [x]\n";
}

}  // namespace

TEST_CASE("loader: a reference takes its kind from the ids of its collection", "[model]") {
  const Field to_users = reference("{ ref: users }");
  CHECK(to_users.ref == "users");
  CHECK(to_users.is_reference());
  CHECK(to_users.kind == Kind::kString);
  CHECK(to_users.format == Format::kUuid);
  CHECK(to_users.on_delete == OnDelete::kRestrict);
  CHECK(to_users.admits_null);
  CHECK(to_users.longest() == 36);
  CHECK(reference("{ ref: documents }").format == Format::kObjectId);
  CHECK(reference("{ ref: documents }").longest() == 24);
  CHECK(reference("{ ref: pages }").format == Format::kTextId);
  CHECK(reference("{ ref: pages }").longest() == 100);
  CHECK(reference("{ ref: counters }").kind == Kind::kInteger);
  CHECK(reference("{ ref: counters }").format == Format::kNone);
  CHECK(reference("{ ref: users, onDelete: cascade }").on_delete == OnDelete::kCascade);
  CHECK(reference("{ ref: users, onDelete: setNull }").on_delete == OnDelete::kSetNull);
  CHECK(reference("{ ref: users, onDelete: restrict }").on_delete == OnDelete::kRestrict);
}

TEST_CASE("loader: what stands beside a reference fits it", "[model]") {
  const Field whole = reference(
      "{ ref: users, type: [string, \"null\"], title: Owner, description: Whose it is, column: owner_id, was: owner, unique: true,"
      " messages: { type: No, format: No user } }");
  CHECK(whole.lists_null);
  CHECK(whole.unique);
  CHECK(whole.column == "owner_id");
  CHECK(whole.was == "owner");
  CHECK(whole.title == "Owner");
  CHECK(whole.messages.at("format") == "No user");
  CHECK(reference("{ ref: counters, type: integer }").kind == Kind::kInteger);
  CHECK(reference("{ ref: users, readOnly: true }").read_only);
  CHECK(reference("{ ref: users, writeOnly: true }").write_only);
  const std::string wrong = objections(
      {
          {"a number for uuids", with_field("{ ref: users, type: §integer }"),
           "a reference to `users` holds its ids, which are of type string. Write `type: string`, or leave it out."},
          {"a text for numbers", with_field("{ ref: counters, type: §[string, \"null\"] }"),
           "a reference to `counters` holds its ids, which are of type integer. Write `type: [integer, \"null\"]`, or leave it out."},
          {"an object", with_field("{ ref: users, type: §object }"), "a reference to `users` holds its ids, which are of type string."},
          {"a type that is none", with_field("{ ref: users, type: §uuid }"), "the text `uuid` is not a type."},
          {"a default", with_field("{ ref: users, §default: 0190a0b0-0000-7000-8000-000000000000 }"),
           "`default` is not a keyword of a reference. The record that it names could be gone one day. Take it away."},
          {"a transform", with_field("{ ref: users, §trim: true }"),
           "`trim` is not a keyword of a reference. It holds ids of `users`, and they are checked as such. Take it away."},
          {"an enum", with_field("{ ref: users, §enum: [a] }"), "`enum` is not a keyword of a reference."},
          {"a format", with_field("{ ref: users, §format: uuid }"), "`format` is not a keyword of a reference."},
          {"a pattern", with_field("{ ref: pages, §pattern: a }"), "`pattern` is not a keyword of a reference."},
          {"a length", with_field("{ ref: users, §maxLength: 36 }"), "`maxLength` is not a keyword of a reference."},
          {"a bound", with_field("{ ref: counters, §minimum: 1 }"), "`minimum` is not a keyword of a reference."},
          {"a misspelt keyword", with_field("{ ref: users, §onDelte: cascade }"),
           "`onDelte` is not a keyword of a reference. Did you mean `onDelete`?"},
          {"a keyword of the collection", with_field("{ ref: users, §timestamps: true }"),
           "`timestamps` is not a keyword of a reference. It belongs to the collection."},
          {"a message for a format of numbers", with_field("{ ref: counters, messages: { §format: No } }"),
           "a message for `format`, but the field has no `format`."},
          {"a message for the pattern of texts", with_field("{ ref: pages, messages: { pattern: No } }"), ""},
          {"a message for required", with_required("{ ref: users, messages: { required: Whose } }"), ""},
      },
      kTargets);
  CHECK(wrong == "");
}

TEST_CASE("loader: a reference names a collection, this one too", "[model]") {
  CHECK(field_of("{ ref: things }").ref == "things");
  const std::string wrong = objections(
      {
          {"a misspelt name", with_field("{ ref: §user }"), "`ref` names `user`, which is not a collection. Did you mean `users`?"},
          {"a name like none", with_field("{ ref: §invoices }"),
           "`ref` names `invoices`, which is not a collection. Collections are counters, documents, pages, things, users."},
          {"a number", with_field("{ ref: §5 }"), "`ref` takes text; got the number `5`. Put it into quotes: `\"5\"`."},
          {"a list", with_field("{ ref: §[users] }"),
           "`ref` takes the name of a collection; got the list `[users]`. Write, for example, `ref: users`."},
          {"a word that is none of the three", with_field("{ ref: users, onDelete: §delete }"),
           "`onDelete` takes `restrict`, `cascade` or `setNull`; got the text `delete`. Write, for example, `onDelete: restrict`."},
          {"SQL's word", with_field("{ ref: users, onDelete: §SET NULL }"),
           "`onDelete` takes `restrict`, `cascade` or `setNull`; got the text `SET NULL`. Did you mean `setNull`?"},
          {"a word in other letters", with_field("{ ref: users, onDelete: §setnull }"),
           "`onDelete` takes `restrict`, `cascade` or `setNull`; got the text `setnull`. Did you mean `setNull`?"},
          {"what is near the word that removes", with_field("{ ref: users, onDelete: §cascad }"),
           "`onDelete` takes `restrict`, `cascade` or `setNull`; got the text `cascad`. Write, for example, `onDelete: restrict`."},
          {"onDelete of no reference", with_field("{ type: string, §onDelete: cascade }"),
           "`onDelete` is not a keyword of a string field. It goes with references: add `ref: users`, or take it away."},
          {"setNull where no null is admitted", with_required("{ ref: users, onDelete: §setNull }"),
           "`onDelete: setNull`, but the field admits no null. Take `x` out of `required`, list \"null\" in its type, or write `onDelete: "
           "restrict`."},
          {"setNull on a required field that lists null", with_required("{ ref: users, type: [string, \"null\"], onDelete: setNull }"), ""},
          {"setNull on an optional field", with_field("{ ref: users, onDelete: setNull }"), ""},
          {"cascade on a required field", with_required("{ ref: things, onDelete: cascade }"), ""},
      },
      kTargets);
  CHECK(wrong == "");
}

TEST_CASE("loader: alone, a model can refer to itself only", "[model]") {
  CHECK(load_model_text("things", with_field("{ ref: things }")).faults.empty());
  CHECK(faults_of(load_model_text("things", with_field("{ ref: users }"))) ==
        "models/things.yaml:3:13: `ref` names `users`, which is not a collection. Collections are things.\n");
}

TEST_CASE("loader: a collection with faults of its own can still be referred to", "[model]") {
  const std::string with_bad_id = kPlain + "id: serial\n";
  for (const std::string& target : {with_bad_id, std::string("]"), std::string("5\n"), std::string()}) {
    INFO(target);
    const LoadedModels loaded = load_model_texts({{"users", target}, {"things", with_field("{ ref: users, type: integer }")}});
    REQUIRE_FALSE(loaded.faults.empty());
    for (const auto& fault : loaded.faults) CHECK(fault.file == "models/users.yaml");
  }
}

TEST_CASE("loader: each reference has an index, its own or one that begins with it", "[model]") {
  const std::string fields =
      "type: object\nproperties:\n  a: { ref: users }\n  b: { ref: pages }\n  c: { ref: things }\n  n: { type: integer }\n";
  const Model plain = model_of(fields + "timestamps: true\n", kTargets);
  REQUIRE(plain.indexes.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) CHECK(plain.indexes[i].keys == std::vector<SortKey>{{i + 1, false}});
  CHECK(plain.indexes[3].keys == std::vector<SortKey>{{plain.created_at(), false}});

  const Model declared = model_of(fields + "indexes: [[n, a], [-b, n]]\n", kTargets);
  REQUIRE(declared.indexes.size() == 4);
  CHECK(declared.indexes[0].keys == std::vector<SortKey>{{4, false}, {1, false}});
  CHECK(declared.indexes[1].keys == std::vector<SortKey>{{2, true}, {4, false}});
  CHECK(declared.indexes[2].keys == std::vector<SortKey>{{1, false}});
  CHECK(declared.indexes[3].keys == std::vector<SortKey>{{3, false}});
}

TEST_CASE("loader: keys may hold references; a search may not", "[model]") {
  const std::string fields =
      "type: object\nproperties:\n  a: { ref: users }\n  n: { type: string, maxLength: 565 }\n  s: { type: string }\n";
  const std::string wrong = objections(
      {
          {"a unique key", fields + "unique: [§[a, n]]\n", "its texts can have 2404 bytes"},
          {"a finder", fields + "finders: { a: {} }\n", ""},
          {"tags of the cache", fields + "cache: { tags: [a] }\n", ""},
          {"a search", fields + "search: { fields: §[s, a] }\n", "only string fields are searched; `a` is a reference. Take it away."},
      },
      kTargets);
  CHECK(wrong == "");
}

TEST_CASE("loader: the catalog knows all references", "[model]") {
  const Catalog catalog(
      load_model_texts(
          {{"users", kPlain},
           {"orders", "type: object\nproperties:\n  n: { type: integer }\n  customer: { ref: users }\n  seller: { ref: users }\n"},
           {"groups", "type: object\nproperties:\n  parent: { ref: groups }\n  owner: { ref: users }\n"}})
          .models);
  std::string references;
  for (const Reference& reference : catalog.references()) {
    references += reference.model->name + "." + reference.model->fields[reference.field].name + " -> " + reference.target->name + "\n";
  }
  CHECK(references == "groups.parent -> groups\ngroups.owner -> users\norders.customer -> users\norders.seller -> users\n");
}

}  // namespace holdfast
