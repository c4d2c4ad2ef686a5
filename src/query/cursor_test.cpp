#include "query/cursor.h"

#include <catch2/catch.hpp>

#include <limits>

#include "query/testing_model.h"

using namespace holdfast;

namespace {

const Model kModel = testing::wide_model();
const SecretKey kKey = [] {
  SecretKey key;
  key.fill(7);
  return key;
}();
constexpr std::uint64_t kScope = 0x0123456789abcdefULL;

ListPlan plan_sorted_by(const Model& model, const std::vector<std::pair<std::string, bool>>& keys) {
  ListPlan plan;
  plan.model = &model;
  plan.scope = kScope;
  for (const auto& [name, descending] : keys) plan.sort.push_back({*model.queryable(name), descending});
  return plan;
}

Record record_of(const Model& model, std::vector<std::pair<std::string, Value>> values) {
  Record record;
  record.values.resize(model.fields.size());
  record.values[0] = Value(std::string("0190a5b8-7c3e-7abc-8def-0123456789ab"));
  for (auto& [name, value] : values) record.values[*model.ordinal(name)] = std::move(value);
  return record;
}

// One page of every sortable kind.
ListPlan wide_plan() {
  return plan_sorted_by(
      kModel, {{"name", false}, {"price", true}, {"ratio", false}, {"isActive", true}, {"soldAt", false}, {"day", true}, {"id", true}});
}
Record wide_record() {
  return record_of(kModel, {{"name", Value(std::string("l'été\xF0\x9F\x8E\xA7"))},
                            {"price", Value(std::int64_t{-4550})},
                            {"ratio", Value(0.1)},
                            {"isActive", Value(false)},
                            {"soldAt", Value(std::numeric_limits<std::int64_t>::min())},
                            {"day", Value(Null{})}});
}

bool is_refused(const Result<Cursor>& cursor) {
  return !cursor && cursor.error().code == Code::kInvalidCursor;
}

}  // namespace

TEST_CASE("cursor: carries the sort and the key values of every kind", "[query]") {
  const ListPlan plan = wide_plan();
  const Record last = wide_record();
  const std::string text = encode_cursor(kKey, plan, last, "");
  const auto cursor = decode_cursor(kKey, kModel, kScope, text);
  REQUIRE(cursor.has_value());
  CHECK((cursor->sort == plan.sort));
  REQUIRE(cursor->after.size() == plan.sort.size());
  for (std::size_t i = 0; i < plan.sort.size(); ++i) CHECK((cursor->after[i] == last.values[plan.sort[i].field]));
  CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos);
}

TEST_CASE("cursor: equal pages give equal cursors", "[query]") {
  CHECK(encode_cursor(kKey, wide_plan(), wide_record(), "") == encode_cursor(kKey, wide_plan(), wide_record(), ""));
}

TEST_CASE("cursor: refuses one that was made for another collection or filter", "[query]") {
  const std::string text = encode_cursor(kKey, wide_plan(), wide_record(), "");
  CHECK(is_refused(decode_cursor(kKey, kModel, kScope + 1, text)));
}

TEST_CASE("cursor: refuses one of another database", "[query]") {
  SecretKey other = kKey;
  other[31] ^= 1;
  CHECK(is_refused(decode_cursor(other, kModel, kScope, encode_cursor(kKey, wide_plan(), wide_record(), ""))));
}

TEST_CASE("cursor: refuses every alteration of every character, and every cut", "[query]") {
  for (const char* name : {"a", "ab", "abc"}) {  // so that the last letter carries 0, 2 and 4 unused bits
    const Record last = record_of(kModel, {{"name", Value(std::string(name))}});
    const std::string text = encode_cursor(kKey, plan_sorted_by(kModel, {{"name", false}, {"id", false}}), last, "");
    REQUIRE(decode_cursor(kKey, kModel, kScope, text).has_value());
    for (std::size_t i = 0; i < text.size(); ++i) {
      CAPTURE(name, i);
      for (const char replacement : std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=%+/ ")) {
        if (text[i] == replacement) continue;
        std::string altered = text;
        altered[i] = replacement;
        REQUIRE(is_refused(decode_cursor(kKey, kModel, kScope, altered)));
      }
      REQUIRE(is_refused(decode_cursor(kKey, kModel, kScope, text.substr(0, i))));
    }
    for (const char* suffix : {"A", "AA", "AAAA", "=", "==", "\n", " "})
      CHECK(is_refused(decode_cursor(kKey, kModel, kScope, text + suffix)));
  }
}

TEST_CASE("cursor: refuses one that is authentic but does not fit", "[query]") {
  const auto sealed = [](std::string bytes) { return encode_base64url(bytes + authentication_tag(kKey, bytes)); };
  CHECK(is_refused(decode_cursor(kKey, kModel, kScope, sealed(""))));
  CHECK(is_refused(decode_cursor(kKey, kModel, kScope, sealed("\x02"))));
  CHECK(is_refused(decode_cursor(kKey, kModel, kScope, sealed("\x03"))));

  std::string bytes;
  REQUIRE(decode_base64url(encode_cursor(kKey, wide_plan(), wide_record(), ""), bytes));
  bytes.resize(bytes.size() - 16);
  REQUIRE(decode_cursor(kKey, kModel, kScope, sealed(bytes)).has_value());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(is_refused(decode_cursor(kKey, kModel, kScope, sealed(bytes.substr(0, size)))));
  CHECK(is_refused(decode_cursor(kKey, kModel, kScope, sealed(bytes + "x"))));
  bytes[0] = 3;
  CHECK(is_refused(decode_cursor(kKey, kModel, kScope, sealed(bytes))));
}

TEST_CASE("cursor: survives a new field, refuses one whose field is gone or of another kind", "[query]") {
  const std::string text = encode_cursor(kKey, wide_plan(), wide_record(), "");
  Model changed = testing::wide_model();
  changed.fields.insert(changed.fields.begin() + 1, testing::field("added", Kind::kInteger));
  const auto cursor = decode_cursor(kKey, changed, kScope, text);
  REQUIRE(cursor.has_value());
  CHECK(cursor->sort.front().field == *changed.ordinal("name"));

  changed.fields[*changed.ordinal("price")].kind = Kind::kString;
  CHECK(is_refused(decode_cursor(kKey, changed, kScope, text)));
  changed.fields[*changed.ordinal("price")].kind = Kind::kDecimal;
  changed.fields[*changed.ordinal("price")].name = "cost";
  CHECK(is_refused(decode_cursor(kKey, changed, kScope, text)));
}

TEST_CASE("cursor: a string that may be longer than 1,000 characters cannot be continued", "[query]") {
  const auto continues = [](const std::string& field) { return can_continue(kModel, {{*kModel.ordinal(field), false}, {0, false}}); };
  for (const char* field : {"name", "category", "token", "email", "price", "count", "soldAt", "day", "isActive", "createdAt"}) {
    CAPTURE(field);
    CHECK(continues(field));
  }
  CHECK_FALSE(continues("description"));
  const auto with_length = [](std::int64_t length) {
    return can_continue(testing::model_of("notes", IdKind::kText, {testing::text_field("text", length)}, false), {{1, false}, {0, false}});
  };
  CHECK(with_length(1'000));
  CHECK_FALSE(with_length(1'001));
}

TEST_CASE("cursor: continues after members of objects and after references", "[query]") {
  const Model nested = testing::orders_model();
  const ListPlan plan = plan_sorted_by(
      nested, {{"address.city", false}, {"address.fee", true}, {"address.place.latitude", true}, {"batch", false}, {"id", false}});
  Value::Array place, address;
  place.push_back(Value(45.5));
  place.push_back(Null{});
  address.push_back(Value(std::string("Lyon")));
  address.push_back(Null{});
  address.resize(5, Null{});
  address.push_back(Value(std::move(place)));
  Record last = record_of(nested, {{"address", Value(std::move(address))}, {"batch", Value(std::int64_t{7})}});

  auto cursor = decode_cursor(kKey, nested, kScope, encode_cursor(kKey, plan, last, ""));
  REQUIRE(cursor.has_value());
  CHECK((cursor->sort == plan.sort));
  REQUIRE(cursor->after.size() == 5);
  CHECK((cursor->after[0] == Value(std::string("Lyon"))));
  CHECK(cursor->after[1].is_null());
  CHECK((cursor->after[2] == Value(45.5)));

  last.values[*nested.ordinal("address")] = Null{};
  const std::string text = encode_cursor(kKey, plan, last, "");
  cursor = decode_cursor(kKey, nested, kScope, text);
  REQUIRE(cursor.has_value());
  CHECK(cursor->after[0].is_null());
  CHECK(cursor->after[2].is_null());

  Model changed = nested;
  changed.fields[*changed.ordinal("address")].properties.erase(changed.fields[*changed.ordinal("address")].properties.begin());
  changed.flatten();
  CHECK(is_refused(decode_cursor(kKey, changed, kScope, text)));
  Model hidden = nested;
  hidden.fields[*hidden.ordinal("address")].write_only = true;
  CHECK(is_refused(decode_cursor(kKey, hidden, kScope, text)));
}

TEST_CASE("cursor: members and references that may be long cannot be continued after", "[query]") {
  const Model nested = testing::orders_model();
  const auto continues = [&](const char* path) { return can_continue(nested, {{*nested.queryable(path), false}, {0, false}}); };
  for (const char* path : {"address.city", "address.fee", "owner", "batch", "shop", "label"}) {
    CAPTURE(path);
    CHECK(continues(path));
  }
  CHECK_FALSE(continues("address.place.label"));
}

TEST_CASE("cursor: carries what an engine says of the place of the last record, and is the same as ever when it says nothing", "[query]") {
  const ListPlan plan = wide_plan();
  const std::string place("\0\x03 any bytes", 12);
  const std::string text = encode_cursor(kKey, plan, wide_record(), "", place);
  const auto cursor = decode_cursor(kKey, kModel, kScope, text);
  REQUIRE(cursor.has_value());
  CHECK(cursor->after_place == place);
  CHECK((cursor->after.back() == wide_record().values[0]));
  const std::string plain = encode_cursor(kKey, plan, wide_record(), "");
  CHECK(plain == encode_cursor(kKey, plan, wide_record(), "", ""));
  CHECK(decode_cursor(kKey, kModel, kScope, plain)->after_place.empty());
}

TEST_CASE("cursor: carries the rank of a search, one byte for each of its fields", "[query]") {
  Model searched = testing::wide_model();
  searched.search = SearchSettings{{1, 2}, "french"};
  ListPlan plan = plan_sorted_by(searched, {{"price", true}, {"id", true}});
  plan.by_rank = true;
  const Record last = record_of(searched, {{"price", Value(std::int64_t{100})}});
  const std::string rank("\x02\x00", 2);
  const std::string text = encode_cursor(kKey, plan, last, rank);
  const auto cursor = decode_cursor(kKey, searched, kScope, text);
  REQUIRE(cursor.has_value());
  CHECK(cursor->after_rank == rank);
  CHECK((cursor->after[0] == Value(std::int64_t{100})));
  CHECK(encode_cursor(kKey, plan, last, std::string("\x01\x00", 2)) != text);

  searched.search->fields.pop_back();
  CHECK(is_refused(decode_cursor(kKey, searched, kScope, text)));
  searched.search.reset();
  CHECK(is_refused(decode_cursor(kKey, searched, kScope, text)));

  CHECK_THROWS_AS(encode_cursor(kKey, plan, last, ""), std::logic_error);
  plan.by_rank = false;
  CHECK_THROWS_AS(encode_cursor(kKey, plan, last, rank), std::logic_error);
}
