#include "engine/mongo/change_command.h"

#include <algorithm>

#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/search.h"
#include "engine/mongo/unique_keys.h"

namespace holdfast::mongo {
namespace {

// Writers of Mongoose compare it when they change an array by position.
constexpr std::string_view kMongooseVersion = "__v";
constexpr std::string_view kMarkPath = "_hf.deleting";

std::optional<Place> member_of(const bson_t& document, std::string_view name) {
  Place place;
  if (!bson_iter_init_find_w_len(&place.at, &document, name.data(), static_cast<int>(name.size()))) return std::nullopt;
  return place;
}

std::optional<Place> member_of(const Place& object, std::string_view name) {
  Place place;
  if (!bson_iter_recurse(&object.at, &place.at)) return std::nullopt;
  if (!bson_iter_find_w_len(&place.at, name.data(), static_cast<int>(name.size()))) return std::nullopt;
  return place;
}

class Changes {
 public:
  explicit Changes(ChangeCommand& command) : command_(command) {}

  // Objects member by member, so that undeclared ones stay; everything else whole.
  void compare(const std::string& path, const Field& field, const Value& before, const Value& after, const std::optional<Place>& stored) {
    if (before == after) return;
    const bool merges = field.kind == Kind::kObject && !before.is_null() && !after.is_null() && stored;
    if (!merges) return replace(path, field, after, stored);
    for (std::size_t i = 0; i < field.properties.size(); ++i) {
      const Field& member = field.properties[i];
      compare(path + "." + member.name, member, before.array()[i], after.array()[i], member_of(*stored, member.name));
    }
  }

  void set(const std::string& path, const bson_t& document) { append_document(*sets_.get(), path, document); }
  void unset(const std::string& path) { append_text(*unsets_.get(), path, ""); }
  bson_t& sets() { return *sets_.get(); }
  bool has_changed_array() const noexcept { return has_changed_array_; }

  void finish(bool counts_version) {
    append_document(*command_.update.get(), "$set", *sets_.get());
    if (!bson_empty(unsets_.get())) append_document(*command_.update.get(), "$unset", *unsets_.get());
    if (!counts_version) return;
    Nested increment(*command_.update.get(), "$inc");
    append_int32(increment, kMongooseVersion, 1);
  }

 private:
  void replace(const std::string& path, const Field& field, const Value& after, const std::optional<Place>& stored) {
    has_changed_array_ = has_changed_array_ || field.kind == Kind::kArray;
    {
      Nested condition(*command_.query.get(), path);
      if (stored) {
        bson_append_iter(&condition.get(), "$eq", -1, &stored->at);
      } else {
        append_bool(condition, "$exists", false);
      }
    }
    if (after.is_null()) return unset(path);
    append_value(*sets_.get(), path, field, after);
  }

  ChangeCommand& command_;
  Document sets_, unsets_;
  bool has_changed_array_ = false;
};

bool differs(const Model& model, std::size_t field, const Record& before, const Record& after) {
  return model.value_of(before, field) != model.value_of(after, field);
}

bool touches(const Model& model, const std::vector<std::size_t>& fields, const Record& before, const Record& after) {
  return std::any_of(fields.begin(), fields.end(), [&](std::size_t field) { return differs(model, field, before, after); });
}

void set_search_data(Changes& changes, const Model& model, const Record& before, const Record& after) {
  if (!model.search || !touches(model, model.search->fields, before, after)) return;
  Document data;
  append_search_data(*data.get(), model, after);
  bson_iter_t place;
  if (bson_iter_init_find(&place, data.get(), "search")) bson_append_iter(&changes.sets(), "_hf.search", -1, &place);
}

void set_hidden_keys(Changes& changes, const Model& model, const Record& before, const Record& after) {
  for (const UniqueKey& key : model.unique_keys) {
    if (!is_hidden(model, key) || !touches(model, key.fields, before, after)) continue;
    Document members;
    if (append_members(*members.get(), model, key, after)) {
      changes.set(hidden_path(model, key), *members.get());
    } else {
      changes.unset(hidden_path(model, key));
    }
  }
}

void append_guard(bson_t& query, const Model& model, const Record& before) {
  append_id(query, kIdName, model, before.values[0]);
  append_revision_is(query, before.revision);
  Nested unmarked(query, kMarkPath);  // what is being removed is changed by nobody else
  append_bool(unmarked, "$exists", false);
}

}  // namespace

void append_revision_is(bson_t& query, std::int64_t revision) {
  if (revision != 0) return append_int64(query, kRevisionPath, revision);
  Nested condition(query, kRevisionPath);
  NestedArray none(condition, "$in");
  append_null(none.get(), none.next_key());
  append_int64(none.get(), none.next_key(), 0);
}

ChangeCommand make_change(const Model& model, const bson_t& stored, const Record& before, const Record& after,
                          const std::optional<std::int64_t>& request) {
  ChangeCommand command;
  append_guard(*command.query.get(), model, before);
  Changes changes(command);
  append_int64(changes.sets(), kRevisionPath, after.revision);
  if (request) append_int64(changes.sets(), "_hf.request", *request);
  for (std::size_t i = 1; i < model.fields.size(); ++i) {
    const std::string name = stored_name(model.fields[i]);
    changes.compare(name, model.fields[i], before.values[i], after.values[i], member_of(stored, name));
  }
  set_search_data(changes, model, before, after);
  set_hidden_keys(changes, model, before, after);
  const auto version = member_of(stored, kMongooseVersion);
  changes.finish(changes.has_changed_array() && version && BSON_ITER_HOLDS_NUMBER(&version->at));
  return command;
}

// An update must name something: what the query says is not there, so that documents without `_hf` stay without.
ChangeCommand make_confirmation(const Model& model, const Record& before) {
  ChangeCommand command;
  append_guard(*command.query.get(), model, before);
  Nested unset(*command.update.get(), "$unset");
  append_text(unset, kMarkPath, "");
  return command;
}

Document make_document(const Model& model, const Record& record, const std::optional<std::int64_t>& request) {
  Document document = encode_record(model, record);
  Nested bookkeeping(*document.get(), kBookkeepingName);
  append_int64(bookkeeping, "rev", record.revision);
  if (request) append_int64(bookkeeping, "request", *request);
  append_hidden_keys(bookkeeping, model, record);
  append_search_data(bookkeeping, model, record);
  return document;
}

}  // namespace holdfast::mongo
