#include "engine/testing/sample.h"

#include <fmt/format.h>

#include "engine/testing/fixture.h"

namespace holdfast::testing {
namespace {

constexpr const char* kThings = R"(
type: object
id: text
required: [code]
properties:
  code:     { type: string, maxLength: 50, unique: true }
  label:    { type: [string, "null"], maxLength: 100 }
  size:     { type: integer }
  weight:   { type: number }
  price:    { type: number, decimal: [18, 2] }
  isActive: { type: boolean }
  day:      { type: string, format: date }
  moment:   { type: string, format: date-time }
  status:   { enum: [draft, paid, shipped] }
  tags:     { type: [array, "null"], items: { type: string } }
  keys:     { type: array, items: { type: string, maxLength: 50 } }
  numbers:  { type: [array, "null"], items: { type: integer } }
  prices:   { type: array, items: { type: number, decimal: [10, 2] } }
  masses:   { type: array, items: { type: number } }
  moments:  { type: array, items: { type: string, format: date-time } }
  flags:    { type: array, items: { type: boolean } }
timestamps: true
unique:  [ [label, size] ]
indexes: [ [label], [size, -price], [-moment], [keys], [numbers], [isActive, status] ]
)";

constexpr const char* kCounters = R"(
type: object
id: integer
properties:
  name: { type: string, maxLength: 20 }
  tags: { type: array, items: { type: string, maxLength: 50 } }
indexes: [ [tags] ]
)";

constexpr std::size_t kRecords = 40;

// The i-th of some values, or null now and then.
template <typename T>
Value pick(std::size_t i, std::size_t null_every, const std::vector<T>& values) {
  if (i % null_every == 0) return Value(Null{});
  return Value(values[(i * 7) % values.size()]);
}

Value array_of(std::size_t i, const std::vector<Value>& pool) {
  Value::Array array;
  for (std::size_t k = 0; k < i % 4; ++k) array.push_back(pool[(i + k * 3) % pool.size()]);
  if (i % 6 == 3) array.push_back(array.front());  // duplicates are kept
  return Value(std::move(array));
}

const std::vector<std::string> kLabels{"",       "Vis",         "vis",        "VIS à bois", "100%",    "a_b",
                                       "a\\b",   "Éclair",      "éclair",     "ßtraße",     "STRASSE", "\U0001F600 oui",
                                       "\uFFFD", "line\nbreak", "it's \"q\"", "K",          "\u212A",  "zz"};
const std::vector<std::int64_t> kSizes{0, 1, -1, 7, INT64_MAX, INT64_MIN, 42, 9007199254740993};
const std::vector<double> kWeights{0.0, 1.5, -2.25, 1e300, 5e-324, 0.1, 100.0, 9007199254740992.0};
const std::vector<std::int64_t> kPrices{0, 1, -1, 4550, 999999999999999999, 100, 1000};
const std::vector<bool> kBooleans{true, false, false};
const std::vector<std::string> kDays{"0001-01-01", "2024-02-29", "2026-11-23", "9999-12-31"};
const std::vector<std::int64_t> kMoments{0, -62135596800000, 253402300799999, 1700000000123, 1700000000124};
const std::vector<std::string> kStatuses{"draft", "paid", "shipped"};
const std::vector<Value> kTags{text("bio"), text("it's"), text("é"), text(""), text("a,b"), text("\"")};
const std::vector<Value> kIntegers{integer(1), integer(2), integer(INT64_MAX), integer(-5), integer(9007199254740993)};
const std::vector<Value> kUnits{integer(1050), integer(100), integer(1), integer(9999999999), integer(-30)};
const std::vector<Value> kMasses{Value(0.1), Value(1e21), Value(3.0), Value(9223372036854774784.0), Value(5e-324)};
const std::vector<Value> kInstants{integer(0), integer(1700000000123), integer(253402300799999)};
const std::vector<Value> kFlags{Value(true), Value(false), Value(true)};

std::vector<std::string> labels_of(Characters characters) {
  std::vector<std::string> labels;
  for (const std::string& label : kLabels) labels.push_back(is_among(characters, label) ? label : "\u9FFF");
  return labels;
}

Filter on(const Model& model, const char* field, Operator op, std::vector<Value> operands) {
  return Filter::on({model.ordinal(field).value(), op, std::move(operands)});
}

// Equality, lists and null; for ordered kinds the four comparisons.
template <typename T>
void add_scalar(std::vector<Filter>& out, const Model& model, const char* field, const std::vector<T>& values, bool ordered) {
  for (const T& each : values) {
    const Value value(each);
    for (const Operator op : {Operator::kEq, Operator::kNe}) out.push_back(on(model, field, op, {value}));
    if (!ordered) continue;
    for (const Operator op : {Operator::kGt, Operator::kGte, Operator::kLt, Operator::kLte}) out.push_back(on(model, field, op, {value}));
  }
  const std::vector<Value> two{Value(T(values[0])), Value(T(values[1]))};
  for (const Operator op : {Operator::kIn, Operator::kNin}) {
    out.push_back(on(model, field, op, two));
    out.push_back(on(model, field, op, {}));
  }
  for (const bool is_null : {true, false}) out.push_back(on(model, field, Operator::kNull, {Value(is_null)}));
}

void add_patterns(std::vector<Filter>& out, const Model& model, Characters characters) {
  for (const char* pattern : {"",    "%",      "_",      "__%", "vis",  "Vis%",  "%is%",  "%à%",          "100\\%", "a\\_b", "a\\\\b",
                              "%É%", "é_lair", "éclair", "k",   "%\n%", "stra%", "%a%e%", "%\U0001F600%", "_ oui",  "%\\z"}) {
    for (const Operator op : {Operator::kLike, Operator::kIlike}) out.push_back(on(model, "label", op, {text(pattern)}));
  }
  for (const char* prefix : {"", "V", "vi", "VIS ", "é", "\U0001F600", "\uFFFD", "z", "100%"}) {
    if (is_among(characters, prefix)) out.push_back(on(model, "label", Operator::kPrefix, {text(prefix)}));
  }
}

void add_array(std::vector<Filter>& out, const Model& model, const char* field, const std::vector<Value>& pool) {
  for (const Value& value : pool) out.push_back(on(model, field, Operator::kHas, {value}));
  for (const Operator op : {Operator::kHasAny, Operator::kHasAll}) {
    out.push_back(on(model, field, op, {}));
    out.push_back(on(model, field, op, {pool[0]}));
    out.push_back(on(model, field, op, {pool[1], pool[2 % pool.size()]}));
    out.push_back(on(model, field, op, pool));
  }
  for (const bool is_null : {true, false}) out.push_back(on(model, field, Operator::kNull, {Value(is_null)}));
}

// 32 parentheses: `size >= 0 and (size >= 0 or (…))`.
Filter nested(const Model& model, Filter filter, bool last) {
  for (int depth = 0; depth < 32; ++depth) {
    std::vector<Filter> both;
    both.push_back(std::move(filter));
    both.insert(last ? both.end() : both.begin(), on(model, "size", Operator::kGte, {integer(depth)}));
    filter = depth % 2 == 0 ? Filter::any(std::move(both)) : Filter::all(std::move(both));
  }
  return filter;
}

}  // namespace

Catalog sample_catalog() {
  return catalog_of({{"things", kThings}, {"counters", kCounters}});
}

std::vector<WritePlan> sample_records(const Model& model, Characters characters) {
  const std::vector<std::string> labels = labels_of(characters);
  std::vector<WritePlan> plans;
  for (std::size_t i = 0; i < kRecords; ++i) {
    std::vector<std::pair<std::string, Value>> values;
    values.emplace_back("code", text(fmt::format("code-{}", i)));
    values.emplace_back("label", i < labels.size() ? text(labels[i]) : pick(i, 3, labels));
    values.emplace_back("size", i < labels.size() ? integer(static_cast<std::int64_t>(i))
                                : i < 28          ? pick(i, 1, kSizes)
                                                  : integer(100 + static_cast<std::int64_t>(i)));
    values.emplace_back("weight", pick(i, 4, kWeights));
    values.emplace_back("price", pick(i, 5, kPrices));
    values.emplace_back("isActive", pick(i, 4, std::vector<std::int64_t>{0, 1}).is_null() ? Value(Null{}) : Value(bool(kBooleans[i % 3])));
    values.emplace_back("day", pick(i, 5, kDays));
    values.emplace_back("moment", pick(i, 3, kMoments));
    values.emplace_back("status", pick(i, 4, kStatuses));
    values.emplace_back("tags", i % 5 == 0 ? Value(Null{}) : array_of(i, kTags));
    values.emplace_back("keys", array_of(i, kTags));
    values.emplace_back("numbers", i % 7 == 0 ? Value(Null{}) : array_of(i, kIntegers));
    values.emplace_back("prices", array_of(i, kUnits));
    values.emplace_back("masses", array_of(i, kMasses));
    values.emplace_back("moments", array_of(i, kInstants));
    values.emplace_back("flags", array_of(i, kFlags));
    plans.push_back(
        create_plan(model, text(fmt::format("id-{:02}", (i * 17) % kRecords)), std::move(values), static_cast<Milliseconds>(1000 + i / 4)));
  }
  return plans;
}

std::vector<Filter> sample_filters(const Model& model, Characters characters) {
  std::vector<Filter> out;
  add_scalar(out, model, "id", std::vector<std::string>{"id-03", "id-17", "none"}, false);
  add_scalar(out, model, "code", std::vector<std::string>{"code-3", "code-21", ""}, true);
  add_scalar(out, model, "label", labels_of(characters), true);
  add_scalar(out, model, "size", kSizes, true);
  add_scalar(out, model, "weight", kWeights, true);
  add_scalar(out, model, "price", kPrices, true);
  add_scalar(out, model, "isActive", std::vector<bool>{true, false}, false);
  add_scalar(out, model, "day", kDays, true);
  add_scalar(out, model, "moment", kMoments, true);
  add_scalar(out, model, "status", kStatuses, false);
  add_scalar(out, model, "createdAt", std::vector<std::int64_t>{1000, 1005, 0}, true);
  add_patterns(out, model, characters);
  add_array(out, model, "tags", kTags);
  add_array(out, model, "keys", kTags);
  add_array(out, model, "numbers", kIntegers);
  add_array(out, model, "prices", kUnits);
  add_array(out, model, "masses", kMasses);
  add_array(out, model, "moments", kInstants);
  add_array(out, model, "flags", kFlags);
  // As much as a request may bring: no engine's own limits on expressions may show.
  for (const char* field : {"tags", "keys"}) out.push_back(on(model, field, Operator::kHasAll, std::vector<Value>(1'000, kTags[0])));
  for (const Filter& innermost :
       {on(model, "size", Operator::kEq, {integer(2)}), on(model, "keys", Operator::kHasAll, {kTags[0], kTags[1]})}) {
    out.push_back(nested(model, innermost, false));
    out.push_back(nested(model, innermost, true));
  }
  return out;
}

std::vector<std::vector<SortKey>> sample_sorts(const Model& model) {
  const auto key = [&](const char* name, bool descending) { return SortKey{model.ordinal(name).value(), descending}; };
  std::vector<std::vector<SortKey>> sorts;
  for (const bool down : {false, true}) {
    sorts.push_back({key("id", down)});
    for (const char* name : {"code", "label", "size", "weight", "price", "isActive", "day", "moment", "status", "createdAt"}) {
      sorts.push_back({key(name, down), key("id", down)});
    }
    for (const bool second : {false, true}) {
      sorts.push_back({key("isActive", down), key("status", second), key("id", second)});
      sorts.push_back({key("createdAt", down), key("price", second), key("id", second)});
      sorts.push_back({key("status", down), key("isActive", second), key("weight", down), key("id", down)});
      sorts.push_back({key("createdAt", down), key("updatedAt", second), key("id", second)});
    }
  }
  return sorts;
}

std::vector<Value> ids_of(const std::vector<Record>& records) {
  std::vector<Value> ids;
  for (const Record& record : records) ids.push_back(record.values[0]);
  return ids;
}

std::string describe(const Model& model, const Filter& filter) {
  if (filter.kind == Filter::Kind::kCondition) {
    const std::size_t count = filter.condition.operands.size();
    std::string out =
        fmt::format("{} op#{} of {} operands", model.fields[filter.condition.field].name, static_cast<int>(filter.condition.op), count);
    if (count == 1) {
      if (const auto* value = std::get_if<std::string>(&filter.condition.operands[0].alternatives())) out += " '" + *value + "'";
    }
    return out;
  }
  std::string out = filter.kind == Filter::Kind::kNot ? "not(" : filter.kind == Filter::Kind::kAll ? "all(" : "any(";
  for (const Filter& child : filter.children) out += describe(model, child) + "; ";
  return out + ")";
}

std::string describe(const Model& model, const std::vector<SortKey>& sort) {
  std::string out;
  for (const SortKey& key : sort) out += fmt::format("{}{} ", key.descending ? "-" : "", model.fields[key.field].name);
  return out;
}

}  // namespace holdfast::testing
