#include "model/formats.h"

#include "model/pattern.h"

namespace holdfast {

bool is_email(std::string_view text) {
  static const Pattern kMailbox(R"(^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
                                R"(@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\z)");
  return text.size() <= 254 && text.find('@') <= 64 && kMailbox.matches(text);
}

bool is_uri(std::string_view text) {
  static const Pattern kUri(R"(^[A-Za-z][A-Za-z0-9+.-]*:)"
                            R"(([A-Za-z0-9._~!$&'()*+,;=:@/?\[\]-]|%[0-9A-Fa-f]{2})*)"
                            R"((#([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?\z)");
  return kUri.matches(text);
}

}  // namespace holdfast
