#pragma once
// The statements of writes. Pure; golden tests beside it.
//
// A target that a write refers to is locked by the write's own statement, so that no removal can take it away before the commit: when one
// is missing the statement touches no row.

#include <span>

#include "engine/postgres/codec.h"
#include "engine/removal_walk.h"

namespace holdfast::postgres {

// A record as it is stored, and the row that it was read from (row 0 of `select _rev, <every field>`).
struct StoredRow {
  Record record;
  Answer answer;
};

// Locks the record against changes. `removes`: against references to it, too.
Query lock_query(const Model& model, const Value& id, bool removes);
// The record that has the same values in a unique key, none of which is null; locked against changes.
Query lock_by_key_query(const Model& model, std::span<const std::size_t> key, const Record& values);

// Answers the id.
Query insert_query(const Model& model, const Catalog& catalog, const Record& record);
// Of the fields that differ. What the model does not declare inside an object stays as it is in `before`.
Query update_query(const Model& model, const Catalog& catalog, const StoredRow& before, const Record& after);
// Answers the record as `select _rev, <every field>`.
Query remove_query(const Model& model, const Value& id);

// Is there a record with this id? Answers a row or none.
Query exists_query(const Model& model, const Value& id);
// Another one with the same values in the key? `own_id` null: of a new record. Answers a row or none.
Query clash_query(const Model& model, const UniqueKey& key, const Record& record, const Value& own_id);
// What one of these two looks for, answered with the version of its row: another one after each change of it, and for one made anew.
Query version_query(Query looks_for);
// The names of the columns of a unique index of the model's table, one a row.
Query index_columns_query(const Model& model, const std::string& index);
// Raises the sequence that makes the ids above those that are there. Answers a row, or none when there is no sequence.
Query raise_ids_query(const Model& model);

// Locks what it answers: kRecords the ids, kCount one row with the number, which are not locked.
Query removal_query(const RemovalQuestion& question);
// The SQLSTATE (division_by_zero) of a change of a removal that touched fewer rows than were decided.
constexpr std::string_view kTooFewRows = "22012";
// All changes of a removal, in order.
std::vector<Query> removal_queries(const RemovalWalk& walk, Milliseconds now);

}  // namespace holdfast::postgres
