#include "query/filter.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <string_view>

#include "base/hash.h"

namespace holdfast {
namespace {

Filter joined(Filter::Kind kind, std::vector<Filter> children) {
  if (std::any_of(children.begin(), children.end(), [kind](const Filter& child) { return child.kind == kind; })) {
    std::vector<Filter> flat;
    for (Filter& child : children) {
      if (child.kind == kind) {
        std::move(child.children.begin(), child.children.end(), std::back_inserter(flat));
      } else {
        flat.push_back(std::move(child));
      }
    }
    children = std::move(flat);
  }
  if (children.size() == 1) {
    Filter only = std::move(children.front());
    return only;
  }
  Filter filter;
  filter.kind = kind;
  filter.children = std::move(children);
  return filter;
}

// What is hashed: every part has a fixed length or says its length first, so that different conditions give different bytes.
void append_count(std::string& out, std::uint64_t count) {
  char bytes[sizeof count];
  for (std::size_t i = 0; i < sizeof count; ++i) bytes[i] = static_cast<char>(count >> (8 * i) & 0xff);
  out.append(bytes, sizeof bytes);
}

void append_text(std::string& out, std::string_view text) {
  append_count(out, text.size());
  out += text;
}

struct ValueWriter {
  std::string& out;
  void operator()(Absent) const { out += 'a'; }
  void operator()(Null) const { out += 'n'; }
  void operator()(bool boolean) const { out += boolean ? 't' : 'f'; }
  void operator()(std::int64_t integer) const {
    out += 'i';
    append_count(out, static_cast<std::uint64_t>(integer));
  }
  void operator()(double number) const {
    out += 'd';
    append_count(out, std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number));  // -0 is 0
  }
  void operator()(const std::string& text) const {
    out += 's';
    append_text(out, text);
  }
  void operator()(const Value::Array& array) const {
    out += '[';
    append_count(out, array.size());
    for (const Value& element : array) std::visit(*this, element.alternatives());
  }
};

void append_set(std::string& out, std::vector<std::uint64_t> hashes) {
  out.reserve(out.size() + hashes.size() * sizeof(std::uint64_t));
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  for (const std::uint64_t hash : hashes) append_count(out, hash);
}

std::uint64_t hash_of(const Value& value) {
  std::string bytes;
  std::visit(ValueWriter{bytes}, value.alternatives());
  return content_hash(bytes);
}

std::uint64_t hash_of(const Model& model, const Condition& condition) {
  std::string bytes;
  bytes.reserve(64);  // one allocation for most names
  bytes += static_cast<char>(Filter::Kind::kCondition);
  append_text(bytes, model.field(condition.field).name);  // by name: ordinals move when a field is added
  bytes += static_cast<char>(condition.op);
  if (condition.operands.size() == 1) {  // most conditions, so without the vector
    append_count(bytes, hash_of(condition.operands.front()));
    return content_hash(bytes);
  }
  std::vector<std::uint64_t> operands;
  operands.reserve(condition.operands.size());
  for (const Value& operand : condition.operands) operands.push_back(hash_of(operand));
  append_set(bytes, std::move(operands));
  return content_hash(bytes);
}

}  // namespace

Filter Filter::all(std::vector<Filter> children) {
  return joined(Kind::kAll, std::move(children));
}

Filter Filter::any(std::vector<Filter> children) {
  return joined(Kind::kAny, std::move(children));
}

Filter Filter::negated(Filter child) {
  Filter filter;
  filter.kind = Kind::kNot;
  filter.children.push_back(std::move(child));
  return filter;
}

Filter Filter::on(Condition condition) {
  Filter filter;
  filter.kind = Kind::kCondition;
  filter.condition = std::move(condition);
  return filter;
}

std::uint64_t fingerprint(const Model& model, const Filter& filter) {
  if (filter.kind == Filter::Kind::kCondition) return hash_of(model, filter.condition);
  std::vector<std::uint64_t> children;
  children.reserve(filter.children.size());
  for (const Filter& child : filter.children) children.push_back(fingerprint(model, child));
  std::string bytes(1, static_cast<char>(filter.kind));
  append_set(bytes, std::move(children));
  return content_hash(bytes);
}

}  // namespace holdfast
