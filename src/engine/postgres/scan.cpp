#include "engine/postgres/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "engine/postgres/codec.h"
#include "engine/postgres/dial.h"
#include "engine/postgres/dialect.h"
#include "engine/postgres/error.h"
#include "engine/postgres/introspection.h"
#include "engine/postgres/search_columns.h"
#include "engine/sql/dangling.h"
#include "engine/write_errors.h"
#include "query/search_terms.h"

namespace holdfast::postgres {
namespace {

// Between two batches no transaction is open, so that VACUUM goes on.
constexpr int kBatch = 1000;

class Server {
 public:
  explicit Server(const Options& options)
      : address_(read_address(options.url)), terms_{0, address_.schema}, session_(connect(address_, terms_, options.connect_timeout)) {}

  const Address& address() const noexcept { return address_; }

  // In a transaction of its own, which a pooler may give to any server: so what holds for the session is said again.
  Answer ask(const std::string& text, std::vector<Parameter> parameters = {}) {
    run(session_, "begin read only; " + terms_text(terms_, true));
    Answer answer = postgres::ask(session_, text, std::move(parameters));
    run(session_, "commit");
    return answer;
  }

  // False when there is no such table: serve has not made it yet.
  bool has_columns(const Model& model) {
    run(session_, "begin read only; " + terms_text(terms_, true));
    const auto table = read_table(session_, model.schema, model.table);
    run(session_, "commit");
    if (!table) return false;
    for (const Field& field : model.fields) require_column(*table, model, field.column);
    if (model.search) require_column(*table, model, std::string(kSearchHashColumn));
    return true;
  }

 private:
  static ConnectionHandle connect(const Address& address, const Terms& terms, Milliseconds timeout) {
    const std::atomic<bool> stopped = false;
    auto dialled = dial(address, terms, timeout, stopped);
    if (!dialled) throw_startup_error(dialled.error(), address);
    return std::move(dialled->connection);
  }

  static void require_column(const StoredTable& table, const Model& model, const std::string& column) {
    if (table.column(column) != nullptr) return;
    throw StartupError(kExitConfiguration, fmt::format("the table {} has no column {}. `holdfast serve` adds what models ask for; start it "
                                                       "once, then scan again.",
                                                       model.table, column));
  }

  const Address address_;
  const Terms terms_;
  DirectSession session_;
};

// Runs `work` on a server; what the server refuses becomes a StartupError.
template <typename Work>
auto on_server(const Options& options, Work work) {
  Server server(options);
  try {
    return work(server);
  } catch (const QueryFailed& failed) {
    throw StartupError(kExitUnavailable, fmt::format("{} cannot be read: {}.", server.address().place(), failed.failure.message));
  }
}

class CollectionScan {
 public:
  CollectionScan(Server& server, const Model& model, ScannedCollection& out) : server_(server), model_(model), out_(out) {
    std::string columns;
    for (const Field& field : model.fields) columns += fmt::format("{}{}", columns.empty() ? "" : ", ", sql::identifier(field.column));
    if (model.search) columns += ", " + sql::identifier(kSearchHashColumn);
    select_ = fmt::format("select {} from {}", columns, table_text(model));
  }

  // False: there is nothing left.
  bool next_batch() {
    const auto id = sql::identifier(model_.fields[0].column);
    std::vector<Parameter> parameters;
    std::string after;
    if (last_) {
      after = fmt::format(" where {} > $1", id);
      parameters.push_back(*last_);
    }
    const Answer answer = server_.ask(fmt::format("{}{} order by {} limit {}", select_, after, id, kBatch), std::move(parameters));
    for (int row = 0; row < answer.rows(); ++row) look_at(answer, row);
    if (answer.rows() > 0) last_ = Parameter{answer.type(0), std::string(answer.bytes(answer.rows() - 1, 0))};
    out_.records += answer.rows();
    return answer.rows() == kBatch;
  }

 private:
  void look_at(const Answer& answer, int row) {
    Record record;
    record.values.resize(model_.fields.size());
    std::vector<std::size_t> misfits;
    for (std::size_t ordinal = 0; ordinal < model_.fields.size(); ++ordinal) {
      record.values[ordinal] = value_of(answer, row, ordinal);
      if (record.values[ordinal].is_absent()) misfits.push_back(ordinal);
    }
    for (const auto ordinal : misfits) {
      ++out_.misfits;
      const Value& id = record.values[0];
      if (out_.listed.size() < kListedLimit) out_.listed.push_back({id.is_absent() ? "?" : shown_id(id), model_.fields[ordinal].name});
    }
    if (model_.search && misfits.empty() && !has_right_search(answer, row, record)) ++out_.stale_search;
  }

  Value value_of(const Answer& answer, int row, std::size_t ordinal) const {
    const auto column = static_cast<int>(ordinal);
    const Field& field = model_.fields[ordinal];
    if (answer.is_null(row, column)) return field.admits_null ? Value(Null{}) : Value();
    return read_value(field, answer.type(column), answer.bytes(row, column));
  }

  bool has_right_search(const Answer& answer, int row, const Record& record) const {
    const auto column = static_cast<int>(model_.fields.size());
    return !answer.is_null(row, column) &&
           read_integer(answer.bytes(row, column)) == static_cast<std::int64_t>(search_hash(model_, record));
  }

  Server& server_;
  const Model& model_;
  ScannedCollection& out_;
  std::string select_;
  std::optional<Parameter> last_;
};

ScannedCollection scan_collection(Server& server, const Model& model, const ScanProgress& progress) {
  ScannedCollection out;
  out.model = &model;
  if (!server.has_columns(model)) return out;
  const auto records = read_integer(server.ask("select count(*) from " + table_text(model)).bytes(0, 0));
  CollectionScan collection(server, model, out);
  for (bool goes_on = true; goes_on;) {
    goes_on = collection.next_batch();
    progress(model, out.records, std::max(records, out.records));
  }
  return out;
}

}  // namespace

std::vector<ScannedCollection> scan(const Options& options, const Catalog& catalog, const ScanProgress& progress) {
  return on_server(options, [&](Server& server) {
    std::vector<ScannedCollection> found;
    for (const Model& model : catalog.models()) found.push_back(scan_collection(server, model, progress));
    return found;
  });
}

std::vector<DanglingReference> dangling(const Options& options, const Catalog& catalog) {
  return on_server(options, [&](Server& server) {
    std::vector<DanglingReference> found;
    for (const Reference& reference : catalog.references()) {
      if (!server.has_columns(*reference.model)) continue;
      const auto text = sql::dangling_text(kDialect, reference, server.has_columns(*reference.target));
      DanglingReference out{reference, read_integer(server.ask(fmt::format("select count(*) from ({}) as _hf_d", text)).bytes(0, 0)), {}};
      if (out.count == 0) continue;
      const Answer first = server.ask(fmt::format("select a::text, b::text from ({}) as _hf_d (a, b) limit {}", text, kListedLimit));
      for (int row = 0; row < first.rows(); ++row) out.listed.push_back({text_at(first, row, 0), text_at(first, row, 1)});
      found.push_back(std::move(out));
    }
    return found;
  });
}

}  // namespace holdfast::postgres
