#pragma once
// Removal of a record that others may refer to, without a transaction (semantics.md §5, References).
//
// A mark in `_hf.deleting` comes first, on the record and on all that goes with it: a marked record counts as absent for whoever wants to
// refer to it, and is changed by nobody else. When all is known and nothing forbids it, the mark of the record itself is `decided`: from
// then on the removal is finished, by its own lane or, once the mark is kStaleMark old, by whoever meets it or looks for such marks
// (Writer::settle_removals). Undecided ones are cleared.

#include <atomic>
#include <optional>
#include <string>

#include "base/clock.h"
#include "engine/mongo/documents.h"
#include "engine/mongo/mark.h"

namespace holdfast::mongo {

// Only such records are marked first of all.
bool is_referred_to(const Catalog& catalog, const Model& model);

class Removal {
 public:
  Removal(Documents& documents, const Catalog& catalog, const Clock& clock) : documents_(documents), catalog_(catalog), clock_(clock) {}

  Result<Written> remove(const WritePlan& plan);

  // False: it is not there, or about to go.
  Result<bool> may_be_referred_to(const Model& model, const Value& id);

  enum class State : std::uint8_t { kFree, kBusy, kGoing };
  // Of a document that was just read: kBusy: read it again in a moment; kGoing: as if it were not there.
  Result<State> state_of(const Model& model, const bson_t& document);

  // Of a document that stands in the way: true: its removal was left alone and has been taken to its end, or given up; try again. Once for
  // each removal.
  Result<bool> has_settled(const Model& model, const bson_t& document);
  // The same of those records that are marked for long, of these or (none) of the collection: how many were found, `most` at most. Stops
  // behind a record once `is_over`.
  Result<std::int64_t> settle_left(const Model& model, std::span<const RemovalWalk::Gone> among, std::int64_t most,
                                   const std::atomic<bool>* is_over = nullptr);

 private:
  Result<std::optional<Written>> try_to_remove(const WritePlan& plan);
  // Where each level of the cascade ends among those that go; the first is the record itself.
  using Levels = std::vector<std::size_t>;
  Result<bool> survey(RemovalWalk& walk, Levels& levels, const Mark& mark);
  Result<bool> mark(std::span<const RemovalWalk::Gone> records, std::span<const RemovalQuestion> asked, const Mark& mark);
  Result<bool> mark_root(const Model& model, const Record& record, const Mark& mark);
  Result<bool> decide(const Model& model, const Record& record, const Mark& mark);
  void clear(std::span<const RemovalWalk::Gone> records, const std::string& by);
  Result<bool> clear_undecided(const Mark& mark);
  // False: the record itself is still there, since another has given its removal up.
  Result<bool> finish(const RemovalWalk& walk, const Levels& levels, const Mark& mark);
  Result<void> remove_level(std::span<const RemovalWalk::Gone> records, const Mark& mark);
  Result<bool> remove_root(const Mark& mark);
  Result<void> let_go(const RemovalWalk& walk, const RemovalWalk::Nulled& nulled, const Mark& mark);
  Result<bool> goes_anyway(const Mark& mark);
  // False: its mark is not old.
  Result<bool> settle_stale(const Model& model, const bson_t& document);
  Result<void> settle(const Model& model, const Value& id, const Mark& mark);
  Result<void> resume(const Mark& mark);
  Result<void> resume_under_way(const Mark& mark);
  // Of the record whose removal this mark is of; nothing: that removal has come to its end.
  Result<std::optional<Mark>> find_root(const Mark& mark);

  Documents& documents_;
  const Catalog& catalog_;
  const Clock& clock_;
  // The removals that are being finished, each because the one before has met a record that goes with it: none of them is begun again.
  std::vector<std::string> under_way_;
  std::vector<std::string> settled_;  // by has_settled(), as far as they could be
};

}  // namespace holdfast::mongo
