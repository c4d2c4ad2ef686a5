#include "model/loader_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/unicode.h"

namespace holdfast {

namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t kSizeLimit = 1 << 20;  // a model of 30 fields has 2 to 6 KiB

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits_from(std::string_view text, std::size_t position) {
  while (position < text.size() && is_digit(text[position])) ++position;
  return position;
}

bool is_based(std::string_view text, char letter, std::string_view digits) {
  return text.size() > 2 && text[0] == '0' && text[1] == letter && text.find_first_not_of(digits, 2) == std::string_view::npos;
}

bool is_infinite_or_nan(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text == ".inf" || text == ".Inf" || text == ".INF";
}

// YAML 1.2.2 §10.3.2, "Tag Resolution", without null (yaml-cpp tells it).
Kind resolve(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" || text == "FALSE") return Kind::kBoolean;
  if (is_based(text, 'o', "01234567") || is_based(text, 'x', "0123456789abcdefABCDEF")) return Kind::kInteger;
  if (is_infinite_or_nan(text)) return Kind::kFloat;

  const std::size_t start = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  std::size_t position = digits_from(text, start);
  std::size_t digits = position - start;
  if (position == text.size()) return digits > 0 ? Kind::kInteger : Kind::kText;
  if (text[position] == '.') {
    const std::size_t end = digits_from(text, position + 1);
    digits += end - position - 1;
    position = end;
  }
  if (digits == 0) return Kind::kText;
  if (position < text.size() && (text[position] == 'e' || text[position] == 'E')) {
    ++position;
    if (position < text.size() && (text[position] == '-' || text[position] == '+')) ++position;
    const std::size_t end = digits_from(text, position);
    if (end == position) return Kind::kText;
    position = end;
  }
  return position == text.size() ? Kind::kFloat : Kind::kText;
}

// Builds the tree from yaml-cpp's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(YamlDocument& document) : document_(document) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode& node = make(Kind::kNull, mark, anchor);
    // yaml-cpp places a value that was left out at whatever comes next.
    if (!open_.empty() && open_.back().key != nullptr && open_.back().key->mark.line < node.mark.line) node.mark = open_.back().key->mark;
    attach(node);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const YamlNode* target = anchor < anchors_.size() ? anchors_[anchor] : nullptr;
    const bool open = std::any_of(open_.begin(), open_.end(), [target](const Open& container) { return container.node == target; });
    if (target == nullptr || open) {
      fault(mark, "this alias contains itself. Write out what is meant.");
      target = &make(Kind::kNull, mark, 0);
    }
    attach(*target, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    YamlNode& node = make(Kind::kText, mark, anchor);
    last_scalar_ = mark;
    node.text = value;
    node.quoted = tag == "!";
    if (tag == "?") {
      node.kind = resolve(value);
    } else if (tag != "!" && tag != "tag:yaml.org,2002:str") {
      fault(mark, "tags other than `!!str` have no meaning in a model. Leave it out.");
    }
    if (value.find('\0') != std::string::npos) fault(mark, "U+0000 cannot be stored. Leave it out.");
    attach(node);
  }

  // Where the last scalar of the document begins.
  const YAML::Mark& last_scalar() const { return last_scalar_; }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override {
    refuse_duplicates(*open_.back().node);
    open_.pop_back();
  }

 private:
  struct Open {
    YamlNode* node;
    const YamlNode* key = nullptr;  // of a map: waits for its value
  };

  void fault(const YAML::Mark& mark, std::string message) {
    document_.faults.push_back({{mark.line + 1, mark.column + 1}, std::move(message)});
  }

  YamlNode& make(Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    YamlNode& node = document_.nodes.emplace_back();
    node.kind = kind;
    node.mark = {mark.line + 1, mark.column + 1};
    if (anchor != 0) {
      if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
      anchors_[anchor] = &node;
    }
    return node;
  }

  void open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:map" && tag != "tag:yaml.org,2002:seq") {
      fault(mark, "tags have no meaning in a model. Leave it out.");
    }
    YamlNode& node = make(kind, mark, anchor);
    attach(node);
    open_.push_back({&node});
  }

  void attach(const YamlNode& node) { attach(node, node.mark); }
  void attach(const YamlNode& node, const YAML::Mark& alias) { attach(node, Mark{alias.line + 1, alias.column + 1}); }

  void attach(const YamlNode& node, Mark mark) {
    if (open_.empty()) {
      document_.root = &node;
      return;
    }
    Open& container = open_.back();
    if (container.node->kind == Kind::kList) {
      container.node->items.push_back(&node);
    } else if (container.key == nullptr) {
      if (node.kind != Kind::kText) document_.faults.push_back({mark, "a key must be text. Put it into quotes."});
      container.key = &node;
    } else {
      if (container.key->kind == Kind::kText) container.node->members.push_back({container.key, &node});
      container.key = nullptr;
    }
  }

  void refuse_duplicates(YamlNode& map) {
    std::vector<std::size_t> order(map.members.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto name = [&map](std::size_t i) -> const std::string& { return map.members[i].key->text; };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return name(a) < name(b); });
    std::vector<bool> repeated(order.size(), false);
    for (std::size_t i = 1; i < order.size(); ++i) repeated[order[i]] = name(order[i]) == name(order[i - 1]);
    std::vector<YamlMember> once;
    for (std::size_t i = 0; i < repeated.size(); ++i) {
      if (repeated[i]) {
        document_.faults.push_back({map.members[i].key->mark, "`" + name(i) + "` stands here twice. Keep one of the two."});
      } else {
        once.push_back(map.members[i]);
      }
    }
    map.members = std::move(once);
  }

  YamlDocument& document_;
  std::vector<Open> open_;
  std::vector<const YamlNode*> anchors_;
  YAML::Mark last_scalar_;
};

// yaml-cpp takes a quote that is never closed for one that ends with the file. So it can only be that of the last scalar.
bool is_quote_open(std::string_view text) {
  while (!text.empty() && (text[0] == '&' || text[0] == '!')) {
    text.remove_prefix(std::min(text.find_first_of(" \t\r\n"), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  }
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return false;
  const char quote = text[0];
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool doubled = quote == '\'' && text.substr(i, 2) == "''";
    if (doubled || (quote == '"' && text[i] == '\\')) {
      ++i;
    } else if (text[i] == quote) {
      return false;
    }
  }
  return true;
}

// yaml-cpp counts columns in bytes, people in characters.
void count_columns_in_code_points(YamlDocument& document, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return;
  std::vector<Mark*> marks;
  for (auto& node : document.nodes) marks.push_back(&node.mark);
  for (auto& fault : document.faults) marks.push_back(&fault.mark);
  std::sort(marks.begin(), marks.end(),
            [](const Mark* a, const Mark* b) { return std::pair(a->line, a->column) < std::pair(b->line, b->column); });

  std::size_t position = 0;
  Mark bytes{1, 1};
  int code_points = 1;
  for (Mark* mark : marks) {
    while (position < text.size() && std::pair(bytes.line, bytes.column) < std::pair(mark->line, mark->column)) {
      const char c = text[position++];
      ++bytes.column;
      if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++code_points;
      if (c == '\n') {
        bytes = {bytes.line + 1, 1};
        code_points = 1;
      }
    }
    mark->column = code_points;
  }
}

std::string_view line_of(std::string_view text, int line) {
  std::size_t start = 0;
  for (int i = 1; i < line && start != std::string_view::npos; ++i) {
    const std::size_t end = text.find('\n', start);
    start = end == std::string_view::npos ? end : end + 1;
  }
  return start == std::string_view::npos ? std::string_view{} : text.substr(start, text.find('\n', start) - start);
}

YamlFault explain(const YAML::Exception& error, std::string_view text) {
  const Mark mark{std::max(error.mark.line, 0) + 1, std::max(error.mark.column, 0) + 1};
  const std::string_view line = line_of(text, mark.line);
  const std::size_t tab = line.substr(0, line.find_first_not_of(" \t")).find('\t');
  if (tab != std::string_view::npos) return {{mark.line, static_cast<int>(tab) + 1}, "a tab cannot indent YAML. Write spaces."};
  std::string help = "Check the indentation, and that every quote, `[` and `{` is closed.";
  if (error.msg == "illegal map value") help = "Check the indentation, and put a text that holds `: ` into quotes.";
  return {mark, "this is not valid YAML (" + error.msg + "). " + help};
}

std::optional<YamlFault> unreadable(std::string_view text, const YamlFileKind& kind) {
  if (text.size() > kSizeLimit) return YamlFault{{1, 1}, fmt::format("{} has at most 1 MiB. {}", kind.name, kind.when_too_long)};
  if (is_plain_text(text)) return std::nullopt;
  int line = 1;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos && is_plain_text(text.substr(0, end)); end = text.find('\n')) {
    text.remove_prefix(end + 1);
    ++line;
  }
  return YamlFault{{line, 1}, "this line is not UTF-8 text. Save the file as UTF-8."};
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& member : members) {
    if (member.key->text == key) return member.value;
  }
  return nullptr;
}

YamlDocument parse_yaml(std::string_view text, const YamlFileKind& kind) {
  YamlDocument document;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (auto fault = unreadable(text, kind)) {
    document.faults.push_back(std::move(*fault));
    return document;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(document);
    const bool something = parser.HandleNextDocument(builder);
    YamlDocument rest;
    TreeBuilder refused(rest);
    if (!something) {
      document.faults.push_back({{1, 1}, fmt::format("the file is empty. {}", kind.when_empty)});
    } else if (parser.HandleNextDocument(refused)) {
      const Mark mark = rest.nodes.empty() ? Mark{1, 1} : rest.nodes.front().mark;
      document.faults.push_back(
          {mark, fmt::format("this belongs to nothing above it: {} is one map. Check the indentation, and take away `---`.", kind.name)});
    }
    const YAML::Mark& last = builder.last_scalar();
    if (is_quote_open(text.substr(std::min<std::size_t>(static_cast<std::size_t>(std::max(last.pos, 0)), text.size())))) {
      document.root = nullptr;
      document.faults.push_back({{last.line + 1, last.column + 1}, "this quote is never closed. Close it, or double a quote inside."});
    }
  } catch (const YAML::Exception& error) {
    document.root = nullptr;
    document.faults.push_back(explain(error, text));
  }
  count_columns_in_code_points(document, text);
  return document;
}

std::optional<std::string> json_number(const YamlNode& node) {
  std::string_view text = node.text;
  if (!node.is_number() || is_infinite_or_nan(text)) return std::nullopt;
  if (text.size() > 2 && (text[1] == 'x' || text[1] == 'o')) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, text[1] == 'x' ? 16 : 8);
    if (error != std::errc{} || value > INT64_MAX) return std::nullopt;
    return std::to_string(value);
  }
  std::string json;
  if (text[0] == '-') json = "-";
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  const std::size_t end_of_integer = digits_from(text, 0);
  std::string_view integer = text.substr(0, end_of_integer);
  while (integer.size() > 1 && integer[0] == '0') integer.remove_prefix(1);
  json += integer.empty() ? "0" : integer;
  text.remove_prefix(end_of_integer);
  if (text.size() > 1 && text[0] == '.' && !is_digit(text[1])) text.remove_prefix(1);  // "1.e5"
  if (text == ".") text = {};
  return json.append(text);
}

}  // namespace holdfast
