#include "engine/mongo/attempts.h"

#include <chrono>
#include <random>
#include <thread>

namespace holdfast::mongo {

void pause_before(int attempt) {
  if (attempt < 2) return;
  thread_local std::minstd_rand chance(std::random_device{}());
  const std::uint32_t most = 1'000U << std::min(attempt - 2, 5);  // microseconds
  std::this_thread::sleep_for(std::chrono::microseconds(most / 2 + chance() % (most / 2)));
}

Error overloaded_by_others() {
  return Error(Code::kOverloaded, "Others write to the same records all the time; try again.");
}

}  // namespace holdfast::mongo
