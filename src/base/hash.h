#pragma once
// Hashes: one for identity of content (XXH3, stable since 0.8, not secret) and one for authenticity (BLAKE2b keyed, libsodium).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

std::uint64_t content_hash(std::string_view bytes) noexcept;

using SecretKey = std::array<unsigned char, 32>;

SecretKey random_key();

// 16 bytes.
std::string authentication_tag(const SecretKey& key, std::string_view message);

// In constant time for texts of one length.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

// URL-safe base 64 without padding (RFC 4648 §5).
std::string encode_base64url(std::string_view bytes);
bool decode_base64url(std::string_view text, std::string& out);

}  // namespace holdfast
