#include "engine/mongo/order.h"

#include <map>
#include <string>

#include "engine/mongo/codec.h"
#include "engine/mongo/comparison.h"
#include "engine/mongo/document.h"
#include "engine/mongo/number.h"

namespace holdfast::mongo {
namespace {

class Continuation {
 public:
  explicit Continuation(const ListPlan& plan);

  bool is_split() const { return plan_.sort[0].field != 0 && is_null(0) != plan_.sort[0].descending; }
  void append_range(bson_t& query, std::size_t range) const;
  // What comes after in the keys from `key` on. `with_null`: also what is null there, where null stands at the end.
  void append(bson_t& query, std::size_t key, bool with_null) const;

 private:
  bool is_null(std::size_t key) const { return plan_.after[key].is_null(); }
  bool is_last(std::size_t key) const { return key + 1 == plan_.sort.size(); }
  bool is_descending(std::size_t key) const { return plan_.sort[key].descending; }
  bool null_follows(std::size_t key) const { return is_descending(key) && !is_null(key) && plan_.sort[key].field != 0; }
  Comparison comparison(std::size_t key) const { return Comparison(*plan_.model, plan_.sort[key].field); }

  bool is_decimal(std::size_t key) const { return plan_.model->field(plan_.sort[key].field).kind == Kind::kDecimal; }
  const bson_iter_t* stored(std::size_t key) const { return stored_.contains(key) ? &stored_.at(key) : nullptr; }

  void append_order(bson_t& query, std::size_t key, Order order) const;
  void append_equal(bson_t& query, std::size_t key) const;
  void append_beyond(bson_t& query, std::size_t key) const;
  void append_same(bson_t& query, std::size_t key) const;
  void append_not_before(bson_t& query, std::size_t key) const;

  const ListPlan& plan_;
  std::map<std::size_t, bson_iter_t> stored_;  // by key: numbers of the record behind which the page starts, where they are not ours
};

Continuation::Continuation(const ListPlan& plan) : plan_(plan) {
  bson_t place;
  bson_iter_t number;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(plan.after_place.data());
  if (plan.after_place.empty() || !bson_init_static(&place, bytes, plan.after_place.size()) || !bson_iter_init(&number, &place)) return;
  while (bson_iter_next(&number)) stored_[std::stoul(bson_iter_key(&number))] = number;
}

void Continuation::append_order(bson_t& query, std::size_t key, Order order) const {
  if (is_decimal(key)) return comparison(key).append_stored_order(query, order, plan_.after[key], stored(key));
  comparison(key).append_order(query, order, plan_.after[key]);
}

void Continuation::append_equal(bson_t& query, std::size_t key) const {
  if (is_decimal(key)) return comparison(key).append_stored_equal(query, plan_.after[key], stored(key));
  comparison(key).append_equal(query, plan_.after[key]);
}

void Continuation::append_range(bson_t& query, std::size_t range) const {
  if (range == 0) return is_null(0) ? append_same(query, 0) : append(query, 0, false);
  const Comparison first = comparison(0);
  return is_null(0) ? first.append_present(query) : first.append_null(query);
}

// The bound says nothing new, but lets an index start there.
void Continuation::append(bson_t& query, std::size_t key, bool with_null) const {
  const bool also_null = with_null && null_follows(key);
  const bool nothing_beyond = is_null(key) && is_descending(key);
  if (nothing_beyond) return append_same(query, key);
  if (is_last(key) && !also_null) return append_beyond(query, key);
  if (!is_null(key) && !also_null) append_not_before(query, key);
  NestedArray any(query, "$or");
  {
    Nested beyond(any.get(), any.next_key());
    append_beyond(beyond, key);
  }
  if (also_null) {
    Nested null(any.get(), any.next_key());
    comparison(key).append_null(null);
  }
  if (is_last(key)) return;
  Nested same(any.get(), any.next_key());
  append_same(same, key);
}

void Continuation::append_beyond(bson_t& query, std::size_t key) const {
  if (is_null(key)) return comparison(key).append_present(query);
  append_order(query, key, is_descending(key) ? Order::kBelow : Order::kAbove);
}

// The same value in this key, and what comes after in those behind it.
void Continuation::append_same(bson_t& query, std::size_t key) const {
  if (is_null(key)) {
    comparison(key).append_null(query);
  } else {
    append_equal(query, key);
  }
  append(query, key + 1, true);
}

void Continuation::append_not_before(bson_t& query, std::size_t key) const {
  append_order(query, key, is_descending(key) ? Order::kAtMost : Order::kAtLeast);
}

}  // namespace

void append_sort(bson_t& sort, const ListPlan& plan) {
  for (const SortKey& key : plan.sort) append_int32(sort, stored_path(*plan.model, key.field), key.descending ? -1 : 1);
}

std::string place_of(const Model& model, const std::vector<SortKey>& sort, const bson_t& document, const Record& record) {
  Document place;
  for (std::size_t key = 0; key < sort.size(); ++key) {
    const Field& field = model.field(sort[key].field);
    const Value& value = model.value_of(record, sort[key].field);
    if (field.kind != Kind::kDecimal || value.is_null()) continue;
    bson_iter_t start, stored;
    const std::string path = stored_path(model, sort[key].field);
    if (!bson_iter_init(&start, &document) || !bson_iter_find_descendant(&start, path.c_str(), &stored)) continue;
    if (is_own_number(stored, value.integer(), field)) continue;
    bson_append_iter(place.get(), std::to_string(key).c_str(), -1, &stored);
  }
  if (bson_empty(place.get())) return {};
  return {reinterpret_cast<const char*>(bson_get_data(place.get())), place.get()->len};
}

std::size_t ranges_after(const ListPlan& plan) {
  return Continuation(plan).is_split() ? 2 : 1;
}

void append_range_after(bson_t& query, const ListPlan& plan, std::size_t range) {
  Continuation(plan).append_range(query, range);
}

void append_after(bson_t& query, const ListPlan& plan) {
  Continuation(plan).append(query, 0, true);
}

}  // namespace holdfast::mongo
