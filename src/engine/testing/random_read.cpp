#include "engine/testing/random_read.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/testing/random_prose.h"
#include "engine/testing/random_value.h"
#include "query/filter_parser.h"

namespace holdfast::testing {
namespace {

using Texts = std::vector<std::string>;

}  // namespace

Step ReadMaker::read(const Model& model) {
  Step step;
  step.collection = model.name;
  const std::size_t choice = random_.below(100);
  step.kind = choice < 55 ? Step::Kind::kList : choice < 75 ? Step::Kind::kWalk : choice < 92 ? Step::Kind::kCount : Step::Kind::kItem;
  if (step.kind == Step::Kind::kItem) {
    step.id = random_.pick(pool_.ids(model));
    return step;
  }
  if (model.search && step.kind != Step::Kind::kCount && random_.chance(55)) add_terms(step, model);
  if (step.terms.empty() || random_.chance(25)) add_filters(step, model);
  if (step.kind != Step::Kind::kCount) add_page(step, model);
  return step;
}

void ReadMaker::add_terms(Step& step, const Model& model) {
  step.terms = random_terms(random_, pool_.of(model, random_.pick(model.search->fields)));
}

void ReadMaker::add_filters(Step& step, const Model& model) {
  if (random_.chance(40)) {
    for (std::size_t count = random_.between(1, 2); count > 0; --count) step.parameters.push_back(comparison_parameter(model));
  }
  if (!random_.chance(55)) return;
  step.filter = filter_text(model, random_.chance(5) ? 6 : random_.below(4));
  if (!random_.chance(3)) return;
  // As deep as a filter may be.
  const std::size_t room = kFilterDepthLimit - 14;
  for (std::size_t depth = random_.between(1, room); depth > 0; --depth) {
    FilterText outer;
    outer.kind = random_.chance(50) ? FilterText::Kind::kAnd : FilterText::Kind::kOr;
    outer.children.push_back(filter_text(model, 0));
    outer.children.insert(random_.chance(70) ? outer.children.end() : outer.children.begin(), std::move(*step.filter));
    step.filter = std::move(outer);
  }
}

void ReadMaker::add_page(Step& step, const Model& model) {
  const bool walks = step.kind == Step::Kind::kWalk;
  const bool searches = !step.terms.empty();
  if (walks || random_.chance(searches ? 80 : 50)) {
    step.parameters.push_back({"limit", std::to_string(random_.between(1, searches ? 3 : walks ? 7 : 60))});
  }
  if (!walks && random_.chance(20)) step.parameters.push_back({"offset", std::to_string(random_.below(searches ? 3 : 12))});
  if (random_.chance(25)) step.parameters.push_back({"count", "exact"});
  if (random_.chance(25)) {
    step.parameters.push_back(
        {"fields", random_.pick(model.fields).name + (random_.chance(50) ? "," + random_.pick(model.fields).name : "")});
  }
  if (!random_.chance(searches ? 25 : 75)) return;
  step.sort_by = sort_by(model);
  const bool is_signed =
      std::any_of(step.sort_by.begin(), step.sort_by.end(), [](const std::string& key) { return key[0] == '-' || key[0] == '+'; });
  if (!is_signed && random_.chance(60)) step.parameters.push_back({"sortOrder", random_.chance(50) ? "asc" : "desc"});
}

// What filters and sorts may name, paths as often as fields.
std::size_t ReadMaker::any_field(const Model& model) {
  while (true) {
    const bool nested = !model.nested.empty() && random_.chance(30);
    const std::size_t field = nested ? model.fields.size() + random_.below(model.nested.size()) : random_.below(model.fields.size());
    if (!model.fields[model.holder(field)].write_only) return field;
  }
}

Texts ReadMaker::sort_by(const Model& model) {
  Texts keys;
  std::vector<std::size_t> used;
  const bool is_signed = random_.chance(60);
  for (std::size_t count = random_.between(1, 4); count > 0; --count) {
    const std::size_t i = any_field(model);
    if (!model.field(i).is_scalar() || std::find(used.begin(), used.end(), i) != used.end()) continue;
    used.push_back(i);
    keys.push_back((!is_signed ? "" : random_.chance(50) ? "-" : "+") + model.field(i).name);
  }
  if (keys.empty()) keys.push_back("id");
  return keys;
}

FilterText ReadMaker::filter_text(const Model& model, std::size_t depth) {
  FilterText filter;
  const std::size_t choice = depth == 0 ? 0 : random_.below(10);
  if (choice < 3) {
    filter.comparison = comparison_text(model);
    return filter;
  }
  filter.kind = choice < 5 ? FilterText::Kind::kNot : choice < 8 ? FilterText::Kind::kAnd : FilterText::Kind::kOr;
  for (std::size_t count = choice < 5 ? 1 : random_.between(2, 3); count > 0; --count)
    filter.children.push_back(filter_text(model, depth - 1));
  return filter;
}

ReadMaker::Chosen ReadMaker::comparison(const Model& model) {
  Chosen chosen{any_field(model), Comparison::kEq, {}};
  const Field& field = model.field(chosen.field);
  do {
    chosen.comparison = static_cast<Comparison>(random_.below(static_cast<std::size_t>(Comparison::kNull) + 1));
  } while (!has_comparison(field, chosen.comparison));
  if (chosen.comparison == Comparison::kNull) {
    chosen.values.push_back(random_.chance(50) ? "true" : "false");
    return chosen;
  }
  std::size_t count = 1;
  if (takes_list(chosen.comparison))
    count = random_.chance(5) ? 0 : random_.chance(2) ? random_.between(100, kListValueLimit) : random_.between(1, 4);
  if (chosen.comparison == Comparison::kBetween) count = 2;
  while (count-- > 0) chosen.values.push_back(operand(field, chosen.comparison, pool_.of(model, chosen.field)));
  return chosen;
}

std::string ReadMaker::operand(const Field& field, Comparison comparison, const Texts& pool) {
  const std::string& text = random_.pick(pool);
  if (comparison == Comparison::kLike || comparison == Comparison::kIlike) return random_pattern(random_, text);
  if (comparison == Comparison::kPrefix) {
    std::size_t end = random_.below(text.size() + 1);
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;  // between characters
    return text.substr(0, end);
  }
  return field.role == Role::kId ? text : respelled(random_, operand_field(field), text);
}

Parameter ReadMaker::comparison_parameter(const Model& model) {
  const Chosen chosen = comparison(model);
  const std::string& name = model.field(chosen.field).name;
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

std::string ReadMaker::comparison_text(const Model& model) {
  const Chosen chosen = comparison(model);
  const Field& field = model.field(chosen.field);
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

}  // namespace holdfast::testing
