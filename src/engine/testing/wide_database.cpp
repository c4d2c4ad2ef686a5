#include "engine/testing/wide_database.h"

#include <fmt/format.h>

#include "query/filter_parser.h"

namespace holdfast::testing {

Catalog wide_catalog(int sizes, const std::string& keywords, const std::string& fields) {
  std::string yaml = "type: object\nid: text\nindexes: [[tags]]\n" + keywords + R"(properties:
  tags: { type: array, items: { type: string, maxLength: 20 } }
  keys: { type: array, items: { type: integer } }
)" + fields;
  for (int i = 0; i < sizes; ++i) yaml += fmt::format("  size{}: {{ type: integer }}\n", i);
  return catalog_of({{"items", yaml}});
}

Filter WideDatabase::on(const char* field, Operator op, std::vector<Value> operands) const {
  return Filter::on({items().ordinal(field).value(), op, std::move(operands)});
}

std::string WideDatabase::ids(const ListPlan& plan) {
  const Result<Listing> listing = run(loop, store->list(plan));
  if (!listing) return listing.error().detail;
  std::string out;
  for (const Record& record : listing->records) out += record.values[0].text();
  return out;
}

std::string WideDatabase::ids(Filter filter) {
  ListPlan plan;
  plan.model = &items();
  plan.sort = {{0, false}};
  plan.filter = std::move(filter);
  return ids(plan);
}

std::string WideDatabase::ids(const std::string& filter) {
  return ids(parse_filter(items(), filter).value());
}

ListPlan after_a(const Model& items, int sizes, bool first_descends, bool last_size_first) {
  ListPlan plan;
  plan.model = &items;
  for (int i = 0; i < sizes; ++i) {
    const int size = last_size_first ? sizes - 1 - i : i;
    plan.sort.push_back({items.ordinal(fmt::format("size{}", size)).value(), (i % 2 == 1) != first_descends});
    plan.after.push_back(size == sizes - 1 ? integer(7) : Value(Null{}));
  }
  plan.sort.push_back({0, false});
  plan.after.push_back(text("a"));
  return plan;
}

std::string nested(int depth, const std::string& opening, const std::string& leaf) {
  std::string text;
  std::string end;
  for (int i = 0; i < depth; ++i) {
    text += i % 2 == 0 ? "size0 = 1 or " + opening : "size1 = 0 and " + opening;
    end += ")";
  }
  return text + leaf + end;
}

std::string halved(int depth, const std::string& leaf) {
  std::string text = leaf;
  for (int i = 0; i < depth; ++i) text = fmt::format("({} {} {})", text, i % 2 == 0 ? "and" : "or", text);
  return text;
}

}  // namespace holdfast::testing
