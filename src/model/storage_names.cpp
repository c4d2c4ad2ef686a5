#include "model/storage_names.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace holdfast {

namespace {

// PostgreSQL cuts longer names without a word.
constexpr std::size_t kLongestName = 63;

}  // namespace

// Index names are one space per schema, so they start with the table's. Two underscores join, since columns seldom hold them.
std::string object_name(std::string_view prefix, const Model& model, const std::vector<NamedKey>& keys) {
  std::string name = fmt::format("{}_{}", prefix, model.table);
  for (const NamedKey& key : keys) name.append("__").append(key.column).append(key.descending ? "_desc" : "");
  if (name.size() <= kLongestName) return name;
  const std::string hash = fmt::format("_{:08x}", static_cast<std::uint32_t>(content_hash(name)));
  std::size_t end = kLongestName - hash.size();
  while ((static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;  // at the first byte of a character
  return name.substr(0, end) + hash;
}

std::string side_table_name(const Model& model, std::size_t field) {
  return fmt::format("_hf_{}_{}", model.table, model.fields[field].column);
}

std::string search_table_name(const Model& model) {
  return fmt::format("_hf_{}__search", model.table);
}

std::string document_path(const Model& model, std::size_t field) {
  const Field& holder = model.fields[model.holder(field)];
  return (holder.column_is_declared ? holder.column : holder.name) + model.field(field).name.substr(holder.name.size());
}

}  // namespace holdfast
