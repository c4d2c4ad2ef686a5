#include "http/conditional.h"

#include <fmt/format.h>

#include "http/compression.h"
#include "query/write_resolution.h"

namespace holdfast::http {
namespace {

std::string without_coding(const std::string& tag) {
  for (const std::string_view coding : {"-gzip\"", "-zstd\""}) {
    if (tag.ends_with(coding)) return tag.substr(0, tag.size() - coding.size()) + '"';
  }
  return tag;
}

void skip_space(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

// Takes one entity-tag off the front; empty when there is none.
std::string take_tag(std::string_view& text) {
  const std::size_t quote = text.starts_with("W/") ? 2 : 0;
  if (text.size() <= quote || text[quote] != '"') return {};
  const std::size_t end = text.find('"', quote + 1);
  if (end == std::string_view::npos) return {};
  std::string tag(text.substr(0, end + 1));
  text.remove_prefix(end + 1);
  return tag;
}

// Empty elements of a list are ignored (RFC 9110 §5.6.1.2).
void skip_empty_elements(std::string_view& text) {
  while (!text.empty() && (text.front() == ',' || text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

std::optional<EntityTags> parse_tags(std::string_view text) {
  EntityTags tags;
  skip_space(text);
  if (text == "*") {
    tags.any = true;
    return tags;
  }
  skip_empty_elements(text);
  while (!text.empty()) {
    const std::string tag = take_tag(text);
    if (tag.empty()) return std::nullopt;
    tags.tags.push_back(without_coding(tag));
    skip_space(text);
    if (text.empty()) break;
    if (text.front() != ',') return std::nullopt;
    skip_empty_elements(text);
  }
  if (tags.tags.empty()) return std::nullopt;
  return tags;
}

}  // namespace

Result<std::optional<EntityTags>> entity_tags(const Request& request, std::string_view header) {
  const std::optional<std::string> value = request.combined(header);
  if (!value) return std::optional<EntityTags>{};
  std::optional<EntityTags> tags = parse_tags(*value);
  if (!tags) return Error(Code::kBadRequest, fmt::format("{} must be * or a list of entity tags in double quotes.", header));
  return tags;
}

Result<Conditions> read_conditions(const Request& request) {
  Result<std::optional<EntityTags>> match = entity_tags(request, "If-Match");
  if (!match) return match.error();
  Result<std::optional<EntityTags>> none_match = entity_tags(request, "If-None-Match");
  if (!none_match) return none_match.error();
  Conditions conditions;
  conditions.match = std::move(*match);
  conditions.none_match = std::move(*none_match);
  return conditions;
}

Result<void> apply_conditions(const Conditions& conditions, const Request& request, const std::string& etag, Response& response) {
  if (conditions.match && !matches_strongly(*conditions.match, etag)) {
    return Error(Code::kPreconditionFailed, fmt::format("If-Match does not name the current version, which is {}.", etag));
  }
  if (conditions.none_match && matches_weakly(*conditions.none_match, etag)) {
    const std::optional<std::string> codings = request.combined("Accept-Encoding");
    if (codings) mark_etag(response, choose_coding(*codings, response.body.size()));
    response.status = 304;
    response.body.clear();
    response.content_type = {};
    response.headers.push_back({"Vary", "Accept-Encoding"});  // as the 200 would say (RFC 9110 §15.4.5)
  }
  return {};
}

}  // namespace holdfast::http
