#include "engine/sql/dangling.h"

#include <fmt/format.h>

namespace holdfast::sql {

std::string dangling_text(const Dialect& dialect, const Reference& reference, bool target_exists) {
  const Model& model = *reference.model;
  const auto id = identifier(model.fields[0].column);
  const auto field = identifier(model.fields[reference.field].column);
  const auto table = [&dialect](const Model& one) {
    std::string out;
    dialect.append_table(out, one);
    return out;
  };
  auto text = fmt::format("select _hf_r.{}, _hf_r.{} from {} as _hf_r", id, field, table(model));
  std::string is_missing;
  if (target_exists) {
    const auto target_id = identifier(reference.target->fields[0].column);
    text += fmt::format(" left join {} as _hf_t on _hf_t.{} = _hf_r.{}", table(*reference.target), target_id, field);
    is_missing = fmt::format(" and _hf_t.{} is null", target_id);
  }
  return text + fmt::format(" where _hf_r.{} is not null{} order by 1", field, is_missing);
}

}  // namespace holdfast::sql
