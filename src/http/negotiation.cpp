#include "http/negotiation.h"

#include <algorithm>
#include <vector>

namespace holdfast::http {
namespace {

// Below this a coded body is hardly smaller than the packet that carries it.
constexpr std::size_t kWorthCoding = 1024;
constexpr int kFullWeight = 1000;  // weights are in thousandths

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return lower;
}

std::string_view stripped(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(stripped(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// One element of a weighted list: `gzip;q=0.5`.
struct Weighted {
  std::string name;
  int weight = kFullWeight;
};

// A qvalue (RFC 9110 §12.4.2) in thousandths; what is none counts as 1.
int parse_weight(std::string_view text) {
  if (!text.starts_with('0')) return kFullWeight;
  int weight = 0;
  for (std::size_t i = 2, unit = 100; i < text.size() && unit > 0; ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') break;
    weight += (text[i] - '0') * static_cast<int>(unit);
  }
  return weight;
}

std::vector<Weighted> parse_weighted(std::string_view header) {
  std::vector<Weighted> list;
  for (const std::string_view element : split(header, ',')) {
    if (element.empty()) continue;
    const std::vector<std::string_view> parts = split(element, ';');
    Weighted weighted{lower_case(parts.front())};
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const std::string parameter = lower_case(parts[i]);
      if (parameter.starts_with("q=")) weighted.weight = parse_weight(std::string_view(parameter).substr(2));
    }
    list.push_back(std::move(weighted));
  }
  return list;
}

// Weight of the most specific of `names` (first is most specific) that the list holds; `missing` when it holds none.
int weight_of(const std::vector<Weighted>& list, std::initializer_list<std::string_view> names, int missing) {
  for (const std::string_view name : names) {
    const auto found = std::ranges::find(list, name, &Weighted::name);
    if (found != list.end()) return found->weight;
  }
  return missing;
}

}  // namespace

bool accepts_json(std::string_view accept) {
  if (stripped(accept).empty()) return true;
  return weight_of(parse_weighted(accept), {"application/json", "application/*", "*/*"}, 0) > 0;
}

Coding choose_coding(std::string_view accept_encoding, std::size_t bytes) {
  if (accept_encoding.empty()) return Coding::kIdentity;
  const std::vector<Weighted> list = parse_weighted(accept_encoding);
  const int zstd = weight_of(list, {"zstd", "*"}, 0);
  const int gzip = std::max(weight_of(list, {"gzip", "*"}, 0), weight_of(list, {"x-gzip"}, 0));
  const int identity = weight_of(list, {"identity", "*"}, 1);
  if (identity > 0 && (bytes < kWorthCoding || identity > std::max(zstd, gzip))) return Coding::kIdentity;
  if (zstd > 0 && zstd >= gzip) return Coding::kZstd;
  if (gzip > 0) return Coding::kGzip;
  return identity > 0 ? Coding::kIdentity : Coding::kNone;
}

bool is_json_media_type(std::string_view content_type, bool patch) {
  const std::vector<std::string_view> parts = split(content_type, ';');
  const std::string type = lower_case(parts.front());
  if (type != "application/json" && !(patch && type == "application/merge-patch+json")) return false;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string parameter = lower_case(parts[i]);
    if (parameter.starts_with("charset=") && parameter != "charset=utf-8" && parameter != "charset=\"utf-8\"") return false;
  }
  return true;
}

}  // namespace holdfast::http
