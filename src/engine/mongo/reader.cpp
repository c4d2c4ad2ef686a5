#include "engine/mongo/reader.h"

#include <algorithm>
#include <optional>

#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/error.h"
#include "engine/mongo/number.h"
#include "engine/mongo/order.h"
#include "engine/mongo/search.h"
#include "engine/write_errors.h"

namespace holdfast::mongo {
namespace {

using std::chrono::steady_clock;

struct ReadPreferenceCloser {
  void operator()(mongoc_read_prefs_t* preference) const noexcept { mongoc_read_prefs_destroy(preference); }
};

// Whatever the URI says of reads: a record that was written is found.
const mongoc_read_prefs_t* primary() {
  static const std::unique_ptr<mongoc_read_prefs_t, ReadPreferenceCloser> preference(mongoc_read_prefs_new(MONGOC_READ_PRIMARY));
  return preference.get();
}

Error too_late() {
  return Error(Code::kQueryTimeout, "The query waited longer than it may run.");
}

// What is left of the time, for the server to keep; the driver's own timeout is longer.
Result<void> append_time_limit(bson_t& options, Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  if (left <= 0) return too_late();
  append_int64(options, "maxTimeMS", left);
  return {};
}

void append_read_concern(bson_t& options) {
  Nested concern(options, "readConcern");
  append_text(concern, "level", "local");
}

// One batch holds all, so that no second round trip is needed. (One more: a server keeps a cursor open whose batch is just full.)
void append_page_size(bson_t& options, std::int64_t documents) {
  append_int64(options, "limit", documents);
  append_int64(options, "batchSize", documents + 1);
}

// Calls `take` with each document. Whatever fails on the way is told to the connection.
template <typename Take>
Result<void> read_all(Connection& connection, const Cursor& cursor, const Take& take, bson_error_t& failure) {
  const bson_t* document = nullptr;
  while (mongoc_cursor_next(cursor.get(), &document)) {
    if (Result<void> taken = take(*document); !taken) return taken;
  }
  if (!mongoc_cursor_error(cursor.get(), &failure)) return {};
  connection.note_failure(failure);
  return error_of(failure);
}

// An old connection may have been closed by the server, or by something in between; a new one tells whether it is really gone.
template <typename Attempt>
auto with_one_more(Deadline deadline, const Attempt& attempt) {
  bson_error_t failure{};
  auto answer = attempt(failure);
  if (answer || !is_lost(failure) || steady_clock::now() >= deadline) return answer;
  failure = {};
  return attempt(failure);
}

class QueryRun {
 public:
  QueryRun(Connection& connection, const Query& query, Deadline deadline, bson_error_t& failure)
      : connection_(connection), query_(query), deadline_(deadline), failure_(failure) {}

  Result<Listing> run() && {
    for (const Find& range : query_.ranges) {
      if (Result<void> read = read_range(range); !read) return read.error();
    }
    if (query_.ranked) {
      if (Result<void> read = read_ranked(*query_.ranked); !read) return read.error();
    }
    if (query_.total) {
      if (Result<void> read = read_total(*query_.total); !read) return read.error();
    }
    listing_.has_more = std::ssize(listing_.records) > query_.limit;
    if (listing_.has_more) listing_.records.pop_back();
    return std::move(listing_);
  }

 private:
  mongoc_collection_t* collection() { return connection_.collection(*query_.model); }

  Result<void> read_range(const Find& range) {
    const std::int64_t wanted = query_.limit + 1 - std::ssize(listing_.records);
    if (wanted == 0) return {};
    Document options(bson_copy(range.options.get()));
    append_page_size(*options.get(), wanted);
    append_read_concern(*options.get());
    if (Result<void> limited = append_time_limit(*options.get(), deadline_); !limited) return limited;
    const Cursor cursor(mongoc_collection_find_with_opts(collection(), range.filter.get(), options.get(), primary()));
    return read_all(
        connection_, cursor, [this](const bson_t& document) { return take_record(document); }, failure_);
  }

  template <typename Take>
  Result<void> aggregate(const Document& pipeline, const Take& take) {
    Document options;
    append_bool(*options.get(), "allowDiskUse", true);
    append_int64(*options.get(), "batchSize", query_.limit + 2);
    append_read_concern(*options.get());
    if (Result<void> limited = append_time_limit(*options.get(), deadline_); !limited) return limited;
    const Cursor cursor(mongoc_collection_aggregate(collection(), MONGOC_QUERY_NONE, pipeline.get(), options.get(), primary()));
    return read_all(connection_, cursor, take, failure_);
  }

  Result<void> read_ranked(const Document& pipeline) {
    return aggregate(pipeline, [this](const bson_t& document) {
      const bool is_on_page = std::ssize(listing_.records) < query_.limit;
      bson_iter_t rank;
      if (is_on_page && bson_iter_init_find(&rank, &document, kRankName.data()) && BSON_ITER_HOLDS_UTF8(&rank)) {
        listing_.last_rank = rank_of(bson_iter_utf8(&rank, nullptr));
      }
      return take_record(document);
    });
  }

  Result<void> read_total(const Document& pipeline) {
    listing_.total = 0;
    return aggregate(pipeline, [this](const bson_t& document) {
      bson_iter_t number;
      if (bson_iter_init_find(&number, &document, "n")) listing_.total = read_integer(number).value_or(0);
      return Result<void>();
    });
  }

  Result<void> take_record(const bson_t& document) {
    Result<Record> record = read_record(document, *query_.model, query_.ordinals);
    if (!record) return record.error();
    listing_.records.push_back(std::move(*record));
    if (std::ssize(listing_.records) == query_.limit) {
      listing_.last_place = place_of(*query_.model, query_.sort, document, listing_.records.back());
    }
    return {};
  }

  Connection& connection_;
  const Query& query_;
  const Deadline deadline_;
  bson_error_t& failure_;
  Listing listing_;
};

std::vector<const Value*> pointers_to(const std::vector<Value>& ids) {
  std::vector<const Value*> pointers;
  for (const Value& id : ids) pointers.push_back(&id);
  return pointers;
}

Result<std::vector<Result<Record>>> find_once(Connection& connection, const Model& model, const std::vector<Value>& ids, Deadline deadline,
                                              bson_error_t& failure) {
  std::vector<Result<Record>> found;
  for (const Value& id : ids) found.push_back(no_record(model, id));
  Document options;
  {
    Nested projection(*options.get(), "projection");
    append_whole_projection(projection, model);
  }
  append_int64(*options.get(), "batchSize", std::ssize(ids) + 1);
  append_read_concern(*options.get());
  if (Result<void> limited = append_time_limit(*options.get(), deadline); !limited) return limited.error();
  const Document filter = ids_filter(model, pointers_to(ids));
  const Cursor cursor(mongoc_collection_find_with_opts(connection.collection(model), filter.get(), options.get(), primary()));
  const Result<void> read = read_all(
      connection, cursor,
      [&](const bson_t& document) {
        bson_iter_t stored;
        if (!bson_iter_init_find(&stored, &document, kIdName.data())) return Result<void>();
        const Value id = read_id(stored, model);
        const auto place = std::ranges::lower_bound(ids, id, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
        if (place != ids.end() && *place == id) found[static_cast<std::size_t>(place - ids.begin())] = read_record(document, model);
        return Result<void>();
      },
      failure);
  if (!read) return read.error();
  return found;
}

}  // namespace

Result<std::vector<Result<Record>>> find_all(Connection& connection, const Model& model, const std::vector<Value>& ids, Deadline deadline) {
  return with_one_more(deadline, [&](bson_error_t& failure) { return find_once(connection, model, ids, deadline, failure); });
}

Result<Listing> run(Connection& connection, const Query& query, Deadline deadline) {
  return with_one_more(deadline, [&](bson_error_t& failure) { return QueryRun(connection, query, deadline, failure).run(); });
}

}  // namespace holdfast::mongo
