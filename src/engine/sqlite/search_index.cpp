#include "engine/sqlite/search_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "engine/sqlite/dialect.h"
#include "query/search_terms.h"

namespace holdfast::sqlite {
namespace {

std::string joined(const std::vector<std::string>& tokens) {
  std::string out;
  for (const std::string& token : tokens) out.append(out.empty() ? "" : " ").append(token);
  return out;
}

std::string put_text(const Model& model) {
  std::string columns = "rowid";
  std::string values = "?1";
  int number = 1;
  for (std::size_t field = 0; field < model.search->fields.size(); ++field) {
    columns += fmt::format(", s{0}, w{0}", field);
    values += fmt::format(", ?{}, ?{}", number + 1, number + 2);
    number += 2;
  }
  return fmt::format("insert or replace into {} ({}, hash) values ({}, ?{})", sql::identifier(search_table(model)), columns, values,
                     number + 1);
}

std::string remove_text(const Model& model) {
  return fmt::format("delete from {} where rowid = ?1", sql::identifier(search_table(model)));
}

}  // namespace

bool SearchIndex::concerns(const Model& model, const Record& before, const Record& after) {
  if (!model.search) return false;
  return std::any_of(model.search->fields.begin(), model.search->fields.end(),
                     [&](std::size_t field) { return before.values[field] != after.values[field]; });
}

void SearchIndex::put(const Model& model, std::int64_t row, const Record& record) {
  if (!model.search) return;
  Change change{&model, row, false, {}, static_cast<std::int64_t>(search_hash(model, record))};
  for (const SearchTokens& tokens : search_tokens(model, record)) {
    change.columns.push_back(joined(tokens.stems));
    change.columns.push_back(joined(tokens.words));
    bytes_ += change.columns.back().size() * 2;
  }
  changes_.push_back(std::move(change));
}

void SearchIndex::remove(const Model& model, std::int64_t row) {
  if (model.search) changes_.push_back({&model, row, true, {}, 0});
}

// In order of rows, which is how FTS5 likes them.
int SearchIndex::flush() {
  std::vector<Change> changes;
  changes.swap(changes_);
  bytes_ = 0;
  const auto is_before = [](const Change& a, const Change& b) {
    return a.model != b.model ? std::less<>()(a.model, b.model) : a.row < b.row;
  };
  std::stable_sort(changes.begin(), changes.end(), is_before);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (i + 1 < changes.size() && !is_before(changes[i], changes[i + 1])) continue;  // a later change of the same row follows
    if (const int code = write(changes[i]); code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

int SearchIndex::write(const Change& change) {
  Statements& statements = statements_[change.model];
  PreparedStatement& statement = change.removed ? statements.remove : statements.put;
  if (!statement) statement = prepare(database_, change.removed ? remove_text(*change.model) : put_text(*change.model));
  if (!statement) return sqlite3_extended_errcode(database_);
  const Use use(statement.get());
  sqlite3_bind_int64(use.get(), 1, change.row);
  int number = 1;
  for (const std::string& column : change.columns) {
    sqlite3_bind_text64(use.get(), ++number, column.data(), column.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  if (!change.removed) sqlite3_bind_int64(use.get(), ++number, change.hash);
  const int code = sqlite3_step(use.get());
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

}  // namespace holdfast::sqlite
