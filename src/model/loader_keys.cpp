#include "model/loader_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/nearest.h"

namespace holdfast {

namespace {

constexpr std::int64_t kIndexBytes = 2400;                // PostgreSQL refuses index rows of more than 2,704
constexpr std::int64_t kBytesOfCodePoint = 4;             // at most, in UTF-8
constexpr std::int64_t kEndless = std::int64_t{1} << 40;  // longer than any text; sums of it do not overflow
constexpr std::size_t kMostKeys = 31;                     // PostgreSQL has 32 columns in an index; the id is one
constexpr std::size_t kFinderNameLength = 60;

class KeyReader {
 public:
  KeyReader(const YamlNode& root, Model& model, const std::vector<bool>& sound, FaultList& faults)
      : root_(root), model_(model), sound_(sound), faults_(faults) {
    for (const auto& field : model_.fields) names_.push_back(field.name);
    paths_ = names_;
    for (const auto& nested : model_.nested) paths_.push_back(nested.field.name);
  }

  void read() {
    read_unique_fields();
    if (const Entry unique = at("unique")) read_unique(unique);
    if (const Entry indexes = at("indexes")) read_indexes(indexes);
    add_reference_indexes();
    add_timestamp_index();
    if (const Entry finders = at("finders")) read_finders(finders);
    if (const Entry search = at("search")) read_search(search);
    if (const Entry cache = at("cache")) read_cache(cache);
  }

 private:
  Entry at(std::string_view name) const { return entry(root_, Level::kCollection, name); }
  const Field& field(std::size_t ordinal) const { return model_.field(ordinal); }
  bool is_sound(std::size_t ordinal) const { return sound_[model_.holder(ordinal)]; }

  // The field of that name; nothing after a fault.
  std::optional<std::size_t> find_field(std::string_view name, const YamlNode& where, std::string_view keyword) {
    if (const auto ordinal = model_.ordinal(name)) return ordinal;
    if (std::find(paths_.begin(), paths_.end(), name) != paths_.end()) {
      faults_.add(where, fmt::format("`{}` lies inside an object; `{}` names the collection's own fields only. Take it away, or move the "
                                     "field out of the object.",
                                     name, keyword));
    } else {
      unknown_field(name, where, keyword, names_);
    }
    return std::nullopt;
  }

  // The field of that path, which an index may name; nothing after a fault.
  std::optional<std::size_t> find_path(std::string_view path, const YamlNode& where) {
    const auto found = std::find(paths_.begin(), paths_.end(), path);
    if (found != paths_.end()) return static_cast<std::size_t>(found - paths_.begin());
    const auto holder = model_.ordinal(path.substr(0, path.find('.')));
    if (!holder || sound_[*holder]) unknown_field(path, where, "indexes", paths_);  // an object with a fault may lack members
    return std::nullopt;
  }

  void unknown_field(std::string_view name, const YamlNode& where, std::string_view keyword, const std::vector<std::string_view>& known) {
    std::string help = did_you_mean(name, known);
    if (name == "createdAt" || name == "updatedAt") help = " It exists with `timestamps: true`.";
    if (help.empty()) help = fmt::format(" Fields are {}.", fmt::join(known, ", "));
    faults_.add(where, fmt::format("`{}` names `{}`, which is not a field.{}", keyword, name, help));
  }

  // A list of field names without repetition; unknown ones are left out after a fault.
  std::optional<std::vector<std::size_t>> read_fields(Entry entry) {
    const auto texts = read_texts(entry, faults_);
    if (!texts) return std::nullopt;
    std::vector<std::size_t> ordinals;
    for (const auto& [text, node] : *texts) {
      const auto ordinal = find_field(text, *node, entry.keyword->name);
      if (!ordinal) continue;
      if (std::find(ordinals.begin(), ordinals.end(), *ordinal) != ordinals.end()) {
        faults_.add(*node, fmt::format("`{}` stands here twice. Take one away.", text));
      } else {
        ordinals.push_back(*ordinal);
      }
    }
    return ordinals;
  }

  // Whether its values fit into an index row; PostgreSQL decides for all engines.
  void check_size(const std::vector<std::size_t>& ordinals, const YamlNode& where, std::string_view keyword) {
    if (ordinals.size() > kMostKeys) {
      faults_.add(where, fmt::format("{} fields stand here; {} are the most. Take some away.", ordinals.size(), kMostKeys));
      return;
    }
    std::int64_t bytes = 0;
    for (const std::size_t ordinal : ordinals) {
      if (!is_sound(ordinal)) return;
      const Field& value = field(ordinal).kind == Kind::kArray ? *field(ordinal).element : field(ordinal);
      const auto longest = value.longest();
      if (!longest && value.kind == Kind::kString) {
        faults_.add(
            where, fmt::format(
                       "`{}` stands in `{}`, so its texts need a bound: long ones do not fit into an index. Give {} one: `maxLength: 100`.",
                       field(ordinal).name, keyword, field(ordinal).kind == Kind::kArray ? "its items" : "it"));
        return;
      }
      bytes += kBytesOfCodePoint * std::min(longest.value_or(0), kEndless);
    }
    if (bytes <= kIndexBytes) return;
    faults_.add(
        where,
        fmt::format("its texts can have {} bytes (4 for each of `maxLength`); an index holds {}. Lower `maxLength`, or index fewer fields.",
                    bytes, kIndexBytes));
  }

  void read_unique_fields() {
    const YamlNode* properties = root_.find("properties");
    for (std::size_t i = 1; i < model_.fields.size(); ++i) {
      if (!field(i).unique) continue;
      model_.unique_keys.push_back({{i}});
      const YamlNode* map = properties->find(field(i).name);
      check_size({i}, *map->find("unique"), "unique");
    }
  }

  // Calls `read` for each list inside a list.
  template <typename Read>
  void for_each_list(Entry entry, Read read) {
    if (entry.value->kind != YamlNode::Kind::kList) return faults_.wrong_shape(*entry.value, *entry.keyword);
    for (const YamlNode* item : entry.value->items) {
      if (item->kind == YamlNode::Kind::kList && !item->items.empty()) {
        read(Entry{item, entry.keyword});
      } else {
        faults_.wrong_shape(*item, *entry.keyword);
      }
    }
  }

  void read_unique(Entry entry) {
    std::set<std::set<std::size_t>> seen;
    for_each_list(entry, [&](Entry key) {
      const std::size_t before = faults_.count();
      auto ordinals = read_fields(key);
      if (faults_.count() != before) return;
      if (ordinals->size() < 2) {
        faults_.add(*key.value,
                    fmt::format("a key of one field is written on the field: `{}: {{ …, unique: true }}`.", key.value->items[0]->text));
      } else if (const Field* field = find_without_order(*ordinals)) {
        faults_.add(*key.value,
                    fmt::format("`{}` is {}, and only scalars can be in a unique key. Take it away.", field->name, what_it_is(*field)));
      } else if (std::find(ordinals->begin(), ordinals->end(), 0) != ordinals->end()) {
        faults_.add(*key.value, "the id is unique by itself. Take it away.");
      } else if (!seen.insert({ordinals->begin(), ordinals->end()}).second) {
        faults_.add(*key.value, "this key is declared above already. Take it away.");
      } else {
        check_size(*ordinals, *key.value, "unique");
        model_.unique_keys.push_back({std::move(*ordinals)});
      }
    });
  }

  const Field* find_without_order(const std::vector<std::size_t>& ordinals) const {
    for (const std::size_t ordinal : ordinals) {
      if (is_sound(ordinal) && !field(ordinal).is_scalar()) return &field(ordinal);
    }
    return nullptr;
  }

  static std::string_view what_it_is(const Field& field) {
    if (field.kind == Kind::kObject) return "an object";
    if (field.kind == Kind::kJson) return "free-form JSON";
    return field.element->is_scalar() ? "an array" : "an array of objects";
  }

  void read_indexes(Entry entry) {
    for_each_list(entry, [&](Entry list) {
      const std::size_t before = faults_.count();
      Index index = read_index(list);
      if (faults_.count() != before) return;
      const auto same = [&index](const Index& other) { return other.keys == index.keys; };
      if (std::any_of(model_.indexes.begin(), model_.indexes.end(), same)) {
        faults_.add(*list.value, "this index is declared above already. Take it away.");
        return;
      }
      model_.indexes.push_back(std::move(index));
    });
  }

  Index read_index(Entry list) {
    Index index;
    std::vector<std::size_t> ordinals;
    for (const auto& [text, node] : read_texts(list, faults_).value_or(std::vector<PlacedText>{})) {
      const bool descending = text.substr(0, 1) == "-";
      const auto ordinal = find_path(text.substr(descending ? 1 : 0), *node);
      if (!ordinal) continue;
      if (*ordinal == 0) {
        faults_.add(*node, "every index ends in the id by itself. Take it away.");
      } else if (std::find(ordinals.begin(), ordinals.end(), *ordinal) != ordinals.end()) {
        faults_.add(*node, fmt::format("`{}` stands here twice. Take one away.", field(*ordinal).name));
      } else if (is_sound(*ordinal)) {
        check_indexed(*ordinal, descending || list.value->items.size() > 1, *node);
      }
      ordinals.push_back(*ordinal);
      index.keys.push_back({*ordinal, descending});
    }
    check_size(ordinals, *list.value, "indexes");
    return index;
  }

  // Whether an index can hold the field; `ordered`: beside others, or descending.
  void check_indexed(std::size_t ordinal, bool ordered, const YamlNode& where) {
    const Field& indexed = field(ordinal);
    const bool array_of_scalars = indexed.kind == Kind::kArray && indexed.element->is_scalar();
    if (model_.fields[model_.holder(ordinal)].write_only) {
      faults_.add(where, fmt::format("`{}` is write-only: nobody filters or sorts by it. Take it away.", indexed.name));
    } else if (array_of_scalars && ordinal >= model_.fields.size()) {
      faults_.add(where, fmt::format("`{}` is an array inside an object, which cannot be indexed. Take it away.", indexed.name));
    } else if (array_of_scalars && ordered) {
      faults_.add(where, fmt::format("`{0}` is an array, and an array indexes alone: `[{0}]`.", indexed.name));
    } else if (!array_of_scalars && !indexed.is_scalar()) {
      const std::string help = indexed.kind == Kind::kObject ? fmt::format("Index what it holds, for example `[{}.{}]`.", indexed.name,
                                                                           indexed.properties.front().name)
                                                             : "Take it away.";
      faults_.add(where, fmt::format("`{}` is {}, which cannot be indexed. {}", indexed.name, what_it_is(indexed), help));
    }
  }

  // So that what refers to a record is found without a scan when it is deleted.
  void add_reference_indexes() {
    for (std::size_t i = 0; i < model_.fields.size(); ++i) {
      const auto starts_with_it = [i](const Index& index) { return !index.keys.empty() && index.keys.front().field == i; };
      if (!field(i).is_reference() || std::any_of(model_.indexes.begin(), model_.indexes.end(), starts_with_it)) continue;
      model_.indexes.push_back({{SortKey{i, false}}});
    }
  }

  void add_timestamp_index() {
    if (!model_.timestamps) return;
    const Index latest{{SortKey{model_.created_at(), false}}};
    const auto same = [&latest](const Index& other) { return other.keys == latest.keys; };
    if (std::none_of(model_.indexes.begin(), model_.indexes.end(), same)) model_.indexes.push_back(latest);
  }

  static bool is_finder_name(std::string_view name) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !name.empty() && name.size() <= kFinderNameLength && is_letter(name[0]) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
  }

  void read_finders(Entry entry) {
    if (entry.value->kind != YamlNode::Kind::kMap) return faults_.wrong_shape(*entry.value, *entry.keyword);
    for (const auto& [key, value] : entry.value->members) {
      if (key->text == "search" || key->text == "count") {
        faults_.add(*key, fmt::format("a finder cannot be called `{0}`: `/{0}` is a route of every collection. Choose another name, and "
                                      "say the field with `field:`.",
                                      key->text));
      } else if (!is_finder_name(key->text)) {
        faults_.add(*key, fmt::format("`{}` cannot name a finder: a letter first, then letters, digits, `_` and `-`, at most 60 in all.",
                                      key->text));
      } else if (value->kind != YamlNode::Kind::kMap) {
        faults_.add(*value,
                    fmt::format("a finder is a map; got {}. Write `{}: {{}}`, or what it needs inside.", describe(*value), key->text));
      } else {
        read_finder(*key, *value);
      }
    }
  }

  // The text of a keyword, and where the text itself begins.
  std::pair<std::string, Mark> read_language(Entry entry) {
    if (!entry) return {};
    const auto text = read_text(entry, faults_);
    if (!text) return {};
    Mark mark = entry.value->mark;
    if (entry.value->quoted) ++mark.column;
    if (text->find_first_not_of(" \t\r\n") == std::string::npos) faults_.wrong_shape(*entry.value, *entry.keyword);
    return {*text, mark};
  }

  void read_finder(const YamlNode& key, const YamlNode& map) {
    refuse_unknown_keywords(map, Level::kFinder, "a finder", faults_);
    Finder finder;
    finder.name = key.text;
    if (const Entry field = entry(map, Level::kFinder, "field")) {
      const auto name = read_text(field, faults_);
      const auto ordinal = name ? find_field(*name, *field.value, "field") : std::nullopt;
      if (!ordinal) return;
      finder.field = *ordinal;
      check_compared(finder.field, *field.value);
    } else if (const auto ordinal = model_.ordinal(key.text)) {
      finder.field = *ordinal;
      check_compared(finder.field, key);
    } else {
      const std::string help = did_you_mean(key.text, names_);
      faults_.add(key, fmt::format("no field is called `{0}`, so the finder must say which one it compares: `{0}: {{ field: … }}`.{1}",
                                   key.text, help));
      return;
    }
    std::tie(finder.where, finder.where_mark) = read_language(entry(map, Level::kFinder, "where"));
    std::tie(finder.sort_by, finder.sort_by_mark) = read_language(entry(map, Level::kFinder, "sortBy"));
    model_.finders.push_back(std::move(finder));
  }

  // Whether a finder can compare the field with the value of the URL.
  void check_compared(std::size_t ordinal, const YamlNode& where) {
    if (!is_sound(ordinal)) return;
    const Field& compared = field(ordinal);
    if (compared.write_only) {
      faults_.add(where, fmt::format("`{}` is write-only: nobody finds records by it. Name another field.", compared.name));
    } else if (!compared.is_scalar() && !(compared.kind == Kind::kArray && compared.element->is_scalar())) {
      faults_.add(where, fmt::format("`{}` is {}: a finder compares a scalar, or looks into an array of scalars. Name another field.",
                                     compared.name, what_it_is(compared)));
    }
  }

  // Why the search cannot look into a field; empty: it can.
  std::string_view why_not_searched(std::size_t ordinal) const {
    const Field& searched = field(ordinal);
    if (searched.write_only) return "is write-only";
    if (searched.is_reference()) return "is a reference";
    if (searched.is_enum()) return "is an enum";
    if (searched.format == Format::kUuid) return "is a uuid";
    return searched.kind == Kind::kString && ordinal != 0 ? "" : "is not one";
  }

  void read_search(Entry search) {
    if (search.value->kind != YamlNode::Kind::kMap) return faults_.wrong_shape(*search.value, *search.keyword);
    refuse_unknown_keywords(*search.value, Level::kSearch, "`search`", faults_);
    SearchSettings settings;
    settings.language = "simple";
    if (const Entry fields = entry(*search.value, Level::kSearch, "fields")) {
      settings.fields = read_fields(fields).value_or(std::vector<std::size_t>{});
      if (fields.value->kind == YamlNode::Kind::kList && fields.value->items.empty()) faults_.wrong_shape(*fields.value, *fields.keyword);
      for (const std::size_t ordinal : settings.fields) {
        const std::string_view why = is_sound(ordinal) ? why_not_searched(ordinal) : "";
        if (why.empty()) continue;
        faults_.add(*fields.value, fmt::format("only string fields are searched; `{}` {}. Take it away.", field(ordinal).name, why));
      }
    } else {
      faults_.add(*search.value, "`fields` is missing. Write, for example, `search: { fields: [name] }`.");
    }
    if (const Entry language = entry(*search.value, Level::kSearch, "language")) {
      const auto text = read_text(language, faults_);
      const auto known = search_languages();
      if (text && std::find(known.begin(), known.end(), *text) == known.end()) {
        std::string help = did_you_mean(*text, known);
        if (help.empty()) help = fmt::format(" Languages are {}.", fmt::join(known, ", "));
        faults_.add(*language.value, fmt::format("`{}` is not a language of the search.{}", *text, help));
      }
      settings.language = text.value_or("");
    }
    model_.search = std::move(settings);
  }

  void read_cache(Entry cache) {
    if (cache.value->kind != YamlNode::Kind::kMap) return faults_.wrong_shape(*cache.value, *cache.keyword);
    const auto inside = [&](std::string_view name) { return entry(*cache.value, Level::kCache, name); };
    refuse_unknown_keywords(*cache.value, Level::kCache, "`cache`", faults_);
    CacheSettings& settings = model_.cache;
    if (const Entry ttl = inside("ttl")) settings.ttl_seconds = read_count(ttl, 1, faults_);
    if (const Entry ttl = inside("searchTtl")) settings.search_ttl_seconds = read_count(ttl, 1, faults_);
    if (const Entry tags = inside("tags")) settings.tags = read_fields(tags);
    if (const Entry off = inside("off")) {
      settings.off = off.value->kind == YamlNode::Kind::kBoolean && off.value->boolean();
      if (!settings.off) faults_.wrong_shape(*off.value, *off.keyword);
    }
  }

  const YamlNode& root_;
  Model& model_;
  const std::vector<bool>& sound_;
  FaultList& faults_;
  std::vector<std::string_view> names_;  // of the fields, by ordinal
  std::vector<std::string_view> paths_;  // and of the nested ones, by ordinal
};

}  // namespace

void read_keys(const YamlNode& root, Model& model, const std::vector<bool>& sound, FaultList& faults) {
  KeyReader(root, model, sound, faults).read();
}

}  // namespace holdfast
