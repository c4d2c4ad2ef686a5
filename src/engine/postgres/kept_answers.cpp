#include "engine/postgres/kept_answers.h"

#include "engine/kept_answer.h"
#include "engine/postgres/codec.h"
#include "engine/write_errors.h"

namespace holdfast::postgres {
namespace {

constexpr Oid kBytes = 17;  // bytea

Parameter text(std::string value) {
  return encode(sql::Bound{nullptr, Value(std::move(value))});
}
Parameter number(std::int64_t value) {
  return encode(sql::Bound{nullptr, Value(value)});
}

}  // namespace

std::vector<Query> begin_key_queries(const WritePlan& plan) {
  Query lock;
  lock.text = "select pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', 'holdfast', current_schema(), $1, $2), 0))";
  lock.parameters.push_back(text(plan.model->name));
  lock.parameters.push_back(text(plan.idempotency->key));
  Query find;
  find.text = "select created, fingerprint, status, id, rev, json from _hf_idempotency where collection = $1 and key = $2";
  find.parameters = lock.parameters;
  std::vector<Query> queries;
  queries.push_back(std::move(lock));
  queries.push_back(std::move(find));
  return queries;
}

Result<std::optional<Written>> read_key(const WritePlan& plan, const Answer& lock, const Answer& row) {
  const bool is_locked = lock.bytes(0, 0) == std::string_view("\1", 1);
  if (!is_locked) return idempotency_in_progress();
  if (row.rows() == 0 || is_expired(read_integer(row.bytes(0, 0)), plan.now)) return std::optional<Written>();
  KeptAnswer answer;
  answer.status = static_cast<int>(read_integer(row.bytes(0, 2)));
  answer.id = row.bytes(0, 3);
  answer.revision = read_integer(row.bytes(0, 4));
  answer.json = row.bytes(0, 5);
  Result<Written> written = replay(plan, row.bytes(0, 1), std::move(answer));
  if (!written) return written.error();
  return std::optional<Written>(std::move(*written));
}

std::vector<Query> keep_queries(const WritePlan& plan, const Written& written) {
  KeptAnswer answer = answer_to_keep(*plan.model, written);
  Query keep;
  keep.text =
      "insert into _hf_idempotency (collection, key, fingerprint, created, status, id, rev, json) values ($1, $2, $3, $4, $5, $6, $7, $8) "
      "on conflict (collection, key) do update set fingerprint = excluded.fingerprint, created = excluded.created, "
      "status = excluded.status, id = excluded.id, rev = excluded.rev, json = excluded.json";
  keep.parameters.push_back(text(plan.model->name));
  keep.parameters.push_back(text(plan.idempotency->key));
  keep.parameters.push_back({kBytes, plan.idempotency->fingerprint});
  keep.parameters.push_back(number(plan.now));
  keep.parameters.push_back(number(answer.status));
  keep.parameters.push_back(text(std::move(answer.id)));
  keep.parameters.push_back(number(answer.revision));
  keep.parameters.push_back(text(std::move(answer.json)));
  Query let_go;
  let_go.text =
      "delete from _hf_idempotency where (collection, key) in (select collection, key from _hf_idempotency where created <= $1 "
      "order by created limit 2 for update skip locked)";
  let_go.parameters.push_back(number(plan.now - kIdempotencyLife));
  std::vector<Query> queries;
  queries.push_back(std::move(keep));
  queries.push_back(std::move(let_go));
  return queries;
}

}  // namespace holdfast::postgres
