#include "engine/testing/differential.h"

#include <fmt/format.h>

#include <cstdlib>
#include <random>

#include "engine/memory/engine.h"
#include "engine/testing/fixture.h"
#include "engine/testing/scenario_generator.h"
#include "model/loader.h"
#include "model/record_json.h"
#include "model/validator.h"
#include "query/planner.h"

namespace holdfast::testing {
namespace {

constexpr std::size_t kMostPages = 300;              // of a walk; more than any scenario has records
constexpr std::size_t kMostTogether = 6;             // writes that wait for one group commit
constexpr std::uint64_t kCasesOfLongRuns = 300'000;  // about a minute on two cores
constexpr int kJsonDepth = 8;
const SecretKey kCursorKey{};  // one for both engines, so that their cursors can be compared

// What both engines are asked. One alternative is there; nothing: the request is refused before it reaches an engine.
struct Question {
  std::optional<FindPlan> find;
  std::optional<ListPlan> list;
  bool to_the_end = false;
  std::optional<CountPlan> count;
  std::optional<WritePlan> write;

  bool is_asked() const { return find || list || count || write; }
};

std::string text_of(const Error& error) {
  std::string out(describe(error.code).name);
  for (const std::string& field : error.fields) out += " " + field;
  for (const FieldError& failure : error.errors) out += fmt::format(" {}:{}:{}", failure.pointer, failure.code, failure.limit);
  return out;
}

std::string text_of(const Model& model, const std::optional<Record>& record) {
  if (!record) return "nothing";
  std::string json;
  append_json(json, model, *record);
  return etag_of(record->revision, json) + " " + json;
}

std::string text_of(const Model& model, const Result<Written>& written) {
  if (!written) return text_of(written.error());
  return fmt::format("{}\n  before {}\n  after {}", written->changed ? "changed" : "unchanged", text_of(model, written->before),
                     text_of(model, written->after));
}

// One engine, opened for one scenario.
class Side {
 public:
  Side(const OpenCompared& open, const Catalog& catalog, const Planner& planner)
      : planner_(planner), engine_(open(catalog)), store_(engine_->attach(loop_)) {}
  ~Side() { engine_->close(); }
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  Result<Record> find(const FindPlan& plan) { return run(loop_, store_->find(plan)); }
  std::string answer(const Question& question);
  // Writes sent in one turn of the loop; answers in order.
  std::vector<std::string> write_together(const std::vector<Question>& questions);

 private:
  std::string pages(ListPlan plan, bool to_the_end);

  const Planner& planner_;
  std::unique_ptr<Engine> engine_;
  asio::io_context loop_{1};
  std::unique_ptr<Store> store_;
};

std::string Side::answer(const Question& question) {
  try {
    if (question.write) return text_of(*question.write->model, run(loop_, store_->write(*question.write)));
    if (question.list) return pages(*question.list, question.to_the_end);
    if (question.count) {
      const Result<std::int64_t> count = run(loop_, store_->count(*question.count));
      return count ? fmt::format("{}", *count) : text_of(count.error());
    }
    const Result<Record> found = find(*question.find);
    return found ? text_of(*question.find->model, *found) : text_of(found.error());
  } catch (const std::exception& failure) {
    return std::string("threw: ") + failure.what();
  }
}

std::string Side::pages(ListPlan plan, bool to_the_end) {
  std::string out;
  for (std::size_t number = 0; number < kMostPages; ++number) {
    const Result<Listing> page = run(loop_, store_->list(plan));
    if (!page) return out + text_of(page.error());
    for (const Record& record : page->records) {
      if (plan.fields) {
        append_json(out, *plan.model, record, *plan.fields);
      } else {
        append_json(out, *plan.model, record);
      }
      out += '\n';
    }
    if (page->total) out += fmt::format("total {} ", *page->total);
    if (!page->has_more) return out + "the end";
    const std::string cursor = planner_.next_cursor(plan, page->records.back(), page->last_rank);
    out += "more after " + cursor + '\n';
    if (!to_the_end || cursor.empty()) return out;
    Result<Cursor> next = decode_cursor(kCursorKey, *plan.model, plan.scope, cursor);
    if (!next) return out + text_of(next.error());
    plan.sort = std::move(next->sort);
    plan.after = std::move(next->after);
    plan.after_rank = std::move(next->after_rank);
    plan.offset = 0;
  }
  return out + "no end";
}

std::vector<std::string> Side::write_together(const std::vector<Question>& questions) {
  std::vector<awaitable<Result<Written>>> writes;
  for (const Question& question : questions) writes.push_back(store_->write(*question.write));
  try {
    const std::vector<Result<Written>> results = run_together(loop_, std::move(writes));
    std::vector<std::string> answers;
    for (std::size_t i = 0; i < results.size(); ++i) answers.push_back(text_of(*questions[i].write->model, results[i]));
    return answers;
  } catch (const std::exception& failure) {
    return std::vector<std::string>(questions.size(), std::string("threw: ") + failure.what());
  }
}

// Steps into plans, as http/ and service/ would.
class Reader {
 public:
  Reader(const Model& model, const Planner& planner, Side& specification)
      : model_(model), planner_(planner), specification_(specification) {}

  Question read(const Step& step);

 private:
  std::optional<WritePlan> write(const Step& step);
  std::optional<EntityTags> tags(const std::string& text, const Value& id);

  const Model& model_;
  const Planner& planner_;
  Side& specification_;
};

Question Reader::read(const Step& step) {
  Question question;
  const std::vector<Parameter> parameters = step.all_parameters();
  switch (step.kind) {
    case Step::Kind::kList:
    case Step::Kind::kWalk:
      if (Result<ListPlan> plan = planner_.list(model_, parameters)) question.list = std::move(*plan);
      question.to_the_end = step.kind == Step::Kind::kWalk;
      break;
    case Step::Kind::kCount:
      if (Result<CountPlan> plan = planner_.count(model_, parameters)) question.count = std::move(*plan);
      break;
    case Step::Kind::kItem:
      if (std::optional<Value> id = parse_id(model_, step.id)) question.find = FindPlan{&model_, std::move(*id)};
      break;
    default:
      question.write = write(step);
  }
  return question;
}

std::optional<WritePlan> Reader::write(const Step& step) {
  WritePlan plan;
  plan.model = &model_;
  plan.now = step.now;
  const bool creates = step.kind == Step::Kind::kCreate;
  if (!step.id.empty()) {
    std::optional<Value> id = parse_id(model_, step.id);
    if (!id) return std::nullopt;
    plan.id = std::move(*id);
  }
  plan.if_match = tags(step.if_match, plan.id);
  plan.if_none_match = tags(step.if_none_match, plan.id);
  plan.kind = WritePlan::Kind::kRemove;
  if (step.kind == Step::Kind::kRemove) return plan;

  plan.kind = creates ? WritePlan::Kind::kCreate : step.kind == Step::Kind::kReplace ? WritePlan::Kind::kReplace : WritePlan::Kind::kPatch;
  const Result<Json> body = parse_json(step.body(), kJsonDepth);
  if (!body) return std::nullopt;
  Draft draft = validate(model_, *body,
                         creates                             ? BodyMode::kCreate
                         : step.kind == Step::Kind::kReplace ? BodyMode::kReplace
                                                             : BodyMode::kPatch);
  if (!draft.errors.empty()) return std::nullopt;
  if (creates && model_.id_kind == IdKind::kText) plan.id = draft.values[0];
  plan.values = std::move(draft.values);
  plan.claims = std::move(draft.claims);
  return plan;
}

std::optional<EntityTags> Reader::tags(const std::string& text, const Value& id) {
  if (text.empty()) return std::nullopt;
  EntityTags tags;
  tags.any = text == "*";
  if (tags.any) return tags;
  tags.tags.push_back(text);
  if (text != "current") return tags;
  const FindPlan plan{&model_, id};
  const Result<Record> now = specification_.find(plan);
  tags.tags.back() = now ? etag_of(model_, *now) : "\"0-00000000\"";
  return tags;
}

// What the tally counts an answer as.
std::string ending(const Question& question, const std::string& answer) {
  const bool has_records = answer.find('{') != std::string::npos;
  if (question.list) return !has_records ? "no records" : answer.find("\nmore after ") != std::string::npos ? "pages" : "page";
  if (question.count) return answer == "0" ? "count of none" : "count";
  if (question.find && has_records) return "item";
  return answer.substr(0, answer.find_first_of(" \n"));
}

std::uint64_t sum_of(const Tally& tally) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : tally) sum += count;
  return sum;
}

}  // namespace

std::optional<Difference> first_difference(const OpenCompared& open, const Scenario& scenario, Tally& tally) {
  LoadedModels loaded = load_model_text("things", scenario.model.yaml());
  if (!loaded.faults.empty()) return std::nullopt;
  const Catalog catalog(std::move(loaded.models));
  const Planner planner(catalog, kCursorKey);
  Side specification([](const Catalog& models) { return memory::open(models); }, catalog, planner);
  Side tested(open, catalog, planner);
  Reader reader(catalog.models().front(), planner, specification);
  for (std::size_t step = 0; step < scenario.steps.size();) {
    std::vector<std::size_t> asked;
    std::vector<Question> questions;
    std::vector<std::string> expected;
    do {
      Question question = reader.read(scenario.steps[step]);
      if (question.is_asked()) {
        expected.push_back(specification.answer(question));
        ++tally[ending(question, expected.back())];
        questions.push_back(std::move(question));
        asked.push_back(step);
      }
      ++step;
    } while (step < scenario.steps.size() && scenario.steps[step - 1].is_write() && scenario.steps[step].is_write() &&
             questions.size() < kMostTogether);
    if (questions.empty()) continue;
    const std::vector<std::string> answered =
        questions.front().write ? tested.write_together(questions) : std::vector<std::string>{tested.answer(questions.front())};
    for (std::size_t i = 0; i < answered.size(); ++i) {
      if (answered[i] != expected[i]) return Difference{asked[i], expected[i], answered[i]};
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
  for (; report.cases < campaign.cases; ++report.scenarios) {
    const std::uint64_t seed = campaign.seed + report.scenarios;
    Scenario scenario = random_scenario(seed);
    const bool differs = first_difference(open, scenario, report.tally).has_value();
    report.cases = sum_of(report.tally);
    if (!differs) continue;
    scenario = shrunk(open, std::move(scenario));
    Tally ignored;
    const std::optional<Difference> difference = first_difference(open, scenario, ignored);
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
  return report;
}

}  // namespace holdfast::testing
