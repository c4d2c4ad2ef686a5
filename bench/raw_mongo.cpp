// The limit of a read by id on MongoDB: what libmongoc itself does with the same question, when nothing but libmongoc is in the way.
//
// Usage:  MONGODB_URI=mongodb://host:port/database raw_mongo_bench COLLECTION IDS_FILE SECONDS THREADS
// Each thread has a client of its own and asks one `find` after the other, `_id` being a line of IDS_FILE drawn at random, limit 1, and
// reads every member of the document. All are connected before the time begins.
// Prints one line of JSON. Exit status 1 and one sentence on stderr when anything fails, or an id is not found.

#include <mongoc/mongoc.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <future>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using SteadyClock = std::chrono::steady_clock;

struct CloseClient {
  void operator()(mongoc_client_t* client) const { mongoc_client_destroy(client); }
};
struct CloseCollection {
  void operator()(mongoc_collection_t* collection) const { mongoc_collection_destroy(collection); }
};
struct CloseCursor {
  void operator()(mongoc_cursor_t* cursor) const { mongoc_cursor_destroy(cursor); }
};
using Client = std::unique_ptr<mongoc_client_t, CloseClient>;
using Collection = std::unique_ptr<mongoc_collection_t, CloseCollection>;
using Cursor = std::unique_ptr<mongoc_cursor_t, CloseCursor>;

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) throw std::runtime_error(path + " cannot be read or is empty");
  return lines;
}

class Asker {
 public:
  Asker(const char* uri, const char* collection, std::uint64_t seed) : dice_(seed), client_(mongoc_client_new(uri)) {
    if (!client_) throw std::runtime_error("MONGODB_URI is no URI of MongoDB");
    const char* database = mongoc_uri_get_database(mongoc_client_get_uri(client_.get()));
    if (database == nullptr) throw std::runtime_error("MONGODB_URI names no database");
    collection_.reset(mongoc_client_get_collection(client_.get(), database, collection));
    bson_init(&options_);
    BSON_APPEND_INT64(&options_, "limit", 1);
  }
  ~Asker() { bson_destroy(&options_); }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  void ask_for_one_of(const std::vector<std::string>& ids) {
    const std::string& id = ids[std::uniform_int_distribution<std::size_t>(0, ids.size() - 1)(dice_)];
    bson_t filter;
    bson_init(&filter);
    bson_append_utf8(&filter, "_id", 3, id.data(), static_cast<int>(id.size()));
    const Cursor cursor(mongoc_collection_find_with_opts(collection_.get(), &filter, &options_, nullptr));
    bson_destroy(&filter);
    const bson_t* document = nullptr;
    bson_error_t error{};
    if (mongoc_cursor_next(cursor.get(), &document)) return read(*document);
    throw std::runtime_error("find " + id + ": " + (mongoc_cursor_error(cursor.get(), &error) ? error.message : "not found"));
  }

  // What each question took.
  std::vector<double> ask_until(SteadyClock::time_point end, const std::vector<std::string>& ids) {
    std::vector<double> microseconds;
    for (auto asked = SteadyClock::now(); asked < end;) {
      ask_for_one_of(ids);
      const auto now = SteadyClock::now();
      microseconds.push_back(std::chrono::duration<double, std::micro>(now - asked).count());
      asked = now;
    }
    return microseconds;
  }

 private:
  static void read(const bson_t& document) {
    bson_iter_t member;
    if (!bson_iter_init(&member, &document)) throw std::runtime_error("an answer is no document");
    while (bson_iter_next(&member)) bson_iter_value(&member);
  }

  std::mt19937_64 dice_;
  Client client_;
  Collection collection_;
  bson_t options_;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print(std::vector<double> times, double seconds, double cpu) {
  if (times.empty()) throw std::runtime_error("no time to ask anything");
  std::sort(times.begin(), times.end());
  const auto percentile = [&](double share) { return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))]; };
  std::printf("{\"requests\":%zu,\"seconds\":%.6f,\"p50_us\":%.0f,\"p99_us\":%.0f,\"cpu_us\":%.3f}\n", times.size(), seconds,
              percentile(0.5), percentile(0.99), cpu * 1e6 / static_cast<double>(times.size()));
}

void run(const char* uri, const char* collection, const std::vector<std::string>& ids, double seconds, int threads) {
  std::deque<Asker> askers;  // which cannot be moved
  for (int thread = 0; thread < threads; ++thread) {
    askers.emplace_back(uri, collection, std::random_device{}());
    askers.back().ask_for_one_of(ids);
  }
  const double cpu_before = cpu_seconds();
  const auto started = SteadyClock::now();
  const auto end = started + std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
  std::vector<std::future<std::vector<double>>> running;
  for (Asker& asker : askers) running.push_back(std::async(std::launch::async, [&] { return asker.ask_until(end, ids); }));
  std::vector<double> times;
  for (auto& one : running) {
    const std::vector<double> its_times = one.get();
    times.insert(times.end(), its_times.begin(), its_times.end());
  }
  const double taken = std::chrono::duration<double>(SteadyClock::now() - started).count();
  print(std::move(times), taken, cpu_seconds() - cpu_before);
}

}  // namespace

int main(int argc, char** argv) {
  const char* uri = std::getenv("MONGODB_URI");
  if (argc != 5 || uri == nullptr) {
    std::fprintf(stderr, "usage: MONGODB_URI=mongodb://host:port/database raw_mongo_bench COLLECTION IDS_FILE SECONDS THREADS\n");
    return 64;
  }
  mongoc_init();
  mongoc_log_set_handler(nullptr, nullptr);  // it says what is thrown a second time
  int status = 0;
  try {
    run(uri, argv[1], read_lines(argv[2]), std::atof(argv[3]), std::max(1, std::atoi(argv[4])));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "raw_mongo_bench: %s\n", error.what());
    status = 1;
  }
  mongoc_cleanup();
  return status;
}
