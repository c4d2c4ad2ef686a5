#include "model/loader_collection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/nearest.h"
#include "model/loader_field.h"
#include "model/loader_keys.h"
#include "model/loader_object.h"

namespace holdfast {

namespace {

constexpr std::int64_t kTextIdLength = 100;
constexpr std::pair<std::string_view, IdKind> kIdKinds[] = {
    {"uuid", IdKind::kUuid}, {"objectId", IdKind::kObjectId}, {"integer", IdKind::kInteger}, {"text", IdKind::kText}};

// What ids are called elsewhere.
constexpr std::pair<std::string_view, std::string_view> kForeignIdKinds[] = {
    {"int", "integer"}, {"bigint", "integer"}, {"serial", "integer"}, {"number", "integer"}, {"string", "text"}, {"guid", "uuid"}};

std::string help_with_id(const std::string& word) {
  std::vector<std::string_view> names;
  for (const auto& [name, kind] : kIdKinds) names.push_back(name);
  for (const auto& [foreign, ours] : kForeignIdKinds) {
    if (foreign == word) return fmt::format(" Did you mean `{}`?", ours);
  }
  return did_you_mean(word, names);
}

// Columns that are there already: the server's own, MongoDB's, PostgreSQL's (its manual, §5.5). All that begin with `_hf` are the server's.
constexpr std::string_view kTakenColumns[] = {"_row", "_rev", "_id", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"};

class CollectionReader {
 public:
  CollectionReader(const std::string& name, const YamlNode& root, const IdKinds& id_kinds, FaultList& faults)
      : root_(root), id_kinds_(id_kinds), faults_(faults) {
    model_.name = name;
    model_.file = faults.file();
  }

  Model read() {
    refuse_unknown_keywords(root_, Level::kCollection, "the collection", faults_);
    read_texts_of_collection();
    read_type();
    read_storage_names();
    read_id();
    read_flag("timestamps", model_.timestamps);
    read_flag("requireIfMatch", model_.require_if_match);
    add_id();
    read_properties();
    if (model_.timestamps) add_timestamps();
    model_.flatten();
    check_columns();
    check_renames();
    read_keys(root_, model_, sound_, faults_);
    return std::move(model_);
  }

 private:
  Entry at(std::string_view name) const { return entry(root_, Level::kCollection, name); }

  void read_texts_of_collection() {
    if (const Entry title = at("title")) model_.title = read_text(title, faults_).value_or("");
    if (const Entry description = at("description")) model_.description = read_text(description, faults_).value_or("");
    if (const Entry was = at("was")) {
      model_.was = read_text(was, faults_).value_or("");
      if (was.value->kind == YamlNode::Kind::kText && model_.was == model_.name) {
        faults_.add(
            *was.value,
            fmt::format("`{}` is what the collection is called now. Give the name that it had before, or take `was` away.", model_.was));
      } else if (was.value->kind == YamlNode::Kind::kText && !is_collection_name(model_.was)) {
        faults_.add(*was.value,
                    fmt::format("`was` takes the collection's old name; `{}` is not one. Write, for example, `was: things`.", model_.was));
      }
    }
  }

  void read_type() {
    const Entry type = at("type");
    if (!type) {
      faults_.add(root_, "`type` is missing. Write `type: object`.");
    } else if (type.value->kind != YamlNode::Kind::kText || type.value->text != "object") {
      faults_.wrong_shape(*type.value, *type.keyword);
    }
  }

  void read_storage_names() {
    model_.table = model_.name;
    std::replace(model_.table.begin(), model_.table.end(), '-', '_');
    const Entry table = at("table");
    if (table) model_.table = read_storage_name(table, faults_).value_or(model_.table);
    const std::string lower = folded(model_.table);
    for (const std::string_view reserved : {"_hf_", "sqlite_"}) {
      if (lower.substr(0, reserved.size()) != reserved) continue;
      faults_.add(
          table ? *table.value : root_,
          fmt::format("tables called `{}…` are kept for the server and the database. Choose another name with `table:`.", reserved));
    }
    if (const Entry schema = at("schema")) model_.schema = read_storage_name(schema, faults_).value_or("");
  }

  void read_id() {
    if (const auto kind = id_kind_of(root_)) {
      model_.id_kind = *kind;
    } else {
      faults_.wrong_shape(*at("id").value, *at("id").keyword, help_with_id(at("id").value->text));
    }
  }

  void read_flag(std::string_view name, bool& flag) {
    if (const Entry found = at(name)) flag = read_boolean(found, faults_).value_or(false);
  }

  void add(Field field, bool sound) {
    model_.fields.push_back(std::move(field));
    sound_.push_back(sound);
  }

  void add_id() {
    Field id;
    id.name = id.column = "id";
    id.role = Role::kId;
    if (model_.id_kind == IdKind::kInteger) id.kind = Kind::kInteger;
    if (model_.id_kind == IdKind::kUuid) id.format = Format::kUuid;
    if (model_.id_kind == IdKind::kObjectId) id.max_length = 24;
    if (model_.id_kind == IdKind::kText) id.max_length = kTextIdLength;
    id.required = model_.id_kind == IdKind::kText;  // the others are made by the server
    add(std::move(id), true);
  }

  void add_timestamps() {
    for (const auto& [name, column, role] :
         {std::tuple{"createdAt", "created_at", Role::kCreatedAt}, {"updatedAt", "updated_at", Role::kUpdatedAt}}) {
      Field field;
      field.name = name;
      field.column = column;
      field.role = role;
      field.kind = Kind::kDateTime;
      add(std::move(field), true);
    }
  }

  std::vector<std::string_view> kept_by_server() const {
    if (!model_.timestamps) return {"id"};
    return {"id", "createdAt", "updatedAt"};
  }

  void read_properties() {
    const Entry properties = at("properties");
    if (!properties) {
      faults_.add(root_, "`properties` is missing. Write, for example, `properties: { name: { type: string } }`.");
      read_required(at("required"), {}, kept_by_server(), faults_);
      return;
    }
    if (properties.value->kind != YamlNode::Kind::kMap) {
      faults_.wrong_shape(*properties.value, *properties.keyword);
      return;
    }
    std::vector<std::string_view> names;
    for (const auto& member : properties.value->members) names.push_back(member.key->text);
    const std::vector<std::string_view> kept = kept_by_server();
    const auto required = read_required(at("required"), names, kept, faults_);
    FieldReading reading{id_kinds_, faults_};
    for (const auto& [key, value] : properties.value->members) {
      if (std::find(kept.begin(), kept.end(), key->text) != kept.end()) {
        faults_.add(*key, fmt::format("`{}` is kept by the server and answered by itself. {}", key->text,
                                      key->text == "id" ? "Take it away; its kind is said by `id: uuid` of the collection."
                                                        : "Take it away, or `timestamps: true`."));
        continue;
      }
      auto declared = read_field(*key, *value, {Place::kProperty, required.contains(key->text)}, reading);
      add(std::move(declared.field), declared.sound);
    }
  }

  // Where the storage name of a field is said: at `column`, or at its name.
  const YamlNode& place_of(const Field& field) const {
    const YamlNode* properties = root_.find("properties");
    for (const auto& [key, value] : properties->members) {
      if (key->text != field.name) continue;
      const YamlNode* column = value->find("column");
      return column != nullptr ? *column : *key;
    }
    return root_;
  }

  void check_columns() {
    std::map<std::string, const Field*> taken;
    std::vector<const Field*> fields;
    for (const auto& field : model_.fields) fields.push_back(&field);
    // The server's own come first, so that the fault stands at the property.
    std::stable_partition(fields.begin(), fields.end(), [](const Field* field) { return field->role != Role::kProperty; });
    for (const Field* field : fields) {
      if (field->column.empty()) continue;  // its map could not be read
      const std::string column = folded(field->column);
      const bool taken_already = std::find(std::begin(kTakenColumns), std::end(kTakenColumns), column) != std::end(kTakenColumns);
      if (taken_already || column.starts_with("_hf")) {
        faults_.add(
            place_of(*field),
            fmt::format("a column `{}` belongs to the server or to a database. Choose another name with `column:`.", field->column));
      }
      const auto [other, fresh] = taken.emplace(column, field);
      if (!fresh) {
        faults_.add(place_of(*field), fmt::format("`{}` and `{}` are both stored as `{}`. Give one of them another name with `column:`.",
                                                  other->second->name, field->name, field->column));
      }
    }
  }

  void check_renames() {
    std::map<std::string_view, std::string_view> renamed;
    for (const auto& field : model_.fields) {
      if (field.was.empty()) continue;
      const YamlNode& where = *root_.find("properties")->find(field.name)->find("was");
      if (model_.ordinal(field.was) && field.was != field.name) {
        faults_.add(where,
                    fmt::format("`{}` is still a field, so `{}` cannot be its new name. Take one of the two away.", field.was, field.name));
      }
      const auto [other, fresh] = renamed.emplace(field.was, field.name);
      if (!fresh)
        faults_.add(where,
                    fmt::format("`{}` cannot become both `{}` and `{}`. Take one `was` away.", field.was, other->second, field.name));
    }
  }

  const YamlNode& root_;
  const IdKinds& id_kinds_;
  FaultList& faults_;
  Model model_;
  std::vector<bool> sound_;
};

}  // namespace

std::optional<IdKind> id_kind_of(const YamlNode& root) {
  if (root.kind != YamlNode::Kind::kMap) return std::nullopt;
  const YamlNode* id = root.find("id");
  if (id == nullptr) return IdKind::kUuid;
  for (const auto& [word, kind] : kIdKinds) {
    if (id->kind == YamlNode::Kind::kText && id->text == word) return kind;
  }
  return std::nullopt;
}

Model read_collection(const std::string& name, const YamlNode& root, const IdKinds& id_kinds, FaultList& faults) {
  if (root.kind == YamlNode::Kind::kMap) return CollectionReader(name, root, id_kinds, faults).read();
  faults.add(root, fmt::format("a model is a map; got {}. Begin with `type: object` and `properties:`.", describe(root)));
  return {};
}

}  // namespace holdfast
