#include "engine/postgres/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <map>

#include "base/clock.h"
#include "engine/postgres/dial.h"
#include "engine/postgres/error.h"
#include "engine/postgres/introspection.h"
#include "engine/postgres/schema.h"
#include "engine/postgres/triggers.h"
#include "engine/sql/dialect.h"

namespace holdfast::postgres {
namespace {

constexpr int kOldestVersion = 140000;
constexpr Milliseconds kStatementTimeout = 5000;
constexpr Milliseconds kClockTolerance = 1000;  // of createdAt, and of how long Idempotency-Keys are kept
constexpr double kSlowRoundTrip = 10;           // milliseconds: every request waits for at least one
constexpr int kSamples = 5;
constexpr std::string_view kQueryCanceled = "57014";  // by statement_timeout

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Within single quotes; standard_conforming_strings is on since PostgreSQL 9.1.
std::string literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Of the session, as text: one row.
constexpr auto kFacts =
    "select current_user, current_database(), pg_encoding_to_char(d.encoding), pg_is_in_recovery(), "
    "current_setting('transaction_read_only'), current_setting('synchronous_commit'), current_setting('fsync'), "
    "current_setting('max_connections'), current_setting('superuser_reserved_connections'), "
    "(select sum(numbackends) from pg_stat_database), d.datconnlimit, r.rolconnlimit, r.rolsuper, current_schema(), "
    "pg_size_pretty(pg_database_size(d.oid)) "
    "from pg_database d, pg_roles r where d.datname = current_database() and r.rolname = current_user";

struct Facts {
  explicit Facts(const Answer& answer) {
    auto text = [&answer, column = 0]() mutable { return std::string(answer.bytes(0, column++)); };
    user = text(), database = text(), encoding = text();
    is_standby = text() == "t", is_read_only = text() == "on";
    synchronous_commit = text(), fsync = text();
    most_connections = number_of(text()), reserved = number_of(text()), connected = number_of(text());
    database_limit = number_of(text()), role_limit = number_of(text());
    is_superuser = text() == "t";
    schema = text(), size = text();
  }

  std::string user, database, encoding, synchronous_commit, fsync, schema, size;
  bool is_standby = false, is_read_only = false, is_superuser = false;
  std::int64_t most_connections = 0, reserved = 0, connected = 0, database_limit = -1, role_limit = -1;
};

class Look {
 public:
  Look(const Options& options, const Catalog& catalog, const Address& address, Dialled dialled, Inspection& out)
      : options_(options),
        catalog_(catalog),
        address_(address),
        pooled_(dialled.pooled),
        version_(PQserverVersion(dialled.connection.get())),
        session_(std::move(dialled.connection)),
        out_(out) {}

  // Throws a Failure when the server stops answering.
  void run() {
    const Facts facts(ask(kFacts));
    tell_server(facts);
    tell_round_trip();
    tell_encoding(facts);
    tell_primary(facts);
    tell_rights(facts);
    tell_fit();
    tell_triggers();
    tell_pooler();
    tell_connections(facts);
    tell_durability(facts);
  }

 private:
  Answer ask(const std::string& text) {
    auto answer = session_.run_text(text);
    if (!answer) throw Failure(answer.error());
    return std::move(*answer);
  }

  void add(std::string name, FindingStatus status, std::string message, std::string advice = {}) {
    out_.findings.push_back({std::move(name), status, std::move(message), std::move(advice)});
  }

  void tell_server(const Facts& facts);
  void tell_round_trip();
  void tell_encoding(const Facts& facts);
  void tell_primary(const Facts& facts);
  void tell_rights(const Facts& facts);
  void tell_schema(const Facts& facts, const std::string& schema, const std::vector<std::string>& tables);
  void tell_tables(const Facts& facts, const std::string& schema, const std::vector<std::string>& tables, bool may_create);
  void tell_fit();
  void tell_triggers();
  void tell_pooler();
  void tell_connections(const Facts& facts);
  void tell_durability(const Facts& facts);

  const Options& options_;
  const Catalog& catalog_;
  const Address& address_;
  const bool pooled_;
  const int version_;
  DirectSession session_;
  Inspection& out_;
};

void Look::tell_server(const Facts& facts) {
  const auto version = fmt::format("PostgreSQL {}.{}", version_ / 10000, version_ % 10000);
  add("database", FindingStatus::kOk,
      fmt::format("{} answers: {}, database {} ({}), user {}.", address_.place(), version, facts.database, facts.size, facts.user));
  if (version_ < kOldestVersion)
    add("version", FindingStatus::kError, fmt::format("it is {}; holdfast needs 14 or newer.", version), "Upgrade the server.");
}

// The quickest of some: what the network takes, and the server's clock in the middle of it.
void Look::tell_round_trip() {
  const SystemClock clock;
  double best = 1e9;
  Milliseconds difference = 0;
  for (int i = 0; i < kSamples; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto here = clock.now();
    const auto answer = ask("select (extract(epoch from clock_timestamp()) * 1000)::bigint");
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    if (taken.count() >= best) continue;
    best = taken.count();
    difference = number_of(answer.bytes(0, 0)) - here - static_cast<Milliseconds>(best / 2);
  }
  const auto slow = best > kSlowRoundTrip;
  add("round trip", slow ? FindingStatus::kWarning : FindingStatus::kOk, fmt::format("{:.2f} ms.", best),
      slow ? "Every request waits for at least one: run holdfast nearer to the server." : "");
  const auto far = std::abs(difference) > kClockTolerance;
  add("clock", far ? FindingStatus::kWarning : FindingStatus::kOk,
      fmt::format("the server's clock differs by {} ms from ours.", difference),
      far ? "Let NTP set both clocks: createdAt and updatedAt come from this machine's." : "");
}

void Look::tell_encoding(const Facts& facts) {
  if (facts.encoding == "UTF8") return add("encoding", FindingStatus::kOk, "UTF8.");
  add("encoding", FindingStatus::kError,
      fmt::format("the database {} is {}, which cannot hold every text.", facts.database, facts.encoding),
      fmt::format("Make one that is UTF8: create database {} encoding 'UTF8' template template0;",
                  sql::identifier(facts.database + "_utf8")));
}

void Look::tell_primary(const Facts& facts) {
  if (facts.is_standby) {
    add("primary", FindingStatus::kError, "the server is a standby, which takes no writes.",
        "Name the primary in DATABASE_URL, or all hosts and target_session_attrs=read-write.");
  } else if (facts.is_read_only) {
    add("primary", FindingStatus::kError, "transactions are read-only by default.",
        fmt::format("alter role {} reset default_transaction_read_only; (or alter database, or postgresql.conf)",
                    sql::identifier(facts.user)));
  } else {
    add("primary", FindingStatus::kOk, "the server takes writes.");
  }
}

void Look::tell_rights(const Facts& facts) {
  std::map<std::string, std::vector<std::string>> tables;
  const auto& usual = address_.schema.empty() ? facts.schema : address_.schema;
  tables[usual];
  for (const Model& model : catalog_.models()) tables[model.schema.empty() ? usual : model.schema].push_back(model.table);
  const auto before = out_.findings.size();
  for (const auto& [schema, names] : tables) tell_schema(facts, schema, names);
  if (out_.findings.size() != before) return;
  add("rights", FindingStatus::kOk, fmt::format("{} may create tables and indexes in {}, read and write.", facts.user, usual));
}

void Look::tell_schema(const Facts& facts, const std::string& schema, const std::vector<std::string>& tables) {
  const auto user = sql::identifier(facts.user);
  const auto found =
      ask(fmt::format("select has_schema_privilege(oid, 'USAGE'), has_schema_privilege(oid, 'CREATE') from pg_namespace where nspname = {}",
                      literal(schema)));
  if (found.rows() == 0) {
    const auto advice = fmt::format("Make it: create schema {} authorization {};", sql::identifier(schema), user);
    return add("rights", FindingStatus::kError,
               schema.empty() ? "no schema of the search path exists." : fmt::format("the schema {} does not exist.", schema),
               schema.empty() ? "Name one: DATABASE_URL=postgresql://…?schema=public" : advice);
  }
  const bool may_use = found.bytes(0, 0) == "t";
  const bool may_create = found.bytes(0, 1) == "t";
  if (may_use) return tell_tables(facts, schema, tables, may_create);
  add("rights", FindingStatus::kError, fmt::format("{} may not use the schema {}.", facts.user, schema),
      fmt::format("grant usage, create on schema {} to {};", sql::identifier(schema), user));
}

void Look::tell_tables(const Facts& facts, const std::string& schema, const std::vector<std::string>& tables, bool may_create) {
  const auto user = sql::identifier(facts.user);
  const auto space = sql::identifier(schema);
  std::vector<std::string> names{literal("_hf_meta")};
  for (const auto& table : tables) names.push_back(literal(table));
  const auto found = ask(fmt::format(
      "select relname, has_table_privilege(c.oid, 'SELECT') and has_table_privilege(c.oid, 'INSERT') and has_table_privilege(c.oid, "
      "'UPDATE') and has_table_privilege(c.oid, 'DELETE'), pg_has_role(relowner, 'USAGE') from pg_class c join pg_namespace n on n.oid = "
      "relnamespace where nspname = {} and relname in ({}) order by 1",
      literal(schema), joined(names)));
  std::vector<std::string> closed, foreign;
  for (int row = 0; row < found.rows(); ++row) {
    if (found.bytes(row, 1) != "t") closed.emplace_back(found.bytes(row, 0));
    if (found.bytes(row, 2) != "t") foreign.emplace_back(found.bytes(row, 0));
  }
  if (!may_create) {
    const bool has_all = found.rows() == static_cast<int>(names.size());
    add("rights", has_all ? FindingStatus::kWarning : FindingStatus::kError,
        fmt::format("{} may not create tables in the schema {}{}", facts.user, schema, has_all ? ", though all are there." : "."),
        fmt::format("grant usage, create on schema {} to {};", space, user));
  }
  if (!closed.empty()) {
    add("rights", FindingStatus::kError, fmt::format("{} may not read and write {}.", facts.user, joined(closed)),
        fmt::format(
            "grant select, insert, update, delete on all tables in schema {0} to {1}; grant usage on all sequences in schema {0} to {1};",
            space, user));
  }
  if (!foreign.empty()) {
    add("rights", FindingStatus::kWarning,
        fmt::format("{} belongs to another role, so serve cannot add columns and indexes that models ask for.", joined(foreign)),
        fmt::format("alter table {}.{} owner to {};", space, sql::identifier(foreign.front()), user));
  }
}

// What serve would find at its start. Without rights it could not even look, which has been told.
void Look::tell_fit() {
  const auto is_closed = [](const Finding& one) { return one.name == "rights" && one.status == FindingStatus::kError; };
  if (catalog_.models().empty() || std::ranges::any_of(out_.findings, is_closed)) return;
  try {
    const auto problems = find_schema_problems(session_, catalog_, terms_text({kStatementTimeout, address_.schema}, true));
    for (const auto& problem : problems)
      add("tables", FindingStatus::kError, problem + ".", "Until this is mended, or the model changed, serve refuses to start.");
    if (problems.empty()) add("tables", FindingStatus::kOk, "what is there fits the models; serve makes what is missing.");
  } catch (const QueryFailed& failed) {
    if (failed.failure.lost || failed.failure.state.empty()) throw failed.failure;
    const bool is_slow = failed.failure.state == kQueryCanceled;
    add("tables", is_slow ? FindingStatus::kWarning : FindingStatus::kError,
        fmt::format("they could not be compared with the models: {} ({}).", failed.failure.message, failed.what),
        is_slow ? "serve compares them at its start, and waits for as long as that takes."
                : "serve would fail in the same way: see to that first.");
  }
}

void Look::tell_triggers() {
  std::vector<std::string> tables;
  for (const Model& model : catalog_.models()) {
    const auto triggers = changing_triggers(session_, model.schema.empty() ? address_.schema : model.schema, model.table);
    if (!triggers) throw Failure(triggers.error());
    if (!triggers->empty()) tables.push_back(fmt::format("{} ({})", model.table, joined(*triggers)));
  }
  if (tables.empty()) return;
  add("triggers", FindingStatus::kWarning, fmt::format("they run before each write of {}.", joined(tables)),
      "Let them change no field of the model: answers and ETags of writes tell what was sent.");
}

void Look::tell_pooler() {
  if (!pooled_) return add("pooler", FindingStatus::kOk, "none: the server itself answers.");
  add("pooler", FindingStatus::kOk,
      "a pooler is in front: holdfast prepares nothing and sends each statement as a transaction of its own, which is slower.",
      "Holdfast has a pool of its own: name the server itself in DATABASE_URL where its number of connections allows.");
}

void Look::tell_connections(const Facts& facts) {
  const auto wanted = static_cast<std::int64_t>(options_.pool_size);
  if (pooled_)
    return add("connections", FindingStatus::kOk, fmt::format("the pool takes {}; the pooler decides how many become real.", wanted));
  std::int64_t most = facts.most_connections - (facts.is_superuser ? 0 : facts.reserved);
  if (facts.database_limit >= 0) most = std::min(most, facts.database_limit);
  if (facts.role_limit >= 0) most = std::min(most, facts.role_limit);
  const auto others = std::max<std::int64_t>(0, facts.connected - 1);
  const auto message = fmt::format("the pool takes {}; the server admits {} and has {} of others.", wanted, most, others);
  const auto advice =
      fmt::format("Set HOLDFAST_POOL_SIZE to {} or less, or raise max_connections.", std::max<std::int64_t>(3, most - others));
  if (wanted > most) return add("connections", FindingStatus::kError, message, advice);
  if (wanted + others > most) return add("connections", FindingStatus::kWarning, message, advice);
  add("connections", FindingStatus::kOk, message);
}

void Look::tell_durability(const Facts& facts) {
  if (facts.fsync == "off") {
    add("durability", FindingStatus::kWarning, "fsync is off: a crash of the server's machine may damage everything.",
        "alter system set fsync = on; select pg_reload_conf();");
  } else if (facts.synchronous_commit == "off") {
    add("durability", FindingStatus::kWarning, "synchronous_commit is off: a crash may lose writes that were acknowledged.",
        fmt::format("alter role {} set synchronous_commit = on;", sql::identifier(facts.user)));
  } else {
    add("durability", FindingStatus::kOk, fmt::format("synchronous_commit is {}.", facts.synchronous_commit));
  }
}

void tell_unreachable(const Failure& failure, const Address& address, Inspection& out) {
  const auto words = startup_words(failure, address);
  out.findings.push_back({"database", FindingStatus::kError, words.fault, words.advice});
  out.unreachable = true;
}

}  // namespace

Inspection inspect(const Options& options, const Catalog& catalog) {
  Inspection out;
  Address address;
  try {
    address = read_address(options.url);
  } catch (const StartupError& fault) {
    out.findings.push_back({"configuration", FindingStatus::kError, fault.what(), "docs/databases.md shows the forms."});
    return out;
  }
  const std::atomic<bool> stopped = false;
  auto dialled = dial(address, Terms{kStatementTimeout, address.schema}, options.connect_timeout, stopped);
  if (!dialled) {
    tell_unreachable(dialled.error(), address, out);
    return out;
  }
  try {
    Look(options, catalog, address, std::move(*dialled), out).run();
  } catch (const Failure& failure) {
    tell_unreachable(failure, address, out);
  }
  return out;
}

}  // namespace holdfast::postgres
