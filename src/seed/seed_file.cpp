#include "seed/seed_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <unordered_map>

#include "model/json.h"
#include "model/loader_yaml.h"
#include "model/record_json.h"
#include "model/validator.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

constexpr YamlFileKind kSeedFile{"a seed file", "Write `match: [field]` and `records:`.",
                                 "Split it: files of one collection are taken in order of name."};

std::vector<fs::path> seed_paths(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".yml" || extension == ".yaml")) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// "01_items" → "items"; empty when the name has another form.
std::string_view collection_of(std::string_view stem) {
  const auto digits = stem.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos || stem[digits] != '_') return {};
  return stem.substr(digits + 1);
}

// A token of a JSON pointer as the name that it stands for (RFC 6901 §4).
std::string unescaped(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escaped = token[i] == '~' && i + 1 < token.size();
    if (escaped) ++i;
    name.push_back(!escaped ? token[i] : token[i] == '1' ? '/' : '~');
  }
  return name;
}

class SeedReader {
 public:
  // The records that stand before this file are known by `known`: text of the matching values → place.
  SeedReader(const Model& model, std::string shown, std::unordered_map<std::string, std::string>& known, std::vector<ModelFault>& faults)
      : model_(model), known_(known), faults_(faults) {
    result_.file = std::move(shown);
    result_.model = &model;
  }

  SeedFile read(const std::string& text) {
    const YamlDocument document = parse_yaml(text, kSeedFile);
    for (const auto& fault : document.faults) add(fault.mark, fault.message);
    if (document.faults.empty()) read_root(*document.root);
    return std::move(result_);
  }

 private:
  void add(Mark mark, std::string message) { faults_.push_back({result_.file, mark, std::move(message)}); }

  void read_root(const YamlNode& root) {
    if (root.kind != YamlNode::Kind::kMap) return add(root.mark, "a seed file is a map of `match` and `records`.");
    for (const auto& member : root.members) {
      const auto& key = member.key->text;
      if (key != "match" && key != "records")
        add(member.key->mark, fmt::format("`{}` means nothing here; a seed file has `match` and `records`.", key));
    }
    read_match(root);
    const auto* records = root.find("records");
    if (!records) return add(root.mark, "`records` is missing: a list of maps from field to value.");
    if (records->kind != YamlNode::Kind::kList)
      return add(records->mark, "`records` is a list of maps from field to value: write each behind `- `.");
    for (const auto* record : records->items) read_record(*record);
  }

  void read_match(const YamlNode& root) {
    const auto* match = root.find("match");
    if (!match) return add(root.mark, "`match` is missing: the fields by which a record is known again, as in `match: [name]`.");
    if (match->kind != YamlNode::Kind::kList || match->items.empty())
      return add(match->mark, "`match` is a list of fields, as in `match: [name]`.");
    for (const auto* item : match->items) {
      const auto ordinal = model_.ordinal(item->text);
      if (!ordinal) {
        add(item->mark, fmt::format("`{}` is not a field of {}.", item->text, model_.name));
      } else if (model_.fields[*ordinal].role != Role::kProperty && !(*ordinal == 0 && model_.id_kind == IdKind::kText)) {
        add(item->mark, fmt::format("`{}` is kept by the server, so seeds cannot match by it.", item->text));
      } else {
        match_.push_back(*ordinal);
      }
    }
  }

  void read_record(const YamlNode& node) {
    const auto before = faults_.size();
    const Json body = to_json(node);
    if (faults_.size() > before) return;
    Draft draft = validate(model_, body, BodyMode::kCreate);
    for (const auto& error : draft.errors) {
      const auto where = error.pointer.empty() ? std::string("a record") : fmt::format("`{}`", error.pointer.substr(1));
      add(mark_of(node, error.pointer), fmt::format("{}: {}", where, error.message));
    }
    if (!draft.errors.empty() || is_known(draft.values, node.mark)) return;
    result_.records.push_back({std::move(draft.values), node.mark});
  }

  bool is_known(const std::vector<Value>& values, Mark mark) {
    if (match_.empty()) return false;
    std::string identity;
    for (const auto ordinal : match_) {
      identity += model_.fields[ordinal].name + '=';  // another file may match by other fields
      append_json_value(identity, model_.fields[ordinal], values[ordinal]);
      identity += ',';
    }
    const auto [same, added] = known_.emplace(std::move(identity), fmt::format("{}:{}", result_.file, mark.line));
    if (!added)
      add(mark,
          fmt::format("this record agrees with that of {} in every field of `match`. Keep one, or match by more fields.", same->second));
    return !added;
  }

  Json to_json(const YamlNode& node) {
    Json json;
    switch (node.kind) {
      case YamlNode::Kind::kNull:
        break;
      case YamlNode::Kind::kBoolean:
        json.kind = Json::Kind::kBoolean;
        json.boolean = node.boolean();
        break;
      case YamlNode::Kind::kInteger:
      case YamlNode::Kind::kFloat:
        number_to_json(node, json);
        break;
      case YamlNode::Kind::kText:
        json.kind = Json::Kind::kString;
        json.text = node.text;
        break;
      case YamlNode::Kind::kList:
        json.kind = Json::Kind::kArray;
        for (const auto* item : node.items) json.items.push_back(to_json(*item));
        break;
      case YamlNode::Kind::kMap:
        json.kind = Json::Kind::kObject;
        for (const auto& member : node.members) json.members.push_back({member.key->text, to_json(*member.value)});
        break;
    }
    return json;
  }

  void number_to_json(const YamlNode& node, Json& json) {
    json.kind = Json::Kind::kNumber;
    if (auto text = json_number(node)) {
      json.text = std::move(*text);
    } else {
      add(node.mark, fmt::format("{} is not a finite number. If it is a text, put it into quotes.", node.text));
    }
  }

  // Where a member of the record stands; the nearest one around it that is there when it is not.
  static Mark mark_of(const YamlNode& record, std::string_view pointer) {
    const YamlNode* node = &record;
    Mark mark = record.mark;
    while (!pointer.empty()) {
      pointer.remove_prefix(1);
      const auto token = pointer.substr(0, pointer.find('/'));
      pointer.remove_prefix(token.size());
      if (node->kind == YamlNode::Kind::kList) {
        const auto index = std::strtoul(std::string(token).c_str(), nullptr, 10);
        node = index < node->items.size() ? node->items[index] : nullptr;
      } else {
        node = node->find(unescaped(token));
      }
      if (!node) break;
      mark = node->mark;
    }
    return mark;
  }

  const Model& model_;
  std::unordered_map<std::string, std::string>& known_;
  std::vector<ModelFault>& faults_;
  std::vector<std::size_t> match_;
  SeedFile result_;
};

std::string known_collections(const Catalog& catalog) {
  std::string names;
  for (const auto& model : catalog.models()) names += (names.empty() ? "" : ", ") + model.name;
  return names;
}

}  // namespace

LoadedSeeds load_seeds(const Catalog& catalog, const std::filesystem::path& folder, const std::string& shown_folder) {
  LoadedSeeds loaded;
  std::unordered_map<const Model*, std::unordered_map<std::string, std::string>> known;
  for (const auto& path : seed_paths(folder)) {
    const auto shown = (fs::path(shown_folder) / path.filename()).string();
    const auto stem = path.stem().string();
    const auto* model = catalog.find(collection_of(stem));
    if (!model) {
      const auto form = "a seed file is called NN_<collection>.yml, as in 01_items.yml; the collections are ";
      loaded.faults.push_back({shown, {1, 1}, fmt::format("{}{}.", form, known_collections(catalog))});
      continue;
    }
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
      loaded.faults.push_back({shown, {1, 1}, "the file cannot be read. Look at its permissions."});
      continue;
    }
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    loaded.files.push_back(SeedReader(*model, shown, known[model], loaded.faults).read(text));
  }
  return loaded;
}

}  // namespace holdfast
