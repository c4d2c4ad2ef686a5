#include "model/loader_storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/loader_faults.h"
#include "model/storage_names.h"

namespace holdfast {

namespace {

class StorageCheck {
 public:
  StorageCheck(const ModelRoots& roots, Schemas schemas, LoadedModels& all) : roots_(roots), schemas_(schemas), all_(all) {}

  void run() {
    std::vector<const Model*> stored;  // each in a table of its own
    for (const Model& model : all_.models) {
      const bool twin = !stored.empty() && stored.back()->name == model.name;  // told elsewhere
      if (!twin && claim_table(model)) stored.push_back(&model);
    }
    for (const Model* model : stored) claim_what_is_beside(*model);
  }

 private:
  // What has a name.
  struct Claim {
    const Model* model;
    std::string what;
  };

  const YamlNode& root(const Model& model) const { return *roots_.at(model.file); }

  // Names of different spaces do not meet.
  std::string space_of(const Model& model) const { return schemas_ == Schemas::kKept ? folded(model.schema) : std::string(); }

  bool claim_table(const Model& model) {
    const auto [taken, fresh] = taken_.emplace(std::pair(space_of(model), folded(model.table)), Claim{&model, "the table"});
    if (fresh) return true;
    const Model& other = *taken->second.model;
    const bool apart = folded(other.schema) != folded(model.schema);
    const YamlNode* table = root(model).find("table");
    all_.faults.push_back({model.file, apart && table != nullptr ? table->mark : Mark{1, 1},
                           fmt::format("{} is stored in the table `{}` too{}. Name another one with `table:`.", other.file, model.table,
                                       apart ? ", since only PostgreSQL has schemas, and this database is another" : "")});
    return false;
  }

  // The name as it is compared: SQL databases do not all tell capitals apart, MongoDB does.
  void claim(const Model& model, const std::string& space, const std::string& name, const std::string& what, Mark mark) {
    const auto [taken, fresh] = taken_.emplace(std::pair(space, name), Claim{&model, what});
    if (fresh) return;
    const auto& [owner, owned] = taken->second;
    const bool own = owner == &model;
    all_.faults.push_back(
        {model.file, mark,
         fmt::format("{} would be called `{}` in the database, as {}{} is. {}", what, name, owned, own ? "" : " of " + owner->file,
                     own ? "Give one of their fields another name with `column:`."
                         : "Give one of the two collections another name with `table:`.")});
  }

  void claim_what_is_beside(const Model& model) {
    const std::string space = space_of(model);
    const std::string documents = "indexes of " + space + "\n" + model.table;  // MongoDB's index names are those of one collection
    for (std::size_t i = 0; i < model.unique_keys.size(); ++i) {
      std::vector<SortKey> keys;
      for (const std::size_t field : model.unique_keys[i].fields) keys.push_back({field, false});
      const std::string what = "the unique key " + shown(model, keys);
      claim(model, space, folded(joined("uq", model, keys)), what, place_of_unique(model, i));
      if (!is_kept_apart(model, keys)) claim(model, documents, document_index(model, keys), what, place_of_unique(model, i));
    }
    for (std::size_t i = 0; i < model.indexes.size(); ++i) {
      const auto& keys = model.indexes[i].keys;
      const std::string what = "the index " + shown(model, keys);
      claim(model, space, folded(joined("ix", model, keys)), what, place_of_index(model, i));
      const std::string_view id = keys.back().descending ? "__id_-1" : "__id_1";
      claim(model, documents, document_index(model, keys).append(id), what, place_of_index(model, i));
      const bool array = keys.front().field < model.fields.size() && model.field(keys.front().field).kind == Kind::kArray;
      if (array) claim(model, space, folded(side_table_name(model, keys.front().field)), "the table of " + what, place_of_index(model, i));
    }
    if (model.search) claim_search(model, space);
  }

  // FTS5 keeps an index in tables of its own.
  void claim_search(const Model& model, const std::string& space) {
    for (const std::string_view part : {"", "_data", "_idx", "_content", "_docsize", "_config"}) {
      claim(model, space, folded(search_table_name(model).append(part)), "the table of the search", root(model).find("search")->mark);
    }
  }

  static std::string shown(const Model& model, const std::vector<SortKey>& keys) {
    std::string text;
    for (const SortKey& key : keys) {
      text.append(text.empty() ? "" : ", ").append(key.descending ? "-" : "").append(model.field(key.field).name);
    }
    return "[" + text + "]";
  }

  static std::string joined(std::string_view prefix, const Model& model, const std::vector<SortKey>& keys) {
    std::vector<NamedKey> named;
    for (const SortKey& key : keys) {
      const Field& field = model.field(key.field);
      named.push_back({key.field < model.fields.size() ? field.column : field.name, key.descending});
    }
    return object_name(prefix, model, named);
  }

  static std::string document_index(const Model& model, const std::vector<SortKey>& keys) {
    std::string name;
    for (const SortKey& key : keys) {
      name.append(name.empty() ? "" : "_").append(document_path(model, key.field)).append(key.descending ? "_-1" : "_1");
    }
    return name;
  }

  // MongoDB keeps a compound key that may hold null under a name of the server.
  static bool is_kept_apart(const Model& model, const std::vector<SortKey>& keys) {
    return keys.size() > 1 && std::any_of(keys.begin(), keys.end(), [&](const SortKey& key) { return model.field(key.field).admits_null; });
  }

  // The keys of fields come first, in a model; then those of `unique`, as listed.
  Mark place_of_unique(const Model& model, std::size_t place) const {
    const auto of_fields =
        static_cast<std::size_t>(std::count_if(model.fields.begin(), model.fields.end(), [](const Field& field) { return field.unique; }));
    if (place >= of_fields) return root(model).find("unique")->items[place - of_fields]->mark;
    return declared(model, model.unique_keys[place].fields[0])->find("unique")->mark;
  }

  // Those of `indexes` come first, as listed; then those of references and timestamps.
  Mark place_of_index(const Model& model, std::size_t place) const {
    const YamlNode* indexes = root(model).find("indexes");
    if (indexes != nullptr && place < indexes->items.size()) return indexes->items[place]->mark;
    const YamlNode* field = declared(model, model.indexes[place].keys[0].field);
    return field != nullptr ? field->mark : Mark{1, 1};
  }

  const YamlNode* declared(const Model& model, std::size_t field) const {
    return root(model).find("properties")->find(model.fields[field].name);
  }

  const ModelRoots& roots_;
  Schemas schemas_;
  LoadedModels& all_;
  std::map<std::pair<std::string, std::string>, Claim> taken_;  // by space and name
};

}  // namespace

void check_storage(const ModelRoots& roots, Schemas schemas, LoadedModels& all) {
  StorageCheck(roots, schemas, all).run();
}

}  // namespace holdfast
