#include <catch2/catch.hpp>

#include "query/planner.h"
#include "query/testing_filter_text.h"
#include "query/testing_model.h"

using namespace holdfast;

namespace {

Model searched(std::string name, std::string language = "french", std::vector<std::size_t> fields = {1, 2}) {
  Model model = testing::wide_model();
  model.name = std::move(name);
  model.search = SearchSettings{std::move(fields), std::move(language)};
  return model;
}

std::vector<Model> models() {
  std::vector<Model> models;
  models.push_back(searched("items"));
  models.push_back(searched("others"));
  models.push_back(testing::model_of("notes", IdKind::kInteger, {testing::text_field("q", 10)}, false));
  models.back().search = SearchSettings{{1}, "simple"};
  models.push_back(testing::model_of("plain", IdKind::kInteger, {}, false));
  return models;
}

SecretKey test_key() {
  SecretKey key;
  key.fill(3);
  return key;
}

const Catalog kCatalog(models());
const Planner kPlanner(kCatalog, test_key());
const Model& kItems = *kCatalog.find("items");
const Model& kOthers = *kCatalog.find("others");
const Model& kNotes = *kCatalog.find("notes");
const std::string kRank("\x02\x01", 2);

Result<ListPlan> searching(std::string_view query, const Model& model = kItems) {
  return kPlanner.search(model, *parse_parameters(query));
}

std::string refusal(const Result<ListPlan>& plan) {
  return plan ? "accepted" : testing::text_of(plan.error());
}

// [rank,]sort | filter | wanted, unwanted
std::string told(const Result<ListPlan>& plan) {
  if (!plan) return refusal(plan);
  return (plan->by_rank ? "rank," : "") + sort_text(*plan->model, plan->sort) + " | " + testing::text_of(*plan->model, plan->filter) +
         " | " + std::to_string(plan->search->wanted.size()) + ", " + std::to_string(plan->search->unwanted.size());
}

Record a_record() {
  Record record;
  for (const Field& field : kItems.fields)
    record.values.push_back(field.kind == Kind::kString ? Value(std::string("a")) : Value(std::int64_t{1}));
  return record;
}

// Of the page of `query`.
std::string cursor_of(std::string_view query, const Model& model = kItems) {
  const auto plan = searching(query, model);
  REQUIRE(plan.has_value());
  return kPlanner.next_cursor(*plan, a_record(), plan->by_rank ? kRank : "");
}

}  // namespace

TEST_CASE("planner: a search has its terms, the best first, then the default sort", "[query]") {
  const auto plan = searching("q=casques+-audio");
  CHECK(told(plan) == "rank,-createdAt,-id | always | 1, 1");
  CHECK(plan->search->wanted[0].texts == std::vector<std::string>{"casqu"});
  CHECK(plan->limit == 10);
  CHECK(plan->after_rank.empty());
  CHECK(told(searching("q=a", kNotes)) == "rank,-id | always | 1, 0");
}

TEST_CASE("planner: a search takes what lists take", "[query]") {
  const auto plan = searching("q=casque&price[gt]=1&filter=isActive=true&limit=5&offset=20&fields=name&count=exact");
  CHECK(told(plan) == "rank,-createdAt,-id | (price gt 100 and isActive = true) | 1, 0");
  CHECK(plan->limit == 5);
  CHECK(plan->offset == 20);
  CHECK(plan->fields->size() == 2);
  CHECK(plan->count_exact);
  CHECK(told(searching("q=casque&sortBy=price")) == "-price,-id | always | 1, 0");
  CHECK(told(searching("q=casque&sortBy=price&sortOrder=asc")) == "+price,+id | always | 1, 0");
  CHECK(told(searching("q=a&q[eq]=b", kNotes)) == "rank,-id | q = \"b\" | 1, 0");
}

TEST_CASE("planner: a search without words to look for is refused", "[query]") {
  CHECK(refusal(searching("")) == "invalid_parameter: A search needs `q`, the words to look for, as in `q=casque audio`.");
  CHECK(refusal(searching("q[eq]=b", kNotes)).starts_with("invalid_parameter: A search needs `q`"));
  CHECK(refusal(searching("q=a&q=b")) == "invalid_parameter: `q` is given twice; it takes one value.");
  CHECK(refusal(searching("q=")).starts_with("invalid_parameter: `q` has no word"));
  CHECK(refusal(searching("q=-a")).starts_with("invalid_parameter: `q` only excludes"));
  CHECK(refusal(searching("q=a&Q=b")).starts_with("unknown_parameter: \"Q\""));
  CHECK(refusal(kPlanner.list(kItems, *parse_parameters("q=a"))).starts_with("unknown_parameter: \"q\""));
  CHECK_THROWS_AS(searching("q=a", *kCatalog.find("plain")), std::logic_error);
}

TEST_CASE("planner: sortOrder alone turns the default sort behind the rank", "[query]") {
  CHECK(told(searching("q=casque")) == "rank,-createdAt,-id | always | 1, 0");
  CHECK(told(searching("q=casque&sortOrder=asc")) == "rank,+createdAt,+id | always | 1, 0");
}

TEST_CASE("planner: the cursor of a ranked search carries its rank", "[query]") {
  const auto next = searching("q=casque&cursor=" + cursor_of("q=casque"));
  CHECK(told(next) == "rank,-createdAt,-id | always | 1, 0");
  CHECK(next->after.size() == 2);
  CHECK(next->after_rank == kRank);
}

TEST_CASE("planner: the cursor of a sorted search has no rank, and keeps its sort when that is left out", "[query]") {
  const std::string cursor = cursor_of("q=casque&sortBy=price");
  for (const char* query : {"q=casque&cursor=", "q=casque&sortBy=price&cursor="}) {
    CAPTURE(query);
    const auto next = searching(query + cursor);
    CHECK(told(next) == "-price,-id | always | 1, 0");
    CHECK(next->after.size() == 2);
    CHECK(next->after_rank.empty());
  }
  CHECK(
      refusal(searching("q=casque&sortBy=name&cursor=" + cursor)).starts_with("invalid_cursor: `cursor` was made for `sortBy=-price,-id`"));
  CHECK(refusal(searching("q=casque&sortBy=createdAt&cursor=" + cursor_of("q=casque"))) ==
        "invalid_cursor: `cursor` was made for the order of the best matches; leave `sortBy` and `sortOrder` out, or start again without "
        "the cursor.");
}

TEST_CASE("planner: a search's cursor is bound to what is searched, however that is written", "[query]") {
  const std::string cursor = cursor_of("q=casque+cas*+%22bruit+active%22+-audio&price=1");
  const auto with = [&](const std::string& query) { return refusal(searching(query + "&cursor=" + cursor)); };
  CHECK(with("q=%22Bruit+ACTIVE%22+-audio+cas*+casques+casque&price=1.00") == "accepted");
  CHECK(with("limit=50&count=exact&q=casque+cas*+%22bruit+active%22+-audio&price=1&fields=name") == "accepted");
  for (const char* q : {"casque", "casque+cas*+%22bruit+active%22", "casque+cas+%22bruit+active%22+-audio",
                        "casque+cas*+bruit+active+-audio", "casque+cas*+%22active+bruit%22+-audio", "casque+cas*+%22bruit+active%22+-video",
                        "casque+cas*+%22bruit%22+%22active%22+-audio", "casque+cas*+%22bruit+active%22+audio"}) {
    CAPTURE(q);
    CHECK(with("q=" + std::string(q) + "&price=1").starts_with("invalid_cursor: `cursor` was made for another collection"));
  }
  CHECK(with("q=casque+cas*+%22bruit+active%22+-audio").starts_with("invalid_cursor"));
  CHECK(refusal(searching("q=casque&cursor=" + cursor_of("q=casque"), kOthers)).starts_with("invalid_cursor"));
  CHECK(refusal(kPlanner.list(kItems, *parse_parameters("cursor=" + cursor_of("q=casque")))).starts_with("invalid_cursor"));
  const std::string plain = kPlanner.next_cursor(*kPlanner.list(kItems, {}), a_record(), "");
  CHECK(refusal(searching("q=casque&cursor=" + plain)).starts_with("invalid_cursor"));
}

TEST_CASE("planner: a search's cursor does not outlive the model's search settings", "[query]") {
  const std::string cursor = cursor_of("q=1");
  for (auto& [language, fields] :
       {std::pair<std::string, std::vector<std::size_t>>{"english", {1, 2}}, {"french", {2, 1}}, {"french", {1}}}) {
    CAPTURE(language, fields.size());
    std::vector<Model> changed;
    changed.push_back(searched("items", language, fields));
    const Catalog catalog(std::move(changed));
    CHECK(refusal(Planner(catalog, test_key()).search(*catalog.find("items"), *parse_parameters("q=1&cursor=" + cursor)))
              .starts_with("invalid_cursor"));
  }
}

TEST_CASE("planner: a search sorted by unbounded text has no next cursor", "[query]") {
  CHECK(kPlanner.next_cursor(*searching("q=a&sortBy=description"), a_record(), "").empty());
}
