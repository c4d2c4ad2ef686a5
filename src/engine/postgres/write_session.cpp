#include "engine/postgres/write_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/postgres/error.h"
#include "engine/postgres/kept_answers.h"
#include "engine/sql/statement.h"
#include "engine/write_errors.h"
#include "query/write_resolution.h"

namespace holdfast::postgres {
namespace {

constexpr std::string_view kUniqueViolation = "23505";
constexpr std::string_view kForeignKeyViolation = "23503";
constexpr std::string_view kCheckViolation = "23514";
constexpr std::string_view kExclusionViolation = "23P01";

// The record is none that others, who made the constraint, would have.
Failure refused_record(Failure failure) {
  const std::string& name = failure.constraint;
  if (name.empty()) return failure;  // no partition takes it
  if (failure.state == kCheckViolation) {
    failure.error = Error(Code::kValidationFailed, fmt::format("The record breaks the check constraint {} of the database.", name));
  } else if (failure.state == kExclusionViolation) {
    failure.error = Error(Code::kUniqueViolation,
                          fmt::format("The exclusion constraint {} of the database refuses the record beside another one.", name));
  }
  return failure;
}

// What refers to the record is in no model, or something in the database keeps what is to go.
Failure refused_removal(Failure failure) {
  if (failure.state == kTooFewRows) failure.error = write_prevented();
  if (failure.state == kForeignKeyViolation) failure.error = foreign_key_violation();
  return failure;
}

// Another write came between what the statement saw and what was looked up behind it.
Failure race() {
  Failure failure = refusal(Error(Code::kOverloaded, "Other writes got in between; try again."));
  failure.again = true;
  return failure;
}

Result<StoredRow> read_row(const Model& model, Answer answer) {
  Result<Record> record = read_record(answer, 0, model, sql::all_ordinals(model));
  if (!record) return record.error();
  return StoredRow{std::move(*record), std::move(answer)};
}

RemovalAnswer read_removal_answer(const RemovalQuestion& question, const Answer& answer) {
  RemovalAnswer out;
  if (question.kind == RemovalQuestion::Kind::kCount) {
    out.count = read_integer(answer.bytes(0, 0));
    return out;
  }
  for (int row = 0; row < answer.rows(); ++row) {
    out.records.push_back({read_value(question.model->fields[0], answer.type(0), answer.bytes(row, 0)), 0});
  }
  return out;
}

// The answers to a batch of questions, told to the walk.
Result<void> tell(RemovalWalk& walk, std::span<const Answer> answers) {
  std::vector<RemovalAnswer> told;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    told.push_back(read_removal_answer(walk.questions()[i], answers[i]));
  }
  return walk.answer(std::move(told));
}

void append_questions(std::vector<Query>& queries, const RemovalWalk& walk) {
  for (const RemovalQuestion& question : walk.questions()) queries.push_back(removal_query(question));
}

bool has_columns(const Model& model, const UniqueKey& key, const Answer& names) {
  if (static_cast<std::size_t>(names.rows()) != key.fields.size()) return false;
  return std::all_of(key.fields.begin(), key.fields.end(), [&](std::size_t field) {
    for (int row = 0; row < names.rows(); ++row) {
      if (names.bytes(row, 0) == model.fields[field].column) return true;
    }
    return false;
  });
}

bool contains(const std::vector<UniqueKey>& keys, const std::vector<std::size_t>& fields) {
  return std::any_of(keys.begin(), keys.end(), [&](const UniqueKey& key) { return key.fields == fields; });
}

}  // namespace

awaitable<Outcome<Written>> WriteSession::run() {
  Outcome<Written> written = refusal(Error(Code::kInternal));
  if (plan_.idempotency) {
    written = co_await run_keyed();
  } else {
    written = co_await dispatch();
  }
  if (open_) co_await give_up();
  co_return written;
}

awaitable<Outcome<Written>> WriteSession::run_keyed() {
  keyed_ = true;
  const std::vector<Query> begin = begin_key_queries(plan_);
  const Answers begun = co_await look(begin);
  if (!begun) co_return begun.error();
  Result<std::optional<Written>> kept = read_key(plan_, (*begun)[0], (*begun)[1]);
  if (!kept) co_return refusal(kept.error());
  if (*kept) co_return std::move(**kept);
  Outcome<Written> written = co_await dispatch();
  if (!written) co_return written;
  keyed_ = false;
  const std::vector<Query> keep = keep_queries(plan_, *written);
  const Answers done = co_await finish(keep);
  if (!done) co_return done.error();
  co_return written;
}

awaitable<Outcome<Written>> WriteSession::dispatch() {
  switch (plan_.kind) {
    case WritePlan::Kind::kCreate:
      return plan_.upsert ? upsert() : create();
    case WritePlan::Kind::kReplace:
    case WritePlan::Kind::kPatch:
      return update();
    case WritePlan::Kind::kRemove:
      break;
  }
  return remove();
}

awaitable<Outcome<Written>> WriteSession::create() {
  Record record = resolve_create(plan_);
  const std::array<Query, 1> insert{insert_query(model_, catalog_, record)};
  const Answers inserted = co_await finish(insert);
  if (!inserted) {
    Failure why = co_await explain(nullptr, record, inserted.error());
    co_return why;
  }
  const Answer& id = inserted->front();
  if (id.rows() == 0) {
    Failure why = co_await explain_untouched(nullptr, record, insert[0]);
    co_return why;
  }
  if (record.values[0].is_absent()) record.values[0] = Value(read_integer(id.bytes(0, 0)));
  Written written;
  written.after = std::move(record);
  written.created = true;
  co_return written;
}

awaitable<Outcome<Written>> WriteSession::upsert() {
  const Record wanted = resolve_create(plan_);
  const std::array<Query, 1> find{lock_by_key_query(model_, plan_.upsert->key, wanted)};
  Answers found = co_await look(find);
  if (!found) co_return found.error();
  Outcome<Written> written = refusal(Error(Code::kInternal));
  if (found->front().rows() == 0) {
    written = co_await create();
    co_return written;
  }
  Result<StoredRow> before = read_row(model_, std::move(found->front()));
  if (!before) co_return refusal(before.error());
  const WritePlan patch = as_patch(plan_, before->record);
  written = co_await change(patch, *before);
  co_return written;
}

awaitable<Outcome<Written>> WriteSession::update() {
  const std::array<Query, 1> find{lock_query(model_, plan_.id, false)};
  Answers found = co_await look(find);
  if (!found) co_return found.error();
  if (found->front().rows() == 0) {
    Failure why = co_await explain_unlocked(find[0]);
    co_return why;
  }
  Result<StoredRow> before = read_row(model_, std::move(found->front()));
  if (!before) co_return refusal(before.error());
  Outcome<Written> written = co_await change(plan_, *before);
  co_return written;
}

awaitable<Outcome<Written>> WriteSession::change(const WritePlan& plan, StoredRow& before) {
  Result<Resolution> resolution = resolve_update(plan, before.record);
  if (!resolution) co_return refusal(resolution.error());
  const Result<void> preconditions = check_preconditions(plan, before.record);
  if (!preconditions) {
    const Outcome<std::vector<std::size_t>> missing = co_await missing_references(&before.record, resolution->after);
    if (!missing) co_return missing.error();
    co_return refusal(missing->empty() ? preconditions.error() : missing_targets(model_, resolution->after, *missing));
  }
  if (resolution->changed) {
    const std::array<Query, 1> update{update_query(model_, catalog_, before, resolution->after)};
    const Answers updated = co_await finish(update);
    if (!updated) {
      Failure why = co_await explain(&before.record, resolution->after, updated.error());
      co_return why;
    }
    if (updated->front().affected() == 0) {
      Failure why = co_await explain_untouched(&before.record, resolution->after, update[0]);
      co_return why;
    }
  }
  Written written;
  written.changed = resolution->changed;
  written.before = std::move(before.record);
  written.after = std::move(resolution->after);
  co_return written;
}

awaitable<Outcome<Written>> WriteSession::remove() {
  const std::vector<Reference>& references = catalog_.references();
  const bool is_target = std::any_of(references.begin(), references.end(), [&](const Reference& to) { return to.target == &model_; });
  if (!is_target && !plan_.if_match && !plan_.if_none_match) return remove_alone();
  return remove_by_steps();
}

// It is kept unless it can be read, so that a removal which is refused has removed nothing.
awaitable<Outcome<Written>> WriteSession::remove_alone() {
  const std::array<Query, 1> remove{remove_query(model_, plan_.id)};
  Answers removed = co_await look(remove);
  if (!removed) co_return refused_removal(removed.error());
  if (removed->front().rows() == 0) {
    Outcome<Written> written = co_await remove_by_steps();  // which tell what is not there from what the database keeps
    co_return written;
  }
  Result<Record> before = read_record(removed->front(), 0, model_, sql::all_ordinals(model_));
  if (!before) co_return refusal(before.error());
  const std::span<const Query> nothing_more;
  removed = co_await finish(nothing_more);
  if (!removed) co_return refused_removal(removed.error());
  Written written;
  written.before = std::move(*before);
  co_return written;
}

awaitable<Outcome<Written>> WriteSession::remove_by_steps() {
  RemovalWalk walk(catalog_.references(), model_, {plan_.id});
  std::vector<Query> queries;
  queries.push_back(lock_query(model_, plan_.id, true));
  append_questions(queries, walk);
  Answers found = co_await look(queries);
  if (!found) co_return found.error();
  if (found->front().rows() == 0) {
    Failure why = co_await explain_unlocked(queries[0]);
    co_return why;
  }
  Result<StoredRow> before = read_row(model_, std::move(found->front()));
  if (!before) co_return refusal(before.error());
  Result<void> told = tell(walk, std::span(*found).subspan(1));
  while (told.has_value() && !walk.questions().empty()) {
    queries.clear();
    append_questions(queries, walk);
    found = co_await look(queries);
    if (!found) co_return found.error();
    told = tell(walk, *found);
  }
  if (!told) co_return refusal(told.error());
  const Result<void> preconditions = check_preconditions(plan_, before->record);
  if (!preconditions) co_return refusal(preconditions.error());
  const std::vector<Query> changes = removal_queries(walk, plan_.now);
  const Answers removed = co_await finish(changes);
  if (!removed) co_return refused_removal(removed.error());
  Written written;
  written.before = std::move(before->record);
  co_return written;
}

// Why an insert (`before` null) or an update failed, in words of the model.
awaitable<Failure> WriteSession::explain(const Record* before, const Record& after, Failure failure) {
  if (failure.state == kForeignKeyViolation) failure.error = foreign_key_violation();
  if (failure.state == kUniqueViolation) failure = co_await explain_clash(before, after, failure.constraint);
  co_return refused_record(std::move(failure));
}

// The statement touched no row: a target was missing, or something in the database kept it from being done. That is so when it touches
// none between two looks that find every target; what it does this time is undone.
awaitable<Failure> WriteSession::explain_untouched(const Record* before, const Record& after, const Query& statement) {
  Outcome<std::vector<std::size_t>> missing = co_await missing_references(before, after);
  if (!missing) co_return missing.error();
  if (!missing->empty()) co_return refusal(missing_targets(model_, after, *missing));
  std::vector<Query> once_more;
  if (before != nullptr) once_more.push_back(lock_query(model_, before->values[0], false));
  once_more.push_back(statement);
  const Answers answers = co_await look(once_more);
  if (!answers) co_return answers.error();
  const bool is_there = before == nullptr || answers->front().rows() != 0;
  if (!is_there || answers->back().affected() != 0) co_return race();
  missing = co_await missing_references(before, after);
  if (!missing) co_return missing.error();
  co_return missing->empty() ? refusal(write_prevented()) : race();
}

// The record of the plan cannot be locked.
awaitable<Failure> WriteSession::explain_unlocked(const Query& lock) {
  const Query exists = exists_query(model_, plan_.id);
  Failure missing = refusal(no_record(model_, plan_.id));
  Failure why = co_await explain_unlocked(lock, exists, missing);
  co_return why;
}

// `otherwise`, unless a policy of the database lets a record be read and not be changed. What is seen before and behind the lock must be
// the same row: another program may remove a record and make one with its id.
awaitable<Failure> WriteSession::explain_unlocked(const Query& lock, const Query& exists, Failure otherwise) {
  const Query version = version_query(exists);
  const std::array<Query, 3> looks{version, lock, version};
  const Answers answers = co_await ask(looks);
  if (!answers) co_return answers.error();
  const Answer &before = (*answers)[0], &behind = (*answers)[2];
  if (before.rows() == 0 && behind.rows() == 0) co_return otherwise;
  const bool is_same = before.rows() != 0 && behind.rows() != 0 && before.bytes(0, 0) == behind.bytes(0, 0);
  co_return is_same && (*answers)[1].rows() == 0 ? refusal(write_prevented()) : race();
}

// The key that the database named plus every other one that clashes.
awaitable<Failure> WriteSession::explain_clash(const Record* before, const Record& after, std::string index) {
  const std::vector<UniqueKey> keys = keys_of(model_);
  const Value own_id = before != nullptr ? before->values[0] : Value(Null{});
  std::vector<Query> queries;
  queries.push_back(index_columns_query(model_, index));
  for (const UniqueKey& key : keys) queries.push_back(clash_query(model_, key, after, own_id));
  const Answers answers = co_await ask(queries);
  if (!answers) co_return answers.error();
  std::vector<UniqueKey> clashing;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool is_found = (*answers)[i + 1].rows() != 0;
    if (is_found || has_columns(model_, keys[i], answers->front())) clashing.push_back(keys[i]);
  }
  const bool is_id = !clashing.empty() && clashing.front().fields.front() == 0;
  if (is_id && after.values[0].is_absent()) {
    Failure raised = co_await raise_ids();
    co_return raised;
  }
  if (is_id && plan_.only_if_missing) co_return refusal(id_is_taken(model_, plan_.id));
  const bool met_too_late = before == nullptr && plan_.upsert && contains(clashing, plan_.upsert->key);
  if (met_too_late) {
    Failure why = co_await explain_unmet(after);
    co_return why;
  }
  co_return refusal(unique_violation(model_, clashing));
}

// The record that has the values of the upsert's key was not found before.
awaitable<Failure> WriteSession::explain_unmet(const Record& after) {
  UniqueKey key;
  key.fields = plan_.upsert->key;
  const Query lock = lock_by_key_query(model_, key.fields, after);
  const Query exists = clash_query(model_, key, after, Value(Null{}));
  Failure made_since = race();
  Failure why = co_await explain_unlocked(lock, exists, made_since);
  co_return why;
}

awaitable<Outcome<std::vector<std::size_t>>> WriteSession::missing_references(const Record* before, const Record& after) {
  std::vector<std::size_t> references = references_to_check(model_, before, after);
  const auto target = [&](std::size_t field) { return catalog_.find(model_.fields[field].ref); };
  std::erase_if(references, [&](std::size_t field) { return target(field) == &model_ && after.values[field] == after.values[0]; });
  if (references.empty()) co_return std::vector<std::size_t>();
  std::vector<Query> queries;
  for (const std::size_t field : references) queries.push_back(exists_query(*target(field), after.values[field]));
  const Answers answers = co_await ask(queries);
  if (!answers) co_return answers.error();
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < references.size(); ++i) {
    if ((*answers)[i].rows() == 0) missing.push_back(references[i]);
  }
  co_return missing;
}

// An id that the database made is taken: another program chose its own.
awaitable<Failure> WriteSession::raise_ids() {
  const std::array<Query, 1> raise{raise_ids_query(model_)};
  const Answers raised = co_await ask(raise);
  if (!raised) co_return raised.error();
  if (raised->front().rows() == 0) co_return refusal(unique_violation(model_, keys_of(model_)));
  co_return race();
}

awaitable<WriteSession::Answers> WriteSession::look(std::span<const Query> queries) {
  const Scope scope = open_ ? Scope::kInside : Scope::kBegin;
  open_ = true;
  return send(queries, scope);
}

awaitable<WriteSession::Answers> WriteSession::ask(std::span<const Query> queries) {
  return send(queries, open_ ? Scope::kInside : Scope::kWhole);
}

awaitable<WriteSession::Answers> WriteSession::finish(std::span<const Query> queries) {
  const bool ends = !keyed_;
  const Scope scope = !ends ? Scope::kInside : open_ ? Scope::kCommit : Scope::kWhole;
  Answers answers = co_await send(queries, scope);
  if (ends) open_ = false;
  if (answers || !ends || !answers.error().lost || !answers.error().sent) co_return answers;
  co_return outcome_unknown(answers.error());
}

awaitable<WriteSession::Answers> WriteSession::send(std::span<const Query> queries, Scope scope) {
  Answers answers = co_await session_.run(queries, scope);
  if (!answers) open_ = false;  // it was rolled back
  co_return answers;
}

awaitable<void> WriteSession::give_up() {
  open_ = false;
  return session_.roll_back();
}

}  // namespace holdfast::postgres
