#pragma once
// One attempt at one write, on one session. Belongs to its loop.
//
// Order of checks: Idempotency-Key, not_found, validation_failed, references, preconditions, unique keys (semantics.md §7). What the
// statement itself decides (that targets are there, that keys are unique) is looked up only once it has refused, in a new transaction.
//
// Round trips: a create is one; other writes are two, a cascade one more for each level; a key of Idempotency-Key adds two.

#include <optional>
#include <span>
#include <vector>

#include "engine/postgres/connection.h"
#include "engine/postgres/write_statement.h"
#include "engine/store.h"

namespace holdfast::postgres {

class WriteSession {
 public:
  // Borrows all it is given.
  WriteSession(Session& session, const Catalog& catalog, const WritePlan& plan)
      : session_(session), catalog_(catalog), plan_(plan), model_(*plan.model) {}

  // Once. Leaves no transaction open. A Failure whose `again` is true has kept nothing and may be tried anew at once, one that is `lost`
  // with any error but outcome_unknown on another session; any other one is the answer.
  awaitable<Outcome<Written>> run();

 private:
  using Answers = Outcome<std::vector<Answer>>;

  awaitable<Outcome<Written>> run_keyed();
  awaitable<Outcome<Written>> dispatch();
  awaitable<Outcome<Written>> create();
  awaitable<Outcome<Written>> upsert();
  awaitable<Outcome<Written>> update();
  awaitable<Outcome<Written>> change(const WritePlan& plan, StoredRow& before);
  awaitable<Outcome<Written>> remove();
  awaitable<Outcome<Written>> remove_alone();
  awaitable<Outcome<Written>> remove_by_steps();
  awaitable<Failure> explain(const Record* before, const Record& after, Failure failure);
  awaitable<Failure> explain_untouched(const Record* before, const Record& after, const Query& statement);
  awaitable<Failure> explain_unlocked(const Query& lock);
  awaitable<Failure> explain_unlocked(const Query& lock, const Query& exists, Failure otherwise);
  awaitable<Failure> explain_clash(const Record* before, const Record& after, std::string index);
  awaitable<Failure> explain_unmet(const Record& after);
  awaitable<Outcome<std::vector<std::size_t>>> missing_references(const Record* before, const Record& after);
  awaitable<Failure> raise_ids();

  // Statements that decide nothing yet; they begin the transaction when none is open.
  awaitable<Answers> look(std::span<const Query> queries);
  // Questions about what has been refused: in the open transaction, or in one of their own.
  awaitable<Answers> ask(std::span<const Query> queries);
  // The last statements of the write: they end its transaction, unless a key has yet to be kept in it.
  awaitable<Answers> finish(std::span<const Query> queries);
  awaitable<Answers> send(std::span<const Query> queries, Scope scope);
  awaitable<void> give_up();

  Session& session_;
  const Catalog& catalog_;
  const WritePlan& plan_;
  const Model& model_;
  bool open_ = false;   // a transaction is
  bool keyed_ = false;  // its key is to be kept with it
};

}  // namespace holdfast::postgres
