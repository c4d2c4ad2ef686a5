#include "app/banner.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/timestamp.h"
#include "model/json.h"
#include "model/record_json.h"
#include "model/validator.h"

namespace holdfast {
namespace {

constexpr int kLongestSample = 60;  // a longer text is nothing to copy from a terminal

// Where a program on this machine reaches the address: a wildcard is not an address to call.
std::string callable(std::string_view address) {
  const auto colon = address.rfind(':');
  const auto host = address.substr(0, colon);
  const auto port = address.substr(colon);
  if (host == "0.0.0.0") return fmt::format("127.0.0.1{}", port);
  if (host == "[::]") return fmt::format("[::1]{}", port);
  return std::string(address);
}

// As a word of a shell: everything but a single quote stands for itself in single quotes.
std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

Value sample_integer(const Field& field, std::int64_t wish) {
  if (field.minimum) wish = std::max(wish, field.minimum->value.integer());
  if (field.exclusive_minimum) wish = std::max(wish, field.exclusive_minimum->value.integer() + 1);
  if (field.maximum) wish = std::min(wish, field.maximum->value.integer());
  if (field.exclusive_maximum) wish = std::min(wish, field.exclusive_maximum->value.integer() - 1);
  return wish;
}

std::int64_t ten_to(int power) {
  std::int64_t result = 1;
  for (int i = 0; i < power; ++i) result *= 10;
  return result;
}

std::string sample_text(const Field& field) {
  if (field.is_enum()) return field.enumeration.front();
  switch (field.format) {
    case Format::kUuid:
      return "0193585a-7c00-7000-8000-000000000001";
    case Format::kEmail:
      return "someone@example.com";
    case Format::kUri:
      return "https://example.com/";
    case Format::kObjectId:
      return "0193585a7c00700080000001";
    case Format::kTextId:
    case Format::kNone:
      break;
  }
  if (field.min_length.value_or(0) > kLongestSample) return {};
  std::string text = field.lowercase ? "example" : "Example";
  if (field.min_length) text.resize(std::max(text.size(), static_cast<std::size_t>(*field.min_length)), 'x');
  if (field.max_length) text.resize(std::min(text.size(), static_cast<std::size_t>(*field.max_length)));
  return text;
}

Value sample_value(const Field& field) {
  switch (field.kind) {
    case Kind::kString:
      return sample_text(field);
    case Kind::kInteger:
      return sample_integer(field, 1);
    case Kind::kDecimal:
      return sample_integer(field, field.precision > field.scale ? ten_to(field.scale) * 10 - 1 : 0);  // 9.99
    case Kind::kNumber:
      return field.minimum ? field.minimum->value : Value(1.0);
    case Kind::kBoolean:
      return true;
    case Kind::kDateTime:
      return Milliseconds{1767225600000};
    case Kind::kDate:
      return std::string("2026-01-01");
    case Kind::kArray:
      return Value::Array{sample_value(*field.element)};
    case Kind::kObject: {
      Value::Array members;
      for (const Field& member : field.properties) members.push_back(member.admits_null ? Value(Null{}) : sample_value(member));
      return members;
    }
    case Kind::kJson:
      return std::string("{}");
  }
  return {};
}

void append_member(std::string& body, const Field& field, const Value& value) {
  body += body.size() > 1 ? "," : "";
  append_json_string(body, field.name);
  body += ':';
  append_json_value(body, field, value);
}

// A value as it is written in a URL within single quotes.
std::string in_url(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            std::string_view("-._~").find(c) != std::string_view::npos;
    if (unreserved) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

const Field* first_field(const Model& model, bool (*wanted)(const Field&)) {
  const auto matches = [wanted](const Field& field) {
    return field.role == Role::kProperty && !field.write_only && !field.is_reference() && wanted(field);
  };
  const auto found = std::find_if(model.fields.begin(), model.fields.end(), matches);
  return found == model.fields.end() ? nullptr : &*found;
}

std::string collections_of(const Catalog& catalog) {
  std::string names;
  for (const auto& model : catalog.models()) names += (names.empty() ? "/api/" : ", /api/") + model.name;
  return names;
}

std::string tries(const Config& config, const Model& model, const std::string& address) {
  const auto url = fmt::format("http://{}/api/{}", address, model.name);
  const auto key = config.api_key.value.empty() ? "" : "-H \"Authorization: Bearer $HOLDFAST_API_KEY\" ";
  auto text = fmt::format("  curl -g {}{}\n", key, shell_word(url));
  text += fmt::format("  curl -g {}{}\n", key, shell_word(url + "?" + sample_filter(model)));
  const auto body = sample_body(model);
  if (body.empty()) return text + fmt::format("  curl -g {}{}\n", key, shell_word(url + "/count"));
  text += fmt::format("  curl -g {}{} -H 'Content-Type: application/json' -d {}\n", key, shell_word(url), shell_word(body));
  const auto words = sample_search(model);
  if (words.empty()) return text;
  return text + fmt::format("  curl -g {}{}\n", key, shell_word(url + "/search?q=" + in_url(words)));
}

}  // namespace

std::string sample_body(const Model& model) {
  std::string body = "{";
  if (model.id_kind == IdKind::kText) body += R"("id":"example-1")";
  for (const auto& field : model.fields) {
    const bool wanted = field.role == Role::kProperty && field.required;
    if (wanted && field.is_reference()) return {};
    if (wanted) append_member(body, field, sample_value(field));
  }
  body += '}';
  const Result<Json> json = parse_json(body, 8);
  const bool accepted = json && validate(model, *json, BodyMode::kCreate).errors.empty();
  return accepted ? body : std::string();
}

std::string sample_search(const Model& model) {
  if (!model.search || sample_body(model).empty()) return {};
  for (const auto ordinal : model.search->fields) {
    if (model.fields[ordinal].required) return sample_text(model.fields[ordinal]);
  }
  return {};
}

std::string sample_filter(const Model& model) {
  if (const auto* field = first_field(model, [](const Field& one) { return one.is_enum(); })) {
    return fmt::format("{}={}", field->name, in_url(field->enumeration.front()));
  }
  if (const auto* field = first_field(model, [](const Field& one) { return one.kind == Kind::kBoolean; })) return field->name + "=true";
  const auto is_number = [](const Field& one) {
    return one.kind == Kind::kDecimal || one.kind == Kind::kInteger || one.kind == Kind::kNumber;
  };
  if (const auto* field = first_field(model, is_number)) return field->name + "[gte]=10";
  const auto is_free_text = [](const Field& one) { return one.kind == Kind::kString && one.format != Format::kUuid; };
  if (const auto* field = first_field(model, is_free_text)) return field->name + "[prefix]=a";
  return "limit=3";
}

std::string banner(const Config& config, const Catalog& catalog, const std::string& address) {
  auto text = fmt::format("Holdfast {} serves http://{}\n", HOLDFAST_VERSION, address);
  text += fmt::format("  {} from {}\n", collections_of(catalog), shown_database(config));
  if (!catalog.models().empty()) text += "Try:\n" + tries(config, catalog.models().front(), callable(address));
  if (const auto lowered = lowered_loops(config); !lowered.empty()) text += fmt::format("NOTE: {}\n", lowered);
  text += "Stop: Ctrl-C, or SIGTERM.\n";
  if (is_loopback(config.host.value) || !config.api_key.value.empty()) return text;
  return text + fmt::format(
                    "WARNING: {} is not this machine alone, and there is no key: whoever reaches it may read and write everything.\n"
                    "  Set HOLDFAST_API_KEY, or HOST=127.0.0.1.\n",
                    config.host.value);
}

}  // namespace holdfast
