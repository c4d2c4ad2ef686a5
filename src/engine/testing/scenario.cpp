#include "engine/testing/scenario.h"

#include <fmt/format.h>

#include <string_view>

namespace holdfast::testing {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) out.append(i == 0 ? "" : separator).append(parts[i]);
  return out;
}

std::string list_of_lists(std::string_view keyword, const std::vector<std::vector<std::string>>& lists) {
  std::vector<std::string> parts;
  for (const auto& list : lists) parts.push_back("[" + joined(list, ", ") + "]");
  return lists.empty() ? std::string() : fmt::format("{}: [ {} ]\n", keyword, joined(parts, ", "));
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view("-._~[],'()*").find(c) != std::string_view::npos;
    if (plain) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string_view method_of(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::kCreate:
      return "POST";
    case Step::Kind::kReplace:
      return "PUT";
    case Step::Kind::kPatch:
      return "PATCH";
    case Step::Kind::kRemove:
      return "DELETE";
    default:
      return "GET";
  }
}

}  // namespace

std::string PropertyText::text() const {
  std::string out = "{ " + rules;
  if (members.empty()) return out + " }";
  std::vector<std::string> required_names, texts;
  for (const PropertyText& member : members) {
    if (member.required) required_names.push_back(member.name);
    texts.push_back(member.name + ": " + member.text());
  }
  if (!required_names.empty()) out += ", required: [" + joined(required_names, ", ") + "]";
  return out + ", properties: { " + joined(texts, ", ") + " } }";
}

std::string ModelText::yaml() const {
  std::string out = fmt::format("type: object\nid: {}\n", id);
  std::vector<std::string> required;
  for (const PropertyText& property : properties) {
    if (property.required) required.push_back(property.name);
  }
  if (!required.empty()) out += fmt::format("required: [{}]\n", joined(required, ", "));
  out += properties.empty() ? "properties: {}\n" : "properties:\n";
  for (const PropertyText& property : properties) out += fmt::format("  {}: {}\n", property.name, property.text());
  if (timestamps) out += "timestamps: true\n";
  out += list_of_lists("unique", unique) + list_of_lists("indexes", indexes);
  if (!search.empty()) out += fmt::format("search: {{ fields: [{}], language: {} }}\n", joined(search, ", "), language);
  return out;
}

std::string FilterText::text() const {
  if (kind == Kind::kComparison) return comparison;
  if (kind == Kind::kNot) return "not (" + children.front().text() + ")";
  std::vector<std::string> parts;
  for (const FilterText& child : children) parts.push_back("(" + child.text() + ")");
  return joined(parts, kind == Kind::kAnd ? " and " : " or ");
}

std::vector<Parameter> Step::all_parameters() const {
  std::vector<Parameter> all = parameters;
  if (filter) all.push_back({"filter", filter->text()});
  if (!sort_by.empty()) all.push_back({"sortBy", joined(sort_by, ",")});
  if (!terms.empty()) all.push_back({"q", joined(terms, " ")});
  return all;
}

std::string Step::body() const {
  std::vector<std::string> parts;
  for (const auto& [name, json] : members) parts.push_back(fmt::format("\"{}\":{}", name, json));
  return "{" + joined(parts, ",") + "}";
}

std::string Step::request_line() const {
  std::string out = fmt::format("{} /api/{}", method_of(kind), collection);
  const bool of_item = kind == Kind::kReplace || kind == Kind::kPatch || kind == Kind::kRemove || kind == Kind::kItem;
  if (of_item) out += "/" + id;
  if (kind == Kind::kCount) out += "/count";
  if (!terms.empty()) out += "/search";
  std::string_view separator = "?";
  for (const Parameter& parameter : all_parameters()) {
    out += fmt::format("{}{}={}", separator, percent_encoded(parameter.name), percent_encoded(parameter.value));
    separator = "&";
  }
  return out;
}

std::string Step::text() const {
  std::string out = request_line();
  if (!if_match.empty()) out += "  If-Match: " + if_match;
  if (!if_none_match.empty()) out += "  If-None-Match: " + if_none_match;
  if (!idempotency_key.empty()) out += fmt::format("  Idempotency-Key: {}, at {}", idempotency_key, now);
  if (is_write() && kind != Kind::kRemove) out += "  " + body();
  if (kind == Kind::kCreate && !id.empty()) out += "  # is given the id " + id;
  if (kind == Kind::kWalk) out += "  # and on by nextCursor to the end";
  return out;
}

std::string Scenario::text() const {
  std::string out;
  for (const ModelText& model : models) out += fmt::format("models/{}.yaml:\n{}", model.name, model.yaml());
  for (std::size_t i = 0; i < steps.size(); ++i) out += fmt::format("{}. {}\n", i + 1, steps[i].text());
  return out;
}

}  // namespace holdfast::testing
