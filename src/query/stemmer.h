#pragma once
// libstemmer, by the names of search_languages(). A stemmer belongs to one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sb_stemmer;

namespace holdfast {

class Stemmer {
 public:
  // This thread's own, made at the first call. Throws std::invalid_argument on a language that there is not.
  static Stemmer& of_thread(std::string_view language);

  explicit Stemmer(std::string_view language);

  // Of a word in lower case. Until the next call. `simple`: the word itself; so too where the stem would be empty.
  std::string_view stem(std::string_view word);

  // Of its answers for a fixed list of words: libstemmer cannot tell its version, and distributions patch it.
  std::uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  struct Delete {
    void operator()(sb_stemmer* stemmer) const noexcept;
  };

  std::string language_;
  std::unique_ptr<sb_stemmer, Delete> stemmer_;  // null: `simple`
  std::uint64_t fingerprint_ = 0;
};

}  // namespace holdfast
