#include "engine/sql/column_meaning.h"

#include <fmt/format.h>

#include "engine/sql/dialect.h"

namespace holdfast::sql {

std::string column_key(std::string_view table, std::string_view column) {
  return fmt::format("{}{}.{}", kColumnKeyPrefix, table, identifier(column));
}

MeaningChange compare_meaning(const Meanings& known, std::string_view table, const Field& field, bool is_new) {
  MeaningChange change;
  for (const auto& [path, wanted] : meanings_of(field)) {
    const std::string key = column_key(table, field.column) + path;
    const auto found = known.find(key);
    if (is_new || found == known.end()) {
      change.unknown.emplace_back(key, wanted);
    } else if (found->second != wanted) {
      change.problem =
          fmt::format("the column {} holds values of type {}, which the model would read as {}; change the model back, or give the {}",
                      field.column + path, found->second, wanted, path.empty() ? "field another column" : "member another name");
      return change;
    }
  }
  return change;
}

}  // namespace holdfast::sql
