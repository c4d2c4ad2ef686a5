#pragma once
// One read handle and its prepared statements. Belongs to one thread.

#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <unordered_map>

#include "engine/sql/dialect.h"
#include "engine/sqlite/connection.h"
#include "engine/sqlite/functions.h"
#include "engine/store.h"

namespace holdfast::sqlite {

// A list or a count as statements; owns what it needs, so that a lane can run it.
struct Query {
  const Model* model = nullptr;
  std::vector<sql::Statement> ranges;  // the page; none: only the total is wanted
  std::vector<std::size_t> ordinals;   // of the page's columns
  std::int64_t limit = 0;              // of the page
  std::optional<sql::Statement> total;
  bool ranked = false;  // the rank stands behind the columns of the page
  bool slow = false;    // not for a loop: FTS5 may work for long between two instructions
  friend bool operator==(const Query&, const Query&) = default;
};

Query make_query(const ListPlan& plan);
Query make_query(const CountPlan& plan);

// How far a query may go before it is stopped.
struct Budget {
  int checks = 0;  // of 1,000 instructions each; 0: no such limit
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

class Reader {
 public:
  // StartupError when the file cannot be opened.
  Reader(const Options& options, Role role);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // All finds and queries between the two see one state of the database. False when it is locked.
  bool begin();
  void end();

  // Nothing: the database is locked; ask in a lane. not_found, stored_value_invalid.
  std::optional<Result<Record>> find(const Model& model, const Value& id);

  // Nothing: locked, or stopped by the budget. query_timeout after the deadline.
  // Call it between begin() and end() when page and total must agree.
  std::optional<Result<Listing>> run(const Query& query, const Budget& budget);

  // run() in a transaction of its own; query_timeout at once when the deadline has passed.
  std::optional<Result<Listing>> run_whole(const Query& query, const Budget& budget);

  // From any thread, once: the server ends, and nobody waits for answers. What runs, and each later run_whole(), soon is query_timeout.
  void stop() noexcept { stopped_.store(true, std::memory_order_relaxed); }

 private:
  struct Watch {
    int checks_left = 0;  // 0: no limit
    std::optional<std::chrono::steady_clock::time_point> deadline;
  };
  struct Find {
    PreparedStatement statement;
    std::vector<std::size_t> ordinals;
  };

  static int watch(void* self);
  Find& find_of(const Model& model);
  // Both give SQLite's code: SQLITE_DONE when all is read.
  Result<int> read_page(const Query& query, const sql::Statement& range, Listing& listing);
  Result<int> read_total(const sql::Statement& total, Listing& listing);

  Database database_;
  StatementCache statements_;
  PreparedStatement begin_, end_;
  std::unordered_map<const Model*, Find> finds_;
  Watch watch_;
  std::atomic<bool> stopped_{false};
  Meter meter_{watch, this};  // functions spend from the same budget
};

}  // namespace holdfast::sqlite
