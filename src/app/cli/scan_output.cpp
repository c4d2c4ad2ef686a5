#include "app/cli/scan_output.h"

#include <fmt/format.h>

#include "model/json.h"

namespace holdfast::cli {
namespace {

constexpr std::size_t kShown = 10;  // in words; JSON has what is listed

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) out.append(out.empty() ? "" : separator).append(part);
  return out;
}

// "…: a, b and 90 more"
template <typename Listed, typename Show>
std::string listed_text(const std::vector<Listed>& listed, std::int64_t count, Show show) {
  std::vector<std::string> shown;
  for (const auto& one : listed) {
    if (shown.size() == kShown) break;
    shown.push_back(show(one));
  }
  const auto more = count - static_cast<std::int64_t>(shown.size());
  return joined(shown, ", ") + (more > 0 ? fmt::format(" and {} more", more) : std::string());
}

Finding finding_of(const ScannedCollection& collection) {
  Finding finding{collection.model->name, FindingStatus::kOk, fmt::format("{} records fit the model.", collection.records), ""};
  if (collection.is_sound()) return finding;
  finding.status = FindingStatus::kError;
  std::vector<std::string> facts, advice;
  if (collection.misfits != 0) {
    const auto show = [](const Misfit& misfit) { return fmt::format("{} ({})", misfit.id, misfit.field); };
    facts.push_back(fmt::format("{} stored values are of another type than the model's: {}", collection.misfits,
                                listed_text(collection.listed, collection.misfits, show)));
    advice.push_back("Mend the values in the database: such records are answered 500 stored_value_invalid.");
  }
  if (collection.stale_search != 0) facts.push_back(fmt::format("the search data of {} is stale", collection.stale_search));
  if (collection.orphan_search != 0) facts.push_back(fmt::format("the search data of {} that are gone is left", collection.orphan_search));
  if (collection.stale_keys != 0) facts.push_back(fmt::format("the compound unique keys of {} are stale", collection.stale_keys));
  if (facts.size() > (collection.misfits != 0 ? 1 : 0)) advice.push_back("Run: holdfast reindex");
  finding.message = fmt::format("of {} records: {}.", collection.records, joined(facts, "; "));
  finding.advice = joined(advice, " ");
  return finding;
}

Finding finding_of(const DanglingReference& dangling) {
  const auto& [reference, count, listed] = dangling;
  const auto field = reference.model->fields[reference.field].name;
  const auto show = [](const Dangler& dangler) { return fmt::format("{} ({})", dangler.id, dangler.target); };
  return {reference.model->name, FindingStatus::kError,
          fmt::format("{} of {} records refers to {} that are not there: {}.", field, count, reference.target->name,
                      listed_text(listed, count, show)),
          fmt::format("Make the missing {}, or PATCH {} of these records.", reference.target->name, field)};
}

void append_text(std::string& json, std::string_view name, std::string_view text) {
  json += fmt::format("{}\"{}\":", json.back() == '{' ? "" : ",", name);
  append_json_string(json, text);
}

}  // namespace

std::vector<Finding> findings_of(const std::vector<ScannedCollection>& collections) {
  std::vector<Finding> findings;
  for (const auto& collection : collections) findings.push_back(finding_of(collection));
  return findings;
}

std::vector<Finding> findings_of(const std::vector<DanglingReference>& references) {
  std::vector<Finding> findings;
  for (const auto& reference : references) findings.push_back(finding_of(reference));
  if (findings.empty()) findings.push_back({"references", FindingStatus::kOk, "every reference has its target.", ""});
  return findings;
}

std::string json_of(const std::vector<ScannedCollection>& collections) {
  std::string json = "[";
  for (const auto& collection : collections) {
    json += json.back() == '[' ? "{" : ",{";
    append_text(json, "collection", collection.model->name);
    json += fmt::format(R"(,"records":{},"misfits":{},"staleSearch":{},"orphanSearch":{},"staleKeys":{},"listed":[)", collection.records,
                        collection.misfits, collection.stale_search, collection.orphan_search, collection.stale_keys);
    for (const auto& misfit : collection.listed) {
      json += json.back() == '[' ? "{" : ",{";
      append_text(json, "id", misfit.id);
      append_text(json, "field", misfit.field);
      json += '}';
    }
    json += "]}";
  }
  return json + "]";
}

std::string json_of(const std::vector<DanglingReference>& references) {
  std::string json = "[";
  for (const auto& [reference, count, listed] : references) {
    json += json.back() == '[' ? "{" : ",{";
    append_text(json, "collection", reference.model->name);
    append_text(json, "field", reference.model->fields[reference.field].name);
    append_text(json, "target", reference.target->name);
    json += fmt::format(R"(,"count":{},"listed":[)", count);
    for (const auto& dangler : listed) {
      json += json.back() == '[' ? "{" : ",{";
      append_text(json, "id", dangler.id);
      append_text(json, "target", dangler.target);
      json += '}';
    }
    json += "]}";
  }
  return json + "]";
}

}  // namespace holdfast::cli
