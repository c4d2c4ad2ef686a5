#pragma once
// A regular expression of the `pattern` keyword: RE2 syntax, unanchored, linear time. Thread-safe.

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace holdfast {

class Pattern {
 public:
  // Throws std::invalid_argument with RE2's own words when the expression is not valid.
  explicit Pattern(std::string text);
  ~Pattern();

  bool matches(std::string_view text) const;
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
  std::unique_ptr<re2::RE2> expression_;
};

}  // namespace holdfast
