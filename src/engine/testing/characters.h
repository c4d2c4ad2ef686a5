#pragma once
// Which characters tests put into texts that a server sorts.

#include <cstdint>
#include <string_view>

namespace holdfast::testing {

enum class Characters : std::uint8_t {
  kAll,
  // Without U+D7FF and U+E000 … U+FFFF: of all others code points sort as UTF-16 units do, which is what mongo-java-server compares.
  kInOneOrder,
};

// False: the text holds one that kInOneOrder leaves out. (In UTF-8 those are "\xED\x9F\xBF" and all that starts with 0xEE or 0xEF.)
inline bool is_among(Characters characters, std::string_view text) noexcept {
  if (characters == Characters::kAll) return true;
  return text.find('\xEE') == text.npos && text.find('\xEF') == text.npos && text.find("\xED\x9F\xBF") == text.npos;
}

}  // namespace holdfast::testing
