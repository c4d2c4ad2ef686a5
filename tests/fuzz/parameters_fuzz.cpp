// The query string of a list, a count and an item: brackets, sort, page, projection. Besides not crashing: a plan that is made is sound.

#include <algorithm>

#include "fuzz.h"
#include "query/planner.h"
#include "query/testing_model.h"

namespace holdfast::fuzz {
namespace {

std::vector<Model> models() {
  std::vector<Model> models;
  models.push_back(testing::wide_model());
  return models;
}

SecretKey fixed_key() {
  SecretKey key;
  key.fill(3);
  return key;
}

const Catalog kCatalog{models()};
const Model& kModel = kCatalog.models().front();
const Planner kPlanner{kCatalog, fixed_key()};

void check_list(const ListPlan& plan) {
  require(plan.limit >= 1 && plan.limit <= 1000 && plan.offset >= 0, "a page has a size and a place");
  require(!plan.sort.empty() && plan.sort.back().field == 0, "every order ends with the id");
  require(plan.after.empty() || plan.after.size() == plan.sort.size(), "a cursor has a value for each key");
  if (!plan.fields) return;
  require(std::is_sorted(plan.fields->begin(), plan.fields->end()), "fields ascend");
  require(!plan.fields->empty() && plan.fields->front() == 0, "the id is among the fields");
  require(plan.fields->back() < kModel.fields.size(), "fields are of the model");
}

}  // namespace

void run(std::string_view input) {
  const auto parameters = parse_parameters(input);
  if (!parameters) {
    require(parameters.error().code == Code::kInvalidEncoding, "a query string can only be badly encoded");
    return;
  }
  const auto list = kPlanner.list(kModel, *parameters);
  if (list) {
    check_list(*list);
    const auto again = kPlanner.list(kModel, *parameters);
    require(again && again->scope == list->scope, "equal requests have equal scopes");
  } else {
    require(!list.error().detail.empty(), "a refusal has a reason");
  }
  static_cast<void>(kPlanner.count(kModel, *parameters));
  static_cast<void>(kPlanner.item_fields(kModel, *parameters));
  static_cast<void>(kPlanner.write_parameters(kModel, *parameters, true));
  const auto segment = decode_path_segment(input);
  if (segment) require(segment->size() <= input.size(), "decoding makes nothing longer");
}

}  // namespace holdfast::fuzz
