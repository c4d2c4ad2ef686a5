#include "app/crash_report.h"

#include <cxxabi.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string_view>
#include <typeinfo>

#include "app/last_words.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HOLDFAST_SANITIZED
#endif
#endif

namespace holdfast {
namespace {

#ifdef HOLDFAST_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr std::size_t kStackBytes = 64 * 1024;  // unwinding takes some ten; the handler is called with what the system's own frame leaves
constexpr int kMostFrames = 64;

struct Crash {
  int number;
  std::string_view name;
};
constexpr std::array<Crash, 5> kCrashes{
    {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGABRT, "SIGABRT"}}};

std::atomic<pid_t> reporter{0};                        // the thread whose crash is told
std::atomic<const std::type_info*> uncaught{nullptr};  // what std::terminate was called for
std::atomic<bool> terminating{false};

// A line of bounded length, made without allocation; what is too much is cut off.
class Line {
 public:
  Line& operator<<(std::string_view text) noexcept {
    const auto count = std::min(text.size(), text_.size() - 1 - size_);
    std::memcpy(text_.data() + size_, text.data(), count);
    size_ += count;
    return *this;
  }
  Line& number(std::uintptr_t value, int base) noexcept {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
    return *this << std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
  }
  std::string_view finished() noexcept {
    text_[size_] = '\n';
    return {text_.data(), size_ + 1};
  }

 private:
  std::array<char, 512> text_;
  std::size_t size_ = 0;
};

// The alternate signal stack of one thread, on which it is made and destroyed.
class CrashStack {
 public:
  CrashStack() noexcept : memory_(new (std::nothrow) char[kStackBytes]) {
    if (!memory_) return;
    const stack_t stack{memory_.get(), 0, kStackBytes};
    ::sigaltstack(&stack, nullptr);
  }
  ~CrashStack() {
    const stack_t none{nullptr, SS_DISABLE, 0};
    ::sigaltstack(&none, nullptr);
  }

 private:
  std::unique_ptr<char[]> memory_;
};

std::string_view name_of_signal(int number) noexcept {
  for (const Crash& crash : kCrashes) {
    if (crash.number == number) return crash.name;
  }
  return "a signal";
}

// Where it happened and why, as far as the system knows.
void append_cause(Line& line, const siginfo_t& info) noexcept {
  if (info.si_code <= 0) {  // kill, tgkill, abort: there is no address
    if (info.si_pid != ::getpid()) (line << " sent by process ").number(static_cast<std::uintptr_t>(info.si_pid), 10);
    return;
  }
  if (info.si_code == SI_KERNEL) {
    line << " at an address that cannot be one";
    return;
  }
  (line << " at 0x").number(reinterpret_cast<std::uintptr_t>(info.si_addr), 16);
  if (info.si_signo == SIGSEGV && info.si_code == SEGV_MAPERR) line << " (nothing is mapped there)";
  if (info.si_signo == SIGSEGV && info.si_code == SEGV_ACCERR) line << " (not allowed there)";
  if (info.si_signo == SIGBUS && info.si_code == BUS_ADRERR) line << " (a mapped file ends before it, or the disk failed)";
}

void append_exception(Line& line) noexcept {
  const std::type_info* type = uncaught.load();
  line << ": std::terminate";
  if (type != nullptr) line << " for an exception of type " << type->name();
}

void tell(const siginfo_t& info) noexcept {
  Line line;
  line << "holdfast " HOLDFAST_VERSION " crashed: " << name_of_signal(info.si_signo);
  if (terminating.load())
    append_exception(line);
  else
    append_cause(line, info);
  (line << ", pid ").number(static_cast<std::uintptr_t>(::getpid()), 10);
  std::array<char, 16> thread{};
  if (::pthread_getname_np(::pthread_self(), thread.data(), thread.size()) == 0) line << ", thread " << thread.data();
  if (!say_last_words(line.finished())) return;
  std::array<void*, kMostFrames> frames;
  const int count = ::backtrace(frames.data(), kMostFrames);
  for (int i = 0; i < count; ++i) {
    if (!stderr_has_room()) return;
    ::backtrace_symbols_fd(&frames[static_cast<std::size_t>(i)], 1, STDERR_FILENO);
  }
}

void on_crash(int number, siginfo_t* info, void*) {
  pid_t nobody = 0;
  const pid_t self = ::gettid();
  if (reporter.compare_exchange_strong(nobody, self)) {
    tell(*info);
  } else if (nobody != self) {
    for (;;) ::pause();  // another thread is telling, and will end the process
  }
  end_by_signal(number);
}

[[noreturn]] void on_terminate() {
  uncaught = abi::__cxa_current_exception_type();
  terminating = true;
  std::abort();
}

}  // namespace

bool install_crash_report() noexcept {
  if (kSanitized) return false;
  use_crash_stack();
  std::array<void*, 1> frame;
  ::backtrace(frame.data(), 1);  // the first call loads what unwinds, which allocates: not while crashing
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigfillset(&action.sa_mask);  // SIGPIPE too: when nobody reads stderr, the status must still be the crash's
  for (const Crash& crash : kCrashes) ::sigaction(crash.number, &action, nullptr);
  std::set_terminate(on_terminate);
  return true;
}

void use_crash_stack() noexcept {
  thread_local const CrashStack own;
}

}  // namespace holdfast
