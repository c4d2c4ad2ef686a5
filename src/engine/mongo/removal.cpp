#include "engine/mongo/removal.h"

#include <algorithm>

#include "engine/mongo/attempts.h"
#include "engine/mongo/change_command.h"
#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/error.h"
#include "engine/mongo/reply.h"
#include "engine/write_errors.h"
#include "query/write_resolution.h"

namespace holdfast::mongo {
namespace {

constexpr std::size_t kTogether = 1'000;  // records that one command names
constexpr std::size_t kDeepest = 32;      // removals under way on one stack
constexpr std::string_view kMark = "_hf.deleting";
constexpr std::string_view kMarkedBy = "_hf.deleting.by";
constexpr std::string_view kMarkDecided = "_hf.deleting.decided";

std::string new_token() {
  bson_oid_t id;
  bson_oid_init(&id, nullptr);
  char text[25];
  bson_oid_to_string(&id, text);
  return text;
}

void append_unmarked(bson_t& query) {
  Nested condition(query, kMark);
  append_bool(condition, "$exists", false);
}

// One update or delete of one or many documents, each of them whole; how many it met.
using AppendStatement = std::function<void(Nested&)>;
Result<std::int64_t> write_statement(Connection& connection, const std::string& table, const char* kind, const AppendStatement& append) {
  Document command;
  append_text(*command.get(), kind, table);
  {
    NestedArray statements(*command.get(), std::string(kind) + "s");
    Nested statement(statements.get(), statements.next_key());
    append(statement);
  }
  const Reply reply = connection.write(*command.get());
  if (!reply) return error_of_write(reply.error());
  return number_at(*reply->get(), "n");
}

using GoneRecords = std::span<const RemovalWalk::Gone>;

void append_ids(bson_t& query, const Model& model, GoneRecords records) {
  Nested condition(query, kIdName);
  NestedArray ids(condition, "$in");
  for (const RemovalWalk::Gone& record : records) append_id(ids.get(), ids.next_key(), model, record.record.id);
}

// An index answers, or that of the ids.
Document find_marked(const Model& model, GoneRecords among, Milliseconds before, std::int64_t most) {
  Document find;
  append_text(*find.get(), "find", model.table);
  {
    Nested filter(*find.get(), "filter");
    if (!among.empty()) append_ids(filter, model, among);
    Nested old(filter, "_hf.deleting.at");
    bson_append_date_time(&old.get(), "$lt", -1, before);
  }
  {
    Nested projection(*find.get(), "projection");
    append_int32(projection, kMark, 1);
  }
  append_int64(*find.get(), "limit", most);
  append_int64(*find.get(), "batchSize", most + 1);  // one more than the limit, or the server keeps a cursor open
  append_bool(*find.get(), "singleBatch", true);
  return find;
}

// Runs of records of one model, as they come, in parts that a command can name.
template <typename Visit>
Result<void> each_run(GoneRecords records, const Visit& visit) {
  for (std::size_t first = 0; first < records.size();) {
    std::size_t last = first;
    while (last < records.size() && records[last].model == records[first].model && last - first < kTogether) ++last;
    if (Result<void> visited = visit(*records[first].model, records.subspan(first, last - first)); !visited) return visited;
    first = last;
  }
  return {};
}

// As one: what found any of its records.
RemovalQuestion questions_about(const Model& model, std::span<const RemovalQuestion> asked) {
  RemovalQuestion all;
  all.model = &model;
  for (const RemovalQuestion& question : asked) {
    if (question.model == &model) all.any_of.insert(all.any_of.end(), question.any_of.begin(), question.any_of.end());
  }
  return all;
}

Error half_done(const Error& cause) {
  return Error(Code::kOutcomeUnknown, "The removal was begun and will be finished, but not now: " + cause.detail);
}

Error given_up() {
  return Error(Code::kOutcomeUnknown,
               "Another gave the removal up meanwhile: what referred to the record may be gone; look and remove it again.");
}

}  // namespace

bool is_referred_to(const Catalog& catalog, const Model& model) {
  return std::any_of(catalog.references().begin(), catalog.references().end(),
                     [&](const Reference& reference) { return reference.target == &model; });
}

Result<Written> Removal::remove(const WritePlan& plan) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    pause_before(attempt);
    Result<std::optional<Written>> removed = try_to_remove(plan);
    if (!removed) return removed.error();
    if (*removed) return std::move(**removed);
  }
  return overloaded_by_others();
}

// Nothing: somebody else was at it. "Unknown id → 404 before 412", and 409 reference between them.
Result<std::optional<Written>> Removal::try_to_remove(const WritePlan& plan) {
  const Model& model = *plan.model;
  Result<StoredDocument> before = documents_.find(model, plan.id);
  if (!before) return before.error();
  const Result<State> state = state_of(model, *before->document.get());
  if (!state) return state.error();
  if (*state == State::kGoing) return no_record(model, plan.id);
  if (*state == State::kBusy) return std::optional<Written>();
  Written written;
  if (!is_referred_to(catalog_, model)) {
    if (auto preconditions = check_preconditions(plan, before->record); !preconditions) return preconditions.error();
    const Result<bool> removed = documents_.remove(model, before->record);
    if (!removed) return removed.error();
    if (!*removed) return std::optional<Written>();
    written.before = std::move(before->record);
    return std::optional<Written>(std::move(written));
  }
  Mark mark{new_token(), clock_.now(), plan.now, false, &model, plan.id};
  const Result<bool> marked = mark_root(model, before->record, mark);
  if (!marked) return marked.error();
  if (!*marked) return std::optional<Written>();
  RemovalWalk walk(catalog_.references(), model, {plan.id, 0});
  Levels levels;
  Result<bool> ready = survey(walk, levels, mark);
  if (ready && *ready) {
    if (auto preconditions = check_preconditions(plan, before->record); !preconditions) ready = preconditions.error();
  }
  if (ready && *ready) ready = decide(model, before->record, mark);
  if (!ready || !*ready) {
    clear(walk.gone(), mark.by);
    if (!ready) return ready.error();
    // In its way may be the marks of another that was left alone: on children, where nobody else would meet them.
    const auto settled = each_run(walk.gone(), [&](const Model& gone, GoneRecords run) -> Result<void> {
      const Result<std::int64_t> left = settle_left(gone, run, std::ssize(run));
      return left ? Result<void>() : left.error();
    });
    if (!settled) return settled.error();
    return std::optional<Written>();
  }
  under_way_.push_back(mark.by);
  const Result<bool> finished = finish(walk, levels, mark);
  under_way_.pop_back();
  if (!finished) return half_done(finished.error());
  if (!*finished) return given_up();
  written.before = std::move(before->record);
  return std::optional<Written>(std::move(written));
}

// Marks each record that goes before it is asked who refers to it: who comes later finds it marked. False: others were there first.
Result<bool> Removal::survey(RemovalWalk& walk, Levels& levels, const Mark& mark) {
  levels.assign(1, 1);  // the record itself
  while (!walk.questions().empty()) {
    std::vector<RemovalAnswer> answers;
    for (const RemovalQuestion& question : walk.questions()) {
      Result<RemovalAnswer> answer = documents_.answer(question);
      if (!answer) return answer.error();
      answers.push_back(std::move(*answer));
    }
    const std::vector<RemovalQuestion> asked = walk.questions();
    if (auto answered = walk.answer(std::move(answers)); !answered) return answered.error();
    const Result<bool> all = this->mark(GoneRecords(walk.gone()).subspan(levels.back()), asked, mark);
    if (!all) return all.error();
    if (!*all) return false;
    levels.push_back(walk.gone().size());
  }
  return true;
}

Result<bool> Removal::mark_root(const Model& model, const Record& record, const Mark& mark) {
  const Result<std::int64_t> marked = write_statement(documents_.connection(), model.table, "update", [&](Nested& statement) {
    {
      Nested query(statement, "q");
      append_id(query, kIdName, model, record.values[0]);
      append_revision_is(query, record.revision);
      append_unmarked(query);
    }
    Nested update(statement, "u");
    Nested set(update, "$set");
    append_mark(set, mark);
  });
  if (!marked) return marked.error();
  return *marked == 1;
}

// Only what refers still to what goes: until it is marked, others may let it refer to something else.
Result<bool> Removal::mark(std::span<const RemovalWalk::Gone> records, std::span<const RemovalQuestion> asked, const Mark& mark) {
  std::int64_t missed = 0;
  const auto marked = each_run(records, [&](const Model& model, GoneRecords run) -> Result<void> {
    const Result<std::int64_t> done = write_statement(documents_.connection(), model.table, "update", [&](Nested& statement) {
      {
        Nested query(statement, "q");
        append_ids(query, model, run);
        append_any_of(query, questions_about(model, asked));
        Nested by(query, kMarkedBy);
        NestedArray mine_or_none(by, "$in");
        append_null(mine_or_none.get(), mine_or_none.next_key());
        append_text(mine_or_none.get(), mine_or_none.next_key(), mark.by);
      }
      append_bool(statement, "multi", true);
      Nested update(statement, "u");
      Nested set(update, "$set");
      append_mark(set, mark);
    });
    if (!done) return done.error();
    missed += std::ssize(run) - *done;
    return {};
  });
  if (!marked) return marked.error();
  return missed == 0;
}

// The last look: the record is still the one that was judged, and nobody cleared its mark.
Result<bool> Removal::decide(const Model& model, const Record& record, const Mark& mark) {
  const Result<std::int64_t> decided = write_statement(documents_.connection(), model.table, "update", [&](Nested& statement) {
    {
      Nested query(statement, "q");
      append_id(query, kIdName, model, record.values[0]);
      append_revision_is(query, record.revision);
      append_text(query, kMarkedBy, mark.by);
    }
    Nested update(statement, "u");
    Nested set(update, "$set");
    append_bool(set, kMarkDecided, true);
    bson_append_date_time(&set.get(), "_hf.deleting.at", -1, clock_.now());
  });
  if (!decided) return decided.error();
  return *decided == 1;
}

// Best effort: what cannot be cleared now is cleared by who meets it later.
void Removal::clear(std::span<const RemovalWalk::Gone> records, const std::string& by) {
  const auto cleared = each_run(records, [&](const Model& model, GoneRecords run) -> Result<void> {
    const Result<std::int64_t> done = write_statement(documents_.connection(), model.table, "update", [&](Nested& statement) {
      {
        Nested query(statement, "q");
        append_ids(query, model, run);
        append_text(query, kMarkedBy, by);
      }
      append_bool(statement, "multi", true);
      Nested update(statement, "u");
      Nested unset(update, "$unset");
      append_text(unset, kMark, "");
    });
    if (!done) return done.error();
    return {};
  });
  static_cast<void>(cleared);
}

// Of the record itself, unless its removal was decided meanwhile, or another has cleared it.
Result<bool> Removal::clear_undecided(const Mark& mark) {
  const Model& model = *mark.root_model;
  const Result<std::int64_t> cleared = write_statement(documents_.connection(), model.table, "update", [&](Nested& statement) {
    {
      Nested query(statement, "q");
      append_id(query, kIdName, model, mark.root_id);
      append_text(query, kMarkedBy, mark.by);
      Nested undecided(query, kMarkDecided);
      append_bool(undecided, "$ne", true);
    }
    Nested update(statement, "u");
    Nested unset(update, "$unset");
    append_text(unset, kMark, "");
  });
  if (!cleared) return cleared.error();
  return *cleared == 1;
}

// Those that stay let go first; then level by level, children before what they refer to and the record itself last: as long as one is
// there, the way to it from the record is, so that who finishes this removal finds it.
Result<bool> Removal::finish(const RemovalWalk& walk, const Levels& levels, const Mark& mark) {
  for (const RemovalWalk::Nulled& nulled : walk.nulled()) {
    if (auto done = let_go(walk, nulled, mark); !done) return done.error();
  }
  const GoneRecords gone(walk.gone());
  for (std::size_t level = levels.size(); level-- > 1;) {
    const std::size_t begin = levels[level - 1];
    if (auto removed = remove_level(gone.subspan(begin, levels[level] - begin), mark); !removed) return removed.error();
  }
  return remove_root(mark);
}

Result<void> Removal::remove_level(std::span<const RemovalWalk::Gone> records, const Mark& mark) {
  return each_run(records, [&](const Model& model, GoneRecords run) -> Result<void> {
    const Result<std::int64_t> done = write_statement(documents_.connection(), model.table, "delete", [&](Nested& statement) {
      {
        Nested query(statement, "q");
        append_ids(query, model, run);
        append_text(query, kMarkedBy, mark.by);
      }
      append_int32(statement, "limit", 0);
    });
    if (!done) return done.error();
    return {};
  });
}

// One that another has removed, who finished this, is removed.
Result<bool> Removal::remove_root(const Mark& mark) {
  const Model& model = *mark.root_model;
  const Result<std::int64_t> done = write_statement(documents_.connection(), model.table, "delete", [&](Nested& statement) {
    {
      Nested query(statement, "q");
      append_id(query, kIdName, model, mark.root_id);
      append_text(query, kMarkedBy, mark.by);
    }
    append_int32(statement, "limit", 1);
  });
  if (!done) return done.error();
  if (*done == 1) return true;
  const Result<bool> is_there = documents_.exists(model, mark.root_id);
  if (!is_there) return is_there.error();
  return !*is_there;
}

// An ordinary change of a record that may change meanwhile, or be gone, or refer to something else.
Result<void> Removal::let_go(const RemovalWalk& walk, const RemovalWalk::Nulled& nulled, const Mark& mark) {
  const Model& model = *nulled.model;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    pause_before(attempt);
    Result<StoredDocument> before = documents_.find(model, nulled.record.id);
    if (!before) return before.error().code == Code::kNotFound ? Result<void>() : before.error();
    if (const std::optional<Mark> other = read_mark(*before->document.get(), catalog_)) {
      const Result<bool> goes = goes_anyway(*other);
      if (!goes) return goes.error();
      if (*goes) return {};
    }
    const Result<State> state = state_of(model, *before->document.get());
    if (!state) return state.error();
    if (*state == State::kGoing) return {};
    if (*state == State::kBusy) continue;
    RemovalWalk::Nulled still{&model, nulled.record, {}};
    for (const std::size_t field : nulled.fields) {
      const Model* target = catalog_.find(model.fields[field].ref);
      const bool refers = std::any_of(walk.gone().begin(), walk.gone().end(), [&](const RemovalWalk::Gone& gone) {
        return gone.model == target && gone.record.id == before->record.values[field];
      });
      if (refers) still.fields.push_back(field);
    }
    if (still.fields.empty()) return {};
    // Another may have finished this removal, and a record of the same id been made since: what refers to that one refers to it rightly.
    // The record that lets go was read before this look, so that a change of it since is met by the revision.
    const Result<std::optional<Mark>> root = find_root(mark);
    if (!root) return root.error();
    if (!*root) return {};
    const Result<bool> changed = documents_.change(model, *before, without_references(still, before->record, mark.now), std::nullopt);
    if (!changed) return changed.error();
    if (*changed) return {};
  }
  return overloaded_by_others();
}

// With a removal that is under way here, or is decided and the affair of another, or is too far from where we began.
Result<bool> Removal::goes_anyway(const Mark& mark) {
  if (std::ranges::find(under_way_, mark.by) != under_way_.end()) return true;
  if (clock_.now() - mark.at > kStaleMark && under_way_.size() < kDeepest) return false;  // whoever asks settles it
  const Result<std::optional<Mark>> root = find_root(mark);
  if (!root) return root.error();
  return *root && (*root)->decided;
}

Result<bool> Removal::may_be_referred_to(const Model& model, const Value& id) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Result<std::optional<Document>> found = documents_.bookkeeping(model, id);
    if (!found) return found.error();
    if (!*found) return false;
    const std::optional<Mark> mark = read_mark(*(*found)->get(), catalog_);
    if (!mark) return true;
    if (clock_.now() - mark->at <= kStaleMark) return false;
    if (auto settled = settle(model, id, *mark); !settled) return settled.error();
  }
  return false;
}

Result<Removal::State> Removal::state_of(const Model& model, const bson_t& document) {
  const std::optional<Mark> mark = read_mark(document, catalog_);
  if (!mark) return State::kFree;
  if (clock_.now() - mark->at <= kStaleMark) return mark->decided ? State::kGoing : State::kBusy;
  const Result<bool> settled = settle_stale(model, document);
  if (!settled) return settled.error();
  return *settled ? State::kBusy : State::kFree;
}

Result<bool> Removal::has_settled(const Model& model, const bson_t& document) {
  const std::optional<Mark> mark = read_mark(document, catalog_);
  if (!mark || std::ranges::find(settled_, mark->by) != settled_.end()) return false;
  settled_.push_back(mark->by);
  return settle_stale(model, document);
}

Result<bool> Removal::settle_stale(const Model& model, const bson_t& document) {
  const std::optional<Mark> mark = read_mark(document, catalog_);
  bson_iter_t id;
  if (!mark || clock_.now() - mark->at <= kStaleMark || !bson_iter_init_find(&id, &document, "_id")) return false;
  if (auto settled = settle(model, read_id(id, model), *mark); !settled) return settled.error();
  return true;
}

// Goes on behind one that cannot be settled, unless nobody answers.
Result<std::int64_t> Removal::settle_left(const Model& model, std::span<const RemovalWalk::Gone> among, std::int64_t most,
                                          const std::atomic<bool>* is_over) {
  const Reply marked = documents_.connection().read(*find_marked(model, among, clock_.now() - kStaleMark, most).get());
  if (!marked) return error_of(marked.error().error);
  Result<bool> settled = true;
  std::int64_t count = 0;
  each_document(*marked->get(), [&](const bson_t& document) {
    ++count;
    if (Result<bool> one = settle_stale(model, document); !one) settled = one.error();
    return !(is_over != nullptr && *is_over) && (settled || !documents_.connection().has_met_nobody());
  });
  if (!settled) return settled.error();
  return count;
}

// A removal that was left alone: finished when it was decided, else given up.
Result<void> Removal::settle(const Model& model, const Value& id, const Mark& mark) {
  const Result<std::optional<Mark>> root = find_root(mark);
  if (!root) return root.error();
  if (*root && (*root)->decided) return resume(**root);
  if (*root && clock_.now() - (*root)->at <= kStaleMark) return {};
  if (*root) {
    const Result<bool> cleared = clear_undecided(mark);
    if (!cleared) return cleared.error();
    if (!*cleared) return {};  // whoever asks looks again
  }
  const RemovalWalk::Gone name[] = {{&model, {id, 0}}};
  clear(name, mark.by);
  return {};
}

Result<std::optional<Mark>> Removal::find_root(const Mark& mark) {
  if (mark.root_model == nullptr) return std::optional<Mark>();
  const Result<std::optional<Document>> root = documents_.bookkeeping(*mark.root_model, mark.root_id);
  if (!root) return root.error();
  std::optional<Mark> found = *root ? read_mark(*(*root)->get(), catalog_) : std::nullopt;
  if (found && found->by != mark.by) found.reset();
  return found;
}

Result<void> Removal::resume(const Mark& mark) {
  if (std::ranges::find(under_way_, mark.by) != under_way_.end()) return {};
  under_way_.push_back(mark.by);
  const Result<void> resumed = resume_under_way(mark);
  under_way_.pop_back();
  return resumed;
}

Result<void> Removal::resume_under_way(const Mark& mark) {
  RemovalWalk walk(catalog_.references(), *mark.root_model, {mark.root_id, 0});
  Levels levels;
  const Result<bool> ready = survey(walk, levels, mark);
  if (ready && *ready) {
    const Result<bool> finished = finish(walk, levels, mark);
    return finished ? Result<void>() : finished.error();
  }
  if (!ready && ready.error().code != Code::kReferenceViolation) return ready.error();
  // Something has come to restrict it since: it is given up after all.
  if (!ready) clear(walk.gone(), mark.by);
  return {};
}

}  // namespace holdfast::mongo
