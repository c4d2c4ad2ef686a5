// A body: JSON, then the rules of a model. Besides not crashing: JSON that was accepted is accepted again when written anew, and a body
// that was accepted makes a record whose own JSON is accepted too.

#include <string>

#include "fuzz.h"
#include "model/json.h"
#include "model/record_json.h"
#include "model/validator.h"
#include "query/testing_model.h"

namespace holdfast::fuzz {
namespace {

constexpr int kDepth = 32;
const Model kModel = testing::wide_model();

void append(std::string& out, const Json& json) {
  switch (json.kind) {
    case Json::Kind::kNull:
      out += "null";
      return;
    case Json::Kind::kBoolean:
      out += json.boolean ? "true" : "false";
      return;
    case Json::Kind::kNumber:
      out += json.text;
      return;
    case Json::Kind::kString:
      append_json_string(out, json.text);
      return;
    case Json::Kind::kArray:
      out += '[';
      for (const Json& item : json.items) {
        if (out.back() != '[') out += ',';
        append(out, item);
      }
      out += ']';
      return;
    case Json::Kind::kObject:
      out += '{';
      for (const auto& [name, value] : json.members) {
        if (out.back() != '{') out += ',';
        append_json_string(out, name);
        out += ':';
        append(out, value);
      }
      out += '}';
      return;
  }
}

// The record that a create of this draft would make: what the server keeps is filled in.
std::string stored_json(const Draft& draft) {
  Record record;
  record.values = draft.values;
  for (std::size_t i = 0; i < record.values.size(); ++i) {
    if (!record.values[i].is_absent()) continue;
    if (i == 0) {
      record.values[i] = Value(std::string("0190a5b8-7c3e-7abc-8def-0123456789ab"));
    } else {
      record.values[i] = kModel.fields[i].kind == Kind::kDateTime ? Value(std::int64_t{0}) : Value(Null{});
    }
  }
  std::string text;
  append_json(text, kModel, record);
  return text;
}

}  // namespace

void run(std::string_view input) {
  const auto json = parse_json(input, kDepth);
  if (!json) {
    require(!json.error().detail.empty(), "a refusal has a reason");
    return;
  }
  std::string anew;
  append(anew, *json);
  const auto again = parse_json(anew, kDepth);
  require(again.has_value(), "what was read is JSON when written anew");
  std::string third;
  append(third, *again);
  require(third == anew, "written anew, it stays as it is");

  for (const BodyMode mode : {BodyMode::kCreate, BodyMode::kReplace, BodyMode::kPatch}) {
    const Draft draft = validate(kModel, *json, mode);
    if (!draft.errors.empty() || mode != BodyMode::kCreate) continue;
    const std::string stored = stored_json(draft);
    const auto read = parse_json(stored, kDepth);
    require(read.has_value(), "an answer is JSON");
    require(validate(kModel, *read, BodyMode::kReplace).errors.empty(), "an answer can be sent back");
    require(stored_json(validate(kModel, *read, BodyMode::kReplace)) == stored, "what is sent back changes nothing");
  }
}

}  // namespace holdfast::fuzz
