#include "engine/sql/dialect.h"

namespace holdfast::sql {

std::size_t Statement::add(const Field* field, Value value) {
  parameters.push_back({field, std::move(value)});
  return parameters.size();
}

void append_identifier(std::string& out, std::string_view name) {
  out.push_back('"');
  for (const char c : name) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

std::string identifier(std::string_view name) {
  std::string out;
  append_identifier(out, name);
  return out;
}

}  // namespace holdfast::sql
