#include "http/link.h"

#include "query/parameters.h"

namespace holdfast::http {
namespace {

// True when a raw `name=value` segment of a query has this name, however it is escaped.
bool is_named(std::string_view segment, std::string_view name) {
  const auto parameter = parse_parameters(segment);
  return parameter && parameter->size() == 1 && parameter->front().name == name;
}

// `<`, `>` and `"` would end the link early; everything else is kept as the client wrote it.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '<') {
      out += "%3C";
    } else if (c == '>') {
      out += "%3E";
    } else if (c == '"') {
      out += "%22";
    } else {
      out.push_back(c);
    }
  }
}

}  // namespace

std::string next_target(const Request& request, std::string_view cursor) {
  std::string target;
  append_escaped(target, request.path());
  target.push_back('?');
  std::string_view query = request.query();
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view segment = query.substr(0, end);
    if (!segment.empty() && !is_named(segment, "cursor") && !is_named(segment, "offset")) {
      append_escaped(target, segment);
      target.push_back('&');
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return target.append("cursor=").append(cursor);
}

std::string next_link(const Request& request, std::string_view cursor) {
  return "<" + next_target(request, cursor) + ">; rel=\"next\"";
}

}  // namespace holdfast::http
