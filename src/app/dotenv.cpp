#include "app/dotenv.h"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast {
namespace {

bool is_name_start(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
bool is_name_part(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view strip(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

struct ParsedValue {
  std::string value;
  const char* fault = nullptr;
};

ParsedValue parse_bare(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#' && (i == 0 || is_blank(text[i - 1]))) return {std::string(strip(text.substr(0, i)))};
  }
  return {std::string(strip(text))};
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

ParsedValue parse_quoted(std::string_view text) {
  const char quote = text.front();
  ParsedValue parsed;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != quote; ++i) {
    const bool escape = quote == '"' && text[i] == '\\' && i + 1 < text.size();
    if (!escape) {
      parsed.value += text[i];
      continue;
    }
    ++i;
    if (std::string_view("nrt\"\\$").find(text[i]) == std::string_view::npos) parsed.value += '\\';
    parsed.value += unescaped(text[i]);
  }
  if (i >= text.size()) return {{}, "the quote is not closed on this line"};
  const auto rest = strip(text.substr(i + 1));
  if (!rest.empty() && rest.front() != '#') return {{}, "something follows the closing quote; put the whole value in quotes"};
  return parsed;
}

ParsedValue parse_value(std::string_view text) {
  text = strip(text);
  const bool quoted = !text.empty() && (text.front() == '"' || text.front() == '\'');
  return quoted ? parse_quoted(text) : parse_bare(text);
}

class Reader {
 public:
  explicit Reader(std::string_view shown_name) : shown_name_(shown_name) {}

  void read_line(std::string_view line, int number) {
    line_ = number;
    line = strip(line);
    if (line.empty() || line.front() == '#') return;
    if (line.starts_with("export ") || line.starts_with("export\t")) line = strip(line.substr(7));
    const auto end = std::find_if_not(line.begin(), line.end(), is_name_part);
    const auto name = line.substr(0, static_cast<std::size_t>(end - line.begin()));
    const auto rest = strip(line.substr(name.size()));
    if (name.empty() || !is_name_start(name.front()) || rest.empty() || rest.front() != '=') return refuse("expected NAME=VALUE");
    auto parsed = parse_value(rest.substr(1));
    if (parsed.fault) return refuse(fmt::format("{}: {}", name, parsed.fault));
    add(name, std::move(parsed.value));
  }

  DotEnv result;

 private:
  void add(std::string_view name, std::string value) {
    const auto same = [name](const DotEnvEntry& entry) { return entry.name == name; };
    const auto first = std::find_if(result.entries.begin(), result.entries.end(), same);
    if (first != result.entries.end()) return refuse(fmt::format("{} is set on line {} already; keep one of the two", name, first->line));
    result.entries.push_back({std::string(name), std::move(value), line_});
  }

  void refuse(std::string_view what) { result.faults.push_back(fmt::format("{}:{}: {}.", shown_name_, line_, what)); }

  std::string_view shown_name_;
  int line_ = 0;
};

}  // namespace

DotEnv parse_dotenv(std::string_view text, std::string_view shown_name) {
  Reader reader(shown_name);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    reader.read_line(line, number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::move(reader.result);
}

}  // namespace holdfast
