#pragma once
// JSON text as a tree, checked to the last byte: the one place that reads JSON from outside.
//
// Refuses (invalid_json) bad syntax, duplicate member names at any level, nesting over the limit, an empty text;
// (invalid_encoding) invalid UTF-8, lone surrogates, U+0000. Numbers keep their text, so that decimals stay exact.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace holdfast {

struct Json {
  enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;  // kString: decoded; kNumber: as written
  std::vector<Json> items;
  struct Member;                // not std::pair: it may not be named with a type that is still incomplete
  std::vector<Member> members;  // in the order written
};

struct Json::Member {
  std::string name;
  Json value;
};

Result<Json> parse_json(std::string_view text, int depth_limit);

// Appends a tree as it was read: numbers keep their spelling, white space goes.
void append_json(std::string& out, const Json& json);

// Appends `text` as a JSON string, quotes included. `text` is well-formed UTF-8; escapes only what RFC 8259 demands.
void append_json_string(std::string& out, std::string_view text);

// `/name` as a part of a JSON pointer (RFC 6901 §3).
std::string pointer_token(std::string_view name);

// Appends a finite double as ECMAScript's Number::toString does (RFC 8785 §3.2.2.3).
void append_json_number(std::string& out, double number);

}  // namespace holdfast
