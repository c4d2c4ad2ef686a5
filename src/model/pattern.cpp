#include "model/pattern.h"

#include <re2/re2.h>

#include <stdexcept>
#include <utility>

namespace holdfast {

Pattern::Pattern(std::string text) : text_(std::move(text)) {
  RE2::Options options;
  options.set_log_errors(false);  // RE2 would write to stderr by itself
  expression_ = std::make_unique<RE2>(text_, options);
  if (!expression_->ok()) throw std::invalid_argument(expression_->error());
}

Pattern::~Pattern() = default;

bool Pattern::matches(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_);
}

}  // namespace holdfast
