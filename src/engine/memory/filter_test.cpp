#include "engine/memory/filter.h"

#include <catch2/catch.hpp>

#include "engine/testing/fixture.h"

using namespace holdfast;
using testing::integer;
using testing::text;
using testing::texts;

namespace {

// Of a record with one field.
bool satisfies(const Filter& filter, Value value) {
  Model model;
  model.fields.resize(1);
  return memory::matches(model, filter, {{std::move(value)}, 1});
}

bool holds(Value value, Operator op, std::vector<Value> operands) {
  return satisfies(Filter::on({0, op, std::move(operands)}), std::move(value));
}

bool like(const char* value, const char* pattern) {
  return holds(text(value), Operator::kLike, {text(pattern)});
}

bool ilike(const char* value, const char* pattern) {
  return holds(text(value), Operator::kIlike, {text(pattern)});
}

const Value kNull{Null{}};

}  // namespace

TEST_CASE("memory: a comparison with null is false, and what denies it is true", "[engine]") {
  for (const Operator op : {Operator::kEq, Operator::kGt, Operator::kGte, Operator::kLt, Operator::kLte, Operator::kIn}) {
    CHECK_FALSE(holds(kNull, op, {integer(1)}));
    CHECK(satisfies(Filter::negated(Filter::on({0, op, {integer(1)}})), kNull));
  }
  CHECK(holds(kNull, Operator::kNe, {integer(1)}));
  CHECK(holds(kNull, Operator::kNin, {integer(1), integer(2)}));
  for (const Operator op : {Operator::kHas, Operator::kHasAny, Operator::kHasAll}) CHECK_FALSE(holds(kNull, op, {text("a")}));
  CHECK(holds(kNull, Operator::kNull, {Value(true)}));
  CHECK_FALSE(holds(kNull, Operator::kNull, {Value(false)}));
  CHECK(holds(integer(1), Operator::kNull, {Value(false)}));
}

TEST_CASE("memory: a member of an object is null when the object is", "[engine]") {
  const Catalog catalog =
      testing::catalog_of({{"places", "type: object\nproperties:\n  at: { type: object, properties: { town: { type: string } } }\n"}});
  const Model& model = catalog.models().front();
  const std::size_t town = model.queryable("at.town").value();
  const auto is_null = [&](Value at) {
    const Record record{{text("1"), std::move(at)}, 1};
    return memory::matches(model, Filter::on({town, Operator::kNull, {Value(true)}}), record);
  };
  CHECK(is_null(kNull));
  CHECK(is_null(Value(Value::Array{kNull})));
  CHECK_FALSE(is_null(Value(Value::Array{text("Lyon")})));
}

TEST_CASE("memory: lists compare each value, and the empty list none", "[engine]") {
  CHECK(holds(integer(2), Operator::kIn, {integer(1), integer(2)}));
  CHECK_FALSE(holds(integer(2), Operator::kNin, {integer(1), integer(2)}));
  CHECK_FALSE(holds(integer(2), Operator::kIn, {}));
  CHECK(holds(integer(2), Operator::kNin, {}));
  CHECK(holds(texts({"a", "b"}), Operator::kHas, {text("b")}));
  CHECK(holds(texts({"a", "b"}), Operator::kHasAny, {text("c"), text("b")}));
  CHECK_FALSE(holds(texts({"a", "b"}), Operator::kHasAll, {text("c"), text("b")}));
  CHECK_FALSE(holds(texts({"a"}), Operator::kHasAny, {}));
  CHECK(holds(texts({}), Operator::kHasAll, {}));
}

TEST_CASE("memory: strings compare by code point", "[engine]") {
  CHECK(holds(text("a"), Operator::kGt, {text("Z")}));
  CHECK(holds(text("é"), Operator::kGt, {text("z")}));
  CHECK(holds(text("\U0010FFFF"), Operator::kGt, {text("\uFFFF")}));  // UTF-16 would say less
  CHECK_FALSE(holds(text("é"), Operator::kEq, {text("e\u0301")}));    // never normalised
  CHECK(holds(text("a\U0010FFFF"), Operator::kPrefix, {text("a\U0010FFFF")}));
  CHECK(holds(text("a"), Operator::kPrefix, {text("")}));
}

TEST_CASE("memory: `like` means the whole value, `_` one character, a backslash the character itself", "[engine]") {
  CHECK(like("casque", "c%e"));
  CHECK_FALSE(like("casque", "c%x"));
  CHECK_FALSE(like("casque", "cas"));
  CHECK(like("😀", "_"));
  CHECK_FALSE(like("e\u0301", "_"));
  CHECK(like("50%", "50\\%"));
  CHECK_FALSE(like("500", "50\\%"));
  CHECK(like("a", "\\a"));
  CHECK(like("\\", "\\\\"));
  CHECK(like("", "%"));
  CHECK(like("", ""));
  CHECK_FALSE(like("", "_"));
  CHECK(like("a%b_c", "a\\%b\\__"));
  CHECK_FALSE(like("A", "a"));
}

TEST_CASE("memory: `ilike` equals two characters whose lower case is equal, one by one", "[engine]") {
  CHECK(ilike("ÉTÉ", "été"));
  CHECK(ilike("\u212A", "k"));    // the Kelvin sign
  CHECK(ilike("ẞ", "ß"));         // one lower case
  CHECK_FALSE(ilike("ß", "ss"));  // no folding to several
  CHECK_FALSE(ilike("ς", "Σ"));   // Σ is lower-cased to σ
  CHECK(ilike("σ", "Σ"));
  CHECK_FALSE(ilike("ı", "I"));  // no locale
  CHECK(ilike("a\nb", "A_B"));
}
