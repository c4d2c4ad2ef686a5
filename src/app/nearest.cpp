#include "app/nearest.h"

#include <algorithm>
#include <vector>

namespace holdfast {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the optimal string alignment matrix: the one before the last is needed for swaps.
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string_view nearest_name(std::string_view name, std::span<const std::string> names) {
  std::string_view nearest;
  std::size_t least = SIZE_MAX;
  for (const auto& candidate : names) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string_view plausible_name(std::string_view name, std::span<const std::string> names) {
  const auto nearest = nearest_name(name, names);
  const std::size_t allowed = std::max<std::size_t>(1, std::max(name.size(), nearest.size()) / 3);
  return edit_distance(name, nearest) <= allowed ? nearest : std::string_view{};
}

}  // namespace holdfast
