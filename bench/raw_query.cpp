// The limit of a search or a scan: what SQLite itself does with the same question on the same rows, one thread, one prepared statement.
//
// Usage:  raw_query_bench DATABASE SECONDS SQL VALUE…
// Asks SQL again and again, bound to the values in turn, and reads every column of every row. SQL may use bench_rank(fts): of a full-text
// table with two columns 2 when the words stand in the first, 1 when in the second, 3 in both.
// Prints one line of JSON. Exit status 1 and one sentence on stderr when anything fails.

#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using SteadyClock = std::chrono::steady_clock;

[[noreturn]] void fail(sqlite3* database, const std::string& what) {
  throw std::runtime_error(what + ": " + sqlite3_errmsg(database));
}

void rank(const Fts5ExtensionApi* api, Fts5Context* fts, sqlite3_context* context, int, sqlite3_value**) {
  int found = 0;
  Fts5PhraseIter iterator;
  int column = 0;
  if (api->xPhraseFirstColumn(fts, 0, &iterator, &column) == SQLITE_OK) {
    for (; column >= 0; api->xPhraseNextColumn(fts, &iterator, &column)) found |= column == 0 ? 2 : 1;
  }
  sqlite3_result_int(context, found);
}

// https://www.sqlite.org/fts5.html §7, "Extending FTS5"
void add_rank(sqlite3* database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, "select fts5(?1)", -1, &statement, nullptr) != SQLITE_OK) fail(database, "fts5");
  sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
  sqlite3_step(statement);
  sqlite3_finalize(statement);
  if (api == nullptr || api->xCreateFunction(api, "bench_rank", nullptr, rank, nullptr) != SQLITE_OK) fail(database, "bench_rank");
}

struct Outcome {
  std::int64_t requests = 0;
  std::int64_t rows = 0;
  double seconds = 0;
  std::vector<double> microseconds;
};

Outcome run(sqlite3* database, double seconds, const char* sql, const std::vector<std::string>& values) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) fail(database, sql);
  Outcome outcome;
  const auto started = SteadyClock::now();
  while (outcome.seconds < seconds) {
    const std::string& value = values[static_cast<std::size_t>(outcome.requests) % values.size()];
    const auto asked = SteadyClock::now();
    sqlite3_bind_text(statement, 1, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      ++outcome.rows;
      for (int column = 0; column < sqlite3_column_count(statement); ++column) sqlite3_column_text(statement, column);
    }
    if (code != SQLITE_DONE) fail(database, sql);
    sqlite3_reset(statement);
    const auto now = SteadyClock::now();
    ++outcome.requests;
    outcome.microseconds.push_back(std::chrono::duration<double, std::micro>(now - asked).count());
    outcome.seconds = std::chrono::duration<double>(now - started).count();
  }
  sqlite3_finalize(statement);
  if (outcome.rows == 0) throw std::runtime_error("no value found a row");
  return outcome;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print(Outcome outcome, double cpu) {
  auto& times = outcome.microseconds;
  std::sort(times.begin(), times.end());
  const auto percentile = [&](double share) { return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))]; };
  std::printf("{\"requests\":%lld,\"seconds\":%.6f,\"p50_us\":%.0f,\"p99_us\":%.0f,\"cpu_us\":%.3f}\n",
              static_cast<long long>(outcome.requests), outcome.seconds, percentile(0.5), percentile(0.99),
              cpu * 1e6 / static_cast<double>(outcome.requests));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: raw_query_bench DATABASE SECONDS SQL VALUE...\n");
    return 64;
  }
  try {
    sqlite3* database = nullptr;
    if (sqlite3_open_v2(argv[1], &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) fail(database, argv[1]);
    // As the server's own readers (engine/sqlite/connection.cpp).
    sqlite3_exec(database, "pragma cache_size = -16384; pragma mmap_size = 1073741824", nullptr, nullptr, nullptr);
    add_rank(database);
    const double cpu_before = cpu_seconds();
    const Outcome outcome = run(database, std::atof(argv[2]), argv[3], {argv + 4, argv + argc});
    print(outcome, cpu_seconds() - cpu_before);
    sqlite3_close(database);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "raw_query_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
