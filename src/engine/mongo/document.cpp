#include "engine/mongo/document.h"

#include <stdexcept>

namespace holdfast::mongo {
namespace {

int length_of(std::string_view key) {
  return static_cast<int>(key.size());
}

void check(bool appended) {
  if (!appended) throw std::length_error("a BSON document of more than 2 GiB");
}

}  // namespace

void append_text(bson_t& document, std::string_view key, std::string_view text) {
  check(bson_append_utf8(&document, key.data(), length_of(key), text.data(), static_cast<int>(text.size())));
}

void append_int32(bson_t& document, std::string_view key, std::int32_t number) {
  check(bson_append_int32(&document, key.data(), length_of(key), number));
}

void append_int64(bson_t& document, std::string_view key, std::int64_t number) {
  check(bson_append_int64(&document, key.data(), length_of(key), number));
}

void append_double(bson_t& document, std::string_view key, double number) {
  check(bson_append_double(&document, key.data(), length_of(key), number));
}

void append_bool(bson_t& document, std::string_view key, bool boolean) {
  check(bson_append_bool(&document, key.data(), length_of(key), boolean));
}

void append_null(bson_t& document, std::string_view key) {
  check(bson_append_null(&document, key.data(), length_of(key)));
}

void append_document(bson_t& document, std::string_view key, const bson_t& value) {
  check(bson_append_document(&document, key.data(), length_of(key), &value));
}

Nested::Nested(bson_t& parent, std::string_view key) : parent_(parent) {
  check(bson_append_document_begin(&parent, key.data(), length_of(key), &nested_));
}

NestedArray::NestedArray(bson_t& parent, std::string_view key) : parent_(parent) {
  check(bson_append_array_begin(&parent, key.data(), length_of(key), &nested_));
}

std::string relaxed_json(const bson_t& document) {
  char* text = bson_as_relaxed_extended_json(&document, nullptr);
  if (text == nullptr) throw std::invalid_argument("a document that is no BSON");
  std::string out = text;
  bson_free(text);
  return out;
}

}  // namespace holdfast::mongo
