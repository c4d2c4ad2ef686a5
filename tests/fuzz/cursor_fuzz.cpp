// A cursor, as sent (the first byte is even) and with our own tag on it (odd): the fuzzer cannot guess a tag, and what a leaked key or an
// older version lets through must be read safely too. Besides not crashing: what is not ours is refused; what is read can be written.

#include <string>

#include "fuzz.h"
#include "query/cursor.h"
#include "query/testing_model.h"

namespace holdfast::fuzz {
namespace {

constexpr std::uint64_t kScope = 0x0101010101010101ULL;
Model searched_model() {
  Model model = testing::wide_model();
  model.search = SearchSettings{{1, 2}, "french"};
  return model;
}
const Model kModel = searched_model();

SecretKey fixed_key() {
  SecretKey key;
  key.fill(7);
  return key;
}
const SecretKey kKey = fixed_key();

void check_read(const Cursor& cursor) {
  require(!cursor.sort.empty() && cursor.sort.size() == cursor.after.size(), "a value for each key");
  require(cursor.sort.back().field == 0, "the last key is the id");
  ListPlan plan;
  plan.model = &kModel;
  plan.scope = kScope;
  plan.sort = cursor.sort;
  plan.by_rank = !cursor.after_rank.empty();
  Record last;
  last.values.resize(kModel.fields.size());
  for (std::size_t i = 0; i < cursor.sort.size(); ++i) {
    require(cursor.sort[i].field < kModel.fields.size(), "keys are of the model");
    last.values[cursor.sort[i].field] = cursor.after[i];
  }
  require(decode_cursor(kKey, kModel, kScope, encode_cursor(kKey, plan, last, cursor.after_rank)).has_value(),
          "what was read can be written and read");
}

}  // namespace

void run(std::string_view input) {
  if (take_choice(input) % 2 == 0) {
    require(!decode_cursor(kKey, kModel, kScope, input), "nobody can make a cursor without the key");
    return;
  }
  // The version and the scope are right, so that the fuzzer gets to the keys.
  const std::string payload = '\2' + std::string(8, '\1') + std::string(input);
  const auto cursor = decode_cursor(kKey, kModel, kScope, encode_base64url(payload + authentication_tag(kKey, payload)));
  if (cursor) {
    check_read(*cursor);
  } else {
    require(cursor.error().code == Code::kInvalidCursor, "a bad cursor is invalid_cursor");
  }
}

}  // namespace holdfast::fuzz
