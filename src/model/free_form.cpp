#include "model/free_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "model/field_rules.h"

namespace holdfast {
namespace {

// Any depth that bodies may have (HOLDFAST_JSON_DEPTH).
constexpr int kDepth = 1000;

// Names are as long as the client likes, and each failure below one repeats it: an answer must not be a thousand times its question.
constexpr std::size_t kReportedPointers = 64 * 1024;

using Members = std::vector<const Json::Member*>;

Members sorted_members(const Json& object) {
  Members members;
  members.reserve(object.members.size());
  for (const Json::Member& member : object.members) members.push_back(&member);
  std::ranges::sort(members, {}, [](const Json::Member* member) { return std::string_view(member->name); });  // bytes sort as code points
  return members;
}

bool is_possible_key(std::string_view name) {
  return !name.empty() && name.front() != '$' && name.find_first_of(std::string_view(".\0", 2)) == std::string_view::npos;
}

class Writer {
 public:
  Writer(std::string pointer, std::vector<FieldError>& errors) : pointer_(std::move(pointer)), errors_(errors) {}

  std::string write(const Json& json) && {
    append(json);
    return std::move(text_);
  }

 private:
  void append(const Json& json) {
    switch (json.kind) {
      case Json::Kind::kNull:
        text_ += "null";
        return;
      case Json::Kind::kBoolean:
        text_ += json.boolean ? "true" : "false";
        return;
      case Json::Kind::kNumber:
        return append_number(json);
      case Json::Kind::kString:
        return append_json_string(text_, json.text);
      case Json::Kind::kArray:
        return append_array(json);
      case Json::Kind::kObject:
        return append_object(json);
    }
  }

  // RFC 8785 writes an integral double below 1e21 as an integer, so integers within ±(2⁵³−1) come out as they are.
  void append_number(const Json& json) {
    const auto value = parse_double(json.text);
    if (!value) return fail("type", "must be a number that a finite double can hold", "\"number\"");
    append_json_number(text_, value->number());
  }

  void append_array(const Json& json) {
    text_ += '[';
    for (std::size_t i = 0; i < json.items.size(); ++i) {
      if (i > 0) text_ += ',';
      append_at("/" + std::to_string(i), json.items[i]);
    }
    text_ += ']';
  }

  void append_object(const Json& json) {
    text_ += '{';
    for (const Json::Member* member : sorted_members(json)) {
      if (text_.back() != '{') text_ += ',';
      append_json_string(text_, member->name);
      text_ += ':';
      append_at(pointer_token(member->name), member->value, is_possible_key(member->name));
    }
    text_ += '}';
  }

  void append_at(const std::string& token, const Json& json, bool possible_key = true) {
    const std::size_t outer = pointer_.size();
    pointer_ += token;
    if (!possible_key) fail("propertyNames", "must have a name that is not empty, does not start with $ and holds no . or U+0000", "");
    append(json);
    pointer_.resize(outer);
  }

  void fail(std::string code, std::string message, std::string limit) {
    if (reported_ > kReportedPointers) return;
    reported_ += pointer_.size();
    errors_.push_back({pointer_, std::move(code), std::move(message), std::move(limit)});
  }

  std::string pointer_;  // of the value that is written now
  std::string text_;
  std::size_t reported_ = 0;  // bytes of pointers
  std::vector<FieldError>& errors_;
};

Json parse_canonical(std::string_view text) {
  Result<Json> json = parse_json(text, kDepth);
  if (!json) throw std::logic_error("merge_free_form: a text that is no JSON");
  return std::move(*json);
}

// RFC 7396 §2. Members are sorted on both sides, so that one walk finds all pairs, however many there are.
Json merged(Json target, Json patch) {
  if (patch.kind != Json::Kind::kObject) return patch;
  if (target.kind != Json::Kind::kObject) target.members.clear();
  Json result;
  result.kind = Json::Kind::kObject;
  auto old = target.members.begin();
  for (Json::Member& sent : patch.members) {
    while (old != target.members.end() && old->name < sent.name) result.members.push_back(std::move(*old++));
    Json before;
    if (old != target.members.end() && old->name == sent.name) before = std::move((old++)->value);
    if (sent.value.kind != Json::Kind::kNull)
      result.members.push_back({std::move(sent.name), merged(std::move(before), std::move(sent.value))});
  }
  std::move(old, target.members.end(), std::back_inserter(result.members));
  return result;
}

}  // namespace

std::string canonical_json(const Json& json, const std::string& pointer, std::vector<FieldError>& errors) {
  return Writer(pointer, errors).write(json);
}

std::string merge_free_form(std::string_view target, std::string_view patch) {
  std::vector<FieldError> none;
  return canonical_json(merged(parse_canonical(target.empty() ? "{}" : target), parse_canonical(patch)), "", none);
}

}  // namespace holdfast
