#pragma once
// Integers as PostgreSQL's binary forms hold them: the most significant byte first.

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace holdfast::postgres {

// `out` has room for as many bytes as the integer has.
template <typename Integer>
void put_big_endian(char* out, Integer value) noexcept {
  const auto bits = static_cast<std::make_unsigned_t<Integer>>(value);
  for (std::size_t byte = sizeof(Integer); byte-- > 0;) *out++ = static_cast<char>(bits >> (8 * byte) & 0xff);
}

template <typename Integer>
void append_big_endian(std::string& out, Integer value) {
  char bytes[sizeof(Integer)];
  put_big_endian(bytes, value);
  out.append(bytes, sizeof(Integer));
}

// Of at least as many bytes as the integer has.
template <typename Integer>
Integer read_big_endian(std::string_view bytes) noexcept {
  std::make_unsigned_t<Integer> bits = 0;
  for (std::size_t byte = 0; byte < sizeof(Integer); ++byte) {
    bits = static_cast<std::make_unsigned_t<Integer>>(bits << 8 | static_cast<unsigned char>(bytes[byte]));
  }
  return static_cast<Integer>(bits);
}

}  // namespace holdfast::postgres
