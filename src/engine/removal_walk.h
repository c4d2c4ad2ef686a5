#pragma once
// What else a removal touches (semantics.md §5, References): the records that go with it by `cascade`, those that lose a reference by
// `setNull`, and those that forbid it by `restrict`. Sans I/O, one for each removal: the walk says what it must know next, the engine asks
// its database and tells the answers. How others are kept from changing what was answered is the engine's own matter.
//
//   while (!walk.questions().empty()) {
//     …
//     if (auto answered = walk.answer(std::move(answers)); !answered) return answered.error();
//   }
//
// Cost: a batch of questions for each level of a cascade and one more; memory for at most kCascadeLimit ids, and as many in the questions.

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "model/model.h"
#include "query/plan.h"

namespace holdfast {

struct RemovalQuestion {
  enum class Kind : std::uint8_t { kRecords, kCount };
  struct Condition {
    std::size_t field = 0;   // a reference
    std::vector<Value> ids;  // that it may hold; at least one
  };

  Kind kind = Kind::kRecords;
  const Model* model = nullptr;   // whose records are asked for: those in which
  std::vector<Condition> any_of;  // one of these holds (kRecords: exactly one condition)
  std::vector<Value> except;      // and whose id is none of these
  std::int64_t limit = 0;         // kRecords: no more of them than these; which ones does not matter
};

struct FoundRecord {
  Value id;
  std::int64_t row = 0;  // the engine's own name for it, handed back as it came
};

struct RemovalAnswer {
  std::vector<FoundRecord> records;  // kRecords
  std::int64_t count = 0;            // kCount
};

class RemovalWalk {
 public:
  struct Gone {
    const Model* model = nullptr;
    FoundRecord record;
  };
  struct Nulled {
    const Model* model = nullptr;
    FoundRecord record;
    std::vector<std::size_t> fields;  // its references to what goes
  };

  // `references`, of the whole catalog, must outlive the walk.
  RemovalWalk(const std::vector<Reference>& references, const Model& model, FoundRecord removed);

  // To be answered together; empty: the walk is done.
  const std::vector<RemovalQuestion>& questions() const noexcept { return questions_; }
  // One answer for each question, in order. reference_violation: something restricts the removal, or it reaches more than kCascadeLimit
  // others; nothing may be changed then.
  Result<void> answer(std::vector<RemovalAnswer> answers);

  // Of a walk that is done. Those that stay let go first; then the gone from the last to the first, which is children before what they
  // refer to, save in cycles.
  const std::vector<Nulled>& nulled() const noexcept { return nulled_; }
  const std::vector<Gone>& gone() const noexcept { return gone_; }  // the record itself, then in the order in which they were reached

 private:
  struct IdHash {
    std::size_t operator()(const Value& id) const noexcept;
  };
  using Ids = std::unordered_set<Value, IdHash>;
  enum class Stage : std::uint8_t { kCascade, kRest, kExcess, kDone };

  void ask_level();
  void ask_rest();
  void ask_restrictions();
  void ask_records(const Reference& reference, std::size_t first, std::size_t last);
  std::vector<Value> gone_targets(const Reference& reference, std::size_t first, std::size_t last) const;
  std::vector<Value> touched_ids(const Model& model, bool with_nulled) const;
  Result<void> take_level(std::vector<RemovalAnswer>& answers);
  Result<void> take_rest(std::vector<RemovalAnswer>& answers);
  bool take_gone(const Reference& reference, std::vector<FoundRecord> records);
  bool take_nulled(const Reference& reference, std::vector<FoundRecord> records);
  void ask_excess(std::size_t question);
  bool is_gone(const Model& model, const Value& id) const;

  const std::vector<Reference>& references_;
  Stage stage_ = Stage::kCascade;
  std::vector<RemovalQuestion> questions_;
  std::vector<const Reference*> asked_;  // what each question is about; null: what restricts
  std::size_t level_ = 0;                // of gone_: where the level begins that was asked about last
  std::size_t level_end_ = 0;
  std::int64_t reached_ = 0;  // others than the record itself
  std::int64_t excess_ = 0;   // kExcess: at least so many more by the last reference
  std::vector<Gone> gone_;
  std::unordered_map<const Model*, Ids> gone_ids_;
  std::vector<Nulled> nulled_;
  std::unordered_map<const Model*, std::unordered_map<Value, std::size_t, IdHash>> nulled_places_;
};

// The record once it has let go: an ordinary change, with revision and updatedAt.
Record without_references(const RemovalWalk::Nulled& nulled, Record before, Milliseconds now);

}  // namespace holdfast
