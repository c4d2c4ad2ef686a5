#include "base/timestamp.h"

#include <array>
#include <chrono>

namespace holdfast {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr Milliseconds kDay = 86'400'000;
constexpr std::size_t kWireLength = 24;  // 2026-11-23T04:05:06.789Z

// Reads digits from the front of a text; any failure is remembered, so that callers check once.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {}

  int number(int digits) noexcept {
    int value = 0;
    for (int i = 0; i < digits; ++i) {
      const char c = take();
      if (c < '0' || c > '9') ok_ = false;
      value = value * 10 + (c - '0');
    }
    return value;
  }
  void expect(char a, char b) noexcept {
    const char c = take();
    if (c != a && c != b) ok_ = false;
  }
  void expect(char a) noexcept { expect(a, a); }
  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  char take() noexcept {
    if (at_ < text_.size()) return text_[at_++];
    ok_ = false;
    return '\0';
  }
  bool ok() const noexcept { return ok_; }
  bool done() const noexcept { return ok_ && at_ == text_.size(); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

std::optional<sys_days> read_date(Reader& reader) noexcept {
  const int y = reader.number(4);
  reader.expect('-');
  const int m = reader.number(2);
  reader.expect('-');
  const int d = reader.number(2);
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  if (!reader.ok() || !date.ok()) return std::nullopt;
  return sys_days{date};
}

// Milliseconds of the fraction behind a point; finer digits must be zeros.
std::optional<int> read_fraction(Reader& reader) noexcept {
  int milliseconds = 0;
  int digits = 0;
  for (; reader.peek() >= '0' && reader.peek() <= '9'; ++digits) {
    const int digit = reader.take() - '0';
    if (digits < 3) {
      milliseconds = milliseconds * 10 + digit;
    } else if (digit != 0) {
      return std::nullopt;
    }
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) milliseconds *= 10;
  return milliseconds;
}

// Minutes east of UTC.
std::optional<int> read_offset(Reader& reader) noexcept {
  const char sign = reader.take();
  if (sign == 'Z' || sign == 'z') return 0;
  if (sign != '+' && sign != '-') return std::nullopt;
  const int hours = reader.number(2);
  reader.expect(':');
  const int minutes = reader.number(2);
  if (!reader.ok() || hours > 23 || minutes > 59) return std::nullopt;
  return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

char* put_digits(char* at, unsigned value, int digits) noexcept {
  for (int i = digits; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
  return at + digits;
}

}  // namespace

std::optional<Milliseconds> parse_timestamp(std::string_view text) noexcept {
  Reader reader(text);
  const std::optional<sys_days> date = read_date(reader);
  if (!date) return std::nullopt;
  reader.expect('T', 't');
  const int hour = reader.number(2);
  reader.expect(':');
  const int minute = reader.number(2);
  reader.expect(':');
  const int second = reader.number(2);
  if (!reader.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  int fraction = 0;
  if (reader.peek() == '.') {
    reader.take();
    const std::optional<int> milliseconds = read_fraction(reader);
    if (!milliseconds) return std::nullopt;
    fraction = *milliseconds;
  }
  const std::optional<int> offset = read_offset(reader);
  if (!offset || !reader.done()) return std::nullopt;

  const Milliseconds instant = date->time_since_epoch().count() * kDay + ((hour * 60 + minute - *offset) * 60LL + second) * 1000 + fraction;
  const auto utc_day =
      std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{instant}});
  const int utc_year = static_cast<int>(year_month_day{utc_day}.year());
  if (utc_year < 1 || utc_year > 9999) return std::nullopt;
  return instant;
}

// Reads stored values, twice a record: so it is spelt out rather than left to parse_timestamp, which admits much more than the wire form.
std::optional<Milliseconds> parse_wire_timestamp(std::string_view text) noexcept {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.dddZ";
  static_assert(kForm.size() == kWireLength);
  if (text.size() != kWireLength) return std::nullopt;
  bool formed = true;
  for (std::size_t i = 0; i < kWireLength; ++i) {
    formed &= kForm[i] == 'd' ? static_cast<unsigned char>(text[i] - '0') < 10 : text[i] == kForm[i];
  }
  if (!formed) return std::nullopt;
  const auto number = [text](std::size_t at, std::size_t digits) {
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))}, day{static_cast<unsigned>(number(8, 2))}};
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!date.ok() || number(0, 4) == 0 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return sys_days{date}.time_since_epoch().count() * kDay + ((hour * 60 + minute) * 60LL + second) * 1000 + number(20, 3);
}

void append_timestamp(std::string& out, Milliseconds instant) {
  const auto days =
      std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{instant}});
  const year_month_day date{days};
  const auto rest = static_cast<unsigned>(instant - days.time_since_epoch().count() * kDay);
  std::array<char, kWireLength> wire;
  char* at = put_digits(wire.data(), static_cast<unsigned>(static_cast<int>(date.year())), 4);
  *at++ = '-';
  at = put_digits(at, static_cast<unsigned>(date.month()), 2);
  *at++ = '-';
  at = put_digits(at, static_cast<unsigned>(date.day()), 2);
  *at++ = 'T';
  at = put_digits(at, rest / 3'600'000, 2);
  *at++ = ':';
  at = put_digits(at, rest / 60'000 % 60, 2);
  *at++ = ':';
  at = put_digits(at, rest / 1000 % 60, 2);
  *at++ = '.';
  at = put_digits(at, rest % 1000, 3);
  *at = 'Z';
  out.append(wire.data(), wire.size());
}

bool is_date(std::string_view text) noexcept {
  Reader reader(text);
  return read_date(reader) && reader.done() && text.substr(0, 4) != "0000";
}

}  // namespace holdfast
