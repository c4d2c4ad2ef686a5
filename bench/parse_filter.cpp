// How long the planner takes for a list whose filter has as many comparisons as a filter may have.
//
// Usage:  parse_filter_bench SECONDS
// Prints one line of JSON: the median of single requests, in microseconds.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/hash.h"
#include "model/loader.h"
#include "query/planner.h"

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kComparisons = 200;

std::string filter_text() {
  constexpr const char* kKinds[] = {"price >= 10.5", "name = 'Casque'", "stock < 1000", "not isActive = true", "name like 'a%b'"};
  std::string text;
  for (int i = 0; i < kComparisons; ++i) {
    if (i != 0) text += i % 3 == 0 ? " or " : " and ";
    text += kKinds[i % 5];
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace holdfast;
  if (argc != 2) {
    std::fprintf(stderr, "usage: parse_filter_bench SECONDS\n");
    return 64;
  }
  const Catalog catalog(load_model_text("items",
                                        "type: object\nproperties:\n  name: { type: string, maxLength: 50 }\n"
                                        "  price: { type: number, decimal: [10, 2] }\n  stock: { type: integer }\n"
                                        "  isActive: { type: boolean }\n")
                            .models);
  const Planner planner(catalog, random_key());
  const std::vector<Parameter> parameters{{"filter", filter_text()}};
  std::vector<double> times;
  const auto started = SteadyClock::now();
  const std::chrono::duration<double> length(std::atof(argv[1]));
  while (SteadyClock::now() - started < length) {
    const auto before = SteadyClock::now();
    const Result<ListPlan> plan = planner.list(catalog.models().front(), parameters);
    times.push_back(std::chrono::duration<double, std::micro>(SteadyClock::now() - before).count());
    if (plan.has_value()) continue;
    std::fprintf(stderr, "parse_filter_bench: %s\n", plan.error().detail.c_str());
    return 1;
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"median_us\":%.3f,\"low_us\":%.3f,\"high_us\":%.3f}\n", times[times.size() / 2], times.front(),
              times[times.size() * 99 / 100]);
  return 0;
}
