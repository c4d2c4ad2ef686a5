#include "model/loader_collection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/nearest.h"
#include "model/loader_field.h"
#include "model/loader_keys.h"

namespace holdfast {

namespace {

constexpr std::int64_t kTextIdLength = 100;
constexpr std::pair<std::string_view, IdKind> kIdKinds[] = {
    {"uuid", IdKind::kUuid}, {"objectId", IdKind::kObjectId}, {"integer", IdKind::kInteger}, {"text", IdKind::kText}};

// Columns that are there already: the server's own, MongoDB's, PostgreSQL's (its manual, §5.5).
constexpr std::string_view kTakenColumns[] = {"_row", "_rev", "_hf", "_id", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"};

class CollectionReader {
 public:
  CollectionReader(const std::string& name, const YamlNode& root, FaultList& faults) : root_(root), faults_(faults) {
    model_.name = name;
    model_.file = faults.file();
  }

  Model read() {
    refuse_unknown_keywords(root_, Level::kCollection, "the collection", faults_);
    read_texts_of_collection();
    read_type();
    read_storage_names();
    read_id();
    if (const Entry timestamps = at("timestamps")) model_.timestamps = read_boolean(timestamps, faults_).value_or(false);
    add_id();
    read_properties();
    if (model_.timestamps) add_timestamps();
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
      if (was.value->kind == YamlNode::Kind::kText && (!is_collection_name(model_.was) || model_.was == model_.name)) {
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
    const Entry id = at("id");
    if (!id) return;
    for (const auto& [word, kind] : kIdKinds) {
      if (id.value->kind == YamlNode::Kind::kText && id.value->text == word) {
        model_.id_kind = kind;
        return;
      }
    }
    faults_.wrong_shape(*id.value, *id.keyword);
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

  bool is_kept_by_server(std::string_view name) const {
    return name == "id" || (model_.timestamps && (name == "createdAt" || name == "updatedAt"));
  }

  void read_properties() {
    const Entry properties = at("properties");
    if (!properties) {
      faults_.add(root_, "`properties` is missing. Write, for example, `properties: { name: { type: string } }`.");
      read_required({});
      return;
    }
    if (properties.value->kind != YamlNode::Kind::kMap) {
      faults_.wrong_shape(*properties.value, *properties.keyword);
      return;
    }
    std::vector<std::string_view> names;
    for (const auto& member : properties.value->members) names.push_back(member.key->text);
    const std::set<std::string_view> required = read_required(names);
    for (const auto& [key, value] : properties.value->members) {
      if (is_kept_by_server(key->text)) {
        faults_.add(*key, fmt::format("`{}` is kept by the server and answered by itself. {}", key->text,
                                      key->text == "id" ? "Take it away; its kind is said by `id: uuid` of the collection."
                                                        : "Take it away, or `timestamps: true`."));
        continue;
      }
      auto declared = read_field(*key, *value, required.contains(key->text) ? FieldPlace::kRequired : FieldPlace::kOptional, faults_);
      add(std::move(declared.field), declared.sound);
    }
  }

  static std::string help_with(std::string_view name, const std::vector<std::string_view>& names) {
    const std::string help = did_you_mean(name, names);
    return help.empty() ? fmt::format(" Properties are {}.", fmt::join(names, ", ")) : help;
  }

  std::set<std::string_view> read_required(const std::vector<std::string_view>& names) {
    std::set<std::string_view> required;
    const Entry list = at("required");
    if (!list) return required;
    for (const auto& [text, node] : read_texts(list, faults_).value_or(std::vector<PlacedText>{})) {
      if (is_kept_by_server(text)) {
        faults_.add(*node, fmt::format("`{}` is not among the properties, so it cannot be required. Take it away.", text));
      } else if (std::find(names.begin(), names.end(), text) == names.end()) {
        faults_.add(*node, fmt::format("`required` names `{}`, which is not a property.{}", text, help_with(text, names)));
      } else if (!required.insert(text).second) {
        faults_.add(*node, fmt::format("`{}` stands here twice. Take one away.", text));
      }
    }
    return required;
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
      if (std::find(std::begin(kTakenColumns), std::end(kTakenColumns), column) != std::end(kTakenColumns)) {
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
  FaultList& faults_;
  Model model_;
  std::vector<bool> sound_;
};

}  // namespace

Model read_collection(const std::string& name, const YamlNode& root, FaultList& faults) {
  if (root.kind == YamlNode::Kind::kMap) return CollectionReader(name, root, faults).read();
  faults.add(root, fmt::format("a model is a map; got {}. Begin with `type: object` and `properties:`.", describe(root)));
  return {};
}

}  // namespace holdfast
