#include "model/loader_field.h"

#include <catch2/catch.hpp>

#include "model/loader_rows.h"

namespace holdfast {

TEST_CASE("loader: every type makes its kind", "[model]") {
  CHECK(field_of("{ type: object, properties: { a: { type: string } } }").kind == Kind::kObject);
  CHECK(field_of("{ type: object, additionalProperties: true }").kind == Kind::kJson);
  CHECK(field_of("{ type: string }").kind == Kind::kString);
  CHECK(field_of("{ type: integer }").kind == Kind::kInteger);
  CHECK(field_of("{ type: number }").kind == Kind::kNumber);
  CHECK(field_of("{ type: boolean }").kind == Kind::kBoolean);
  CHECK(field_of("{ enum: [a, b] }").enumeration == std::vector<std::string>{"a", "b"});
  CHECK(field_of("{ type: string, enum: [yes, no] }").enumeration == std::vector<std::string>{"yes", "no"});
  CHECK(field_of("{ type: string, format: uuid }").format == Format::kUuid);
  CHECK(field_of("{ type: string, format: uri }").format == Format::kUri);
  CHECK(field_of("{ type: string, format: email }").format == Format::kEmail);
  CHECK(field_of("{ type: string, format: date }").kind == Kind::kDate);
  CHECK(field_of("{ type: string, format: date-time }").kind == Kind::kDateTime);

  const Field price = field_of("{ type: number, decimal: [10, 2], storage: double }");
  CHECK(price.kind == Kind::kDecimal);
  CHECK(price.precision == 10);
  CHECK(price.scale == 2);
  CHECK(price.stored_as_double);

  const Field tags = field_of("{ type: array, items: { type: string, trim: true, maxLength: 50 } }");
  CHECK(tags.kind == Kind::kArray);
  CHECK(tags.element->kind == Kind::kString);
  CHECK(tags.element->trim);
  CHECK(tags.element->max_length == 50);
}

TEST_CASE("loader: a field admits null iff its type lists null, or it is neither required nor has a default", "[model]") {
  CHECK(field_of("{ type: string }").admits_null);
  CHECK(field_of("{ type: [string, \"null\"], default: a }").admits_null);
  CHECK(field_of("{ type: [\"null\", string] }").lists_null);
  CHECK_FALSE(field_of("{ type: string, default: a }").admits_null);
  const LoadedModels loaded =
      load_model_text("things", "type: object\nrequired: [x, y]\nproperties:\n  x: { type: string }\n  y: { type: [string, \"null\"] }\n");
  CHECK(loaded.models.at(0).fields[1].required);
  CHECK_FALSE(loaded.models.at(0).fields[1].admits_null);
  CHECK(loaded.models.at(0).fields[2].admits_null);
}

TEST_CASE("loader: an array without a default has the empty one, so it admits no null, unless its type lists null", "[model]") {
  const Field array = field_of("{ type: array, items: { type: integer } }");
  CHECK(array.default_value == Value(Value::Array{}));
  CHECK_FALSE(array.admits_null);
  const Field nullable = field_of("{ type: [array, \"null\"], items: { type: integer } }");
  CHECK(nullable.default_value.is_absent());
  CHECK(nullable.admits_null);
}

TEST_CASE("loader: columns are snake_case of the name unless the model names them", "[model]") {
  CHECK(snake_case("name") == "name");
  CHECK(snake_case("isActive") == "is_active");
  CHECK(snake_case("userID") == "user_id");
  CHECK(snake_case("parseHTTPHeader") == "parse_http_header");
  CHECK(snake_case("line2Text") == "line2_text");
  CHECK(snake_case("has_Underscore") == "has_underscore");
  CHECK(field_of("{ type: string, column: Nom }").column == "Nom");
  CHECK(field_of("{ type: string, column: Nom }").column_is_declared);
  CHECK_FALSE(field_of("{ type: string }").column_is_declared);
}

TEST_CASE("loader: the kind of a field is said in the words of JSON Schema", "[model]") {
  const std::string wrong = objections({
      {"a field that is no map", with_field("§string"),
       "a field is a map; got the text `string`. Write, for example, `x: { type: string }`."},
      {"a field without anything", "type: object\nproperties:\n  §x:\n", "a field is a map; got nothing."},
      {"no type", with_field("§{ maxLength: 5 }"), "`type` is missing. Write one of `type: string`,"},
      {"no type beside properties", with_field("§{ properties: { a: { type: string } } }"), "`type` is missing. Write `type: object`."},
      {"no type beside items", with_field("§{ items: { type: string } }"), "`type` is missing. Write `type: array`."},
      {"one type in a list", with_field("{ type: §[string] }"),
       "a list of types is one type and `\"null\"`. Write `type: string`, or `type: [string, \"null\"]` where null is admitted."},
      {"one type in a list of what an array holds", with_field("{ type: array, items: { type: §[string] } }"),
       "elements are of one type, without a list. Write `type: string`."},
      {"null among the values of an enum", with_field("{ enum: [a, §null] }"),
       "null is no value of an enum; the type says that it is admitted. Take it away, and write `type: [string, \"null\"]`."},
      {"null among the values of an enum in an array", with_field("{ type: array, items: { enum: [a, §null] } }"),
       "null is no value of an enum, and the elements of an array are never null. Take it away."},
      {"a type that is misspelt", with_field("{ type: §strng }"), "the text `strng` is not a type. Did you mean `string`?"},
      {"a type of another language", with_field("{ type: §int }"), "the text `int` is not a type. Write `type: integer`."},
      {"a date as a type", with_field("{ type: §date }"), "the text `date` is not a type. Write `type: string, format: date`."},
      {"a type that is a number", with_field("{ type: §5 }"), "`type` takes `string`,"},
      {"null without quotes in a list of types", with_field("{ type: [string, §null] }"),
       "in a list of types null stands in quotes: `[string, \"null\"]`."},
      {"two types", with_field("{ type: [string, §integer] }"), "a field has one type, besides `\"null\"`."},
      {"null alone", with_field("{ type: §[\"null\"] }"), "`type` takes `string`,"},
      {"an unknown format", with_field("{ type: string, format: §datetime }"), "`datetime` is not a format. Did you mean `date-time`?"},
      {"a format of something else", with_field("{ type: integer, §format: uuid }"),
       "`format` is not a keyword of an integer field. It goes with: string."},
      {"a decimal of 19 digits", with_field("{ type: number, decimal: §[19, 2] }"),
       "`decimal` takes [p, s] with 1 ≤ p ≤ 18 and 0 ≤ s ≤ p; got the list `[19, 2]`."},
      {"a decimal with more scale than precision", with_field("{ type: number, decimal: §[2, 3] }"), "`decimal` takes"},
      {"a decimal of one number", with_field("{ type: number, decimal: §10 }"), "`decimal` takes"},
      {"a decimal of three numbers", with_field("{ type: number, decimal: §[10, 2, 1] }"), "`decimal` takes"},
      {"a decimal string", with_field("{ type: string, §decimal: [10, 2] }"),
       "`decimal` is not a keyword of a string field. It goes with: number."},
      {"the widest decimal", with_field("{ type: number, decimal: [18, 18] }"), ""},
      {"an enum without values", with_field("{ enum: §[] }"), "`enum` takes a list of texts; got an empty list."},
      {"an enum with a value twice", with_field("{ enum: [a, b, §a] }"), "`a` is already a value of this enum."},
      {"an enum with a boolean", with_field("{ enum: [a, §true] }"), "`enum` takes texts; got `true`. Put it into quotes: `\"true\"`."},
      {"an enum of integers", with_field("{ type: integer, §enum: [1, 2] }"), "`enum` is not a keyword of an integer field."},
      {"an enum with a format", with_field("{ enum: [a], format: §email }"), "an enum has no format."},
      {"an enum value that lowercase makes unreachable", with_field("{ enum: [§Big], lowercase: true }"),
       "`trim` and `lowercase` make `big` of this value"},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: keywords that do not go with a field are refused, and the nearest one named", "[model]") {
  const std::string wrong = objections({
      {"a slip of the finger", with_field("{ type: string, §maxLenght: 5 }"),
       "`maxLenght` is not a keyword of a string field. Did you mean `maxLength`?"},
      {"a keyword of another type", with_field("{ type: integer, §maxLength: 5 }"),
       "`maxLength` is not a keyword of an integer field. It goes with: string."},
      {"lengths of a date", with_field("{ type: string, format: date, §maxLength: 10 }"), "`maxLength` is not a keyword of a date field."},
      {"a keyword of the collection", with_field("{ type: string, §timestamps: true }"),
       "`timestamps` is not a keyword of a string field. It belongs to the collection."},
      {"a word that nothing is near to", with_field("{ type: boolean, §index: true }"),
       "`index` is not a keyword of a boolean field. It has: title, description, type, default, unique, readOnly, "
       "writeOnly, messages, column, was."},
      {"multipleOf of a double", with_field("{ type: number, §multipleOf: 2 }"),
       "`multipleOf` is not a keyword of a number field. It goes with: integer, decimal."},
      {"unique on an array", with_field("{ type: array, items: { type: string }, §unique: true }"),
       "`unique` is not a keyword of an array field."},
      {"trim that is no boolean", with_field("{ type: string, trim: §yes }"),
       "`trim` takes `true` or `false`; got the text `yes`. Write, for example, `trim: true`."},
      {"a title that is a number", with_field("{ type: string, title: §5 }"),
       "`title` takes text; got the number `5`. Put it into quotes: `\"5\"`."},
      {"was that is the same name", with_field("{ type: string, was: §x }"), "`x` is what the field is called now."},
      {"was that is no name", with_field("{ type: string, was: §Old Name }"), "`was` takes the field's old name"},
      {"storage of more digits than a double keeps", with_field("{ type: number, decimal: [16, 2], storage: §double }"),
       "a double keeps 15 digits, not 16."},
      {"storage that is not double", with_field("{ type: number, decimal: [10, 2], storage: §float }"),
       "`storage` takes `double`; got the text `float`."},
      {"storage on a string", with_field("{ type: string, §storage: double }"), "`storage` is not a keyword of a string field."},
      {"a column that is too long", with_field("{ type: string, column: §" + std::string(64, 'c') + " }"),
       "a storage name has at most 63 bytes; this one has 64."},
      {"a column without letters", with_field("{ type: string, column: §\"\" }"),
       "`column` takes a name of 1 to 63 bytes; got the text ``."},
      {"a column of 63 bytes", with_field("{ type: string, column: " + std::string(63, 'c') + " }"), ""},
      {"titles, descriptions, old names", with_field("{ type: string, title: X, description: An x, was: y }"), ""},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: a field is kept by the server, or from the clients, not both", "[model]") {
  CHECK(field_of("{ type: string, readOnly: true }").read_only);
  CHECK(field_of("{ type: string, writeOnly: true }").write_only);
  CHECK_FALSE(field_of("{ type: string, readOnly: false, writeOnly: true }").read_only);
  CHECK(field_of("{ type: boolean, readOnly: true, default: false }").default_value == Value(false));
  const std::string wrong = objections({
      {"readOnly and required", "type: object\nrequired: [x]\nproperties:\n  x: { type: string, readOnly: §true }\n",
       "nobody can send what the server keeps. Take `x` out of `required`, or `readOnly` away."},
      {"readOnly and writeOnly", with_field("{ type: string, readOnly: true, writeOnly: §true }"),
       "a field that is neither taken nor answered is no field. Take `readOnly` or `writeOnly` away."},
      {"readOnly that is no boolean", with_field("{ type: string, readOnly: §yes }"),
       "`readOnly` takes `true` or `false`; got the text `yes`."},
      {"writeOnly and required", "type: object\nrequired: [x]\nproperties:\n  x: { type: string, writeOnly: true }\n", ""},
      {"unique and writeOnly", with_field("{ type: integer, unique: true, writeOnly: true }"), ""},
      {"an array that is readOnly", with_field("{ type: array, items: { type: integer }, readOnly: true }"), ""},
      {"an object that is writeOnly", with_field("{ type: object, additionalProperties: true, writeOnly: true }"), ""},
      {"readOnly on array items", with_field("{ type: array, items: { type: integer, §readOnly: true } }"),
       "`readOnly` is not a keyword of array items. It goes with the array itself, or leave it out."},
      {"required on a field", with_field("{ type: string, §required: true }"),
       "`required` is not a keyword of a string field. It goes with: object with `properties`. A field that must be present stands in the "
       "list "
       "beside `properties`: `required: [x]`."},
      {"properties of a scalar", with_field("{ type: string, §properties: {} }"),
       "`properties` is not a keyword of a string field. It goes with: object."},
      {"additionalProperties of a scalar", with_field("{ type: string, §additionalProperties: false }"),
       "`additionalProperties` is not a keyword of a string field. It goes with: object."},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: the items of an array are one scalar field, or an object", "[model]") {
  const std::string wrong = objections({
      {"no items", with_field("§{ type: array }"), "`items` is missing: what the array holds."},
      {"items that are no map", with_field("{ type: array, items: §string }"), "`items` is a map; got the text `string`."},
      {"arrays of arrays", with_field("{ type: array, items: { type: §array, items: { type: string } } }"),
       "the elements of an array are scalars or objects; arrays of arrays cannot be stored."},
      {"objects that may be null", with_field("{ type: array, items: { type: §[object, \"null\"], additionalProperties: true } }"),
       "the elements of an array are never null. Write `type: object`."},
      {"objects that hold nothing", with_field("{ type: array, items: §{ type: object } }"), "nothing says what the object holds."},
      {"objects", with_field("{ type: array, items: { type: object, properties: { a: { type: string } } } }"), ""},
      {"free-form objects", with_field("{ type: array, items: { type: object, additionalProperties: true }, uniqueItems: true }"), ""},
      {"references in items", with_field("{ type: array, items: { type: string, §ref: things } }"),
       "`ref` does not stand inside an array: a reference is a field of the collection itself."},
      {"references and no type in items", with_field("{ type: array, items: { §ref: things } }"), "`ref` does not stand inside an array"},
      {"elements that may be null", with_field("{ type: array, items: { type: §[string, \"null\"] } }"),
       "the elements of an array are never null. Write `type: string`."},
      {"a default of an element", with_field("{ type: array, items: { type: string, §default: a } }"),
       "`default` is not a keyword of array items."},
      {"a fault in the limits of an element", with_field("{ type: array, items: { type: string, maxLength: §a } }"),
       "`maxLength` takes a whole number from 0"},
      {"arrays of decimals, enums and dates",
       with_field("{ type: array, items: { type: number, decimal: [4, 2] } }") +
           "  y: { type: array, items: { enum: [a] } }\n  z: { type: array, items: { type: string, format: date } }\n",
       ""},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: messages stand only for what the field can fail by", "[model]") {
  const std::string wrong = objections({
      {"a message without its keyword", with_field("{ type: string, messages: { §maxLength: Long } }"),
       "a message for `maxLength`, but the field has no `maxLength`. Add it, or take the message away."},
      {"a message for required on an optional field", with_field("{ type: string, messages: { §required: Absent } }"),
       "a message for `required`, but the field is not required. List it: `required: [x]`"},
      {"a message for what cannot fail", with_field("{ type: string, trim: true, messages: { §trim: Space } }"),
       "no error is called `trim`, so it has no message. This field has: type."},
      {"a misspelt keyword", with_field("{ type: string, maxLength: 5, messages: { §maxLenght: Long } }"),
       "no error is called `maxLenght`, so it has no message. Did you mean `maxLength`?"},
      {"a message that is no text", with_field("{ type: string, messages: { type: §5 } }"), "`messages` takes text; got the number `5`."},
      {"messages that are no map", with_field("{ type: string, messages: §Wrong }"),
       "`messages` takes a map of texts; got the text `Wrong`."},
      {"scale on a string", with_field("{ type: string, messages: { §scale: Digits } }"),
       "a message for `scale`, but the field has no `scale`."},
      {"scale and precision on a decimal",
       with_field("{ type: number, decimal: [4, 2], messages: { scale: Digits, precision: Large, type: Number } }"), ""},
      {"the implied maxLength of an email", with_field("{ type: string, format: email, messages: { format: No, maxLength: Long } }"), ""},
      {"messages of the elements",
       with_field("{ type: array, uniqueItems: true, messages: { uniqueItems: Twice }, items: { enum: [a], messages: { enum: Which } } }"),
       ""},
  });
  CHECK(wrong == "");
  CHECK(field_of("{ type: string, maxLength: 5, messages: { maxLength: Trop long } }").messages.at("maxLength") == "Trop long");
}

}  // namespace holdfast
