#include "query/filter_parser.h"

#include <catch2/catch.hpp>

#include "query/testing_filter_text.h"
#include "query/testing_model.h"

using namespace holdfast;

namespace {

const Model kModel = testing::wide_model();

std::string parsed(std::string_view text) {
  return testing::text_of(kModel, parse_filter(kModel, text));
}

std::string repeated(std::string_view part, int times, std::string_view separator = "") {
  std::string text;
  for (int i = 0; i < times; ++i) text += (i > 0 ? std::string(separator) : std::string()) + std::string(part);
  return text;
}

}  // namespace

TEST_CASE("filter text: every operator", "[query]") {
  CHECK(parsed("price >= 10") == "price gte 1000");
  CHECK(parsed("price>10") == "price gt 1000");
  CHECK(parsed("price <= '10.50'") == "price lte 1050");
  CHECK(parsed("price<10") == "price lt 1000");
  CHECK(parsed("name = 'l''eau'") == "name = \"l'eau\"");
  CHECK(parsed("name != ''") == "name != \"\"");
  CHECK(parsed("name like 'a%'") == "name like \"a%\"");
  CHECK(parsed("name ilike 'a%'") == "name ilike \"a%\"");
  CHECK(parsed("name prefix 'a'") == "name prefix \"a\"");
  CHECK(parsed("tags has 'bio'") == "tags has \"bio\"");
  CHECK(parsed("tags hasAny ('a', 'b')") == "tags hasAny \"a\" \"b\"");
  CHECK(parsed("tags hasAll ('a','b')") == "tags hasAll \"a\" \"b\"");
  CHECK(parsed("category in ('livre','autre')") == "category in \"livre\" \"autre\"");
  CHECK(parsed("category not in ('livre')") == "category nin \"livre\"");
  CHECK(parsed("count between -1 and 1e1") == "(count gte -1 and count lte 10)");
  CHECK(parsed("count is null") == "count null true");
  CHECK(parsed("count is not null") == "count null false");
  CHECK(parsed("isActive = true") == "isActive = true");
  CHECK(parsed("soldAt < '2026-01-01T00:00:00Z'") == "soldAt lt 1767225600000");
  CHECK(parsed("soldAt < '2026-01-01T02:00:00 02:00'") == "soldAt lt 1767225600000");
  CHECK(parsed("day = '2026-01-01'") == "day = \"2026-01-01\"");
  CHECK(parsed("ratio = 0.5 and name in () ") == "(ratio = 0.500000 and never)");
  CHECK(parsed("name not in ()") == "always");
}

TEST_CASE("filter text: not binds tightest, then and, then or", "[query]") {
  CHECK(parsed("count = 1 or count = 2 and count = 3") == "(count = 1 or (count = 2 and count = 3))");
  CHECK(parsed("(count = 1 or count = 2) and count = 3") == "((count = 1 or count = 2) and count = 3)");
  CHECK(parsed("not count = 1 and count = 2") == "(not (count = 1) and count = 2)");
  CHECK(parsed("not (count = 1 and count = 2)") == "not ((count = 1 and count = 2))");
  CHECK(parsed("not not count = 1") == "not (not (count = 1))");
  CHECK(parsed("count between 1 and 2 and count = 3") == "(count gte 1 and count lte 2 and count = 3)");
  CHECK(parsed("((count = 1))") == "count = 1");
}

TEST_CASE("filter text: keywords in any case, fields in their own, space where one likes", "[query]") {
  CHECK(parsed("NOT count IS NOT NULL AND isActive=TRUE") == "(not (count null false) and isActive = true)");
  CHECK(parsed("count BETWEEN 1 AND 2 Or tags HASANY('a')") == "((count gte 1 and count lte 2) or tags hasAny \"a\")");
  CHECK(parsed("\tcount=1\r\nand\ncount=2 ") == "(count = 1 and count = 2)");
  CHECK(parsed("Count = 1") == "invalid_filter 1: `items` has no field \"Count\". Did you mean `count`?");
}

TEST_CASE("filter text: a field may be called like a keyword", "[query]") {
  CHECK(parsed("not = 1") == "not = 1");
  CHECK(parsed("not not = 1") == "not (not = 1)");
  CHECK(parsed("not (not >= 1)") == "not (not gte 1)");
}

TEST_CASE("filter text: literals are of the field's kind", "[query]") {
  CHECK(parsed("count = '1'") == "invalid_filter 9: count = must be an integer; got \"1\".");
  CHECK(parsed("name = 1") == "invalid_filter 8: name = must be a string; got 1.");
  CHECK(parsed("name = true") == "invalid_filter 8: name = must be a string; got true.");
  CHECK(parsed("isActive = 'true'") == "invalid_filter 12: isActive = must be true or false; got \"true\".");
  CHECK(parsed("isActive = 1") == "invalid_filter 12: isActive = must be true or false; got 1.");
  CHECK(parsed("price = true") == "invalid_filter 9: price = must be a decimal; got true.");
  CHECK(parsed("price in (1, 'x')") == "invalid_filter 14: Each value of price in must be a decimal; got \"x\".");
  CHECK(parsed("count between 1 and 1.5") == "invalid_filter 21: Each value of count between must be an integer; got 1.5.");
  CHECK(parsed("category = 'livres'") ==
        "invalid_filter 12: category = must be one of electronique, vetement, livre, autre; got \"livres\".");
  CHECK(parsed("count = null") == "invalid_filter 9: `null` is not a value: write `count is null` or `count is not null`.");
  CHECK(parsed("name like 'a\\'") == "invalid_filter 11: name like must not end in a lone `\\`; got \"a\\\".");
}

TEST_CASE("filter text: what is wrong is told with its column in code points", "[query]") {
  CHECK(parsed("") == "invalid_filter 1: Expected a field, `not` or `(` here; the filter ends.");
  CHECK(parsed("name = 'été' and prise > 1") == "invalid_filter 18: `items` has no field \"prise\". Did you mean `price`?");
  CHECK(parsed("price >= ") == "invalid_filter 10: Expected a value here; the filter ends.");
  CHECK(parsed("price 10") == "invalid_filter 7: Expected an operator for `price` here; there is \"10\".");
  CHECK(parsed("(count = 1") == "invalid_filter 11: Expected `and`, `or` or `)` here; the filter ends.");
  CHECK(parsed("count = 1)") == "invalid_filter 10: Expected `and`, `or` or the end here; there is \")\".");
  CHECK(parsed("count = 1 count = 2") == "invalid_filter 11: Expected `and`, `or` or the end here; there is \"count\".");
  CHECK(parsed("count = 1 and") == "invalid_filter 14: Expected a field, `not` or `(` here; the filter ends.");
  CHECK(parsed("name = 'abc") == "invalid_filter 8: This string does not end; close it with a single quote.");
  CHECK(parsed("name = \"abc\"") == "invalid_filter 8: Strings are written in single quotes.");
  CHECK(parsed("count == 1") == "invalid_filter 7: `==` is not an operator. Did you mean `=`?");
  CHECK(parsed("count <> 1") == "invalid_filter 7: `<>` is not an operator. Did you mean `!=`?");
  CHECK(parsed("count = 01") == "invalid_filter 9: `01` is not a number.");
  CHECK(parsed("count = 1 é") == "invalid_filter 11: `é` means nothing here.");
  CHECK(parsed("count gte 1") == "invalid_filter 7: \"gte\" is not an operator of filter text. Did you mean `>=`?");
  CHECK(parsed("name lik 'a'") == "invalid_filter 6: \"lik\" is not an operator of filter text. Did you mean `like`?");
  CHECK(parsed("name in 'a'") == "invalid_filter 9: Expected `(` and a list of values here; there is \"'a'\".");
  CHECK(parsed("name in ('a' 'b')") == "invalid_filter 14: Expected `,` or `)` here; there is \"'b'\".");
  CHECK(parsed("name in ('a',)") == "invalid_filter 14: Expected a value here; there is \")\".");
  CHECK(parsed("name not like 'a'") == "invalid_filter 10: Expected `in` after `not` here; there is \"like\".");
  CHECK(parsed("name is 1") == "invalid_filter 9: Expected `null` or `not null` after `is` here; there is \"1\".");
  CHECK(parsed("count between 1, 2") == "invalid_filter 16: Expected `and` between the two ends of `between` here; there is \",\".");
  CHECK(parsed("address.city = 'x'") == "invalid_filter 1: `items` has no field \"address.city\".");
}

TEST_CASE("filter text: an operator that the type lacks is refused with those it has", "[query]") {
  CHECK(parsed("tags = 'bio'") ==
        "invalid_filter 6: `tags` does not take `=`; it takes has, hasAny, hasAll, is null. To find an element write `tags has …`.");
  CHECK(parsed("category > 'livre'") == "invalid_filter 10: `category` does not take `>`; it takes =, !=, in, not in, is null.");
  CHECK(parsed("id is null") == "invalid_filter 4: `id` does not take `is null`; it takes =, !=, in, not in.");
  CHECK(parsed("name has 'a'").starts_with("invalid_filter 6: `name` does not take `has`"));
  CHECK(parsed("token prefix 'a'").starts_with("invalid_filter 7: `token` does not take `prefix`"));
}

TEST_CASE("filter text: depth, terms and list values are bounded", "[query]") {
  CHECK(parsed(repeated("(", 32) + "count = 1" + repeated(")", 32)) == "count = 1");
  CHECK(parsed(repeated("(", 33) + "count = 1" + repeated(")", 33)) == "invalid_filter 33: Parentheses and `not` nest at most 32 deep.");
  CHECK(parsed(repeated("not ", 33) + "count = 1") == "invalid_filter 129: Parentheses and `not` nest at most 32 deep.");
  CHECK(parsed(repeated("(", 20'000)) == "invalid_filter 33: Parentheses and `not` nest at most 32 deep.");
  CHECK(parsed(repeated("(count = 1)", 200, " or ")).starts_with("(count = 1 or"));
  CHECK(parsed(repeated("count = 1", 201, " or ")) ==
        "invalid_filter 2601: A request takes at most 200 comparisons; this is one too many.");
  CHECK(parsed("count in (" + repeated("1", 1'000, ",") + ")").starts_with("count in 1 1"));
  CHECK(parsed("count in (" + repeated("1", 600, ",") + ") or count in (" + repeated("1", 401, ",") + ")") ==
        "invalid_filter 2025: The lists of a request take at most 1,000 values together; this is one too many.");
}

TEST_CASE("filter text: members of objects are named by their path", "[query]") {
  const Model nested = testing::orders_model();
  const auto read = [&](std::string_view text) { return testing::text_of(nested, parse_filter(nested, text)); };
  CHECK(read("address.city = 'Lyon' and not (address.place.latitude < 45.5)") ==
        "(address.city = \"Lyon\" and not (address.place.latitude lt 45.500000))");
  CHECK(read("address.fee between '1' and 2") == "(address.fee gte 100 and address.fee lte 200)");
  CHECK(read("address is null or meta is not null") == "(address null true or meta null false)");
  CHECK(read("batch in (1, 2) and owner is null") == "(batch in 1 2 and owner null true)");
  CHECK(read("address = 'x'") == "invalid_filter 9: `address` does not take `=`; it takes is null.");
  CHECK(read("address.phones has '1'") == "invalid_filter 16: `address.phones` does not take `has`; it takes is null.");
  CHECK(read("batch = '1'").starts_with("invalid_filter 9: batch = must be "));
  CHECK(read("address.town = 'x'") == "invalid_filter 1: `orders` has no field \"address.town\". Did you mean `address.city`?");
  CHECK(read("adress.city = 'x'") == "invalid_filter 1: `orders` has no field \"adress.city\". Did you mean `address.city`?");
  for (const char* path :
       {"address.", ".city", "address..city", "address.city.", "address.place.latitude.x", "tags.0", "lines.sku", "meta.a"}) {
    CAPTURE(path);
    CHECK(read(std::string(path) + " is null").starts_with("invalid_filter 1: "));
  }
}

TEST_CASE("filter text: write-only fields are as if they were not there", "[query]") {
  const Model nested = testing::orders_model();
  const auto read = [&](std::string_view text) { return testing::text_of(nested, parse_filter(nested, text)); };
  CHECK(read("secret = 'x'") == "invalid_filter 1: `orders` has no field \"secret\".");
  CHECK(read("secre = 'x'") == "invalid_filter 1: `orders` has no field \"secre\".");
  CHECK(read("vault is null") == "invalid_filter 1: `orders` has no field \"vault\".");
  CHECK(read("vault.pin = 1") == "invalid_filter 1: `orders` has no field \"vault.pin\".");
}
