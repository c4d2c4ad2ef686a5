#include "base/hash.h"

#include <sodium.h>
#include <xxhash.h>

namespace holdfast {

std::uint64_t content_hash(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

SecretKey random_key() {
  SecretKey key;
  randombytes_buf(key.data(), key.size());
  return key;
}

std::string authentication_tag(const SecretKey& key, std::string_view message) {
  std::string tag(16, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(tag.data()), tag.size(), reinterpret_cast<const unsigned char*>(message.data()),
                     message.size(), key.data(), key.size());
  return tag;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string encode_base64url(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // the terminating zero
  return text;
}

bool decode_base64url(std::string_view text, std::string& out) {
  out.resize(text.size());
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, &length, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
    return false;
  }
  out.resize(length);
  return end == text.data() + text.size();
}

}  // namespace holdfast
