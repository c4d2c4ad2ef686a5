#pragma once
// Ids that the server makes (UUIDv7, RFC 9562 §5.7; ObjectId; request ids) and the forms in which clients may write them.
//
// An IdSource belongs to one loop and is not thread-safe. UUIDs of one source ascend, also within one millisecond.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/timestamp.h"

namespace holdfast {

class IdSource {
 public:
  // Seeds itself from the operating system's random source.
  IdSource();

  std::string uuid(Milliseconds now);
  std::string object_id(Milliseconds now);
  // 26 characters of Crockford base 32 that sort by time (a ULID).
  std::string request_id(Milliseconds now);

 private:
  std::uint64_t random();

  std::array<std::uint64_t, 4> state_;  // xoshiro256**
  Milliseconds last_uuid_time_ = 0;
  std::uint32_t uuid_counter_ = 0;
  std::uint32_t object_id_counter_;
  std::uint64_t process_random_;
};

// Lower-case form when `text` is a UUID of any version in either case (8-4-4-4-12), else nothing.
std::optional<std::string> parse_uuid(std::string_view text);
// Lower-case form when `text` is 24 hexadecimal digits.
std::optional<std::string> parse_object_id(std::string_view text);
// [A-Za-z0-9._~-]{1,100}, but not `count`, `search`, `.`, `..`.
bool is_text_id(std::string_view text) noexcept;

}  // namespace holdfast
