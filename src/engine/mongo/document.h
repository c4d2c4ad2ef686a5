#pragma once
// BSON documents written member by member: bson_append_* with keys as std::string_view, and open documents closed by scope.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/mongo/handles.h"

namespace holdfast::mongo {

// Each throws std::length_error when the document would be larger than BSON can be (2 GiB).
void append_text(bson_t& document, std::string_view key, std::string_view text);
void append_int32(bson_t& document, std::string_view key, std::int32_t number);
void append_int64(bson_t& document, std::string_view key, std::int64_t number);
void append_double(bson_t& document, std::string_view key, double number);
void append_bool(bson_t& document, std::string_view key, bool boolean);
void append_null(bson_t& document, std::string_view key);
void append_document(bson_t& document, std::string_view key, const bson_t& value);

// A document inside another, open until the end of the scope. Its parent must not be written to meanwhile.
class Nested {
 public:
  Nested(bson_t& parent, std::string_view key);
  ~Nested() { bson_append_document_end(&parent_, &nested_); }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

  bson_t& get() noexcept { return nested_; }
  operator bson_t&() noexcept { return nested_; }

 private:
  bson_t& parent_;
  bson_t nested_;
};

// The same for an array, which counts its keys.
class NestedArray {
 public:
  NestedArray(bson_t& parent, std::string_view key);
  ~NestedArray() { bson_append_array_end(&parent_, &nested_); }
  NestedArray(const NestedArray&) = delete;
  NestedArray& operator=(const NestedArray&) = delete;

  bson_t& get() noexcept { return nested_; }
  // Of the next element.
  std::string next_key() { return std::to_string(size_++); }

 private:
  bson_t& parent_;
  bson_t nested_;
  std::size_t size_ = 0;
};

// "{ … }" for tests and logs: relaxed extended JSON.
std::string relaxed_json(const bson_t& document);

}  // namespace holdfast::mongo
