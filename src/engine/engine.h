#pragma once
// One opened database. Thread-safe.
//
// End of life: the loops stop, close(), the Stores and then the loops are destroyed, the Engine last.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/health.h"
#include "engine/store.h"

namespace holdfast {

// A record whose compound unique key is another's, by programs that do not keep it. SQL has none.
struct KeyClash {
  std::string id;
  std::string fields;  // "label, size"
};

struct Reindexed {
  std::int64_t records = 0;       // looked at
  std::int64_t mended = 0;        // of them, and data of records that are gone
  std::int64_t unreadable = 0;    // left alone: a stored value is of another type
  std::int64_t clashing = 0;      // not found by such a key, nor guarded by it
  std::vector<KeyClash> clashes;  // the first kListedClashes of them
};
inline constexpr std::size_t kListedClashes = 100;

class Engine {
 public:
  virtual ~Engine() = default;

  virtual std::string_view name() const noexcept = 0;  // sqlite, postgres, mongodb
  // A store for a loop; call on any thread before the loop runs. Valid as long as the engine and the loop.
  virtual std::unique_ptr<Store> attach(asio::io_context& loop) = 0;
  // The key of this database's cursors, kept in it.
  virtual const SecretKey& cursor_key() const noexcept = 0;
  // Where the database is served, for whoever finds it in use.
  virtual void announce(std::string_view address) = 0;
  virtual Health health() const = 0;
  // Nothing: there is no server to connect to.
  virtual std::optional<PoolStatistics> pool() const { return std::nullopt; }
  // Makes the search data of records that lack it or whose searched fields were changed by others. Blocking; from any thread but a loop's.
  // `progress` is called now and then with records looked at and records in all. Throws std::runtime_error with what went wrong.
  virtual Reindexed reindex(const Model& model, const std::function<void(std::int64_t done, std::int64_t of)>& progress) = 0;
  // Finishes what was submitted and joins the engine's threads, so that nothing is posted to a loop afterwards. Idempotent.
  virtual void close() = 0;
};

}  // namespace holdfast
