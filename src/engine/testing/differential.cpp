#include "engine/testing/differential.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "engine/memory/engine.h"
#include "engine/testing/report.h"
#include "engine/testing/scenario_generator.h"
#include "engine/testing/side.h"
#include "model/loader.h"

namespace holdfast::testing {
namespace {

constexpr std::uint64_t kCasesOfLongRuns = 300'000;  // about two minutes on two cores

bool is_nested(const Model& model, const Filter& filter) {
  if (filter.kind == Filter::Kind::kCondition) return filter.condition.field >= model.fields.size();
  return std::any_of(filter.children.begin(), filter.children.end(), [&](const Filter& child) { return is_nested(model, child); });
}

// Counts an answer by what it is, and once more by each feature that it shows at work.
void note(Tally& tally, const Question& question, const std::string& answer) {
  ++tally.cases;
  const auto count = [&](const std::string& name) { ++tally.counts[name]; };
  const std::string first_word = answer.substr(0, answer.find_first_of(" \n"));
  const bool has_records = answer.find('{') != std::string::npos;
  const bool has_more = answer.find("\nmore after ") != std::string::npos;
  if (question.count) return count(answer == "0" ? "count of none" : "count");
  if (question.find) return count(has_records ? "item" : first_word);
  if (question.write) {
    count(first_word);
    if (question.write->upsert) count("upsert " + first_word);
    if (question.write->only_if_missing) count("put " + first_word);
    return;
  }
  const ListPlan& plan = *question.list;
  count(!has_records ? "no records" : has_more ? "pages" : "page");
  if (!has_records) return;
  const auto is_nested_key = [&](const SortKey& key) { return key.field >= plan.model->fields.size(); };
  if (std::any_of(plan.sort.begin(), plan.sort.end(), is_nested_key)) count("nested sort");
  if (is_nested(*plan.model, plan.filter)) count("nested filter");
  if (plan.search) count("search hits");
  if (plan.search && has_more && plan.by_rank) count("search by rank, pages");
}

// Counts a removal that took others with it or changed them.
void note_removal(Tally& tally, const std::map<std::pair<std::string, std::string>, std::int64_t>& before,
                  const std::map<std::pair<std::string, std::string>, std::int64_t>& after) {
  if (before.size() > after.size() + 1) ++tally.counts["cascade"];
  const bool changed =
      std::any_of(after.begin(), after.end(), [&](const auto& record) { return before.at(record.first) != record.second; });
  if (changed) ++tally.counts["set null"];
}

// What the specification answers, counted.
std::string expected_answer(Side& specification, const Catalog& catalog, const Question& question, Tally& tally) {
  const bool removes = question.write && question.write->kind == WritePlan::Kind::kRemove;
  const auto refers = [&](const Reference& reference) { return reference.target == question.write->model; };
  const bool reaches = removes && std::any_of(catalog.references().begin(), catalog.references().end(), refers);
  if (!reaches) {
    std::string answer = specification.answer(question);
    note(tally, question, answer);
    return answer;
  }
  const auto before = specification.revisions();
  std::string answer = specification.answer(question);
  note(tally, question, answer);
  note_removal(tally, before, specification.revisions());
  return answer;
}

// Of one key at a time only one write may run: the second would be told to wait.
bool shares_key(const std::vector<Question>& questions, const Question& next) {
  if (!next.write || !next.write->idempotency) return false;
  return std::any_of(questions.begin(), questions.end(), [&](const Question& question) {
    return question.write && question.write->model == next.write->model && question.write->idempotency &&
           question.write->idempotency->key == next.write->idempotency->key;
  });
}

std::optional<Catalog> catalog_of(const std::vector<ModelText>& models) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const ModelText& model : models) files.emplace_back(model.name, model.yaml());
  LoadedModels loaded = load_model_texts(files);
  if (!loaded.faults.empty()) return std::nullopt;
  return Catalog(std::move(loaded.models));
}

// The questions of the next step, with those of the writes behind it that can go together.
struct Batch {
  std::vector<std::size_t> steps;
  std::vector<Question> questions;
  std::vector<std::string> expected;
};

}  // namespace

std::optional<Difference> first_difference(const OpenCompared& open, const Scenario& scenario, Tally& tally, std::size_t writes_together) {
  const std::optional<Catalog> catalog = catalog_of(scenario.models);
  if (!catalog) return std::nullopt;
  const Planner planner(*catalog, kCursorKey);
  Side specification([](const Catalog& models) { return memory::open(models); }, *catalog, planner);
  Side tested(open, *catalog, planner);
  const QuestionReader reader(*catalog, planner, [&](const FindPlan& plan) { return specification.tag_of(plan); });
  const std::vector<Step>& steps = scenario.steps;
  for (std::size_t step = 0; step < steps.size();) {
    Batch batch;
    do {
      Question question = reader.read(steps[step]);
      if (shares_key(batch.questions, question)) break;
      if (question.is_asked()) {
        batch.expected.push_back(expected_answer(specification, *catalog, question, tally));
        batch.questions.push_back(std::move(question));
        batch.steps.push_back(step);
      }
      ++step;
    } while (step < steps.size() && steps[step - 1].is_write() && steps[step].is_write() && batch.questions.size() < writes_together);
    if (batch.questions.empty()) continue;
    const std::vector<std::string> answered = batch.questions.front().write
                                                  ? tested.write_together(batch.questions)
                                                  : std::vector<std::string>{tested.answer(batch.questions.front())};
    for (std::size_t i = 0; i < answered.size(); ++i) {
      if (answered[i] != batch.expected[i]) return Difference{batch.steps[i], batch.expected[i], answered[i]};
    }
  }
  return std::nullopt;
}

Campaign Campaign::from_environment() {
  Campaign campaign;
  const char* seed = std::getenv("HOLDFAST_TEST_SEED");
  const char* cases = std::getenv("HOLDFAST_DIFFERENTIAL_CASES");
  campaign.seed = seed != nullptr ? std::strtoull(seed, nullptr, 10) : std::random_device{}();
  if (std::getenv("HOLDFAST_TEST_LONG") != nullptr) campaign.cases = kCasesOfLongRuns;
  if (cases != nullptr) campaign.cases = std::strtoull(cases, nullptr, 10);
  return campaign;
}

CampaignReport run_campaign(const OpenCompared& open, const Campaign& campaign) {
  CampaignReport report;
  for (; report.tally.cases < campaign.cases; ++report.scenarios) {
    const std::uint64_t seed = campaign.seed + report.scenarios;
    Scenario scenario = random_scenario(seed, campaign.characters);
    const bool differs = first_difference(open, scenario, report.tally, campaign.writes_together).has_value();
    if (!differs) continue;
    scenario = shrunk(open, std::move(scenario), campaign.writes_together);
    Tally ignored;
    const std::optional<Difference> difference = first_difference(open, scenario, ignored, campaign.writes_together);
    report.text = fmt::format("The engine differs from semantics.md. Again: HOLDFAST_TEST_SEED={} HOLDFAST_DIFFERENTIAL_CASES=1\n{}", seed,
                              scenario.text());
    if (difference) {
      report.text +=
          fmt::format("request {} must answer\n{}\nbut answers\n{}\n", difference->step + 1, difference->expected, difference->answered);
    } else {
      report.text += "The difference does not come again every time.\n";
    }
    report.failing = std::move(scenario);
    return report;
  }
  report_count(static_cast<std::int64_t>(report.tally.cases));
  return report;
}

}  // namespace holdfast::testing
