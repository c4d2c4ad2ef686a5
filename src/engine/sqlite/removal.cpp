#include "engine/sqlite/removal.h"

namespace holdfast::sqlite {

Result<void> Removal::survey() {
  while (!walk_.questions().empty()) {
    std::vector<RemovalAnswer> answers;
    for (const RemovalQuestion& question : walk_.questions()) {
      Result<RemovalAnswer> answer = rows_.answer(question);
      if (!answer) return answer.error();
      answers.push_back(std::move(*answer));
    }
    if (auto taken = walk_.answer(std::move(answers)); !taken) return taken;
  }
  return {};
}

Result<void> Removal::apply(Milliseconds now) {
  for (const RemovalWalk::Nulled& nulled : walk_.nulled()) {
    if (auto set = set_null(nulled, now); !set) return set;
  }
  const std::vector<RemovalWalk::Gone>& all = walk_.gone();
  for (auto gone = all.rbegin(); gone != all.rend(); ++gone) {
    if (auto removed = rows_.remove_row(*gone->model, gone->record.id, gone->record.row); !removed) return removed;
  }
  return {};
}

Result<void> Removal::set_null(const RemovalWalk::Nulled& nulled, Milliseconds now) {
  const Result<StoredRow> before = rows_.find(*nulled.model, nulled.record.id);
  if (!before) return before.error();
  return rows_.update_row(*nulled.model, *before, without_references(nulled, before->record, now));
}

}  // namespace holdfast::sqlite
