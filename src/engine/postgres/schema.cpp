#include "engine/postgres/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "engine/postgres/codec.h"
#include "engine/postgres/dialect.h"
#include "engine/postgres/introspection.h"
#include "engine/postgres/search_table.h"
#include "engine/postgres/table_comparison.h"
#include "engine/postgres/triggers.h"

namespace holdfast::postgres {
namespace {

// Of the schema as a whole. Higher means made by a newer Holdfast.
constexpr int kFormat = 1;

constexpr int kOldestVersion = 14;

// Filling search columns of a large table may take long; whoever waits for longer than this may be waiting for something that hangs.
constexpr auto kLongestTurn = std::chrono::minutes(10);

[[noreturn]] void refuse(const std::string& message) {
  throw StartupError(kExitConfiguration, message);
}

// The database as messages call it.
struct Place {
  std::string database;
  std::string schema;
};

Place check_server(DirectSession& session) {
  const Answer answer =
      ask(session,
          "select current_setting('server_version_num')::int, current_setting('server_version'), current_setting('server_encoding'), "
          "pg_catalog.pg_is_in_recovery(), current_database()::text, coalesce(current_schema()::text, ''), current_setting('search_path')");
  const Place place{text_at(answer, 0, 4), text_at(answer, 0, 5)};
  if (read_integer(answer.bytes(0, 0)) < kOldestVersion * 10'000) {
    refuse(fmt::format("PostgreSQL {} is too old; holdfast needs {} or newer. Upgrade the server.", text_at(answer, 0, 1), kOldestVersion));
  }
  if (text_at(answer, 0, 2) != "UTF8") {
    refuse(fmt::format(
        "The database {} is encoded in {}, which cannot hold every text. Make one in UTF-8: create database {} encoding 'UTF8' template "
        "template0.",
        place.database, text_at(answer, 0, 2), place.database));
  }
  if (boolean_at(answer, 0, 3)) {
    throw StartupError(kExitUnavailable, "The server is a standby and takes no writes. Connect to the primary.");
  }
  if (place.schema.empty()) {
    const std::string path = text_at(answer, 0, 6);
    refuse(fmt::format("The database {} has none of the schemas that are asked for ({}). Run: create schema {}.", place.database, path,
                       path.find(',') == path.npos ? path : "… with the name that DATABASE_URL says"));
  }
  return place;
}

// One server at a time. Tried again and again, since waiting inside PostgreSQL would end by statement_timeout, or never.
void take_turn(DirectSession& session, const Place& place) {
  const auto key = static_cast<std::int64_t>(content_hash("holdfast schema " + place.schema));
  const auto deadline = std::chrono::steady_clock::now() + kLongestTurn;
  for (bool said = false;; said = true) {
    const Answer answer = ask(session, "select pg_catalog.pg_try_advisory_xact_lock($1)", {encode({nullptr, Value(key)})});
    if (boolean_at(answer, 0, 0)) return;
    if (!said) log(LogLevel::kInfo, "waiting for another holdfast that prepares the same schema", {{"schema", place.schema}});
    if (std::chrono::steady_clock::now() > deadline) {
      throw StartupError(
          kExitUnavailable,
          fmt::format("Another holdfast has been preparing the schema {} for 10 minutes. Look at it, or stop it.", place.schema));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string hexadecimal(const SecretKey& key) {
  std::string out;
  for (const unsigned char byte : key) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

void create_meta(DirectSession& session) {
  run(session, "create table _hf_meta (key text collate \"C\" primary key, value text collate \"C\" not null)");
  run(session, keep_meta_text("format", fmt::format("{}", kFormat)));
  run(session, keep_meta_text("cursor_key", hexadecimal(random_key())));
}

// A fingerprint is any bytes.
void create_kept_answers(DirectSession& session) {
  run(session,
      "create table _hf_idempotency (collection text collate \"C\" not null, key text collate \"C\" not null, fingerprint bytea not null, "
      "created bigint not null, status int not null, id text collate \"C\" not null, rev bigint not null, json text collate \"C\" not "
      "null, primary key (collection, key))");
}

// Every write with a key looks for the oldest ones. Earlier tables have none.
constexpr const char* kKeptByAge = "_hf_idempotency_created";
void index_kept_answers(DirectSession& session) {
  run(session, fmt::format("create index {} on _hf_idempotency (created)", kKeptByAge));
}

std::string meta_value(DirectSession& session, const std::string& key) {
  const Answer answer = ask(session, "select value from _hf_meta where key = $1", {encode({nullptr, Value(key)})});
  return answer.rows() == 0 ? std::string() : text_at(answer, 0, 0);
}

// What is wrong when a newer Holdfast made it.
std::optional<std::string> newer_format_text(DirectSession& session, const std::string& schema) {
  const int format = std::atoi(meta_value(session, "format").c_str());
  if (format <= kFormat) return std::nullopt;
  return fmt::format("The schema {} was made by a newer holdfast (format {}; this one knows {}). Upgrade holdfast, or serve another schema",
                     schema, format, kFormat);
}

SecretKey read_cursor_key(DirectSession& session, const Place& place) {
  const std::string text = meta_value(session, "cursor_key");
  SecretKey key{};
  if (text.size() != key.size() * 2) {
    throw StartupError(kExitUnavailable,
                       fmt::format("The schema {}: _hf_meta holds no key for cursors. Restore it from a backup.", place.schema));
  }
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<unsigned char>(std::stoi(text.substr(2 * i, 2), nullptr, 16));
  return key;
}

sql::Meanings read_meanings(DirectSession& session) {
  sql::Meanings meanings;
  const Answer answer = ask(session, fmt::format("select key, value from _hf_meta where key like '{}%'", sql::kColumnKeyPrefix));
  for (int row = 0; row < answer.rows(); ++row) meanings.emplace(text_at(answer, row, 0), text_at(answer, row, 1));
  return meanings;
}

[[noreturn]] void refuse(const Place& place, const std::vector<std::string>& problems) {
  std::string message =
      fmt::format("The schema {} of the database {} does not fit the models; nothing was changed:", place.schema, place.database);
  for (const std::string& problem : problems) message += "\n  " + problem + ".";
  refuse(message);
}

// What doctor says of rights, it knows from looking; here only one is known to be missing.
constexpr const char* kNoRight = "42501";
std::string advice_for(const Failure& failure) {
  return failure.state == kNoRight ? "; `holdfast doctor` says which statement gives the right" : "";
}

// A step that fails ends the transaction, so nothing more can be found out.
void run_steps(DirectSession& session, const Place& place, const Model& model, const std::vector<std::string>& steps) {
  for (const std::string& step : steps) {
    const Outcome<Answer> done = session.run_text(step);
    if (done) continue;
    if (done.error().lost || done.error().state.empty()) throw QueryFailed{done.error(), step};
    refuse(place, {fmt::format("{}: {} ({}){}", model.table, done.error().message, step, advice_for(done.error()))});
  }
}

// Everybody who may write may keep what a column means; the rest only the table's owner may do.
void check_owner(DirectSession& session, const Model& model, TableComparison& comparison) {
  std::vector<std::string> changes = comparison.foreign_keys;
  std::ranges::copy_if(comparison.steps, std::back_inserter(changes), [](const std::string& step) { return !step.starts_with("insert "); });
  if (comparison.is_new() || changes.empty()) return;
  const Answer answer =
      ask(session,
          "select pg_catalog.pg_has_role(c.relowner, 'USAGE'), pg_catalog.pg_get_userbyid(c.relowner)::text, current_user::text "
          "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
          "where n.nspname = coalesce(nullif($1, ''), current_schema()) and c.relname = $2",
          {encode({nullptr, Value(model.schema)}), encode({nullptr, Value(model.table)})});
  if (answer.rows() == 0 || boolean_at(answer, 0, 0)) return;
  comparison.problems.push_back(fmt::format(
      "{}: it belongs to the role {}, and only an owner may do what is missing: {}; let that role do it, or run: alter table {} "
      "owner to {}",
      model.table, text_at(answer, 0, 1), fmt::join(changes, "; "), table_text(model), sql::identifier(text_at(answer, 0, 2))));
}

struct Comparisons {
  std::vector<TableComparison> of_models;
  std::vector<std::string> problems;
};

Comparisons compare(DirectSession& session, const Catalog& catalog, const sql::Meanings& meanings) {
  Comparisons out;
  out.of_models.reserve(catalog.models().size());
  for (const Model& model : catalog.models()) {
    TableComparison& comparison = out.of_models.emplace_back(session, model, catalog, meanings);
    comparison.compare();
    check_owner(session, model, comparison);
    out.problems.insert(out.problems.end(), comparison.problems.begin(), comparison.problems.end());
  }
  return out;
}

void apply(DirectSession& session, const Place& place, const Catalog& catalog) {
  const sql::Meanings meanings = read_meanings(session);
  Comparisons compared = compare(session, catalog, meanings);
  if (!compared.problems.empty()) refuse(place, compared.problems);
  const std::vector<TableComparison>& comparisons = compared.of_models;
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    run_steps(session, place, catalog.models()[i], comparisons[i].steps);
    prepare_search(session, catalog.models()[i], comparisons[i].is_new());
  }
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    run_steps(session, place, catalog.models()[i], comparisons[i].foreign_keys);
  }
}

}  // namespace

std::vector<std::string> find_schema_problems(DirectSession& session, const Catalog& catalog, const std::string& terms) {
  try {
    run(session, "begin read only; " + terms);
    const bool is_new = !relation_exists(session, "", "_hf_meta");
    const sql::Meanings meanings = is_new ? sql::Meanings() : read_meanings(session);
    const Answer schema = ask(session, "select coalesce(current_schema()::text, '')");
    const auto newer = is_new ? std::nullopt : newer_format_text(session, text_at(schema, 0, 0));
    std::vector<std::string> problems = newer ? std::vector{*newer} : compare(session, catalog, meanings).problems;
    run(session, "rollback");
    return problems;
  } catch (...) {
    session.run_text("rollback");
    throw;
  }
}

SecretKey prepare_schema(DirectSession& session, const Catalog& catalog, const std::string& terms) {
  try {
    run(session, "begin; " + terms);
    run(session, "set local lock_timeout = '30s'");  // DDL waits for everybody who uses the table, and everybody for it
    const Place place = check_server(session);
    take_turn(session, place);
    if (relation_exists(session, "", "_hf_meta")) {
      if (const auto text = newer_format_text(session, place.schema)) refuse(*text + ".");
    } else {
      create_meta(session);
    }
    if (!relation_exists(session, "", "_hf_idempotency")) create_kept_answers(session);
    if (!relation_exists(session, "", kKeptByAge)) index_kept_answers(session);
    apply(session, place, catalog);
    warn_of_triggers(session, catalog);
    const SecretKey key = read_cursor_key(session, place);
    run(session, "commit");
    return key;
  } catch (const QueryFailed& failed) {
    session.run_text("rollback");
    throw StartupError(
        failed.failure.state == kNoRight ? kExitConfiguration : kExitUnavailable,
        fmt::format("Preparing the database failed: {} ({}){}.", failed.failure.message, failed.what, advice_for(failed.failure)));
  } catch (...) {
    session.run_text("rollback");
    throw;
  }
}

}  // namespace holdfast::postgres
