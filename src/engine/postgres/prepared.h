#pragma once
// Which statements a connection has prepared, by their text and the types of their parameters; the least recently used is forgotten when
// there are too many. Pure: says what the server must be told.

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/postgres/handles.h"

namespace holdfast::postgres {

class PreparedStatements {
 public:
  explicit PreparedStatements(std::size_t capacity) : capacity_(capacity) {}

  struct Use {
    const char* name;                  // valid until the next call
    bool is_new = false;               // the server must prepare it first
    std::optional<std::string> stale;  // name of one that the server may forget
  };

  Use use(const Query& query);
  // It was not prepared after all.
  void erase(std::string_view text);
  void clear() noexcept;
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string text;
    std::string name;  // never used twice on a connection
    std::vector<Oid> types;
  };
  using Entries = std::list<Entry>;

  static bool has_types(const Entry& entry, const Query& query) noexcept;
  std::string remove(Entries::iterator entry);

  std::size_t capacity_;
  std::uint64_t made_ = 0;
  Entries entries_;  // most recently used first
  std::unordered_map<std::string_view, Entries::iterator> by_text_;
};

}  // namespace holdfast::postgres
