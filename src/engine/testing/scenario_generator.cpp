#include "engine/testing/scenario_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "engine/testing/random_model.h"
#include "engine/testing/random_value.h"
#include "model/loader.h"
#include "query/condition_builder.h"
#include "query/filter_parser.h"

namespace holdfast::testing {
namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t kIds = 30;
constexpr Milliseconds kStart = 1'700'000'000'000;

// Writes and reads of one model. Values come from a pool for each field, so that they meet.
class Generator {
 public:
  Generator(Random& random, const ModelText& text, const Model& model);

  std::vector<Step> steps();

 private:
  Step create();
  Step change();
  Step read();
  void add_members(Step& step, std::size_t omitted_percent);
  std::string member(std::size_t field);
  std::string array_json(const Field& element, const Texts& pool);

  void add_filters(Step& step);
  void add_page(Step& step);
  FilterText filter_text(std::size_t depth);
  std::string comparison_text();
  Parameter comparison_parameter();
  struct Chosen {
    std::size_t field;
    Comparison comparison;
    Texts values;
  };
  Chosen comparison();
  std::string operand(const Field& field, Comparison comparison, const Texts& pool);
  Texts sort_by();

  std::string any_id();

  Random& random_;
  const Model& model_;
  std::vector<Texts> pools_;  // by ordinal; of arrays: their elements
  Texts ids_;
  std::size_t made_ = 0;
  Milliseconds now_ = kStart;
};

Generator::Generator(Random& random, const ModelText& text, const Model& model) : random_(random), model_(model) {
  for (std::size_t i = 0; i < kIds; ++i) {
    ids_.push_back(text.id == "uuid"       ? fmt::format("0190a000-0000-7000-8000-0000000000{:02x}", i * 7)
                   : text.id == "objectId" ? fmt::format("65000000000000000000{:04x}", i * 1031)
                   : text.id == "integer"  ? std::to_string(i + 1)
                                           : fmt::format("{}{}",
                                                        i % 3 == 0   ? "~"
                                                         : i % 3 == 1 ? "a."
                                                                      : "Z_",
                                                         i));
  }
  for (const Field& field : model.fields) {
    const bool is_key =
        field.unique || std::any_of(model.unique_keys.begin(), model.unique_keys.end(), [&](const UniqueKey& key) {
          return std::any_of(key.fields.begin(), key.fields.end(), [&](std::size_t i) { return &model.fields[i] == &field; });
        });
    Texts pool;
    if (field.role == Role::kId) pool = ids_;
    for (std::size_t count = is_key ? 30 : 6; pool.size() < count;) {
      pool.push_back(field.role == Role::kProperty
                         ? random_scalar(random, operand_field(field))
                         : fmt::format("2023-11-14T22:13:{:02}{}Z", 20 + random.below(9), random.chance(30) ? ".5" : ""));
    }
    pools_.push_back(std::move(pool));
  }
}

std::vector<Step> Generator::steps() {
  std::vector<Step> steps;
  for (std::size_t rows = random_.between(3, 40); rows > 0; --rows) steps.push_back(create());
  for (std::size_t count = random_.between(40, 120); count > 0; --count) {
    const std::size_t choice = random_.below(100);
    steps.push_back(choice < 10 ? create() : choice < 30 ? change() : read());
  }
  return steps;
}

std::string Generator::any_id() {
  return random_.chance(3) ? (model_.id_kind == IdKind::kInteger ? "9223372036854775807" : ids_.back()) : random_.pick(ids_);
}

Step Generator::create() {
  Step step;
  step.kind = Step::Kind::kCreate;
  step.now = now_ += static_cast<Milliseconds>(random_.below(3) * 500);
  const std::string& id = ids_[made_++ % ids_.size()];
  if (model_.id_kind == IdKind::kText) {
    step.members.emplace_back("id", fmt::format("\"{}\"", random_.chance(90) ? id : any_id()));
  } else if (model_.id_kind != IdKind::kInteger) {
    step.id = id;
  }
  add_members(step, 25);
  return step;
}

Step Generator::change() {
  Step step;
  step.now = now_ += static_cast<Milliseconds>(random_.below(3) * 500);
  step.id = any_id();
  const std::size_t choice = random_.below(10);
  step.kind = choice < 2 ? Step::Kind::kRemove : choice < 5 ? Step::Kind::kReplace : Step::Kind::kPatch;
  if (random_.chance(25)) step.if_match = random_.pick(Texts{"current", "current", "*", "\"1-00000000\"", "W/\"1-00000000\""});
  if (random_.chance(5)) step.if_none_match = random_.pick(Texts{"current", "*", "\"1-00000000\""});
  if (step.kind == Step::Kind::kRemove) return step;
  if (random_.chance(10)) {
    const std::string id = random_.chance(80) ? step.id : any_id();
    step.members.emplace_back("id", model_.id_kind == IdKind::kInteger ? id : fmt::format("\"{}\"", id));
  }
  if (model_.timestamps && random_.chance(5)) step.members.emplace_back("createdAt", "\"2023-11-14T22:13:20.000Z\"");
  add_members(step, step.kind == Step::Kind::kPatch ? 65 : 25);
  return step;
}

void Generator::add_members(Step& step, std::size_t omitted_percent) {
  for (std::size_t i = 0; i < model_.fields.size(); ++i) {
    const Field& field = model_.fields[i];
    if (field.role != Role::kProperty || (random_.chance(omitted_percent) && !(field.required && random_.chance(95)))) continue;
    step.members.emplace_back(field.name, member(i));
  }
}

std::string Generator::member(std::size_t i) {
  const Field& field = model_.fields[i];
  if (random_.chance(field.admits_null ? 25 : 1)) return "null";
  if (field.kind == Kind::kArray) return array_json(*field.element, pools_[i]);
  return json_of(random_, field, random_.pick(pools_[i]));
}

std::string Generator::array_json(const Field& element, const Texts& pool) {
  std::string json;
  for (std::size_t count = random_.below(5); count > 0; --count) {
    json += (json.empty() ? "" : ",") + json_of(random_, element, random_.pick(pool));
  }
  return "[" + json + "]";
}

Step Generator::read() {
  Step step;
  const std::size_t choice = random_.below(100);
  step.kind = choice < 55 ? Step::Kind::kList : choice < 75 ? Step::Kind::kWalk : choice < 92 ? Step::Kind::kCount : Step::Kind::kItem;
  if (step.kind == Step::Kind::kItem) {
    step.id = any_id();
    return step;
  }
  add_filters(step);
  if (step.kind != Step::Kind::kCount) add_page(step);
  return step;
}

void Generator::add_filters(Step& step) {
  if (random_.chance(40)) {
    for (std::size_t count = random_.between(1, 2); count > 0; --count) step.parameters.push_back(comparison_parameter());
  }
  if (!random_.chance(55)) return;
  step.filter = filter_text(random_.chance(5) ? 6 : random_.below(4));
  if (!random_.chance(3)) return;
  // As deep as a filter may be.
  const std::size_t room = kFilterDepthLimit - 14;
  for (std::size_t depth = random_.between(1, room); depth > 0; --depth) {
    FilterText outer;
    outer.kind = random_.chance(50) ? FilterText::Kind::kAnd : FilterText::Kind::kOr;
    outer.children.push_back(filter_text(0));
    outer.children.insert(random_.chance(70) ? outer.children.end() : outer.children.begin(), std::move(*step.filter));
    step.filter = std::move(outer);
  }
}

void Generator::add_page(Step& step) {
  const bool walks = step.kind == Step::Kind::kWalk;
  if (walks || random_.chance(50)) step.parameters.push_back({"limit", std::to_string(random_.between(1, walks ? 7 : 60))});
  if (!walks && random_.chance(20)) step.parameters.push_back({"offset", std::to_string(random_.below(12))});
  if (random_.chance(25)) step.parameters.push_back({"count", "exact"});
  if (random_.chance(25)) {
    step.parameters.push_back(
        {"fields", random_.pick(model_.fields).name + (random_.chance(50) ? "," + random_.pick(model_.fields).name : "")});
  }
  if (!random_.chance(75)) return;
  step.sort_by = sort_by();
  const bool is_signed =
      std::any_of(step.sort_by.begin(), step.sort_by.end(), [](const std::string& key) { return key[0] == '-' || key[0] == '+'; });
  if (!is_signed && random_.chance(60)) step.parameters.push_back({"sortOrder", random_.chance(50) ? "asc" : "desc"});
}

Texts Generator::sort_by() {
  Texts keys;
  std::vector<std::size_t> used;
  const bool is_signed = random_.chance(60);
  for (std::size_t count = random_.between(1, 4); count > 0; --count) {
    const std::size_t i = random_.below(model_.fields.size());
    if (model_.fields[i].kind == Kind::kArray || std::find(used.begin(), used.end(), i) != used.end()) continue;
    used.push_back(i);
    keys.push_back((!is_signed ? "" : random_.chance(50) ? "-" : "+") + model_.fields[i].name);
  }
  if (keys.empty()) keys.push_back("id");
  return keys;
}

FilterText Generator::filter_text(std::size_t depth) {
  FilterText filter;
  const std::size_t choice = depth == 0 ? 0 : random_.below(10);
  if (choice < 3) {
    filter.comparison = comparison_text();
    return filter;
  }
  filter.kind = choice < 5 ? FilterText::Kind::kNot : choice < 8 ? FilterText::Kind::kAnd : FilterText::Kind::kOr;
  for (std::size_t count = choice < 5 ? 1 : random_.between(2, 3); count > 0; --count) filter.children.push_back(filter_text(depth - 1));
  return filter;
}

Generator::Chosen Generator::comparison() {
  Chosen chosen{random_.below(model_.fields.size()), Comparison::kEq, {}};
  const Field& field = model_.fields[chosen.field];
  do {
    chosen.comparison = static_cast<Comparison>(random_.below(static_cast<std::size_t>(Comparison::kNull) + 1));
  } while (!has_comparison(field, chosen.comparison));
  std::size_t count = 1;
  if (takes_list(chosen.comparison))
    count = random_.chance(5) ? 0 : random_.chance(2) ? random_.between(100, kListValueLimit) : random_.between(1, 4);
  if (chosen.comparison == Comparison::kBetween) count = 2;
  while (count-- > 0) chosen.values.push_back(operand(field, chosen.comparison, pools_[chosen.field]));
  return chosen;
}

std::string Generator::operand(const Field& field, Comparison comparison, const Texts& pool) {
  if (comparison == Comparison::kNull) return random_.chance(50) ? "true" : "false";
  const std::string& text = random_.pick(pool);
  if (comparison == Comparison::kLike || comparison == Comparison::kIlike) return random_pattern(random_, text);
  if (comparison == Comparison::kPrefix) {
    std::size_t end = random_.below(text.size() + 1);
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;  // between characters
    return text.substr(0, end);
  }
  return field.role == Role::kId ? text : respelled(random_, operand_field(field), text);
}

Parameter Generator::comparison_parameter() {
  const Chosen chosen = comparison();
  const std::string& name = model_.fields[chosen.field].name;
  std::string value;
  for (std::size_t i = 0; i < chosen.values.size(); ++i) {
    if (i != 0) value += ',';
    for (const char c : chosen.values[i]) {
      if (takes_list(chosen.comparison) && (c == ',' || c == '\\')) value += '\\';
      value += c;
    }
  }
  return {fmt::format("{}[{}]", name, spelled(chosen.comparison, Spelling::kBracket)), value};
}

std::string Generator::comparison_text() {
  const Chosen chosen = comparison();
  const Field& field = model_.fields[chosen.field];
  if (chosen.comparison == Comparison::kNull) return field.name + (chosen.values[0] == "true" ? " is null" : " is not null");
  Texts literals;
  for (const std::string& value : chosen.values) literals.push_back(literal_of(operand_field(field), value));
  std::string text = fmt::format("{} {} ", field.name, spelled(chosen.comparison, Spelling::kText));
  if (chosen.comparison == Comparison::kBetween) return text + literals[0] + " and " + literals[1];
  if (!takes_list(chosen.comparison)) return text + literals[0];
  text += '(';
  for (std::size_t i = 0; i < literals.size(); ++i) text += (i == 0 ? "" : ", ") + literals[i];
  return text + ')';
}

}  // namespace

Scenario random_scenario(std::uint64_t seed) {
  Random random(seed);
  Scenario scenario;
  scenario.model = random_model(random);
  const LoadedModels loaded = load_model_text("things", scenario.model.yaml());
  if (!loaded.faults.empty()) throw std::logic_error(loaded.faults.front().text() + "\n" + scenario.model.yaml());
  scenario.steps = Generator(random, scenario.model, loaded.models.front()).steps();
  return scenario;
}

}  // namespace holdfast::testing
