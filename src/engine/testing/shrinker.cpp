#include <algorithm>
#include <functional>
#include <iterator>

#include "engine/testing/differential.h"

namespace holdfast::testing {
namespace {

constexpr int kAttempts = 3'000;

// Filters that say less: a part alone, or all but one part, or the same with a simpler part.
std::vector<FilterText> simpler(const FilterText& filter) {
  std::vector<FilterText> out(filter.children.begin(), filter.children.end());
  const bool joins = filter.kind == FilterText::Kind::kAnd || filter.kind == FilterText::Kind::kOr;
  for (std::size_t i = 0; i < filter.children.size(); ++i) {
    if (joins && filter.children.size() > 2) {
      out.push_back(filter);
      out.back().children.erase(out.back().children.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (FilterText& child : simpler(filter.children[i])) {
      out.push_back(filter);
      out.back().children[i] = std::move(child);
    }
  }
  return out;
}

class Shrinker {
 public:
  Shrinker(const OpenCompared& open, Scenario scenario, std::size_t writes_together)
      : open_(open), writes_together_(writes_together), scenario_(std::move(scenario)) {}

  Scenario shrink() {
    for (bool progress = true; progress && attempts_ > 0;) {
      progress = drop_steps();
      for (std::size_t step = 0; step < scenario_.steps.size(); ++step) progress |= shrink_step(step);
      progress |= shrink_models();
    }
    return std::move(scenario_);
  }

 private:
  bool differs(const Scenario& candidate) {
    Tally ignored;
    return attempts_-- > 0 && first_difference(open_, candidate, ignored, writes_together_).has_value();
  }

  bool accept(Scenario candidate) {
    if (!differs(candidate)) return false;
    scenario_ = std::move(candidate);
    return true;
  }

  // Without each element of a list inside the scenario, in turn. `list` finds it.
  template <typename List>
  bool drop_each(const List& list) {
    bool progress = false;
    for (std::size_t i = list(scenario_).size(); i-- > 0;) {
      Scenario candidate = scenario_;
      list(candidate).erase(list(candidate).begin() + static_cast<std::ptrdiff_t>(i));
      progress |= accept(std::move(candidate));
    }
    return progress;
  }

  // Halves, quarters, … single steps, from the end: what comes after the difference goes at once.
  bool drop_steps() {
    bool progress = false;
    for (std::size_t size = std::max<std::size_t>(scenario_.steps.size() / 2, 1); size > 0; size /= 2) {
      for (std::size_t end = scenario_.steps.size(); end > 0;) {
        const std::size_t begin = end - std::min(size, end);
        Scenario candidate = scenario_;
        candidate.steps.erase(candidate.steps.begin() + static_cast<std::ptrdiff_t>(begin),
                              candidate.steps.begin() + static_cast<std::ptrdiff_t>(end));
        progress |= accept(std::move(candidate));
        end = std::min(begin, scenario_.steps.size());
      }
    }
    return progress;
  }

  bool shrink_step(std::size_t step) {
    bool progress = drop_each([step](Scenario & scenario) -> auto& { return scenario.steps[step].parameters; });
    progress |= drop_each([step](Scenario & scenario) -> auto& { return scenario.steps[step].sort_by; });
    progress |= drop_each([step](Scenario & scenario) -> auto& { return scenario.steps[step].members; });
    if (scenario_.steps[step].terms.size() > 1) {
      progress |= drop_each([step](Scenario & scenario) -> auto& { return scenario.steps[step].terms; });
    }
    progress |= shrink_filter(step);
    for (std::string Step::*condition : {&Step::if_match, &Step::if_none_match, &Step::idempotency_key}) {
      if ((scenario_.steps[step].*condition).empty()) continue;
      Scenario candidate = scenario_;
      (candidate.steps[step].*condition).clear();
      progress |= accept(std::move(candidate));
    }
    if (scenario_.steps[step].kind == Step::Kind::kWalk) {
      Scenario candidate = scenario_;
      candidate.steps[step].kind = Step::Kind::kList;
      progress |= accept(std::move(candidate));
    }
    return progress;
  }

  bool shrink_filter(std::size_t step) {
    bool progress = false;
    while (scenario_.steps[step].filter) {
      Scenario without = scenario_;
      without.steps[step].filter.reset();
      if (accept(std::move(without))) return true;
      const std::vector<FilterText> candidates = simpler(*scenario_.steps[step].filter);
      const bool found = std::any_of(candidates.begin(), candidates.end(), [&](const FilterText& filter) {
        Scenario candidate = scenario_;
        candidate.steps[step].filter = filter;
        return accept(std::move(candidate));
      });
      if (!found) return progress;
      progress = true;
    }
    return progress;
  }

  bool shrink_models() {
    bool progress = drop_each([](Scenario & scenario) -> auto& { return scenario.models; });
    for (std::size_t model = 0; model < scenario_.models.size(); ++model) progress |= shrink_model(model);
    return progress;
  }

  bool shrink_model(std::size_t model) {
    bool progress = drop_each([model](Scenario & scenario) -> auto& { return scenario.models[model].indexes; });
    progress |= drop_each([model](Scenario & scenario) -> auto& { return scenario.models[model].unique; });
    progress |= drop_each([model](Scenario & scenario) -> auto& { return scenario.models[model].search; });
    progress |= shrink_properties([model](Scenario & scenario) -> auto& { return scenario.models[model].properties; });
    if (scenario_.models[model].timestamps) {
      Scenario candidate = scenario_;
      candidate.models[model].timestamps = false;
      progress |= accept(std::move(candidate));
    }
    return progress;
  }

  // Without each, not required, without members; `properties` finds them. It is erased from its type, for it nests.
  using Properties = std::function<std::vector<PropertyText>&(Scenario&)>;
  bool shrink_properties(const Properties& properties) {
    bool progress = drop_each(properties);
    for (std::size_t i = 0; i < properties(scenario_).size(); ++i) {
      if (properties(scenario_)[i].required) {
        Scenario candidate = scenario_;
        properties(candidate)[i].required = false;
        progress |= accept(std::move(candidate));
      }
      if (!properties(scenario_)[i].members.empty()) {
        progress |= shrink_properties([ properties, i ](Scenario & scenario) -> auto& { return properties(scenario)[i].members; });
      }
    }
    return progress;
  }

  const OpenCompared& open_;
  const std::size_t writes_together_;
  Scenario scenario_;
  int attempts_ = kAttempts;
};

}  // namespace

Scenario shrunk(const OpenCompared& open, Scenario scenario, std::size_t writes_together) {
  return Shrinker(open, std::move(scenario), writes_together).shrink();
}

}  // namespace holdfast::testing
