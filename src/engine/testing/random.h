#pragma once
// Chance for tests that can be repeated: the same seed makes the same choices on every machine (the standard's distributions do not).

#include <cstdint>
#include <vector>

#include "engine/testing/characters.h"

namespace holdfast::testing {

class Random {
 public:
  explicit Random(std::uint64_t seed, Characters characters = Characters::kAll) : state_(seed), characters_(characters) {}

  // splitmix64
  std::uint64_t next() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // 0 … count - 1
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
  std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
  bool chance(std::size_t percent) { return below(100) < percent; }

  // Of the texts that it makes.
  Characters characters() const noexcept { return characters_; }

  template <typename T>
  const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }

 private:
  std::uint64_t state_;
  Characters characters_;
};

}  // namespace holdfast::testing
