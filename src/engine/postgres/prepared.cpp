#include "engine/postgres/prepared.h"

#include <algorithm>

namespace holdfast::postgres {

PreparedStatements::Use PreparedStatements::use(const Query& query) {
  Use use{};
  if (const auto found = by_text_.find(query.text); found != by_text_.end()) {
    if (has_types(*found->second, query)) {
      entries_.splice(entries_.begin(), entries_, found->second);
      use.name = entries_.front().name.c_str();
      return use;
    }
    use.stale = remove(found->second);
  } else if (entries_.size() >= capacity_) {
    use.stale = remove(std::prev(entries_.end()));
  }
  Entry entry{query.text, "hf" + std::to_string(++made_), {}};
  for (const Parameter& parameter : query.parameters) entry.types.push_back(parameter.type);
  entries_.push_front(std::move(entry));
  by_text_.emplace(entries_.front().text, entries_.begin());
  use.name = entries_.front().name.c_str();
  use.is_new = true;
  return use;
}

void PreparedStatements::erase(std::string_view text) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) remove(found->second);
}

void PreparedStatements::clear() noexcept {
  by_text_.clear();
  entries_.clear();
}

bool PreparedStatements::has_types(const Entry& entry, const Query& query) noexcept {
  return std::equal(entry.types.begin(), entry.types.end(), query.parameters.begin(), query.parameters.end(),
                    [](Oid type, const Parameter& parameter) { return type == parameter.type; });
}

std::string PreparedStatements::remove(Entries::iterator entry) {
  std::string name = std::move(entry->name);
  by_text_.erase(entry->text);
  entries_.erase(entry);
  return name;
}

}  // namespace holdfast::postgres
