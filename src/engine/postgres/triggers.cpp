#include "engine/postgres/triggers.h"

#include <fmt/format.h>

#include "base/log.h"
#include "engine/postgres/dialect.h"
#include "engine/postgres/introspection.h"

namespace holdfast::postgres {
namespace {

// Of its type the bits 1: for each row, 2: before, 4: insert, 16: update. One that is enabled for replicas only does not run for us.
constexpr const char* kChangingTriggers =
    "select g.tgname::text from pg_catalog.pg_trigger g join pg_catalog.pg_class c on c.oid = g.tgrelid "
    "join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = coalesce(nullif({}, ''), current_schema()) "
    "and c.relname = {} and not g.tgisinternal and g.tgenabled in ('O', 'A') and g.tgtype & 3 = 3 and g.tgtype & 20 <> 0 order by 1";

}  // namespace

Outcome<std::vector<std::string>> changing_triggers(DirectSession& session, const std::string& schema, const std::string& table) {
  Query query;
  query.text = fmt::format(kChangingTriggers, quoted(schema), quoted(table));
  const Outcome<Answer> answer = session.run(query);
  if (!answer) return answer.error();
  std::vector<std::string> names;
  for (int row = 0; row < answer->rows(); ++row) names.emplace_back(answer->bytes(row, 0));
  return names;
}

void warn_of_triggers(DirectSession& session, const Catalog& catalog) {
  for (const Model& model : catalog.models()) {
    const Outcome<std::vector<std::string>> triggers = changing_triggers(session, model.schema, model.table);
    if (!triggers) throw QueryFailed{triggers.error(), "triggers of " + model.table};
    if (triggers->empty()) continue;
    log(LogLevel::kWarn,
        "triggers run before each write of this table; where they change what is stored, answers and ETags of writes differ from it",
        {{"table", model.table}, {"triggers", fmt::format("{}", fmt::join(*triggers, ", "))}});
  }
}

}  // namespace holdfast::postgres
