#pragma once
// A condition on records, as a tree: what filter text, brackets and finders all become. semantics.md §2 says what each operator means.
//
// The logic is two-valued: a comparison whose field is null is false, and `not` of it is true.
// Values are already in the field's representation and exact: comparisons with decimals between two units have been rewritten by the
// parser, `between` is gte and lte, so an engine never sees either. Nor does it see an empty list or the empty prefix: they too have been
// rewritten.

#include <cstdint>
#include <string>
#include <vector>

#include "model/model.h"

namespace holdfast {

// The numbers are part of every fingerprint, so of every cursor: only append.
enum class Operator : std::uint8_t { kEq, kNe, kGt, kGte, kLt, kLte, kIn, kNin, kLike, kIlike, kPrefix, kHas, kHasAny, kHasAll, kNull };

struct Condition {
  std::size_t field = 0;        // ordinal
  Operator op = Operator::kEq;  // kNe and kNin match records where the field is null
  // One value; for kIn, kNin, kHasAny, kHasAll any number; for kNull one boolean (true: is null).
  std::vector<Value> operands;
};

struct Filter {
  enum class Kind : std::uint8_t {
    kAll,  // every child; no child: true
    kAny,  // one child at least; no child: false
    kNot,  // exactly one child
    kCondition,
  };

  Kind kind = Kind::kAll;
  std::vector<Filter> children;
  Condition condition;

  // all() and any() keep trees flat: a child of the same kind is replaced by its children, and one child alone stands for itself.
  static Filter all(std::vector<Filter> children);
  static Filter any(std::vector<Filter> children);
  static Filter negated(Filter child);
  static Filter on(Condition condition);

  bool is_always_true() const noexcept { return kind == Kind::kAll && children.empty(); }
  bool is_always_false() const noexcept { return kind == Kind::kAny && children.empty(); }
};

// Equal for filters whose parsed conditions are equal, whatever their order: children of `all` and `any` and the values of list operators
// count as sets. Expects a tree made by the functions above. Not secret; stable across versions of one release line.
std::uint64_t fingerprint(const Model& model, const Filter& filter);

}  // namespace holdfast
