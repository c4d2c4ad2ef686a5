#include "query/cursor.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <stdexcept>
#include <string>

namespace holdfast {
namespace {

// version · scope (8) · rank · place, in the version that has one · number of keys · for each: direction, field name, value · tag (16)
// Fields go by name: ordinals move when a field is added to the model.
constexpr char kVersion = 2, kVersionWithPlace = 3;
constexpr std::size_t kTagSize = 16;
constexpr std::int64_t kLongestKey = 1'000;  // code points: a cursor must fit the URL limit

enum class Tag : char { kNull = 'n', kFalse = 'f', kTrue = 't', kInteger = 'i', kNumber = 'd', kText = 's' };

template <typename Unsigned>
void append_number(std::string& out, Unsigned number) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

struct ValueWriter {
  std::string& out;
  void tag(Tag tag) const { out += static_cast<char>(tag); }
  void operator()(Null) const { tag(Tag::kNull); }
  void operator()(bool boolean) const { tag(boolean ? Tag::kTrue : Tag::kFalse); }
  void operator()(std::int64_t integer) const {
    tag(Tag::kInteger);
    append_number(out, static_cast<std::uint64_t>(integer));
  }
  void operator()(double number) const {
    tag(Tag::kNumber);
    append_number(out, std::bit_cast<std::uint64_t>(number));
  }
  void operator()(const std::string& text) const {
    tag(Tag::kText);
    append_text(out, text);
  }
  void operator()(Absent) const { throw std::logic_error("a cursor needs the sort values of the last record"); }
  void operator()(const Value::Array&) const { throw std::logic_error("arrays do not sort"); }
};

// Reads what the writers above wrote; nothing when there is less than asked for.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool at_end() const noexcept { return bytes_.empty(); }

  std::optional<std::string_view> take(std::size_t count) {
    if (bytes_.size() < count) return std::nullopt;
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

  template <typename Unsigned>
  std::optional<Unsigned> number() {
    const auto taken = take(sizeof(Unsigned));
    if (!taken) return std::nullopt;
    Unsigned number = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i) number |= static_cast<Unsigned>(static_cast<unsigned char>((*taken)[i])) << (8 * i);
    return number;
  }

  std::optional<std::string_view> text() {
    const auto size = number<std::uint32_t>();
    return size ? take(*size) : std::nullopt;
  }

 private:
  std::string_view bytes_;
};

Tag text_or_number_tag(const Field& field) {
  switch (field.kind) {
    case Kind::kNumber:
      return Tag::kNumber;
    case Kind::kInteger:
    case Kind::kDecimal:
    case Kind::kDateTime:
      return Tag::kInteger;
    default:
      return Tag::kText;
  }
}

// A value of the field's own representation; nothing when the bytes hold another.
std::optional<Value> read_value(Reader& reader, const Field& field) {
  const auto byte = reader.take(1);
  if (!byte) return std::nullopt;
  const Tag tag = static_cast<Tag>(byte->front());
  if (tag == Tag::kNull) return Value(Null{});
  if (field.kind == Kind::kBoolean) {
    if (tag != Tag::kTrue && tag != Tag::kFalse) return std::nullopt;
    return Value(tag == Tag::kTrue);
  }
  if (!field.is_scalar() || tag != text_or_number_tag(field)) return std::nullopt;
  if (tag == Tag::kText) {
    const auto text = reader.text();
    return text ? std::optional<Value>(std::string(*text)) : std::nullopt;
  }
  const auto number = reader.number<std::uint64_t>();
  if (!number) return std::nullopt;
  return tag == Tag::kInteger ? Value(static_cast<std::int64_t>(*number)) : Value(std::bit_cast<double>(*number));
}

// The bytes without their tag, when it is ours.
std::optional<std::string> authenticated(const SecretKey& key, std::string_view text) {
  std::string bytes;
  if (!decode_base64url(text, bytes) || bytes.size() <= kTagSize) return std::nullopt;
  const std::string_view payload(bytes.data(), bytes.size() - kTagSize);
  if (!equal_in_constant_time(authentication_tag(key, payload), std::string_view(bytes).substr(payload.size()))) return std::nullopt;
  bytes.resize(payload.size());
  return bytes;
}

// One byte for each searched field.
bool is_rank(const Model& model, std::string_view rank) noexcept {
  return model.search && rank.size() == model.search->fields.size();
}

std::optional<Cursor> read_keys(Reader& reader, const Model& model, bool has_place) {
  const auto rank = reader.text();
  if (!rank || !(rank->empty() || is_rank(model, *rank))) return std::nullopt;
  const auto place = has_place ? reader.text() : std::string_view();
  if (!place) return std::nullopt;
  const auto count = reader.number<std::uint8_t>();
  if (!count || *count == 0) return std::nullopt;
  Cursor cursor;
  cursor.after_rank = *rank;
  cursor.after_place = *place;
  for (int i = 0; i < *count; ++i) {
    const auto direction = reader.number<std::uint8_t>();
    const auto name = reader.text();
    if (!direction || !name) return std::nullopt;
    const auto ordinal = model.queryable(*name);
    if (!ordinal) return std::nullopt;
    auto value = read_value(reader, model.field(*ordinal));
    if (!value) return std::nullopt;
    cursor.sort.push_back({*ordinal, *direction == 1});
    cursor.after.push_back(std::move(*value));
  }
  if (!reader.at_end() || cursor.sort.back().field != 0) return std::nullopt;
  return cursor;
}

}  // namespace

bool can_continue(const Model& model, const std::vector<SortKey>& sort) {
  return std::none_of(sort.begin(), sort.end(), [&](const SortKey& key) {
    const Field& field = model.field(key.field);
    if (field.kind != Kind::kString || field.role == Role::kId) return false;
    const auto longest = field.longest();
    return !longest || *longest > kLongestKey;
  });
}

std::string encode_cursor(const SecretKey& key, const ListPlan& plan, const Record& last, std::string_view last_rank,
                          std::string_view last_place) {
  if (plan.by_rank != !last_rank.empty()) throw std::logic_error("a cursor needs the rank of the last record when the list is by rank");
  std::string bytes;
  bytes += last_place.empty() ? kVersion : kVersionWithPlace;
  append_number(bytes, plan.scope);
  append_text(bytes, last_rank);
  if (!last_place.empty()) append_text(bytes, last_place);
  append_number(bytes, static_cast<std::uint8_t>(plan.sort.size()));
  for (const SortKey& sort_key : plan.sort) {
    append_number(bytes, static_cast<std::uint8_t>(sort_key.descending ? 1 : 0));
    append_text(bytes, plan.model->field(sort_key.field).name);
    std::visit(ValueWriter{bytes}, plan.model->value_of(last, sort_key.field).alternatives());
  }
  bytes += authentication_tag(key, bytes);
  return encode_base64url(bytes);
}

Result<Cursor> decode_cursor(const SecretKey& key, const Model& model, std::uint64_t scope, std::string_view text) {
  const auto invalid = [](const char* detail) { return Error(Code::kInvalidCursor, detail); };
  const auto bytes = authenticated(key, text);
  if (!bytes) return invalid("`cursor` is not one that this server made; start again without it.");

  Reader reader(*bytes);
  const auto version = reader.number<std::uint8_t>();
  const bool is_known = version == kVersion || version == kVersionWithPlace;
  if (!is_known) return invalid("`cursor` is of another version of this server; start again without it.");
  if (reader.number<std::uint64_t>() != scope) {
    return invalid(
        "`cursor` was made for another collection, finder, filter or search; repeat those of its page, or start again without it.");
  }
  auto cursor = read_keys(reader, model, version == kVersionWithPlace);
  if (!cursor) return invalid("`cursor` was made before the model changed; start again without it.");
  return std::move(*cursor);
}

}  // namespace holdfast
