#include "model/loader_limits.h"

#include <catch2/catch.hpp>

#include "model/loader_rows.h"

namespace holdfast {

TEST_CASE("loader: bounds are kept in the field's own representation, and as JSON", "[model]") {
  const Field price = field_of("{ type: number, decimal: [10, 2], minimum: 0.5, exclusiveMaximum: +1e3, multipleOf: .05 }");
  CHECK(price.minimum->value == Value(std::int64_t{50}));
  CHECK(price.minimum->text == "0.5");
  CHECK(price.exclusive_maximum->value == Value(std::int64_t{100'000}));
  CHECK(price.exclusive_maximum->text == "1e3");
  CHECK(price.multiple_of->value == Value(std::int64_t{5}));
  CHECK(price.multiple_of->text == "0.05");
  CHECK_FALSE(price.maximum.has_value());

  const Field count = field_of("{ type: integer, exclusiveMinimum: -1.0, maximum: 9223372036854775807, multipleOf: 5 }");
  CHECK(count.exclusive_minimum->value == Value(std::int64_t{-1}));
  CHECK(count.maximum->value == Value(INT64_MAX));
  CHECK(field_of("{ type: number, minimum: -0 }").minimum->value == Value(0.0));
  CHECK(field_of("{ type: string, minLength: 1, maxLength: 5 }").min_length == 1);
  CHECK(field_of("{ type: array, items: { type: string }, minItems: 1, maxItems: 3, uniqueItems: true }").max_items == 3);
}

TEST_CASE("loader: an email has at most 254 characters by itself", "[model]") {
  CHECK(field_of("{ type: string, format: email }").max_length == 254);
  CHECK(field_of("{ type: string, format: email, maxLength: 100 }").max_length == 100);
}

TEST_CASE("loader: limits must be valid for the type", "[model]") {
  const std::string wrong = objections({
      {"a bound that is text", with_field("{ type: integer, minimum: §many }"),
       "`minimum` takes a number; got the text `many`. Write, for example, `minimum: 0`."},
      {"a fraction on an integer", with_field("{ type: integer, minimum: §1.5 }"),
       "`minimum: 1.5` is no whole number, as an integer field needs."},
      {"an integer beyond 64 bits", with_field("{ type: integer, maximum: §9223372036854775808 }"),
       "`maximum: 9223372036854775808` is outside the range of 64 bits."},
      {"more digits than the scale", with_field("{ type: number, decimal: [10, 2], minimum: §0.005 }"),
       "`minimum: 0.005` has more than the 2 digits after the point of the field."},
      {"more digits than the precision", with_field("{ type: number, decimal: [4, 2], maximum: §100 }"),
       "`maximum: 100` has more digits than `decimal: [4, 2]` holds."},
      {"an infinite bound", with_field("{ type: number, maximum: §.inf }"), "`maximum: .inf` is no finite number."},
      {"a bound beyond doubles", with_field("{ type: number, maximum: §1e999 }"), "`maximum: 1e999` is outside the range of a double."},
      {"multipleOf zero", with_field("{ type: integer, multipleOf: §0 }"),
       "`multipleOf` takes a number greater than 0; got the number `0`."},
      {"multipleOf below zero", with_field("{ type: number, decimal: [4, 2], multipleOf: §-1 }"),
       "`multipleOf` takes a number greater than 0"},
      {"a minimum above the maximum", with_field("{ type: integer, minimum: 5, maximum: §3 }"),
       "no value is valid: `minimum: 5` and `maximum: 3` exclude each other."},
      {"a closed and an open bound that meet", with_field("{ type: number, minimum: 5, exclusiveMaximum: §5 }"),
       "no value is valid: `minimum: 5` and `exclusiveMaximum: 5`"},
      {"an open and a closed bound that meet", with_field("{ type: number, exclusiveMinimum: 5, maximum: §5 }"), "no value is valid"},
      {"two open bounds with no integer between", with_field("{ type: integer, exclusiveMinimum: 4, exclusiveMaximum: §5 }"),
       "no value is valid"},
      {"two open bounds with a double between", with_field("{ type: number, exclusiveMinimum: 4, exclusiveMaximum: 5 }"), ""},
      {"bounds that admit one value", with_field("{ type: integer, minimum: 5, maximum: 5 }"), ""},
      {"a length below zero", with_field("{ type: string, maxLength: §-1 }"),
       "`maxLength` takes a whole number from 0; got the number `-1`."},
      {"a length that is no integer", with_field("{ type: string, maxLength: §1.5 }"),
       "`maxLength` takes a whole number from 0; got the number `1.5`."},
      {"a length beyond 64 bits", with_field("{ type: string, maxLength: §99999999999999999999 }"),
       "`maxLength` takes a whole number from 0"},
      {"minLength above maxLength", with_field("{ type: string, minLength: 5, maxLength: §2 }"),
       "no value is valid: `minLength: 5` and `maxLength: 2` exclude each other."},
      {"an email longer than emails are", with_field("{ type: string, format: email, maxLength: §300 }"),
       "an email has at most 254 characters."},
      {"minItems above maxItems", with_field("{ type: array, items: { type: string }, minItems: 3, maxItems: §1 }"), "no value is valid"},
      {"a pattern with lookaround", with_field("{ type: string, pattern: §\"(?=a)b\" }"),
       "`pattern` is not an RE2 expression: invalid perl operator: (?=. RE2 has neither lookaround nor back references"},
      {"a pattern with a back reference", with_field("{ type: string, pattern: §'(a)\\1' }"),
       "`pattern` is not an RE2 expression: invalid escape sequence: \\1."},
      {"a pattern that is not closed", with_field("{ type: string, pattern: §\"[a\" }"),
       "`pattern` is not an RE2 expression: missing ]: [a."},
      {"a pattern that is valid", with_field("{ type: string, pattern: \"^[A-Z]{2}\\\\d+$\" }"), ""},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: a default is a value of its field", "[model]") {
  CHECK(field_of("{ type: string, default: on }").default_value == Value(std::string("on")));
  CHECK(field_of("{ type: string, trim: true, lowercase: true, default: \" Été \" }").default_value == Value(std::string("été")));
  CHECK(field_of("{ type: integer, default: 0x10 }").default_value == Value(std::int64_t{16}));
  CHECK(field_of("{ type: number, default: 1 }").default_value == Value(1.0));
  CHECK(field_of("{ type: number, decimal: [10, 2], default: 45.5 }").default_value == Value(std::int64_t{4550}));
  CHECK(field_of("{ type: number, decimal: [18, 2], default: \"45.50\" }").default_value == Value(std::int64_t{4550}));
  CHECK(field_of("{ type: boolean, default: false }").default_value == Value(false));
  CHECK(field_of("{ type: string, format: date-time, default: 1970-01-01T00:00:01Z }").default_value == Value(std::int64_t{1000}));
  CHECK(field_of("{ type: string, format: date, default: 2026-11-23 }").default_value == Value(std::string("2026-11-23")));
  CHECK(field_of("{ type: array, items: { type: integer }, default: [2, 1] }").default_value ==
        Value(Value::Array{std::int64_t{2}, std::int64_t{1}}));
  CHECK(field_of("{ type: [string, \"null\"], default: null }").default_value.is_absent());

  const std::string wrong = objections({
      {"of another type", with_field("{ type: string, default: §5 }"),
       "`default` breaks `type` of its field: the number `5` must be of type \"string\"."},
      {"yes for a boolean", with_field("{ type: boolean, default: §yes }"), "`default` breaks `type` of its field: the text `yes` must be"},
      {"not in the enum", with_field("{ enum: [a, b], default: §c }"),
       "`default` breaks `enum` of its field: the text `c` must be one of [\"a\",\"b\"]."},
      {"too long", with_field("{ type: string, maxLength: 2, default: §abc }"), "`default` breaks `maxLength` of its field"},
      {"below the minimum", with_field("{ type: integer, minimum: 1, default: §0 }"), "`default` breaks `minimum` of its field"},
      {"of a finer scale", with_field("{ type: number, decimal: [4, 1], default: §0.25 }"), "`default` breaks `scale` of its field"},
      {"no date", with_field("{ type: string, format: date, default: §2026-02-30 }"), "`default` breaks `format` of its field"},
      {"null where it is not admitted", with_field("{ type: string, default: §null }"),
       "`default` is null, which the field does not admit."},
      {"an element of another type", with_field("{ type: array, items: { type: integer }, default: §[1, a] }"),
       "`default` breaks `type` of its field: `/1` must be of type \"integer\"."},
      {"a map", with_field("{ type: string, default: §{ a: b } }"),
       "`default` breaks `type` of its field: a map must be of type \"string\"."},
      {"a list of lists", with_field("{ type: array, items: { type: integer }, default: §[[1]] }"),
       "`default` breaks `type` of its field: `/0` must be of type \"integer\"."},
      {"a number that JSON has not", with_field("{ type: number, default: §.nan }"),
       "`default` must be a value of a number field; got the number `.nan`."},
      {"is told in our words, not in those for clients", with_field("{ enum: [a], default: §b, messages: { enum: Faux } }"),
       "`default` breaks `enum` of its field: the text `b` must be one of"},
  });
  CHECK(wrong == "");
}

}  // namespace holdfast
