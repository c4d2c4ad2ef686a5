#pragma once
// libstemmer, by the names of search_languages(). A stemmer belongs to one thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sb_stemmer;

namespace holdfast {

class Stemmer {
 public:
  // This thread's own, made at the first call. Throws std::invalid_argument on a language that there is not.
  static Stemmer& of_thread(std::string_view language);

  explicit Stemmer(std::string_view language);

  // Of a word in lower case. Until the next call. `simple`: the word itself; so too where the stem would be empty.
  // Cost: about 0.3 µs, 0.02 when the word was asked for not long ago, which most words of a text were.
  std::string_view stem(std::string_view word);

  // Of its answers for a fixed list of words: libstemmer cannot tell its version, and distributions patch it.
  std::uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  struct Delete {
    void operator()(sb_stemmer* stemmer) const noexcept;
  };

  static constexpr std::size_t kRemembered = 1024;  // words, each in the place that its hash says
  struct Remembered {
    std::string word, stem;
  };

  std::string_view compute(std::string_view word);

  std::string language_;
  std::unique_ptr<sb_stemmer, Delete> stemmer_;  // null: `simple`
  std::vector<Remembered> remembered_;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace holdfast
