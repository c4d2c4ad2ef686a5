#include "model/value.h"

#include <algorithm>

namespace holdfast {

namespace {

template <typename T>
int order(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int compare_arrays(const Value::Array& a, const Value::Array& b) {
  const std::size_t shared = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < shared; ++i) {
    if (const int difference = compare(a[i], b[i]); difference != 0) return difference;
  }
  return order(a.size(), b.size());
}

}  // namespace

int compare(const Value& a, const Value& b) {
  const auto& left = a.alternatives();
  const auto& right = b.alternatives();
  if (left.index() != right.index()) return order(left.index(), right.index());  // absent, then null, then what is there
  return std::visit(
      [&right](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Absent> || std::is_same_v<T, Null>) {
          return 0;
        } else if constexpr (std::is_same_v<T, std::string>) {
          return order(value.compare(std::get<T>(right)), 0);  // bytes of UTF-8 sort as code points do
        } else if constexpr (std::is_same_v<T, Value::Array>) {
          return compare_arrays(value, std::get<T>(right));
        } else {
          return order(value, std::get<T>(right));
        }
      },
      left);
}

}  // namespace holdfast
