#pragma once
// What engine tests stand on: a folder that goes away, a clock that stands still, a loop run by hand, models from text.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/store.h"

namespace holdfast::testing {

class TemporaryFolder {
 public:
  TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}
  explicit TemporaryFolder(const std::filesystem::path& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

class FixedClock final : public Clock {
 public:
  Milliseconds now() const override { return time; }
  Milliseconds time = 1'700'000'000'000;
};

// Pairs of collection name and YAML. Fails the test on any fault.
Catalog catalog_of(const std::vector<std::pair<std::string, std::string>>& models);

// Runs the loop until `is_done`, or until it has nothing left to do. A loop with connections always has: it waits for each to be lost.
template <typename Done>
void run_until(asio::io_context& loop, Done is_done) {
  loop.restart();
  while (!is_done() && loop.run_one() != 0) {
  }
}

// Runs the loop until the work is done. Throws what the work throws.
template <typename T>
T run(asio::io_context& loop, awaitable<T> work) {
  std::optional<T> result;
  std::exception_ptr failure;
  asio::co_spawn(loop, std::move(work), [&](std::exception_ptr thrown, T value) {
    failure = thrown;
    if (!thrown) result.emplace(std::move(value));
  });
  run_until(loop, [&] { return failure != nullptr || result.has_value(); });
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

// Runs all of them in the same turns of the loop; results in order.
template <typename T>
std::vector<T> run_together(asio::io_context& loop, std::vector<awaitable<T>> work) {
  std::vector<std::optional<T>> results(work.size());
  std::exception_ptr failure;
  constexpr std::size_t kAtOnce = 1000;  // of more writes, an engine slowed down by a sanitizer would refuse some
  std::size_t running = 0;
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (i > 0 && i % kAtOnce == 0) run_until(loop, [&] { return running == 0; });
    ++running;
    asio::co_spawn(loop, std::move(work[i]), [&results, &failure, &running, i](std::exception_ptr thrown, T value) {
      --running;
      if (thrown) failure = thrown;
      if (!thrown) results[i].emplace(std::move(value));
    });
  }
  run_until(loop, [&] { return running == 0; });
  if (failure) std::rethrow_exception(failure);
  std::vector<T> out;
  for (auto& result : results) out.push_back(std::move(*result));
  return out;
}

// One value for each field of the model: the record as a create plan. `values` by field name; those not named have their default, else
// null.
WritePlan create_plan(const Model& model, Value id, std::vector<std::pair<std::string, Value>> values, Milliseconds now = 0);

Value text(std::string value);
Value integer(std::int64_t value);
Value texts(std::vector<std::string> values);

}  // namespace holdfast::testing
