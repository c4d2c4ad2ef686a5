#include "app/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace holdfast {
namespace {

constexpr std::int64_t kBarPercent = 4;    // of one character of the bar: 25 of them
constexpr std::int64_t kLinePercent = 10;  // between two lines

}  // namespace

Progress::Progress(std::ostream& out, bool terminal, std::string label) : out_(out), terminal_(terminal), label_(std::move(label)) {}

Progress::~Progress() {
  if (terminal_ && shown_ >= 0) out_ << std::endl;
}

void Progress::update(std::int64_t done, std::int64_t of) {
  if (of <= 0) return;
  const std::int64_t percent =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(static_cast<double>(done) / static_cast<double>(of) * 100), 0, 100);
  const std::int64_t step = terminal_ ? 1 : kLinePercent;
  if (shown_ >= 0 && percent / step <= shown_ / step) return;
  shown_ = percent;
  if (terminal_) {
    const auto full = static_cast<std::size_t>(percent / kBarPercent);
    const std::string bar = std::string(full, '#') + std::string(100 / kBarPercent - full, '.');
    out_ << fmt::format("\r{} [{}] {:3} %  {} of {}", label_, bar, percent, done, of) << std::flush;
  } else {
    out_ << fmt::format("{}: {} of {} ({} %)", label_, done, of, percent) << std::endl;
  }
}

}  // namespace holdfast
