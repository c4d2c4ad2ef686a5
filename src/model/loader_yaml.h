#pragma once
// One YAML document as a tree that knows where each node stands. The only user of yaml-cpp.
//
// Scalars are resolved by the YAML 1.2 core schema (`on`, `yes`, `no` are text; yaml-cpp would call them booleans). Keys are text.
// Duplicate keys, alias cycles, foreign tags and a second document are faults. An alias is the node it names, not a copy.
// Built on yaml-cpp's events: its own tree costs a third more and forgets duplicate keys.

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"

namespace holdfast {

struct YamlNode;

struct YamlMember {
  const YamlNode* key;  // kText
  const YamlNode* value;
};

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kBoolean, kInteger, kFloat, kText, kList, kMap };

  Kind kind = Kind::kNull;
  bool quoted = false;
  Mark mark;         // of its first character (a quote too); columns count code points
  std::string text;  // scalars, as written
  std::vector<const YamlNode*> items;
  std::vector<YamlMember> members;  // in the order written; each key once

  // Null when there is none.
  const YamlNode* find(std::string_view key) const;
  bool boolean() const { return text[0] == 't' || text[0] == 'T'; }
  bool is_number() const { return kind == Kind::kInteger || kind == Kind::kFloat; }
};

struct YamlFault {
  Mark mark;
  std::string message;
};

struct YamlDocument {
  YamlDocument() = default;
  YamlDocument(YamlDocument&&) = default;  // moving keeps the nodes where they are; a copy's root would be another's
  YamlDocument& operator=(YamlDocument&&) = default;

  std::deque<YamlNode> nodes;      // owner of all
  const YamlNode* root = nullptr;  // null: not YAML, or nothing in it (a fault says so)
  std::vector<YamlFault> faults;
};

// What the messages of a fault call the file, and advise for one of its kind.
struct YamlFileKind {
  std::string_view name;
  std::string_view when_empty;
  std::string_view when_too_long;
};
inline constexpr YamlFileKind kModelFile{"a model file", "Begin with `type: object` and `properties:`.",
                                         "Split the collection, or shorten its texts."};

// At most 1 MiB; longer texts are a fault.
YamlDocument parse_yaml(std::string_view text, const YamlFileKind& kind = kModelFile);

// A number as JSON writes it (`+1`, `0x1F`, `.5` and `1.` are YAML's own); nothing for what is not a finite number of int64 or decimal
// form.
std::optional<std::string> json_number(const YamlNode& node);

}  // namespace holdfast
