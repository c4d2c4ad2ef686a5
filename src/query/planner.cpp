#include "query/planner.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "base/nearest.h"
#include "query/request_parameters.h"
#include "query/search_terms.h"

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
  bool searches = false;    // for `q`
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

// A name in `fields` that is no top-level field; `nested`: the member of an object that it names.
Error not_a_field(const Model& model, std::string_view name, std::optional<std::size_t> nested) {
  if (nested) {
    return invalid("`fields` takes whole fields; write `" + model.field(model.holder(*nested)).name + "` for " + shown(name) + ".");
  }
  std::vector<std::string_view> names = queryable_names(model);
  std::erase_if(names, [](std::string_view known) { return known.find('.') != std::string_view::npos; });
  return invalid("`fields` must name fields of `" + model.name + "`, with commas between them; got " + shown(name) + "." +
                 did_you_mean(name, names));
}

Result<std::optional<std::vector<std::size_t>>> read_fields(const Model& model, std::optional<std::string_view> text) {
  if (!text) return std::optional<std::vector<std::size_t>>();
  std::vector<std::size_t> ordinals{0};
  for (std::size_t start = 0; start <= text->size();) {
    const std::size_t end = std::min(text->find(',', start), text->size());
    const std::string_view name = text->substr(start, end - start);
    start = end + 1;
    const auto ordinal = model.queryable(name);
    if (!ordinal || *ordinal >= model.fields.size()) return not_a_field(model, name, ordinal);
    ordinals.push_back(*ordinal);
  }
  std::sort(ordinals.begin(), ordinals.end());
  ordinals.erase(std::unique(ordinals.begin(), ordinals.end()), ordinals.end());
  return std::optional<std::vector<std::size_t>>(std::move(ordinals));
}

void append_bytes(std::string& text, std::uint64_t number) {
  text.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// Equal for the same terms in any order.
std::uint64_t fingerprint(const std::vector<SearchTerm>& terms) {
  std::vector<std::string> texts;
  for (const SearchTerm& term : terms) {
    std::string& text = texts.emplace_back(1, static_cast<char>(term.kind));
    for (const std::string& part : term.texts) text.append(part) += ' ';  // in none of them
  }
  std::sort(texts.begin(), texts.end());
  std::string joined;
  for (const std::string& text : texts) joined.append(text) += '\0';
  return content_hash(joined);
}

// What a cursor is bound to. Filters and terms go by fingerprint, so that the order of conditions does not count.
std::uint64_t scope_of(const ListBase& list, const RequestParameters& request, const std::optional<SearchQuery>& search) {
  std::string text = list.model.name;
  text += '\0';
  text += list.finder;
  text += '\0';
  append_bytes(text, fingerprint(list.model, list.filter));
  append_bytes(text, fingerprint(list.model, request.filter));
  if (search) {
    append_bytes(text, search_version(list.model));
    append_bytes(text, fingerprint(search->wanted));
    append_bytes(text, fingerprint(search->unwanted));
  }
  return content_hash(text);
}

Error cannot_continue(const Model& model, const std::vector<SortKey>& sort) {
  return invalid("`cursor` cannot continue a list sorted by `" + sort_text(model, sort) +
                 "`: a key is a string that may be longer than 1,000 characters. Sort by other fields, or page with `offset`.");
}

// How a request may name an order: as `sortBy` does, or by rank.
std::string order_text(const Model& model, const std::vector<SortKey>& sort, bool by_rank) {
  return by_rank ? "the order of the best matches" : "`sortBy=" + sort_text(model, sort) + "`";
}

Result<void> continue_after(ListPlan& plan, const ListBase& list, std::string_view text, bool states_sort) {
  const Model& model = list.model;
  if (states_sort && !can_continue(model, plan.sort)) return cannot_continue(model, plan.sort);
  auto cursor = decode_cursor(list.cursor_key, model, plan.scope, text);
  if (!cursor) return cursor.error();
  const bool by_rank = !cursor->after_rank.empty();
  if (states_sort && (by_rank || cursor->sort != plan.sort)) {
    return Error(Code::kInvalidCursor, "`cursor` was made for " + order_text(model, cursor->sort, by_rank) +
                                           "; leave `sortBy` and `sortOrder` out, or start again without the cursor.");
  }
  if (!can_continue(model, cursor->sort)) return cannot_continue(model, cursor->sort);
  plan.sort = std::move(cursor->sort);
  plan.after = std::move(cursor->after);
  plan.by_rank = by_rank;
  plan.after_rank = std::move(cursor->after_rank);
  plan.after_place = std::move(cursor->after_place);
  return {};
}

Result<void> read_sort(ListPlan& plan, const ListBase& list, const RequestParameters& request) {
  const auto sort_by = request[Reserved::kSortBy];
  const auto sort_order = request[Reserved::kSortOrder];
  auto requested = sort_by ? parse_sort_by(list.model, *sort_by) : Result<RequestedSort>(list.sort);
  if (!requested) return requested.error();
  auto sort = total_order(*requested, sort_order);
  if (!sort) return sort.error();
  plan.sort = std::move(*sort);
  plan.by_rank = plan.search && !sort_by;

  const auto cursor = request[Reserved::kCursor];
  return cursor ? continue_after(plan, list, *cursor, sort_by || sort_order) : Result<void>();
}

Result<std::optional<SearchQuery>> read_search(const Model& model, const RequestParameters& request) {
  const auto q = request[Reserved::kQuery];
  if (!q) return invalid("A search needs `q`, the words to look for, as in `q=casque audio`.");
  auto search = parse_search(model.search->language, *q);
  if (!search) return search.error();
  return std::optional<SearchQuery>(std::move(*search));
}

Result<ListPlan> plan_list(ListBase list, std::span<const Parameter> parameters) {
  auto request = read_request_parameters(list.model, list.searches ? kSearchEndpoint : kListEndpoint, parameters);
  if (!request) return request.error();

  ListPlan plan;
  plan.model = &list.model;
  if (list.searches) {
    auto search = read_search(list.model, *request);
    if (!search) return search.error();
    plan.search = std::move(*search);
  }
  plan.scope = scope_of(list, *request, plan.search);
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

constexpr std::string_view kOnConflict = "onConflict";

Error unknown_write_parameter(std::string_view name, bool post) {
  if (!post) return Error(Code::kUnknownParameter, shown(name) + " is not a parameter here: a write takes none.");
  return Error(Code::kUnknownParameter,
               shown(name) + " is not a parameter here: a POST takes `onConflict` only." + did_you_mean(name, std::span(&kOnConflict, 1)));
}

// `email`, `country,code`
std::string key_text(const Model& model, const UniqueKey& key) {
  std::string text;
  for (const std::size_t field : key.fields) text += (text.empty() ? "" : ",") + model.field(field).name;
  return "`" + text + "`";
}

// A write-only member would let anybody try its values.
bool can_be_named(const Model& model, const UniqueKey& key) {
  return std::none_of(key.fields.begin(), key.fields.end(), [&](std::size_t field) { return model.fields[field].write_only; });
}

Error not_a_unique_key(const Model& model, std::string_view text) {
  std::string declared;
  for (const UniqueKey& key : model.unique_keys) {
    if (can_be_named(model, key)) declared += (declared.empty() ? "" : " or ") + key_text(model, key);
  }
  if (declared.empty()) return invalid("`" + model.name + "` declares no unique key for `onConflict`; send the POST without it.");
  return invalid("`onConflict` must name a declared unique key of `" + model.name + "`, " + declared + "; got " + shown(text) + ".");
}

// The key whose fields `text` names, each once.
Result<std::vector<std::size_t>> unique_key_named(const Model& model, std::string_view text) {
  std::vector<std::string_view> names;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    names.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  const auto is_named = [&](std::size_t field) { return std::find(names.begin(), names.end(), model.field(field).name) != names.end(); };
  for (const UniqueKey& key : model.unique_keys) {
    // As many names as fields and every field among them: so no name stands twice.
    if (can_be_named(model, key) && key.fields.size() == names.size() && std::all_of(key.fields.begin(), key.fields.end(), is_named))
      return key.fields;
  }
  return not_a_unique_key(model, text);
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

Result<ListPlan> Planner::search(const Model& model, std::span<const Parameter> parameters) const {
  if (!model.search) throw std::logic_error(model.name + " is not searched");
  return plan_list({model, cursor_key_, Filter::all({}), default_sort(model), {}, true}, parameters);
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

Result<std::optional<std::vector<std::size_t>>> Planner::write_parameters(const Model& model, std::span<const Parameter> parameters,
                                                                          bool post) const {
  std::optional<std::vector<std::size_t>> key;
  for (const Parameter& parameter : parameters) {
    if (!post || parameter.name != kOnConflict) return unknown_write_parameter(parameter.name, post);
    if (key) return invalid("`onConflict` is given twice; it takes one value.");
    auto named = unique_key_named(model, parameter.value);
    if (!named) return named.error();
    key = std::move(*named);
  }
  return key;
}

std::string Planner::next_cursor(const ListPlan& plan, const Record& last, std::string_view last_rank, std::string_view last_place) const {
  return can_continue(*plan.model, plan.sort) ? encode_cursor(cursor_key_, plan, last, last_rank, last_place) : std::string();
}

}  // namespace holdfast
