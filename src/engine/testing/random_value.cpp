#include "engine/testing/random_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/unicode.h"
#include "model/json.h"

namespace holdfast::testing {
namespace {

using Texts = std::vector<std::string>;

const Texts kPieces{"a",      "A", "b",          "B",          "z",          " ",      "0",      "é",      "É",      "e\u0301", "\u0301",
                    "İ",      "ı", "I",          "i",          "ß",          "ẞ",      "ſ",      "\u212A", "k",      "K",       "σ",
                    "ς",      "Σ", "😀",          "👩\u200D🚀",   "\U0010FFFF", "\uFFFF", "\uE000", "\uD7FF", "\u007F", "%",       "_",
                    "\\",     "'", "\"",         ",",          "\uFEFF",     "\u00A0", "\x01",   "\n",     "ǅ",      "中",      "é",
                    "\u0130", "-", "\U00010400", "\U00010428", "\u1E9E",     "Å",      "\u212B", "[",      "^",      "$"};

const Texts kInteger{"0",
                     "1",
                     "-1",
                     "2",
                     "7",
                     "10",
                     "9223372036854775807",
                     "-9223372036854775808",
                     "9223372036854775806",
                     "9007199254740992",
                     "9007199254740993",
                     "-9007199254740993",
                     "42"};
const Texts kNumber{"0",
                    "-0",
                    "1",
                    "-1",
                    "0.1",
                    "0.30000000000000004",
                    "1e21",
                    "1e-7",
                    "1.7976931348623157e308",
                    "5e-324",
                    "-5e-324",
                    "123456789012345680",
                    "9007199254740993",
                    "2.5",
                    "1e20",
                    "100",
                    "-1.7976931348623157e308"};
const Texts kInstant{"2024-02-29T12:00:00Z",        "2024-02-29T13:00:00+01:00", "2024-02-29T12:00:00.001Z",
                     "2024-02-29t06:30:00-05:30",   "0001-01-01T00:00:00Z",      "9999-12-31T23:59:59.999Z",
                     "1970-01-01T00:00:00.000Z",    "1969-12-31T23:59:59.999Z",  "2024-12-31T23:59:59.900z",
                     "2025-01-01T00:59:59.9+01:00", "0001-01-01T23:59:00+23:59", "9999-12-31T00:00:00.000-23:59"};
const Texts kDate{"0001-01-01", "9999-12-31", "2024-02-29", "2023-12-31", "2024-01-01", "1970-01-01"};
const Texts kUuid{"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "0190A000-0000-7000-8000-00000000000A",
                  "0190a000-0000-7000-8000-00000000000b", "9f000000-0000-4000-8000-000000000001"};
const Texts kFreeFormKeys{"a",           "b",         "A",    "é",     "e\u0301", "10",     "9",          "-",  "a b",
                          "a/b",         "a~1b",      "\\\"", "\\\\",  "\uFFFF",  "\uE000", "\U0010FFFF", "😀",  "中",
                          "constructor", "__proto__", "_hf",  "value", "'",       "%",      "\x7F",       "a$", "\u0130"};
const Texts kFreeFormNumbers{"0",
                             "-0",
                             "1",
                             "1.0",
                             "-1",
                             "1e2",
                             "9007199254740991",
                             "9007199254740992",
                             "-9007199254740991",
                             "-9007199254740993",
                             "0.1",
                             "1e21",
                             "1E-7",
                             "5e-324",
                             "1.7976931348623157e308",
                             "123456789012345678901234567890",
                             "2.50",
                             "1e-400"};
const Texts kEmail{"a@b.example", "A@b.example", "z.z@b.example", "a+b@c.example"};
const Texts kUri{"http://a.example/", "http://a.example/%C3%A9", "urn:x:1"};

// The largest and the smallest, one unit beside zero, and some between.
std::string random_decimal(Random& random, const Field& field) {
  const auto with_point = [&](std::string digits) {
    const auto scale = static_cast<std::size_t>(field.scale);
    if (scale == 0) return digits;
    while (digits.size() <= scale) digits.insert(digits.begin(), '0');
    return digits.insert(digits.size() - scale, ".");
  };
  std::string digits;
  switch (random.below(4)) {
    case 0:
      digits = std::string(static_cast<std::size_t>(field.precision), '9');
      break;
    case 1:
      digits = "1";
      break;
    case 2:
      digits = "0";
      break;
    default:
      digits = std::to_string(1 + random.below(field.precision > 2 ? 200 : 9));
  }
  return (random.chance(40) ? "-" : "") + with_point(digits);
}

std::string free_form_value(Random& random, int depth, bool patch);

std::string free_form_object(Random& random, int depth, bool patch) {
  std::string json;
  Texts used;
  for (std::size_t count = random.below(5); count > 0; --count) {
    const std::string key = random.chance(60) ? kFreeFormKeys[random.below(4)] : random.pick(kFreeFormKeys);
    if (std::find(used.begin(), used.end(), key) != used.end()) continue;
    used.push_back(key);
    json += fmt::format("{}\"{}\":{}", json.empty() ? "" : ",", key, free_form_value(random, depth + 1, patch));
  }
  return "{" + json + "}";
}

std::string free_form_value(Random& random, int depth, bool patch) {
  if (random.chance(patch ? 30 : 8)) return "null";
  const std::size_t choice = random.below(depth < 3 ? 10 : 7);
  if (choice < 3) return random.pick(kFreeFormNumbers);
  if (choice < 4) return random.chance(50) ? "true" : "false";
  if (choice < 7) {
    std::string json;
    append_json_string(json, random_text(random, 2));
    return json;
  }
  if (choice < 9) return free_form_object(random, depth, patch);
  std::string items;
  for (std::size_t count = random.below(4); count > 0; --count)
    items += (items.empty() ? "" : ",") + free_form_value(random, depth + 1, patch);
  return "[" + items + "]";
}

bool is_quoted(const Field& field) {
  return field.kind == Kind::kString || field.kind == Kind::kDate || field.kind == Kind::kDateTime;
}

std::string upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::string random_text(Random& random, std::size_t most_pieces) {
  std::string text;
  for (std::size_t pieces = random.below(most_pieces + 1); pieces > 0; --pieces) {
    const std::string& piece = random.pick(kPieces);
    text += is_among(random.characters(), piece) ? piece : "z";
  }
  return text;
}

std::string random_scalar(Random& random, const Field& field) {
  if (field.is_enum()) return random.pick(field.enumeration);
  switch (field.kind) {
    case Kind::kInteger:
      return random.pick(kInteger);
    case Kind::kNumber:
      return random.pick(kNumber);
    case Kind::kDecimal:
      return random_decimal(random, field);
    case Kind::kBoolean:
      return random.chance(50) ? "true" : "false";
    case Kind::kDateTime:
      return random.pick(kInstant);
    case Kind::kDate:
      return random.pick(kDate);
    default:
      break;
  }
  if (field.format == Format::kUuid) return random.pick(kUuid);
  if (field.format == Format::kEmail) return random.pick(kEmail);
  if (field.format == Format::kUri) return random.pick(kUri);
  return random_text(random, 4);
}

std::string respelled(Random& random, const Field& field, const std::string& text) {
  if (random.chance(60)) return text;
  switch (field.kind) {
    case Kind::kDecimal: {
      static const Texts kBeside{"0.005", "1e30", "-1e30", "1e-30", "0.0000000000000000001", "-0", "1E2"};
      if (random.chance(50)) return random.pick(kBeside);
      return text + (text.find('.') == std::string::npos ? ".0" : random.chance(50) ? "00" : "01");
    }
    case Kind::kInteger:
      return text + (random.chance(50) ? ".0" : "e0");
    case Kind::kString:
      if (field.format == Format::kUuid || field.format == Format::kObjectId) return random.chance(50) ? to_lower(text) : upper_case(text);
      if (!field.is_enum() && field.format == Format::kNone) return random_text(random, 3);
      return text;
    default:
      return random_scalar(random, field);
  }
}

std::string random_pattern(Random& random, const std::string& text) {
  std::string pattern;
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t start = position;
    next_code_point(text, position);
    const std::string character = text.substr(start, position - start);
    const std::size_t choice = random.below(10);
    if (choice == 0) pattern += "%";
    if (choice == 1) pattern += "_";
    if (choice == 2) pattern += "%" + character;
    if (choice == 3) pattern += to_lower(character) == "%" ? "\\%" : to_lower(character);
    if (choice == 4) pattern += "\\" + character;
    if (choice > 4) pattern += (character == "%" || character == "_" || character == "\\" ? "\\" : "") + character;
  }
  if (random.chance(30)) pattern += "%";
  if (random.chance(10)) pattern += random_text(random, 2);
  return pattern;
}

std::string json_of(Random& random, const Field& field, const std::string& text) {
  const bool exact_as_text = field.kind == Kind::kDecimal && random.chance(field.precision > 15 ? 80 : 20);
  if (!is_quoted(field) && !exact_as_text) return text;
  std::string json;
  append_json_string(json, text);
  return json;
}

std::string random_object(Random& random, const Field& object) {
  std::string json;
  for (const Field& member : object.properties) {
    if (random.chance(25)) continue;
    const std::string value = random.chance(15) ? "null" : json_of(random, member, random_scalar(random, member));
    json += fmt::format("{}\"{}\":{}", json.empty() ? "" : ",", member.name, value);
  }
  return "{" + json + "}";
}

std::string random_free_form(Random& random, bool patch) {
  return free_form_object(random, 0, patch);
}

std::string literal_of(const Field& field, const std::string& text) {
  if (!is_quoted(field)) return text;
  std::string literal = "'";
  for (const char c : text) literal.append(c == '\'' ? 2 : 1, c);
  return literal + "'";
}

}  // namespace holdfast::testing
