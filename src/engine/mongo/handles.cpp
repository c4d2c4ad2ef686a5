#include "engine/mongo/handles.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mutex>

#include "base/log.h"
#include "engine/mongo/engine.h"

namespace holdfast::mongo {
namespace {

// The driver says each of these again as an error that is answered or thrown: they are for whoever looks closely.
void log_of_driver(mongoc_log_level_t, const char* domain, const char* message, void*) {
  log(LogLevel::kDebug, "the driver of MongoDB", {{"domain", domain}, {"says", message}});
}

}  // namespace

Driver::Driver() {
  static std::once_flag once;
  std::call_once(once, [] {
    mongoc_log_set_handler(log_of_driver, nullptr);
    mongoc_init();
  });
}

void unlink_counters() noexcept {
  ::shm_unlink(fmt::format("/mongoc-{}", ::getpid()).c_str());
}

}  // namespace holdfast::mongo
