#include "engine/sqlite/testing/aftermath.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/error.h"
#include "engine/sqlite/dialect.h"
#include "query/search_terms.h"

namespace holdfast::testing {
namespace {

// Of the first row; nothing when there is none.
std::string answer_of(CrashClient& client, const std::string& statement) {
  const Contents rows = client.rows(statement);
  return rows.empty() ? "" : rows.begin()->first;
}

// What is wrong in the file; empty: nothing.
std::string fault_of(CrashClient& client) {
  if (std::string said = answer_of(client, "pragma integrity_check"); said != "ok") return said;
  if (std::string table = answer_of(client, "pragma foreign_key_check"); !table.empty()) return "a reference to nothing in " + table;
  const Model& items = *client.catalog.find("items");
  const std::string search = sqlite::search_table(items);
  answer_of(client, fmt::format(R"(insert into "{0}" ("{0}") values ('integrity-check'))", search));
  const std::string side = sqlite::side_table(items, items.ordinal("tags").value());
  const std::string kept = fmt::format(R"(select value, "row" from "{}")", side);
  const std::string wanted = "select e.value, i._row from items i, json_each(i.tags) e";
  const std::string strayed = answer_of(client, fmt::format("select count(*) from (select * from ({0} except {1}) union all "
                                                            "select * from ({1} except {0}))",
                                                            kept, wanted));
  return strayed == "0" ? "" : strayed + " entries differ between items.tags and " + side;
}

std::string difference(const Contents& expected, const Contents& found) {
  for (const auto& [name, value] : expected) {
    const auto at = found.find(name);
    if (at == found.end()) return fmt::format("{} is missing", name);
    if (at->second != value) return fmt::format("{} is\n  {}\nand should be\n  {}", name, at->second, value);
  }
  for (const auto& [name, value] : found) {
    if (!expected.contains(name)) return fmt::format("{} is there: {}", name, value);
  }
  return {};
}

// Each record has its own search data, and nothing else has any.
std::string search_fault_of(CrashClient& client) {
  const Model& items = *client.catalog.find("items");
  Contents wanted;
  for (const auto& [id, record] : client.records(items)) {
    wanted[id] = std::to_string(static_cast<std::int64_t>(search_hash(items, record)));
  }
  const std::string select = fmt::format(
      R"(select coalesce(i.id, 'row ' || s.rowid), s.hash from "{}" s left join items i on s.rowid = i._row)", sqlite::search_table(items));
  const std::string differs = difference(wanted, client.rows(select));
  return differs.empty() ? "" : "search data: " + differs;
}

Judgement judge_contents(const Contents& found, const Recording& life, std::size_t operation) {
  const auto later = [&](const Acknowledged& entry) { return entry.operation > operation; };
  const auto next = std::find_if(life.history.begin(), life.history.end(), later);
  const auto last = next - 1;  // the first entry is of operation 0
  if (found == last->contents || (next != life.history.end() && found == next->contents)) return {};
  const auto same = [&](const Acknowledged& entry) { return entry.contents == found; };
  const bool was_once = std::any_of(life.history.begin(), last, same);
  return {was_once ? Finding::kLost : Finding::kMixed,
          fmt::format("after {} acknowledged groups: {}", last - life.history.begin(), difference(last->contents, found))};
}

// A server that cannot write is no server.
Judgement judge_writing(CrashClient& client) {
  const WritePlan plan = create_plan(*client.catalog.find("shelves"), text("afterwards"), {{"name", text("afterwards")}});
  const Result<Written> written = client.write(plan);
  if (written.has_error()) return {Finding::kRefused, "a write afterwards: " + written.error().detail};
  const FindPlan find{plan.model, plan.id};
  if (run(client.loop, client.store->find(find)).has_error()) return {Finding::kDamaged, "a write afterwards is not found"};
  return {};
}

}  // namespace

Judgement judge(CrashFileSystem& system, const sqlite::Options& options, const Catalog& catalog, Files files, const Recording& life,
                std::size_t operation) {
  system.mount(std::move(files));
  try {
    CrashClient client(options, catalog);
    if (operation >= life.opened && client.engine->cursor_key() != *life.cursor_key)
      return {Finding::kLost, "the key of cursors is another"};
    Judgement judgement = judge_contents(client.contents(), life, operation);
    std::string fault = fault_of(client);
    if (fault.empty()) fault = search_fault_of(client);
    if (!fault.empty()) return {Finding::kDamaged, fault};
    return judgement.finding == Finding::kWhole ? judge_writing(client) : judgement;
  } catch (const StartupError& refusal) {
    return {Finding::kRefused, refusal.what()};
  } catch (const std::runtime_error& failure) {
    return {Finding::kDamaged, failure.what()};
  }
}

}  // namespace holdfast::testing
