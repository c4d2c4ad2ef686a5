#include "query/planner.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "base/nearest.h"
#include "query/request_parameters.h"

namespace holdfast {
namespace {

constexpr std::int64_t kDefaultLimit = 10;
constexpr std::int64_t kLargestLimit = 200;
constexpr std::int64_t kLargestOffset = 10'000;

Error invalid(std::string detail) {
  return Error(Code::kInvalidParameter, std::move(detail));
}

// What a list starts from, before its parameters: the whole collection, or a finder's part of it.
struct ListBase {
  const Model& model;
  const SecretKey& cursor_key;
  Filter filter;
  RequestedSort sort;
  std::string_view finder;  // empty: none
};

RequestedSort default_sort(const Model& model) {
  return {{model.default_sort()}, false};
}

// [0-9]+ from `smallest` to `largest`.
Result<std::int64_t> whole_number(const char* name, std::string_view text, std::int64_t smallest, std::int64_t largest) {
  std::int64_t number = 0;
  bool holds = !text.empty();
  for (const char c : text) {
    holds = holds && c >= '0' && c <= '9';
    if (!holds) break;
    number = std::min(number * 10 + (c - '0'), largest + 1);  // stays beyond once beyond
  }
  if (holds && number >= smallest && number <= largest) return number;
  return invalid("`" + std::string(name) + "` must be a whole number from " + std::to_string(smallest) + " to " + std::to_string(largest) +
                 "; got " + shown(text) + ".");
}

Result<void> read_page(ListPlan& plan, const RequestParameters& request) {
  plan.limit = kDefaultLimit;
  if (const auto text = request[Reserved::kLimit]) {
    const auto limit = whole_number("limit", *text, 1, kLargestLimit);
    if (!limit) return limit.error();
    plan.limit = *limit;
  }
  if (const auto text = request[Reserved::kOffset]) {
    if (request[Reserved::kCursor]) return invalid("`offset` cannot stand beside `cursor`, which says where the page begins.");
    const auto offset = whole_number("offset", *text, 0, kLargestOffset);
    if (!offset) return offset.error();
    plan.offset = *offset;
  }
  if (const auto text = request[Reserved::kCount]) {
    if (*text != "exact") return invalid("`count` must be `exact`; got " + shown(*text) + ".");
    plan.count_exact = true;
  }
  return {};
}

Result<std::optional<std::vector<std::size_t>>> read_fields(const Model& model, std::optional<std::string_view> text) {
  if (!text) return std::optional<std::vector<std::size_t>>();
  std::vector<std::size_t> ordinals{0};
  for (std::size_t start = 0; start <= text->size();) {
    const std::size_t end = std::min(text->find(',', start), text->size());
    const std::string_view name = text->substr(start, end - start);
    start = end + 1;
    const auto ordinal = model.ordinal(name);
    if (!ordinal) {
      std::vector<std::string_view> names;
      for (const Field& field : model.fields) names.push_back(field.name);
      return invalid("`fields` must name fields of `" + model.name + "`, with commas between them; got " + shown(name) + "." +
                     did_you_mean(name, names));
    }
    ordinals.push_back(*ordinal);
  }
  std::sort(ordinals.begin(), ordinals.end());
  ordinals.erase(std::unique(ordinals.begin(), ordinals.end()), ordinals.end());
  return std::optional<std::vector<std::size_t>>(std::move(ordinals));
}

// What a cursor is bound to. `base` and `request` are fingerprints, so that the order of conditions does not count.
std::uint64_t scope_of(const ListBase& list, std::uint64_t base, std::uint64_t request) {
  std::string text = list.model.name;
  text += '\0';
  text += list.finder;
  text += '\0';
  for (const std::uint64_t part : {base, request}) text.append(reinterpret_cast<const char*>(&part), sizeof part);
  return content_hash(text);
}

Error cannot_continue(const Model& model, const std::vector<SortKey>& sort) {
  return invalid("`cursor` cannot continue a list sorted by `" + sort_text(model, sort) +
                 "`: a key is a string that may be longer than 1,000 characters. Sort by other fields, or page with `offset`.");
}

Result<void> read_sort(ListPlan& plan, const ListBase& list, const RequestParameters& request) {
  const Model& model = list.model;
  const auto sort_by = request[Reserved::kSortBy];
  auto requested = sort_by ? parse_sort_by(model, *sort_by) : Result<RequestedSort>(list.sort);
  if (!requested) return requested.error();
  auto sort = total_order(*requested, request[Reserved::kSortOrder]);
  if (!sort) return sort.error();
  plan.sort = std::move(*sort);

  const auto text = request[Reserved::kCursor];
  if (!text) return {};
  const bool states_sort = sort_by || request[Reserved::kSortOrder];
  if (states_sort && !can_continue(model, plan.sort)) return cannot_continue(model, plan.sort);
  auto cursor = decode_cursor(list.cursor_key, model, plan.scope, *text);
  if (!cursor) return cursor.error();
  if (states_sort && cursor->sort != plan.sort) {
    return Error(Code::kInvalidCursor, "`cursor` was made for `sortBy=" + sort_text(model, cursor->sort) +
                                           "`; leave `sortBy` and `sortOrder` out, or start again without the cursor.");
  }
  if (!can_continue(model, cursor->sort)) return cannot_continue(model, cursor->sort);
  plan.sort = std::move(cursor->sort);
  plan.after = std::move(cursor->after);
  return {};
}

Result<ListPlan> plan_list(ListBase list, std::span<const Parameter> parameters) {
  auto request = read_request_parameters(list.model, kListEndpoint, parameters);
  if (!request) return request.error();

  ListPlan plan;
  plan.model = &list.model;
  plan.scope = scope_of(list, fingerprint(list.model, list.filter), fingerprint(list.model, request->filter));
  if (auto page = read_page(plan, *request); !page) return page.error();
  if (auto sort = read_sort(plan, list, *request); !sort) return sort.error();
  auto fields = read_fields(list.model, (*request)[Reserved::kFields]);
  if (!fields) return fields.error();
  plan.fields = std::move(*fields);

  std::vector<Filter> filters;
  filters.push_back(std::move(list.filter));
  filters.push_back(std::move(request->filter));
  plan.filter = Filter::all(std::move(filters));
  return plan;
}

// A finder asks for equality, of an array for an element.
Result<Filter> finder_filter(const Model& model, const Finder& finder, std::string_view value) {
  const Field& field = model.field(finder.field);
  const std::vector<std::string> texts{std::string(value)};
  const Comparison comparison = field.kind == Kind::kArray ? Comparison::kHas : Comparison::kEq;
  auto filter = build_condition(model, finder.field, comparison, texts, Spelling::kBracket);
  if (filter) return std::move(*filter);
  return invalid(filter.error().expectation + "; got " + shown(value) + ".");
}

}  // namespace

Planner::Planner(const Catalog& catalog, const SecretKey& cursor_key) : cursor_key_(cursor_key) {
  for (const Model& model : catalog.models()) {
    for (const Finder& finder : model.finders) compile(model, finder);
  }
}

void Planner::compile(const Model& model, const Finder& finder) {
  CompiledFinder compiled{Filter::all({}), default_sort(model)};
  const std::size_t faults_before = faults_.size();
  if (!finder.where.empty()) {
    auto where = parse_filter(model, finder.where);
    if (where) {
      compiled.where = std::move(*where);
    } else {
      const std::string place = " (column " + std::to_string(where.error().column.value_or(1)) + " of the text)";
      faults_.push_back({&model, finder.where_mark, "`where` of the finder `" + finder.name + "`: " + where.error().detail + place});
    }
  }
  if (!finder.sort_by.empty()) {
    auto sort = parse_sort_by(model, finder.sort_by);
    if (sort) {
      compiled.sort = std::move(*sort);
    } else {
      faults_.push_back({&model, finder.sort_by_mark, "`sortBy` of the finder `" + finder.name + "`: " + sort.error().detail});
    }
  }
  if (faults_.size() == faults_before) finders_.emplace(&finder, std::move(compiled));
}

Result<ListPlan> Planner::list(const Model& model, std::span<const Parameter> parameters) const {
  return plan_list({model, cursor_key_, Filter::all({}), default_sort(model), {}}, parameters);
}

Result<ListPlan> Planner::find_by(const Model& model, const Finder& finder, std::string_view value,
                                  std::span<const Parameter> parameters) const {
  const auto compiled = finders_.find(&finder);
  if (compiled == finders_.end()) throw std::logic_error("the finder " + finder.name + " did not compile");
  auto matches = finder_filter(model, finder, value);
  if (!matches) return matches.error();
  std::vector<Filter> filters;
  filters.push_back(std::move(*matches));
  filters.push_back(compiled->second.where);
  return plan_list({model, cursor_key_, Filter::all(std::move(filters)), compiled->second.sort, finder.name}, parameters);
}

Result<CountPlan> Planner::count(const Model& model, std::span<const Parameter> parameters) const {
  auto request = read_request_parameters(model, kCountEndpoint, parameters);
  if (!request) return request.error();
  CountPlan plan;
  plan.model = &model;
  plan.filter = std::move(request->filter);
  return plan;
}

Result<std::optional<std::vector<std::size_t>>> Planner::item_fields(const Model& model, std::span<const Parameter> parameters) const {
  const auto request = read_request_parameters(model, kItemEndpoint, parameters);
  if (!request) return request.error();
  return read_fields(model, (*request)[Reserved::kFields]);
}

Result<void> Planner::refuse_parameters(std::span<const Parameter> parameters, bool post) const {
  if (parameters.empty()) return {};
  const std::string& name = parameters.front().name;
  if (post && name == "onConflict")
    return Error(Code::kBadRequest, "`onConflict` is not available in this version; send the POST without it.");
  return Error(Code::kUnknownParameter, shown(name) + " is not a parameter here: a write takes none.");
}

std::string Planner::next_cursor(const ListPlan& plan, const Record& last) const {
  return can_continue(*plan.model, plan.sort) ? encode_cursor(cursor_key_, plan, last) : std::string();
}

}  // namespace holdfast
