#include "engine/mongo/write_session.h"

#include <algorithm>

#include "engine/kept_answer.h"
#include "engine/mongo/attempts.h"
#include "engine/mongo/ids.h"
#include "engine/write_errors.h"
#include "query/write_resolution.h"

namespace holdfast::mongo {
namespace {

// In the order in which the model declares its members.
UniqueKey declared_key(const Model& model, std::vector<std::size_t> fields) {
  std::sort(fields.begin(), fields.end());
  for (const UniqueKey& key : model.unique_keys) {
    std::vector<std::size_t> members = key.fields;
    std::sort(members.begin(), members.end());
    if (members == fields) return key;
  }
  return {std::move(fields)};
}

std::optional<std::int64_t> request_in(const bson_t& document) {
  bson_iter_t place, request;
  if (!bson_iter_init(&place, &document) || !bson_iter_find_descendant(&place, "_hf.request", &request)) return std::nullopt;
  if (!BSON_ITER_HOLDS_INT64(&request)) return std::nullopt;
  return bson_iter_int64(&request);
}

bool is_counted(const Model& model) {
  return model.id_kind == IdKind::kInteger;
}

}  // namespace

Result<Written> WriteSession::write(const WritePlan& plan) {
  const Model& model = *plan.model;
  if (!plan.idempotency) {
    Result<Written> written = dispatch(plan);
    give_back_unused_id(model);
    return written;
  }
  Connection& connection = documents_.connection();
  WritePlan own = plan;
  std::optional<std::int64_t> made;
  if (own.id.is_absent() && is_counted(model)) {
    const Result<std::int64_t> next = next_id(connection, model);
    if (!next) return next.error();
    made = *next;
    own.id = Value(*made);
  }
  Result<std::variant<Claim, Written>> claimed = kept_answers_.claim(plan, own.id);
  auto* claim = claimed ? std::get_if<Claim>(&*claimed) : nullptr;
  const bool is_promised = claim != nullptr ? claim->record_id == own.id : !claimed && claimed.error().code == Code::kOutcomeUnknown;
  if (made && !is_promised) give_back_id(connection, model, *made);
  if (!claimed) return claimed.error();
  if (claim == nullptr) return std::get<Written>(std::move(*claimed));
  claim_ = std::move(*claim);
  own.id = claim_->record_id;
  return write_once(std::move(own));
}

// The write of a key that is ours to answer.
Result<Written> WriteSession::write_once(WritePlan plan) {
  if (claim_->is_taken_over) {
    Result<std::optional<Written>> done = find_done(plan);
    if (!done) return done.error();
    if (*done) {
      KeptAnswer answer = answer_to_keep(*plan.model, **done);
      if (auto kept = kept_answers_.keep(*claim_, plan, answer); !kept) return kept.error();
      Written written;
      written.changed = false;
      written.replayed = std::move(answer);
      return written;
    }
  }
  Result<Written> written = dispatch(plan);
  if (!written) {
    if (written.error().code != Code::kOutcomeUnknown && kept_answers_.release(*claim_)) give_back_unused_id(*plan.model);
    return written;
  }
  if (auto kept = kept_answers_.keep(*claim_, plan, answer_to_keep(*plan.model, *written)); !kept) {
    return Error(Code::kOutcomeUnknown, "The record was written, but not the answer under its Idempotency-Key: " + kept.error().detail);
  }
  give_back_unused_id(*plan.model);
  return written;
}

// What the owner before us wrote and could not answer any more.
Result<std::optional<Written>> WriteSession::find_done(const WritePlan& plan) {
  const Model& model = *plan.model;
  const auto is_ours = [&](const StoredDocument& found) { return request_in(*found.document.get()) == claim_->request; };
  Written written;
  if (!plan.id.is_absent()) {
    Result<StoredDocument> made = documents_.find(model, plan.id);
    if (!made && made.error().code != Code::kNotFound) return made.error();
    if (made && is_ours(*made)) {
      Result<std::vector<std::size_t>> missing = missing_references(model, nullptr, made->record);
      if (!missing) return missing.error();
      if (!missing->empty()) {
        if (auto undone = undo(model, made->record); !undone) return undone.error();
        return std::optional<Written>();
      }
      written.created = true;
      written.after = std::move(made->record);
      return std::optional<Written>(std::move(written));
    }
  }
  if (!plan.upsert) return std::optional<Written>();
  Result<std::optional<StoredDocument>> met = documents_.find(model, declared_key(model, plan.upsert->key), resolve_create(plan));
  if (!met) return met.error();
  if (!*met || !is_ours(**met)) return std::optional<Written>();
  written.after = std::move((*met)->record);
  return std::optional<Written>(std::move(written));
}

Result<Written> WriteSession::dispatch(const WritePlan& plan) {
  switch (plan.kind) {
    case WritePlan::Kind::kCreate:
      return create(plan);
    case WritePlan::Kind::kReplace:
    case WritePlan::Kind::kPatch:
      return update(plan);
    case WritePlan::Kind::kRemove:
      return removal_.remove(plan);
  }
  return Error(Code::kInternal);
}

Result<Written> WriteSession::create(const WritePlan& plan) {
  Record record = resolve_create(plan);
  Result<Written> written = overloaded_by_others();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    pause_before(attempt);
    Result<std::optional<Written>> tried = try_to_create(plan, record);
    if (tried && !*tried) continue;
    written = tried ? Result<Written>(std::move(**tried)) : tried.error();
    break;
  }
  const bool is_unused = written ? !written->created : written.error().code != Code::kOutcomeUnknown;
  const bool may_have_been_used = claim_ && claim_->is_taken_over;  // by whoever had the key before
  if (is_unused && !may_have_been_used && is_counted(*plan.model) && !record.values[0].is_absent()) {
    unused_id_ = record.values[0].integer();
  }
  return written;
}

// Nothing: others have changed what was read; once more. "Order of checks: 409 reference, 412, 409 unique."
Result<std::optional<Written>> WriteSession::try_to_create(const WritePlan& plan, Record& record) {
  const Model& model = *plan.model;
  if (plan.upsert) {
    Result<std::optional<StoredDocument>> met = documents_.find(model, declared_key(model, plan.upsert->key), record);
    if (!met) return met.error();
    if (*met) {
      const WritePlan patch = as_patch(plan, (*met)->record);
      Result<std::optional<Written>> changed = change(patch, std::move(**met));
      if (!changed && changed.error().code == Code::kNotFound) return std::optional<Written>();  // it is about to go
      return changed;
    }
  }
  if (auto targets = check_targets(model, nullptr, record); !targets) return targets.error();
  if (plan.only_if_missing) {
    Result<std::optional<Document>> taken = documents_.bookkeeping(model, plan.id);
    if (!taken) return taken.error();
    if (*taken) {
      std::vector<Document> others;
      others.push_back(std::move(**taken));
      return refuse_or_retry(model, others, id_is_taken(model, plan.id));
    }
  }
  if (auto made = make_id(model, record); !made) return made.error();
  if (claim_ && !kept_answers_.may_insert(*claim_)) return Error(Code::kOverloaded, "The write took too long before it began; try again.");
  const auto request = claim_ ? std::optional(claim_->request) : std::nullopt;
  if (auto inserted = documents_.insert(model, record, request); !inserted) {
    if (inserted.error().code != Code::kUniqueViolation) return inserted.error();
    return explain_refusal(plan, record);
  }
  // Whoever removes a target marks it before it looks for what refers to it: one of the two sees the other.
  const Result<std::vector<std::size_t>> missing = missing_references(model, nullptr, record);
  if (!missing || !missing->empty()) {
    if (auto undone = undo(model, record); !undone) return undone.error();
    if (is_counted(model)) record.values[0] = Value();  // others have seen it
    return missing ? missing_targets(model, record, *missing) : missing.error();
  }
  Written written;
  written.created = true;
  written.after = std::move(record);
  return std::optional<Written>(std::move(written));
}

// What an insert that met a unique key comes to.
Result<std::optional<Written>> WriteSession::explain_refusal(const WritePlan& plan, Record& record) {
  const Model& model = *plan.model;
  const std::optional<UniqueKey> key = documents_.refusing_key();
  const bool is_id = key && key->fields.front() == 0;
  const bool is_promised = claim_ && claim_->is_taken_over;  // the id was given to this request, and yet another record has it
  if (is_id && is_counted(model) && !is_promised) {
    if (auto raised = raise_ids(documents_.connection(), model); !raised) return raised.error();
    record.values[0] = Value();
    return std::optional<Written>();
  }
  if (plan.upsert && key && key->fields == declared_key(model, plan.upsert->key).fields) return std::optional<Written>();
  const Clashes clashes = documents_.clashes(model, record, true);
  const bool is_taken = is_id && plan.only_if_missing;
  Result<std::optional<Written>> refused =
      refuse_or_retry(model, clashes.documents, is_taken ? id_is_taken(model, plan.id) : unique_violation(model, clashes.keys));
  if (!refused && is_id) record.values[0] = Value();
  return refused;
}

// Nothing: what was in the way was about to go, and may have gone.
Result<std::optional<Written>> WriteSession::refuse_or_retry(const Model& model, const std::vector<Document>& others, Error refusal) {
  for (const Document& other : others) {
    const Result<bool> settled = removal_.has_settled(model, *other.get());
    if (!settled && (settled.error().code == Code::kDatabaseUnavailable || settled.error().code == Code::kOutcomeUnknown)) {
      return settled.error();
    }
    if (settled && *settled) return std::optional<Written>();  // of one that cannot be settled the clash is certain
  }
  return refusal;
}

Result<void> WriteSession::make_id(const Model& model, Record& record) {
  if (!is_counted(model) || !record.values[0].is_absent()) return {};
  const Result<std::int64_t> next = next_id(documents_.connection(), model);
  if (!next) return next.error();
  record.values[0] = Value(*next);
  return claim_ ? kept_answers_.move(*claim_, model, record.values[0]) : Result<void>();
}

void WriteSession::give_back_unused_id(const Model& model) {
  if (unused_id_) give_back_id(documents_.connection(), model, *unused_id_);
  unused_id_.reset();
}

Result<Written> WriteSession::update(const WritePlan& plan) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    pause_before(attempt);
    Result<StoredDocument> before = documents_.find(*plan.model, plan.id);
    if (!before) return before.error();
    Result<std::optional<Written>> changed = change(plan, std::move(*before));
    if (!changed) return changed.error();
    if (*changed) return std::move(**changed);
  }
  return overloaded_by_others();
}

// Nothing: the record is not as it was any more.
Result<std::optional<Written>> WriteSession::change(const WritePlan& plan, StoredDocument before) {
  const Model& model = *plan.model;
  const Result<Removal::State> state = removal_.state_of(model, *before.document.get());
  if (!state) return state.error();
  if (*state == Removal::State::kGoing) return no_record(model, before.record.values[0]);
  if (*state == Removal::State::kBusy) return std::optional<Written>();
  Result<Resolution> resolution = resolve_update(plan, before.record);
  if (!resolution) return resolution.error();
  if (auto targets = check_targets(model, &before.record, resolution->after); !targets) return targets.error();
  if (auto preconditions = check_preconditions(plan, before.record); !preconditions) return preconditions.error();
  const auto request = claim_ ? std::optional(claim_->request) : std::nullopt;
  const Result<bool> changed =
      resolution->changed ? documents_.change(model, before, resolution->after, request) : documents_.confirm(model, before.record);
  if (!changed && changed.error().code == Code::kUniqueViolation) {
    const Clashes clashes = documents_.clashes(model, resolution->after, false);
    return refuse_or_retry(model, clashes.documents, unique_violation(model, clashes.keys));
  }
  if (!changed) return changed.error();
  if (!*changed) return std::optional<Written>();
  Written written;
  written.changed = resolution->changed;
  written.before = std::move(before.record);
  written.after = std::move(resolution->after);
  return std::optional<Written>(std::move(written));
}

// A record may refer to itself, also one that is made here, unless its id is a number: nobody knows that before it is made, also where an
// Idempotency-Key makes it early.
Result<std::vector<std::size_t>> WriteSession::missing_references(const Model& model, const Record* before, const Record& after) {
  const bool knows_itself = before != nullptr || model.id_kind != IdKind::kInteger;
  std::vector<std::size_t> missing;
  for (const std::size_t field : references_to_check(model, before, after)) {
    const Model& target = *catalog_.find(model.fields[field].ref);
    if (knows_itself && &target == &model && after.values[field] == after.values[0]) continue;
    const Result<bool> is_there = removal_.may_be_referred_to(target, after.values[field]);
    if (!is_there) return is_there.error();
    if (!*is_there) missing.push_back(field);
  }
  return missing;
}

Result<void> WriteSession::check_targets(const Model& model, const Record* before, const Record& after) {
  const Result<std::vector<std::size_t>> missing = missing_references(model, before, after);
  if (!missing) return missing.error();
  if (missing->empty()) return {};
  return missing_targets(model, after, *missing);
}

// Takes away again what was just inserted, even if somebody has changed it since.
Result<void> WriteSession::undo(const Model& model, const Record& record) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    pause_before(attempt);
    const Result<StoredDocument> now = documents_.find(model, record.values[0]);
    if (!now && now.error().code == Code::kNotFound) return {};
    if (!now) break;
    const Result<bool> removed = documents_.remove(model, now->record);
    if (!removed) break;
    if (*removed) return {};
  }
  return Error(Code::kOutcomeUnknown,
               "A record that it refers to went meanwhile, and it could not be taken away again; look and remove it.");
}

}  // namespace holdfast::mongo
