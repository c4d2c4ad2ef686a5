#pragma once
// What all fuzz targets share: libFuzzer's entry point, and `require`, by which a target says what must hold besides not crashing.
// Included once by each *_fuzz.cpp.

#include <sodium.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace holdfast::fuzz {

// Ends the run with a finding. An ordinary assertion would say nothing in a build with NDEBUG.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: this does not hold: %s\n", what);
  std::abort();
}

// Takes the first byte off, as a choice that the fuzzer makes.
inline unsigned char take_choice(std::string_view& input) {
  if (input.empty()) return 0;
  const auto choice = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return choice;
}

// Defined by each target.
void run(std::string_view input);

}  // namespace holdfast::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  return sodium_init() < 0 ? 1 : 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  holdfast::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
