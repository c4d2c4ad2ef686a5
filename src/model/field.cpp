#include "model/field.h"

#include <algorithm>

#include "base/unicode.h"

namespace holdfast {

namespace {

constexpr std::int64_t kUuidLength = 36;
constexpr std::int64_t kEmailLength = 254;
constexpr std::int64_t kObjectIdLength = 24;
constexpr std::int64_t kTextIdLength = 100;
constexpr std::int64_t kDateLength = 10;
constexpr std::int64_t kTimestampLength = 24;

std::int64_t longest_of(const std::vector<std::string>& texts) {
  std::size_t longest = 0;
  for (const auto& text : texts) longest = std::max(longest, count_code_points(text));
  return static_cast<std::int64_t>(longest);
}

}  // namespace

std::optional<std::int64_t> Field::longest() const {
  if (kind == Kind::kDate) return kDateLength;
  if (kind == Kind::kDateTime) return kTimestampLength;
  if (kind != Kind::kString) return std::nullopt;
  if (is_enum()) return longest_of(enumeration);
  const std::int64_t declared = max_length.value_or(INT64_MAX);
  if (format == Format::kUuid) return std::min(declared, kUuidLength);
  if (format == Format::kEmail) return std::min(declared, kEmailLength);
  if (format == Format::kObjectId) return kObjectIdLength;
  if (format == Format::kTextId) return kTextIdLength;
  return max_length;
}

}  // namespace holdfast
