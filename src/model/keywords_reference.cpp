// docs/models.md, made of the table of keywords.

#include <fmt/format.h>

#include "model/keywords.h"

namespace holdfast {

namespace {

constexpr std::string_view kIntroduction = R"(# Model files

`models/<collection>.yaml` (or `.yml`) describes one collection. The file's name is the URL segment, `/api/<collection>`: a lower-case letter,
then lower-case letters, digits and `-`, at most 60 in all. The words are those of JSON Schema 2020-12, and some for storage.

Files are YAML 1.2: `on`, `yes` and `no` are texts; `true` and `false` are the booleans. Whatever is not on this page is refused when the
server starts, and by `holdfast validate`, with the place and what to write instead:

```
models/items.yaml:7:18: `maxLenght` is not a keyword of a string field. Did you mean `maxLength`?
```

For help while typing, point the editor at `schema/model.schema.json`. That file and this page are made of the loader's own table of keywords.
)";

constexpr std::string_view kRules = R"(
## Names

- A field's name is a lower-case letter, then letters, digits and `_`, at most 60 in all. `id` is always there; `createdAt` and `updatedAt` are
  with `timestamps: true`.
- Storage names are snake_case unless `column` says otherwise: `isActive` is stored as `is_active`, `userID` as `user_id`. The table is the
  file's name with `-` as `_`, unless `table` says otherwise.
- A storage name has at most 63 bytes. Two fields cannot share one; upper and lower case do not tell them apart.
- Indexes, unique keys and what is kept beside a table are called after table and columns: `ix_items__price`, `uq_items__shelf__place`,
  `_hf_items_tags`. Models in which two of them would have one name are refused; `column` or `table` gives another.
- Columns that begin with `_hf`, and `_rev`, `_row` and `_id`, are the server's or the database's.
- `schema` is PostgreSQL's. Two collections whose tables differ by it alone are refused on SQLite and MongoDB.

## Null

- A field admits null when its type lists `"null"`, or when it is neither `required` nor has a `default`. An array whose type does not list
  `"null"` has the default `[]` unless it declares one, so it admits no null.
- POST and PUT: an absent member becomes the default, else null. Null where it is not admitted is refused (422, code `type`).
- PATCH with null means remove: the default, else null. Of a required field it is refused (422, code `required`); a type that lists `"null"`
  keeps the null.

## Objects

- An object either declares its `properties`, or is free-form: `additionalProperties: true`. Arrays hold scalars or either kind of object.
- Objects lie two deep at most, those in arrays included: `a.b.c` is the longest path. Their members have types, limits, defaults, `required`
  and messages as fields have, and null as fields admit it. These do not stand inside objects: {}.
- A declared object is answered with all its members. `{{}}` is an object, whose members are null or their defaults; only null is null.
- Scalars inside objects are filtered, sorted and indexed by their path: `address.city`. Arrays inside objects, arrays of objects, objects
  and free-form JSON are asked for null only.
- Keys of free-form JSON are not empty, do not begin with `$` and hold neither `.` nor U+0000. Its numbers are integers within ±(2⁵³−1), or
  finite doubles.

## References

- `ref: users` holds an id of `users`. Its type is that of those ids, so it needs none; `type: [string, "null"]` may say that null is
  admitted although the field is required. A uuid or objectId is written in any case and kept in lower case.
- Each reference has an index, also when none is declared.
- `onDelete: setNull` needs a field that admits null. A reference has no `default`: the record it names could be gone one day.

## Access

- `readOnly` fields are not `required`: nobody can send them. A field is not both `readOnly` and `writeOnly`.
- `writeOnly` fields are in no index, finder or search. They can be `unique`.

## Indexes and unique keys

- Texts in an index need a bound: `maxLength`, or an `enum` (its longest value), or a format (`uuid` 36, `date` 10, `date-time` 24, `email` 254).
  References to `objectId` and `text` ids count 24 and 100. The sum of 4 × that bound over one index is at most 2,400 bytes, on every engine,
  because PostgreSQL refuses longer index rows. Texts inside objects count the same.
- An index or a unique key has at most 31 fields.
- An array of scalars indexes alone, and is in no unique key. Unique keys are made of the collection's own fields, not of those in objects.

## Limits

- Bounds are values that the field can have: whole numbers on integers, at most s digits after the point on decimals.
- Limits that exclude each other, such as `minimum: 5` with `maximum: 3`, are refused.
- A `default` keeps to all rules of its field. `trim` and `lowercase` apply to it, too.
- `messages` can name: {}.

## Example

```yaml
title: Item
type: object
required: [name, price, category]
properties:
  name:        {{ type: string, trim: true, minLength: 1, maxLength: 100, messages: {{ required: Le nom est obligatoire }} }}
  description: {{ type: string, maxLength: 500 }}
  price:       {{ type: number, decimal: [10, 2], minimum: 0 }}
  category:    {{ enum: [electronique, vetement, livre, autre] }}
  tags:        {{ type: array, items: {{ type: string, trim: true, maxLength: 50 }} }}
  isActive:    {{ type: boolean, default: true }}
timestamps: true
indexes:  [ [category, isActive], [price] ]
search:   {{ fields: [name, description], language: french }}
finders:  {{ category: {{ where: isActive = true }} }}
```

With references, objects and free-form JSON, as `models/orders.yaml` beside `models/users.yaml`:

```yaml
id: objectId
type: object
required: [number, customer]
properties:
  number:   {{ type: integer, minimum: 1, unique: true }}
  customer: {{ ref: users, onDelete: restrict }}
  status:   {{ enum: [draft, paid, shipped], default: draft }}
  total:    {{ type: [number, "null"], decimal: [18, 2] }}
  placedAt: {{ type: [string, "null"], format: date-time }}
  address:  {{ type: object, required: [city], properties: {{ street: {{ type: string }}, city: {{ type: string, maxLength: 80 }} }} }}
  lines:    {{ type: array, minItems: 1, items: {{ type: object, properties: {{ sku: {{ type: string }}, quantity: {{ type: integer }} }} }} }}
  meta:     {{ type: object, additionalProperties: true }}
timestamps: true
indexes:  [ [customer, -placedAt], [address.city] ]
```
)";

// A cell of a table.
std::string cell(std::string_view text) {
  return text.empty() ? "–" : std::string(text);
}

std::string code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

std::string table(Level level) {
  const bool fields = level == Level::kField;
  std::string page = fields ? "| keyword | on | value | without it | meaning | example |\n| --- | --- | --- | --- | --- | --- |\n"
                            : "| keyword | value | without it | meaning | example |\n| --- | --- | --- | --- | --- |\n";
  for (const auto& keyword : keywords()) {
    if (keyword.level != level) continue;
    page += fmt::format("| {}{} | {}{} | {} | {} | {} |\n", code(keyword.name), keyword.on_items ? " ·" : "",
                        fields ? std::string(keyword.on) + " | " : "", shape_words(keyword.shape), cell(keyword.standard), keyword.meaning,
                        code(keyword.example));
  }
  return page;
}

// Keywords that objects inside do not take.
std::string kept_outside() {
  std::string names;
  for (const auto& keyword : keywords()) {
    if (!keyword.not_inside.empty()) names += (names.empty() ? "" : ", ") + code(keyword.name);
  }
  return names;
}

std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (const auto name : names) text += (text.empty() ? "" : ", ") + code(name);
  return text;
}

}  // namespace

std::string keyword_reference() {
  std::string page(kIntroduction);
  page += "\n## The collection\n\n" + table(Level::kCollection);
  page += "\n## A field\n\nA dot marks the keywords that `items` has, too.\n\n" + table(Level::kField);
  page += "\n## Inside `search`\n\n" + table(Level::kSearch) + "\nLanguages: " + listed(search_languages()) + ".\n";
  page += "\n## Inside a finder\n\n" + table(Level::kFinder);
  page += "\n## Inside `cache`\n\n" + table(Level::kCache);
  page += fmt::format(kRules, kept_outside(), listed(message_codes()));
  return page;
}

}  // namespace holdfast
