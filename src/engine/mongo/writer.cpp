#include "engine/mongo/writer.h"

#include "base/log.h"
#include "engine/mongo/document.h"
#include "engine/mongo/error.h"
#include "engine/mongo/reply.h"
#include "engine/mongo/write_session.h"

namespace holdfast::mongo {
namespace {

constexpr std::int64_t kSettledAtStart = 1'000;  // of a collection; others are when they are met

}  // namespace

Result<Written> Writer::write(Connection& connection, const WritePlan& plan) {
  return WriteSession(connection, catalog_, clock_, keys_, next_expiry_).write(plan);
}

void Writer::settle_removals(Connection& connection) {
  Documents documents(connection, keys_);
  Removal removal(documents, catalog_, clock_);
  for (const Reference& reference : catalog_.references()) {
    const Model& model = *reference.target;
    Document find;
    append_text(*find.get(), "find", model.table);
    {
      Nested filter(*find.get(), "filter");
      Nested old(filter, "_hf.deleting.at");
      bson_append_date_time(&old.get(), "$lt", -1, clock_.now() - kStaleMark);
    }
    append_int64(*find.get(), "limit", kSettledAtStart);
    append_int64(*find.get(), "batchSize", kSettledAtStart + 1);
    append_bool(*find.get(), "singleBatch", true);
    const Reply marked = connection.read(*find.get());
    if (!marked)
      return log(LogLevel::kWarn, "removals that were left unfinished cannot be looked for", {{"error", marked.error().error.message}});
    each_document(*marked->get(), [&](const bson_t& document) {
      const Result<Removal::State> state = removal.state_of(model, document);
      if (!state) log(LogLevel::kWarn, "a removal that was left unfinished stays so", {{"error", state.error().detail}});
      return state.has_value();
    });
  }
}

}  // namespace holdfast::mongo
