#pragma once
// What a process says and does when it ends at once. Async-signal-safe: no allocation, no lock, no buffer of anybody else.

#include <string_view>

namespace holdfast {

// Whether stderr takes a line without blocking. A reader that does not read is waited for a quarter of a second at most.
bool stderr_has_room() noexcept;

// Writes to stderr as long as it has room; false: the rest is left unsaid.
bool say_last_words(std::string_view text) noexcept;

// The default action of the signal, so that whoever waits for the process is told the truth: a shell says 128 + number, and there is a core
// where the signal makes one.
[[noreturn]] void end_by_signal(int number) noexcept;

}  // namespace holdfast
