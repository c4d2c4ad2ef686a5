#include "model/loader_faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/nearest.h"

namespace holdfast {

namespace {

constexpr std::size_t kStorageNameBytes = 63;  // PostgreSQL's limit holds on all engines
constexpr std::size_t kNameLength = 60;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_alphanumeric(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Values are shown whole up to a length at which a message stays readable.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 60;
  if (text.size() <= kShown) return std::string(text);
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string level_words(Level level) {
  switch (level) {
    case Level::kCollection:
      return "the collection";
    case Level::kField:
      return "a field";
    case Level::kSearch:
      return "`search`";
    case Level::kFinder:
      return "a finder";
    case Level::kCache:
      return "`cache`";
  }
  return "";
}

// "the list `[19, 2]`", when it is short and flat.
std::string describe_list(const YamlNode& list) {
  constexpr std::size_t kShownItems = 4;
  if (list.items.empty()) return "an empty list";
  if (list.items.size() > kShownItems) return "a list";
  std::string texts;
  for (const YamlNode* item : list.items) {
    if (item->text.empty()) return "a list";
    if (!texts.empty()) texts += ", ";
    texts += shown(item->text);
  }
  return "the list `[" + texts + "]`";
}

std::vector<std::string_view> names_of(Level level) {
  std::vector<std::string_view> names;
  for (const auto& keyword : keywords()) {
    if (keyword.level == level) names.push_back(keyword.name);
  }
  return names;
}

}  // namespace

void FaultList::wrong_shape(const YamlNode& where, const Keyword& keyword, std::string_view help) {
  const std::string advice = help.empty() ? fmt::format(" Write, for example, `{}`.", keyword.example) : std::string(help);
  add(where, fmt::format("`{}` takes {}; got {}.{}", keyword.name, shape_words(keyword.shape), describe(where), advice));
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kBoolean:
      return "`" + node.text + "`";
    case YamlNode::Kind::kInteger:
    case YamlNode::Kind::kFloat:
      return "the number `" + shown(node.text) + "`";
    case YamlNode::Kind::kText:
      return "the text `" + shown(node.text) + "`";
    case YamlNode::Kind::kList:
      return describe_list(node);
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "";
}

Entry entry(const YamlNode& map, Level level, std::string_view name) {
  return {map.find(name), find_keyword(level, name)};
}

void refuse_unknown_keywords(const YamlNode& map, Level level, std::string_view of_what, FaultList& faults) {
  for (const auto& member : map.members) {
    const std::string& name = member.key->text;
    if (find_keyword(level, name) != nullptr) continue;
    const auto names = names_of(level);
    std::string help = did_you_mean(name, names);
    for (const Level other : {Level::kCollection, Level::kField}) {
      if (help.empty() && other != level && find_keyword(other, name) != nullptr) help = " It belongs to " + level_words(other) + ".";
    }
    if (help.empty()) help = fmt::format(" It has: {}.", fmt::join(names, ", "));
    faults.add(*member.key, fmt::format("`{}` is not a keyword of {}.{}", shown(name), of_what, help));
  }
}

std::optional<std::string> read_text(Entry entry, FaultList& faults) {
  if (entry.value->kind == YamlNode::Kind::kText) return entry.value->text;
  if (entry.value->kind == YamlNode::Kind::kList || entry.value->kind == YamlNode::Kind::kMap || entry.value->text.empty()) {
    faults.wrong_shape(*entry.value, *entry.keyword);
  } else {
    faults.add(*entry.value, fmt::format("`{}` takes text; got {}. Put it into quotes: `\"{}\"`.", entry.keyword->name,
                                         describe(*entry.value), entry.value->text));
  }
  return std::nullopt;
}

std::optional<bool> read_boolean(Entry entry, FaultList& faults) {
  if (entry.value->kind == YamlNode::Kind::kBoolean) return entry.value->boolean();
  faults.wrong_shape(*entry.value, *entry.keyword);
  return std::nullopt;
}

std::optional<std::int64_t> read_count(Entry entry, std::int64_t least, FaultList& faults) {
  const std::string& text = entry.value->text;
  std::int64_t count = 0;
  if (entry.value->kind == YamlNode::Kind::kInteger) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc{} && end == text.data() + text.size() && count >= least) return count;
  }
  faults.wrong_shape(*entry.value, *entry.keyword);
  return std::nullopt;
}

std::optional<std::string> read_storage_name(Entry entry, FaultList& faults) {
  const std::string& name = entry.value->text;
  const bool printable = std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (entry.value->kind == YamlNode::Kind::kText && printable && !name.empty() && name.size() <= kStorageNameBytes) return name;
  if (entry.value->kind == YamlNode::Kind::kText && name.size() > kStorageNameBytes) {
    faults.add(*entry.value,
               fmt::format("a storage name has at most {} bytes; this one has {}. Shorten it.", kStorageNameBytes, name.size()));
  } else {
    faults.wrong_shape(*entry.value, *entry.keyword);
  }
  return std::nullopt;
}

std::optional<std::vector<PlacedText>> read_texts(Entry entry, FaultList& faults) {
  if (entry.value->kind != YamlNode::Kind::kList) {
    faults.wrong_shape(*entry.value, *entry.keyword);
    return std::nullopt;
  }
  std::vector<PlacedText> texts;
  for (const YamlNode* item : entry.value->items) {
    if (item->kind == YamlNode::Kind::kText) {
      texts.push_back({item->text, item});
    } else if (item->kind == YamlNode::Kind::kList || item->kind == YamlNode::Kind::kMap || item->text.empty()) {
      faults.wrong_shape(*item, *entry.keyword);
    } else {
      faults.add(*item,
                 fmt::format("`{}` takes texts; got {}. Put it into quotes: `\"{}\"`.", entry.keyword->name, describe(*item), item->text));
    }
  }
  return texts;
}

bool is_collection_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameLength && is_lower(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameLength && is_lower(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_alphanumeric(c) || c == '_'; });
}

std::string folded(std::string_view storage_name) {
  std::string lower(storage_name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace holdfast
