#include "http/message.h"

#include "http/names.h"

namespace holdfast::http {
namespace {

char lower_ascii(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

bool equal_names(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower_ascii(a[i]) != lower_ascii(b[i])) return false;
  }
  return true;
}

std::string_view Request::path() const noexcept {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const noexcept {
  const auto mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

const std::string* Request::header(std::string_view name) const noexcept {
  for (const Header& header : headers) {
    if (equal_names(header.name, name)) return &header.value;
  }
  return nullptr;
}

std::optional<std::string> Request::combined(std::string_view name) const {
  std::optional<std::string> list;
  for (const Header& header : headers) {
    if (!equal_names(header.name, name)) continue;
    list = list ? *list + ", " + header.value : header.value;
  }
  return list;
}

}  // namespace holdfast::http
