#include "seed/seeder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/id.h"
#include "seed/seed_file.h"

namespace holdfast {
namespace {

std::vector<SeedFile> sound_seeds(const Catalog& catalog, const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    throw StartupError(kExitConfiguration, fmt::format("there is no folder of seeds at {}. Serve without --seed, or add a file {} there.",
                                                       folder.string(), "01_<collection>.yml"));
  }
  auto seeds = load_seeds(catalog, folder, folder.string());
  if (seeds.faults.empty()) return std::move(seeds.files);
  std::string message = "the seeds have faults; nothing was stored:";
  for (const auto& fault : seeds.faults) message += "\n" + fault.text();
  throw StartupError(kExitConfiguration, message);
}

// True when `file` holds records of a collection that `model` refers to; of itself does not count.
bool is_referred_to(const SeedFile& file, const Model& model) {
  if (file.model == &model) return false;
  return std::ranges::any_of(model.fields, [&file](const Field& field) { return field.ref == file.model->name; });
}

// True when the references of `file` lead back to it.
bool is_in_a_circle(const std::vector<SeedFile>& files, const SeedFile& file) {
  std::vector<const SeedFile*> reached{&file};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const SeedFile& other : files) {
      if (!is_referred_to(other, *reached[i]->model)) continue;
      if (&other == &file) return true;
      if (std::ranges::find(reached, &other) == reached.end()) reached.push_back(&other);
    }
  }
  return false;
}

// Files of the collections that others refer to come first; else, and in a circle, they stay in order.
std::vector<SeedFile> targets_first(std::vector<SeedFile> files) {
  std::vector<SeedFile> ordered;
  while (!files.empty()) {
    const auto is_ready = [&files](const SeedFile& file) {
      return std::ranges::none_of(files, [&file](const SeedFile& other) { return is_referred_to(other, *file.model); });
    };
    auto next = std::ranges::find_if(files, is_ready);
    if (next == files.end()) next = std::ranges::find_if(files, [&files](const SeedFile& file) { return is_in_a_circle(files, file); });
    ordered.push_back(std::move(*next));
    files.erase(next);
  }
  return ordered;
}

// The cheapest question that an empty collection answers differently.
ListPlan any_record(const Model& model) {
  ListPlan plan;
  plan.model = &model;
  plan.sort = {{0, false}};
  plan.limit = 1;
  plan.fields = std::vector<std::size_t>{0};
  return plan;
}

WritePlan create(const Model& model, const SeedRecord& record, IdSource& ids, Milliseconds now) {
  WritePlan plan;
  plan.model = &model;
  plan.kind = WritePlan::Kind::kCreate;
  plan.values = record.values;
  plan.now = now;
  if (model.id_kind == IdKind::kText) plan.id = plan.values[0];
  if (model.id_kind == IdKind::kUuid) plan.id = Value(ids.uuid(now));
  if (model.id_kind == IdKind::kObjectId) plan.id = Value(ids.object_id(now));
  return plan;
}

Error placed(const Error& error, const SeedFile& file, const SeedRecord& record) {
  auto detail = error.detail.empty() ? std::string(describe(error.code).title) : error.detail;
  if (!error.fields.empty()) detail += fmt::format(" ({})", fmt::join(error.fields, ", "));
  Error result(error.code,
               fmt::format("{}:{}:{}: this record could not be stored: {}", file.file, record.mark.line, record.mark.column, detail));
  return result;
}

}  // namespace

awaitable<Result<SeedReport>> seed(const Catalog& catalog, std::filesystem::path folder, Store& store, const Clock& clock) {
  const auto files = targets_first(sound_seeds(catalog, folder));
  SeedReport report;
  std::map<const Model*, bool> was_empty;
  std::size_t total = 0;
  for (const auto& file : files) {
    total += file.records.size();
    if (was_empty.contains(file.model)) continue;
    const auto plan = any_record(*file.model);
    const Result<Listing> listing = co_await store.list(plan);
    if (!listing) co_return listing.error();
    was_empty[file.model] = listing->records.empty();
    if (!listing->records.empty()) report.passed.push_back(file.model->name);
  }

  IdSource ids;
  Milliseconds now = clock.now() - static_cast<Milliseconds>(total);
  for (const auto& file : files) {
    if (!was_empty[file.model]) continue;
    for (const auto& record : file.records) {
      auto plan = create(*file.model, record, ids, ++now);
      const Result<Written> written = co_await store.write(std::move(plan));
      if (!written) co_return placed(written.error(), file, record);
    }
    const auto same =
        std::find_if(report.filled.begin(), report.filled.end(), [&file](const auto& one) { return one.name == file.model->name; });
    if (same == report.filled.end()) {
      report.filled.push_back({file.model->name, file.records.size()});
    } else {
      same->records += file.records.size();
    }
  }
  co_return report;
}

}  // namespace holdfast
