#pragma once
// One collection: its fields in order, its keys, its indexes. And the catalog: all collections of a project.
// Made by the loader, immutable afterwards, shared by all threads; `const Model*` is valid as long as its catalog.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/field.h"

namespace holdfast {

enum class IdKind : std::uint8_t { kUuid, kObjectId, kInteger, kText };

struct SortKey {
  std::size_t field = 0;  // ordinal, also of a nested field
  bool descending = false;
  friend bool operator==(const SortKey&, const SortKey&) = default;
};

// As declared, without the id that every index ends in (in the direction of its last key).
struct Index {
  std::vector<SortKey> keys;
};

// Field ordinals; one for `unique: true`, several for the collection's `unique`. Null never conflicts.
struct UniqueKey {
  std::vector<std::size_t> fields;
};

// Where in a model file something stands; from 1.
struct Mark {
  int line = 0;
  int column = 0;
};

// GET /api/<collection>/<name>/{value}
struct Finder {
  std::string name;
  std::size_t field = 0;
  std::string where;  // filter text; may be empty
  Mark where_mark;
  std::string sort_by;  // as in the query parameter; may be empty
  Mark sort_by_mark;
};

struct SearchSettings {
  std::vector<std::size_t> fields;
  std::string language;
};

struct CacheSettings {
  bool off = false;
  std::optional<std::int64_t> ttl_seconds, search_ttl_seconds;
  std::optional<std::vector<std::size_t>> tags;
};

// A member of an object, named by its path (`address.city`): filters, sorts and indexes may name it beside the fields themselves.
struct NestedField {
  // As declared, but: the name is the whole path, the column that of the outermost object, and null is admitted when it is anywhere on the
  // way.
  Field field;
  std::vector<std::size_t> path;  // the ordinal of the outermost object, then the place of each member in its object
};

struct Model {
  std::string name;    // of the file and of the URL segment
  std::string file;    // for messages
  std::string table;   // storage name
  std::string schema;  // storage schema; empty: the engine's own
  std::string title, description, was;
  IdKind id_kind = IdKind::kUuid;
  bool timestamps = false;
  bool require_if_match = false;  // PUT, PATCH and DELETE without a precondition are precondition_required

  // Ordinal 0 is the id, then the declared properties in order, then createdAt and updatedAt when `timestamps`.
  // This is the order of every answer.
  std::vector<Field> fields;
  std::vector<NestedField> nested;     // every member of every object, outer ones first; their ordinals follow those of `fields`
  std::vector<Index> indexes;          // declared ones, then each reference that starts none, then (createdAt) when `timestamps`
  std::vector<UniqueKey> unique_keys;  // in model order; the id is not among them
  std::vector<Finder> finders;
  std::optional<SearchSettings> search;
  CacheSettings cache;

  // Of a field, not of a nested one. Nothing when there is no field of that name.
  std::optional<std::size_t> ordinal(std::string_view field_name) const;
  // What filters and sorts may name: fields and nested fields, save those that are write-only.
  std::optional<std::size_t> queryable(std::string_view path) const;
  // By ordinal, nested ones too.
  const Field& field(std::size_t ordinal) const noexcept {
    return ordinal < fields.size() ? fields[ordinal] : nested[ordinal - fields.size()].field;
  }
  // The field itself, or the one that a nested field lies in.
  std::size_t holder(std::size_t ordinal) const noexcept {
    return ordinal < fields.size() ? ordinal : nested[ordinal - fields.size()].path.front();
  }
  // By ordinal, nested ones too: null when anything on the way is null. Absent when the holder is.
  Value value_of(const Record& record, std::size_t ordinal) const;
  // Makes `nested` of `fields`. Called once, when the fields are complete.
  void flatten();
  std::size_t created_at() const noexcept { return fields.size() - 2; }  // only when `timestamps`
  std::size_t updated_at() const noexcept { return fields.size() - 1; }
  // Default order of lists: createdAt desc, or id desc without timestamps. The id is not appended.
  SortKey default_sort() const noexcept { return {timestamps ? created_at() : 0, true}; }
};

// A reference field with both its ends.
struct Reference {
  const Model* model = nullptr;  // that refers
  std::size_t field = 0;
  const Model* target = nullptr;

  OnDelete on_delete() const noexcept { return model->fields[field].on_delete; }
};

class Catalog {
 public:
  // Models in order of name. Throws std::invalid_argument on two models of one name, and on a reference to none.
  explicit Catalog(std::vector<Model> models);
  Catalog(Catalog&&) = default;  // moving keeps the models where they are
  Catalog(const Catalog&) = delete;

  const std::vector<Model>& models() const noexcept { return models_; }
  // Null when there is no such collection.
  const Model* find(std::string_view name) const noexcept;
  // All of them: models in order of name, then fields in order.
  const std::vector<Reference>& references() const noexcept { return references_; }

 private:
  std::vector<Model> models_;
  std::vector<Reference> references_;
};

}  // namespace holdfast
