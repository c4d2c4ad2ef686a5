#include "query/planner.h"

#include <catch2/catch.hpp>

#include "query/testing_filter_text.h"
#include "query/testing_model.h"

using namespace holdfast;

namespace {

Finder finder(const Model& model, std::string name, std::string field, std::string where = {}, std::string sort_by = {}) {
  Finder finder;
  finder.field = *model.ordinal(field);
  finder.name = std::move(name);
  finder.where = std::move(where);
  finder.sort_by = std::move(sort_by);
  finder.where_mark = {7, 3};
  finder.sort_by_mark = {8, 3};
  return finder;
}

std::vector<Model> models() {
  Model items = testing::wide_model();
  items.finders.push_back(finder(items, "category", "category", "isActive = true"));
  items.finders.push_back(finder(items, "tag", "tags", "", "price,-name"));
  items.finders.push_back(finder(items, "price", "price", "count = 1 or not = 1", "name"));
  Model notes = testing::model_of("notes", IdKind::kInteger, {testing::field("text", Kind::kString)}, false);
  std::vector<Model> models;
  models.push_back(std::move(items));
  models.push_back(std::move(notes));
  return models;
}

SecretKey test_key() {
  SecretKey key;
  key.fill(3);
  return key;
}

const Catalog kCatalog(models());
const Planner kPlanner(kCatalog, test_key());
const Model& kItems = *kCatalog.find("items");
const Model& kNotes = *kCatalog.find("notes");

std::vector<Parameter> parameters(std::string_view query) {
  return *parse_parameters(query);
}

Result<ListPlan> planned(std::string_view query, const Model& model = kItems) {
  return kPlanner.list(model, parameters(query));
}
Result<ListPlan> found(std::size_t finder, std::string_view value, std::string_view query = "") {
  return kPlanner.find_by(kItems, kItems.finders[finder], value, parameters(query));
}

std::string refusal(const Result<ListPlan>& plan) {
  return plan ? "accepted" : testing::text_of(plan.error());
}

// sort | filter | limit | offset
std::string told(const Result<ListPlan>& plan) {
  if (!plan) return refusal(plan);
  return sort_text(*plan->model, plan->sort) + " | " + testing::text_of(*plan->model, plan->filter) + " | " + std::to_string(plan->limit) +
         " | " + std::to_string(plan->offset);
}

Record a_record() {
  Record record;
  for (const Field& field : kItems.fields)
    record.values.push_back(field.kind == Kind::kString ? Value(std::string("a")) : Value(std::int64_t{1}));
  return record;
}

}  // namespace

TEST_CASE("planner: a list without parameters has the defaults of the product", "[query]") {
  const auto plan = planned("");
  CHECK(told(plan) == "-createdAt,-id | always | 10 | 0");
  CHECK(plan->model == &kItems);
  CHECK(plan->after.empty());
  CHECK_FALSE(plan->fields.has_value());
  CHECK_FALSE(plan->count_exact);
  CHECK(told(planned("", kNotes)) == "-id | always | 10 | 0");
}

TEST_CASE("planner: page, sort and filter of a list", "[query]") {
  CHECK(told(planned("limit=200&offset=10000&sortBy=price,-createdAt&count[gt]=1")) == "+price,-createdAt,-id | count gt 1 | 200 | 10000");
  CHECK(told(planned("limit=010&offset=000")) == "-createdAt,-id | always | 10 | 0");
  CHECK(told(planned("sortOrder=asc")) == "+createdAt,+id | always | 10 | 0");
  CHECK(told(planned("sortOrder=asc", kNotes)) == "+id | always | 10 | 0");
  CHECK(told(planned("sortBy=+price")) == "+price,+id | always | 10 | 0");
  CHECK(planned("count=exact")->count_exact);
}

TEST_CASE("planner: limit and offset outside their range are refused, never clamped", "[query]") {
  for (const char* value : {"0", "-1", "201", "1e9", "1.0", "", "%2B5", "5 ", "99999999999999999999999", "٣", "0x10"}) {
    CAPTURE(value);
    CHECK(refusal(planned("limit=" + std::string(value)))
              .starts_with("invalid_parameter: `limit` must be a whole number from 1 to 200; got "));
  }
  for (const char* value : {"-1", "10001", "", "1e3", "18446744073709551616"}) {
    CAPTURE(value);
    CHECK(refusal(planned("offset=" + std::string(value)))
              .starts_with("invalid_parameter: `offset` must be a whole number from 0 to 10000; got "));
  }
  CHECK(refusal(planned("count=true")) == "invalid_parameter: `count` must be `exact`; got \"true\".");
}

TEST_CASE("planner: fields are put in the model's order and include the id", "[query]") {
  using Ordinals = std::vector<std::size_t>;
  const std::size_t name = *kItems.ordinal("name"), price = *kItems.ordinal("price");
  CHECK(*planned("fields=price,name")->fields == Ordinals{0, name, price});
  CHECK(*planned("fields=id")->fields == Ordinals{0});
  CHECK(*planned("fields=name,name")->fields == Ordinals{0, name});
  CHECK(refusal(planned("fields=")).starts_with("invalid_parameter: `fields` must name fields of `items`"));
  CHECK(refusal(planned("fields=nam")).ends_with("got \"nam\". Did you mean `name`?"));
  CHECK(**kPlanner.item_fields(kItems, parameters("fields=price")) == Ordinals{0, price});
  CHECK_FALSE((*kPlanner.item_fields(kItems, {})).has_value());
  CHECK(kPlanner.item_fields(kItems, parameters("limit=1")).error().code == Code::kUnknownParameter);
}

TEST_CASE("planner: a cursor continues its page, with the sort said again or not", "[query]") {
  for (const char* query : {"", "sortBy=price,-createdAt", "sortOrder=asc", "name[prefix]=a&sortBy=name&limit=3"}) {
    CAPTURE(query);
    const auto plan = planned(query);
    const std::string cursor = kPlanner.next_cursor(*plan, a_record(), "");
    REQUIRE_FALSE(cursor.empty());
    const auto next = planned(std::string(query) + "&cursor=" + cursor);
    REQUIRE(next.has_value());
    CHECK(told(next) == told(plan));
    CHECK(next->after.size() == plan->sort.size());
  }
  const std::string cursor = kPlanner.next_cursor(*planned("sortBy=price,-createdAt"), a_record(), "");
  CHECK(told(planned("limit=50&fields=name&count=exact&cursor=" + cursor)) == "+price,-createdAt,-id | always | 50 | 0");
}

TEST_CASE("planner: a cursor of another sort, filter, finder or collection is refused", "[query]") {
  const std::string cursor = kPlanner.next_cursor(*planned("category=livre&count[gt]=1&sortBy=price"), a_record(), "");
  const auto with = [&](std::string query) { return refusal(planned(query + "&cursor=" + cursor)); };
  CHECK(with("category=livre&count[gt]=1") == "accepted");
  CHECK(with("count[gt]=1&filter=category='livre'") == "accepted");
  CHECK(with("category=livre").starts_with("invalid_cursor"));
  CHECK(with("category=livre&count[gt]=2").starts_with("invalid_cursor"));
  CHECK(
      with("category=livre&count[gt]=1&sortBy=name") ==
      "invalid_cursor: `cursor` was made for `sortBy=-price,-id`; leave `sortBy` and `sortOrder` out, or start again without the cursor.");
  CHECK(with("category=livre&count[gt]=1&sortBy=price&sortOrder=asc").starts_with("invalid_cursor"));
  CHECK(refusal(planned("cursor=" + kPlanner.next_cursor(*planned(""), a_record(), ""), kNotes)).starts_with("invalid_cursor"));
  CHECK(refusal(planned("cursor=")).starts_with("invalid_cursor"));
  CHECK(refusal(planned("cursor=abc")).starts_with("invalid_cursor"));
}

TEST_CASE("planner: offset does not stand beside a cursor", "[query]") {
  const std::string cursor = kPlanner.next_cursor(*planned(""), a_record(), "");
  CHECK(refusal(planned("offset=0&cursor=" + cursor)) ==
        "invalid_parameter: `offset` cannot stand beside `cursor`, which says where the page begins.");
}

TEST_CASE("planner: a sort by unbounded text has no next cursor and takes none", "[query]") {
  CHECK(kPlanner.next_cursor(*planned("sortBy=description"), a_record(), "").empty());
  const std::string cursor = kPlanner.next_cursor(*planned(""), a_record(), "");
  CHECK(refusal(planned("sortBy=description&cursor=" + cursor))
            .starts_with("invalid_parameter: `cursor` cannot continue a list sorted by `-description,-id`"));
}

TEST_CASE("planner: a finder is a filter with its own where and sort", "[query]") {
  CHECK(kPlanner.faults().empty());
  CHECK(told(found(0, "livre")) == "-createdAt,-id | (category = \"livre\" and isActive = true) | 10 | 0");
  CHECK(told(found(0, "livre", "price[gt]=1&limit=5")) ==
        "-createdAt,-id | (category = \"livre\" and isActive = true and price gt 100) | 5 | 0");
  CHECK(told(found(1, "bio")) == "+price,-name,-id | tags has \"bio\" | 10 | 0");
  CHECK(told(found(1, "bio", "sortBy=count")) == "-count,-id | tags has \"bio\" | 10 | 0");
  CHECK(told(found(2, "1.5", "sortOrder=asc")) == "+name,+id | (price = 150 and (count = 1 or not = 1)) | 10 | 0");
  CHECK(told(found(2, "1.999")) == "-name,-id | (never and (count = 1 or not = 1)) | 10 | 0");
  CHECK(refusal(found(0, "roman")) ==
        "invalid_parameter: category[eq] must be one of electronique, vetement, livre, autre; got \"roman\".");
  CHECK(refusal(found(0, "livre", "q=1")).starts_with("unknown_parameter"));
}

TEST_CASE("planner: a finder's cursor is bound to its value", "[query]") {
  const std::string cursor = kPlanner.next_cursor(*found(0, "livre"), a_record(), "");
  CHECK(refusal(found(0, "livre", "cursor=" + cursor)) == "accepted");
  CHECK(refusal(found(0, "autre", "cursor=" + cursor)).starts_with("invalid_cursor"));
  CHECK(refusal(planned("category=livre&isActive=true&cursor=" + cursor)).starts_with("invalid_cursor"));
}

TEST_CASE("planner: a finder that does not hold is a fault with its place in the file", "[query]") {
  Model broken = testing::model_of("broken", IdKind::kUuid, {testing::field("size", Kind::kInteger)}, false);
  broken.finders.push_back(finder(broken, "small", "size", "size < 'a'"));
  broken.finders.push_back(finder(broken, "large", "size", "", "weight"));
  broken.finders.push_back(finder(broken, "sound", "size", "size < 9"));
  std::vector<Model> models;
  models.push_back(std::move(broken));
  const Catalog catalog(std::move(models));
  const Planner planner(catalog, test_key());
  REQUIRE(planner.faults().size() == 2);
  CHECK(planner.faults()[0].mark.line == 7);
  CHECK(planner.faults()[0].message == "`where` of the finder `small`: size < must be an integer; got \"a\". (column 8 of the text)");
  CHECK(planner.faults()[1].mark.line == 8);
  CHECK(planner.faults()[1].message == "`sortBy` of the finder `large`: `sortBy` must name fields of `broken`; got \"weight\".");
}

TEST_CASE("planner: a count takes filters only", "[query]") {
  const auto plan = kPlanner.count(kItems, parameters("filter=price+>+1&name=a"));
  REQUIRE(plan.has_value());
  CHECK(testing::text_of(kItems, plan->filter) == "(name = \"a\" and price gt 100)");
  CHECK(kPlanner.count(kItems, parameters("sortBy=name")).error().code == Code::kUnknownParameter);
}
TEST_CASE("planner: fields names whole fields that are answered", "[query]") {
  std::vector<Model> models;
  models.push_back(testing::orders_model());
  for (const char* target : {"users", "batches", "shops", "labels"}) models.push_back(testing::model_of(target, IdKind::kUuid, {}, false));
  const Catalog catalog(std::move(models));
  const Planner planner(catalog, test_key());
  const Model& orders = *catalog.find("orders");
  const auto projected = [&](std::string_view query) { return planner.list(orders, parameters(query)); };
  CHECK(*projected("fields=address,owner")->fields == std::vector<std::size_t>{0, *orders.ordinal("address"), *orders.ordinal("owner")});
  CHECK(refusal(projected("fields=address.city")) ==
        "invalid_parameter: `fields` takes whole fields; write `address` for \"address.city\".");
  for (const char* name : {"secret", "secre", "vault", "vault.pin"}) {
    CAPTURE(name);
    CHECK(refusal(projected("fields=" + std::string(name))) ==
          "invalid_parameter: `fields` must name fields of `orders`, with commas between them; got \"" + std::string(name) + "\".");
  }
}

TEST_CASE("planner: a POST takes onConflict, other writes take nothing", "[query]") {
  using Key = std::vector<std::size_t>;
  Model users =
      testing::model_of("users", IdKind::kUuid,
                        {testing::text_field("email", 100), testing::text_field("country", 2), testing::text_field("code", 10)}, false);
  users.unique_keys = {{{1}}, {{2, 3}}};
  const auto asked = [](const Model& model, std::string_view query, bool post = true) {
    return kPlanner.write_parameters(model, parameters(query), post);
  };
  const auto refused = [&](std::string_view query, bool post = true) { return testing::text_of(asked(users, query, post).error()); };

  CHECK_FALSE((*asked(users, "")).has_value());
  CHECK_FALSE((*asked(users, "", false)).has_value());
  CHECK((**asked(users, "onConflict=email") == Key{1}));
  CHECK((**asked(users, "onConflict=country,code") == Key{2, 3}));
  CHECK((**asked(users, "onConflict=code%2Ccountry") == Key{2, 3}));

  CHECK(refused("onConflict=email&onConflict=email") == "invalid_parameter: `onConflict` is given twice; it takes one value.");
  const std::string declared =
      "invalid_parameter: `onConflict` must name a declared unique key of `users`, `email` or `country,code`; got ";
  for (const char* text : {"", ",", "email,", "email,email", "country", "country,country", "country,code,code", "email,code",
                           "country,code,email", "id", "Email", " email", "nothing"}) {
    CAPTURE(text);
    CHECK(refused("onConflict=" + std::string(text)) == declared + "\"" + text + "\".");
  }
  CHECK(refused("onConflict") == declared + "\"\".");
  Model secretive = testing::orders_model();
  secretive.unique_keys = {{{*secretive.ordinal("secret")}}};
  CHECK(testing::text_of(asked(secretive, "onConflict=secret").error()) ==
        "invalid_parameter: `orders` declares no unique key for `onConflict`; send the POST without it.");
  CHECK(testing::text_of(asked(kNotes, "onConflict=text").error()) ==
        "invalid_parameter: `notes` declares no unique key for `onConflict`; send the POST without it.");

  CHECK(refused("onconflict=email") ==
        "unknown_parameter: \"onconflict\" is not a parameter here: a POST takes `onConflict` only. Did you mean `onConflict`?");
  CHECK(refused("onConflict=email&fields=email").starts_with("unknown_parameter: \"fields\""));
  CHECK(refused("onConflict=email", false) == "unknown_parameter: \"onConflict\" is not a parameter here: a write takes none.");
}
