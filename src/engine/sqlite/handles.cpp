#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {
namespace {

constexpr std::size_t kLongestKept = 16 * 1024;  // lists of hundreds of values: seldom asked twice, and large once compiled

}  // namespace

PreparedStatement prepare(sqlite3* database, std::string_view text, bool kept) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v3(database, text.data(), static_cast<int>(text.size()), kept ? SQLITE_PREPARE_PERSISTENT : 0, &statement, nullptr);
  return PreparedStatement(statement);
}

sqlite3_stmt* StatementCache::get(std::string_view text) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->statement.get();
  }
  if (text.size() > kLongestKept) {
    oversized_ = prepare(database_, text, false);
    return oversized_.get();
  }
  PreparedStatement statement = prepare(database_, text);
  if (!statement) return nullptr;
  if (entries_.size() == capacity_) {
    by_text_.erase(entries_.back().text);
    entries_.pop_back();
  }
  entries_.push_front({std::string(text), std::move(statement)});
  by_text_.emplace(entries_.front().text, entries_.begin());
  return entries_.front().statement.get();
}

void StatementCache::clear() noexcept {
  by_text_.clear();
  entries_.clear();
  oversized_.reset();
}

}  // namespace holdfast::sqlite
