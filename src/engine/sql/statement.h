#pragma once
// Plans as SQL statements: the only place, with the dialects, where SQL about records is written. Pure; golden tests beside it.

#include <span>
#include <string>
#include <vector>

#include "engine/selection.h"
#include "engine/sql/dialect.h"
#include "query/plan.h"

namespace holdfast::sql {

// Every select about records answers the revision first, then the fields of these ordinals.
using holdfast::all_ordinals;
using holdfast::selected_ordinals;

// Parameter 1: the id.
std::string find_text(const Dialect& dialect, const Model& model);
// Parameter 1: a set of ids (Dialect::append_among).
std::string find_many_text(const Dialect& dialect, const Model& model);
// Parameters: the revision, then every value, then those of the columns `more`; `with_id` false leaves out the id, which the database then
// makes.
std::string insert_text(const Dialect& dialect, const Model& model, bool with_id, std::span<const std::string> more = {});
// Parameters: the id, the revision, then the values of `changed`, then those of the columns `more`.
std::string update_text(const Dialect& dialect, const Model& model, std::span<const std::size_t> changed,
                        std::span<const std::string> more = {});
// Parameter 1: the id.
std::string remove_text(const Dialect& dialect, const Model& model);
// Is there another record with these values? Parameters: the id to leave out (null: none), then the values.
std::string clash_text(const Dialect& dialect, const Model& model, std::span<const std::size_t> fields);

// The page as one range or two, to be read in order until `limit` + 1 rows are there; the last parameter of each is the number of rows
// wanted. Two, because a continuation from or towards null is no single range of an index (semantics.md §3). By rank, the rank stands
// behind the fields.
std::vector<Statement> list_statements(const Dialect& dialect, const ListPlan& plan);

Statement count_statement(const Dialect& dialect, const Model& model, const Filter& filter,
                          const std::optional<SearchQuery>& search = std::nullopt);

}  // namespace holdfast::sql
