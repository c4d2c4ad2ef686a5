// The limit of a POST: what SQLite itself does with the same rows, when nothing but SQLite is in the way.
//
// One thread, one prepared INSERT, groups of 64 between BEGIN IMMEDIATE and COMMIT, WAL, synchronous=FULL. The database is a copy of
// the file that Holdfast made, so table and indexes are the same by construction; columns and values come from the rows file.
//
// Usage:  raw_sqlite_bench DATABASE TABLE ROWS_FILE SECONDS GROUP
// ROWS_FILE: tab-separated; its first line names each column and its kind as `column:kind`; kind is text, integer, uuid7 (a new one
// for each row) or now (the instant in wire form). An empty cell of kind text or integer is NULL.
// Prints one line of JSON. Exit status 1 and one sentence on stderr when anything fails: a limit that failed halfway is no limit.

#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using SteadyClock = std::chrono::steady_clock;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

enum class Kind { kText, kInteger, kUuid7, kNow };

struct Column {
  std::string name;
  Kind kind;
};

struct Cell {
  bool is_null = true;
  std::int64_t number = 0;
  std::string text;
};

struct Rows {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> cells;
};

struct Outcome {
  std::int64_t rows = 0;
  double seconds = 0;
  std::vector<double> commit_microseconds;
};

[[noreturn]] void fail(sqlite3* database, const std::string& what) {
  throw std::runtime_error(what + ": " + sqlite3_errmsg(database));
}

void execute(sqlite3* database, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(database, sql);
}

Statement prepare(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) fail(database, sql);
  return Statement(statement);
}

void step_to_end(sqlite3* database, sqlite3_stmt* statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) fail(database, sqlite3_sql(statement));
  sqlite3_reset(statement);
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> parts(1);
  for (char c : line) {
    if (c == '\t') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

Column parse_column(const std::string& heading) {
  const auto colon = heading.find(':');
  const std::string kind = colon == std::string::npos ? "" : heading.substr(colon + 1);
  const std::string name = heading.substr(0, colon);
  if (kind == "text") return {name, Kind::kText};
  if (kind == "integer") return {name, Kind::kInteger};
  if (kind == "uuid7") return {name, Kind::kUuid7};
  if (kind == "now") return {name, Kind::kNow};
  throw std::runtime_error("rows file: `" + heading + "` is not column:kind (text, integer, uuid7, now)");
}

Cell parse_cell(const Column& column, std::string text) {
  Cell cell;
  cell.is_null = text.empty();
  if (column.kind == Kind::kInteger && !cell.is_null) cell.number = std::stoll(text);
  cell.text = std::move(text);
  return cell;
}

Rows read_rows(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error(path + " cannot be read or is empty");
  Rows rows;
  for (const auto& heading : split(line)) rows.columns.push_back(parse_column(heading));
  while (std::getline(file, line)) {
    auto parts = split(line);
    if (parts.size() != rows.columns.size()) throw std::runtime_error(path + ": a line has another number of cells than the first");
    auto& cells = rows.cells.emplace_back();
    for (std::size_t i = 0; i < parts.size(); ++i) cells.push_back(parse_cell(rows.columns[i], std::move(parts[i])));
  }
  if (rows.cells.empty()) throw std::runtime_error(path + " has no rows");
  return rows;
}

// What a server has to make for each row: a time-ordered uuid and the instant. Texts stay valid until the next call.
class Stamp {
 public:
  void renew() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    counter_ = milliseconds == milliseconds_ ? counter_ + 1 : 0;
    if (milliseconds != milliseconds_) format_instant(milliseconds);
    milliseconds_ = milliseconds;
    format_uuid();
  }
  std::string_view uuid() const { return {uuid_, 36}; }
  std::string_view instant() const { return {instant_, 24}; }

 private:
  void format_instant(std::int64_t milliseconds) {
    const std::time_t seconds = milliseconds / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char date[32];
    std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(instant_, sizeof instant_, "%.19s.%03dZ", date, static_cast<int>(milliseconds % 1000));
  }
  void format_uuid() {
    const std::uint64_t high = static_cast<std::uint64_t>(milliseconds_) << 16 | 0x7000 | (counter_ & 0xfff);
    const std::uint64_t low = (random_() >> 2) | 0x8000'0000'0000'0000;
    constexpr char kDigits[] = "0123456789abcdef";
    int at = 0;
    for (int nibble = 0; nibble < 32; ++nibble) {
      if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) uuid_[at++] = '-';
      const std::uint64_t half = nibble < 16 ? high : low;
      uuid_[at++] = kDigits[half >> (60 - nibble % 16 * 4) & 15];
    }
  }

  std::mt19937_64 random_{std::random_device{}()};
  std::int64_t milliseconds_ = 0;
  std::uint64_t counter_ = 0;
  char uuid_[40] = {};
  char instant_[40] = {};
};

void bind_text(sqlite3* database, sqlite3_stmt* statement, int position, std::string_view text) {
  if (sqlite3_bind_text(statement, position, text.data(), static_cast<int>(text.size()), SQLITE_STATIC) != SQLITE_OK)
    fail(database, "bind");
}

void bind(sqlite3* database, sqlite3_stmt* statement, const Rows& rows, const std::vector<Cell>& cells, Stamp& stamp) {
  stamp.renew();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const int position = static_cast<int>(i) + 1;
    const Kind kind = rows.columns[i].kind;
    if (kind == Kind::kUuid7) {
      bind_text(database, statement, position, stamp.uuid());
    } else if (kind == Kind::kNow) {
      bind_text(database, statement, position, stamp.instant());
    } else if (cells[i].is_null) {
      sqlite3_bind_null(statement, position);
    } else if (kind == Kind::kInteger) {
      sqlite3_bind_int64(statement, position, cells[i].number);
    } else {
      bind_text(database, statement, position, cells[i].text);
    }
  }
}

Database open(const std::string& path) {
  // The settings of the server's own writer (engine/sqlite/connection.cpp, writer.cpp) on two cores: a limit with others would be another.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3* raw = nullptr;
  const int status = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (status != SQLITE_OK) fail(raw, path);
  execute(raw, "PRAGMA journal_mode=WAL");
  execute(raw, "PRAGMA synchronous=FULL");
  execute(raw, "PRAGMA foreign_keys=ON");
  execute(raw, "PRAGMA cache_size=-16384");
  execute(raw, "PRAGMA mmap_size=1073741824");
  execute(raw, "PRAGMA journal_size_limit=67108864");
  execute(raw, "PRAGMA wal_autocheckpoint=8000");
  return database;
}

std::string insert_text(const std::string& table, const Rows& rows) {
  std::ostringstream names, marks;
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    names << (i == 0 ? "" : ", ") << '"' << rows.columns[i].name << '"';
    marks << (i == 0 ? "?" : ", ?");
  }
  return "INSERT INTO \"" + table + "\" (" + names.str() + ") VALUES (" + marks.str() + ")";
}

Outcome run(sqlite3* database, const std::string& table, const Rows& rows, double seconds, int group) {
  const Statement begin = prepare(database, "BEGIN IMMEDIATE");
  const Statement commit = prepare(database, "COMMIT");
  const Statement insert = prepare(database, insert_text(table, rows));
  Stamp stamp;
  Outcome outcome;
  std::size_t next = 0;
  const auto started = SteadyClock::now();
  while (outcome.seconds < seconds) {
    const auto group_started = SteadyClock::now();
    step_to_end(database, begin.get());
    for (int i = 0; i < group; ++i) {
      bind(database, insert.get(), rows, rows.cells[next], stamp);
      step_to_end(database, insert.get());
      next = (next + 1) % rows.cells.size();
    }
    step_to_end(database, commit.get());
    const auto now = SteadyClock::now();
    outcome.rows += group;
    outcome.commit_microseconds.push_back(std::chrono::duration<double, std::micro>(now - group_started).count());
    outcome.seconds = std::chrono::duration<double>(now - started).count();
  }
  return outcome;
}

double percentile(std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * (sorted.size() - 1))];
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print(Outcome outcome, double cpu) {
  auto& times = outcome.commit_microseconds;
  std::sort(times.begin(), times.end());
  std::printf("{\"requests\":%lld,\"seconds\":%.6f,\"p50_us\":%.0f,\"p99_us\":%.0f,\"cpu_us\":%.3f}\n",
              static_cast<long long>(outcome.rows), outcome.seconds, percentile(times, 0.5), percentile(times, 0.99),
              cpu * 1e6 / static_cast<double>(outcome.rows));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: raw_sqlite_bench DATABASE TABLE ROWS_FILE SECONDS GROUP\n");
    return 64;
  }
  try {
    const Rows rows = read_rows(argv[3]);
    const Database database = open(argv[1]);
    const double cpu_before = cpu_seconds();
    const Outcome outcome = run(database.get(), argv[2], rows, std::atof(argv[4]), std::max(1, std::atoi(argv[5])));
    print(outcome, cpu_seconds() - cpu_before);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "raw_sqlite_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
