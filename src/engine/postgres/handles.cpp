#include "engine/postgres/handles.h"

#include <charconv>

namespace holdfast::postgres {

std::int64_t Answer::affected() const {
  const std::string_view text = PQcmdTuples(answer_.get());
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

std::string_view Answer::diagnosis(int field) const noexcept {
  const char* text = PQresultErrorField(answer_.get(), field);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace holdfast::postgres
