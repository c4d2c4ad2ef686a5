#include "engine/sqlite/kept_answers.h"

#include "engine/kept_answer.h"
#include "engine/sqlite/error.h"

namespace holdfast::sqlite {
namespace {

// Two for each that comes: the table shrinks to a day's keys, and no write pays for those of yesterday.
constexpr int kRemovedWithEachWrite = 2;

void bind_text(sqlite3_stmt* statement, int number, std::string_view text) {
  sqlite3_bind_text64(statement, number, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

std::string_view bytes_at(sqlite3_stmt* statement, int column) {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

}  // namespace

// By row, oldest first: what is too old stands in front. A fingerprint is any bytes.
std::string create_kept_answers_text() {
  return "create table if not exists _hf_idempotency (collection TEXT not null, key TEXT not null, fingerprint BLOB not null, "
         "created INTEGER not null, status INTEGER not null, id TEXT not null, rev INTEGER not null, json TEXT not null, "
         "unique (collection, key)) strict";
}

KeptAnswers::KeptAnswers(sqlite3* database)
    : database_(database),
      find_(prepare(database,
                    "select rowid, created, fingerprint, status, id, rev, json from _hf_idempotency "
                    "where collection = ?1 and key = ?2")),
      insert_(prepare(database,
                      "insert into _hf_idempotency (collection, key, fingerprint, created, status, id, rev, json) "
                      "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")),
      remove_(prepare(database, "delete from _hf_idempotency where rowid = ?1")),
      oldest_(prepare(database, "select rowid, created from _hf_idempotency order by rowid limit 1")) {}

Result<std::optional<Written>> KeptAnswers::find(const WritePlan& plan) {
  std::int64_t expired = 0;
  {
    Use use(find_.get());
    bind_text(use.get(), 1, plan.model->name);
    bind_text(use.get(), 2, plan.idempotency->key);
    const int code = sqlite3_step(use.get());
    if (code == SQLITE_DONE) return std::optional<Written>();
    if (code != SQLITE_ROW) return error_of(database_);
    if (!is_expired(sqlite3_column_int64(use.get(), 1), plan.now)) {
      KeptAnswer answer;
      answer.status = sqlite3_column_int(use.get(), 3);
      answer.id = bytes_at(use.get(), 4);
      answer.revision = sqlite3_column_int64(use.get(), 5);
      answer.json = bytes_at(use.get(), 6);
      Result<Written> written = replay(plan, bytes_at(use.get(), 2), std::move(answer));
      if (!written) return written.error();
      return std::optional<Written>(std::move(*written));
    }
    expired = sqlite3_column_int64(use.get(), 0);
  }
  if (auto removed = remove(expired); !removed) return removed.error();
  return std::optional<Written>();
}

Result<void> KeptAnswers::keep(const WritePlan& plan, const Written& written) {
  const KeptAnswer answer = answer_to_keep(*plan.model, written);
  {
    Use use(insert_.get());
    bind_text(use.get(), 1, plan.model->name);
    bind_text(use.get(), 2, plan.idempotency->key);
    sqlite3_bind_blob64(use.get(), 3, plan.idempotency->fingerprint.data(), plan.idempotency->fingerprint.size(), SQLITE_STATIC);
    sqlite3_bind_int64(use.get(), 4, plan.now);
    sqlite3_bind_int(use.get(), 5, answer.status);
    bind_text(use.get(), 6, answer.id);
    sqlite3_bind_int64(use.get(), 7, answer.revision);
    bind_text(use.get(), 8, answer.json);
    if (sqlite3_step(use.get()) != SQLITE_DONE) return error_of(database_);
  }
  return remove_expired(plan.now);
}

Result<void> KeptAnswers::remove(std::int64_t row) {
  Use use(remove_.get());
  sqlite3_bind_int64(use.get(), 1, row);
  if (sqlite3_step(use.get()) != SQLITE_DONE) return error_of(database_);
  return {};
}

Result<void> KeptAnswers::remove_expired(Milliseconds now) {
  if (now < next_expiry_) return {};
  for (int i = 0; i < kRemovedWithEachWrite; ++i) {
    std::int64_t row = 0;
    {
      Use use(oldest_.get());
      const int code = sqlite3_step(use.get());
      if (code != SQLITE_ROW) return error_of(database_);  // there is one: the answer just kept
      const Milliseconds created = sqlite3_column_int64(use.get(), 1);
      if (!is_expired(created, now)) {
        next_expiry_ = created + kIdempotencyLife;
        return {};
      }
      row = sqlite3_column_int64(use.get(), 0);
    }
    if (auto removed = remove(row); !removed) return removed;
  }
  return {};
}

}  // namespace holdfast::sqlite
