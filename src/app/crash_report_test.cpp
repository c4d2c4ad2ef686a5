#include "app/crash_report.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <thread>

using namespace holdfast;

namespace {

struct Ended {
  int signal = 0;  // that ended it; 0: none did
  std::string said;
};

// Runs `crash` in a child process with the report installed. A child that does not crash exits with status 0.
Ended in_child(void (*crash)()) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    if (!install_crash_report()) ::_exit(1);
    crash();
    ::_exit(0);
  }
  ::close(ends[1]);
  Ended ended;
  char bytes[4096];
  for (ssize_t size; (size = ::read(ends[0], bytes, sizeof bytes)) > 0;) ended.said.append(bytes, static_cast<std::size_t>(size));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  return ended;
}

bool sanitized() {
  int status = 0;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(install_crash_report() ? 0 : 1);
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status) == 1;
}

std::string first_line(const Ended& ended) {
  return ended.said.substr(0, ended.said.find('\n'));
}

void write_to_nothing() {
  *reinterpret_cast<volatile int*>(0x10) = 1;
}

void write_where_only_reading_is_allowed() {
  *static_cast<volatile char*>(::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) = 1;
}

void throw_where_nobody_catches() {
  std::thread([] { throw std::runtime_error("password=secret"); }).join();
}

int use_up_stack(volatile char* above, int depth) {
  if (depth == 0) return 0;
  volatile char here[4096];
  here[0] = *above;
  return use_up_stack(here, depth - 1) + here[0];
}

void use_up_stack_of_a_thread() {
  std::thread([] {
    use_crash_stack();
    char none = 0;
    use_up_stack(&none, 1 << 20);
  }).join();
}

}  // namespace

TEST_CASE("crash report: says what happened where, then the process ends by that signal", "[app]") {
  if (sanitized()) return;
  const auto nothing = in_child(write_to_nothing);
  CHECK(nothing.signal == SIGSEGV);
  CHECK(first_line(nothing).starts_with("holdfast " HOLDFAST_VERSION " crashed: SIGSEGV at 0x10 (nothing is mapped there), pid "));
  CHECK(nothing.said.find("holdfast_tests(+0x") != std::string::npos);
  const auto forbidden = in_child(write_where_only_reading_is_allowed);
  CHECK(forbidden.signal == SIGSEGV);
  CHECK(first_line(forbidden).find("(not allowed there)") != std::string::npos);
  const auto aborted = in_child(std::abort);
  CHECK(aborted.signal == SIGABRT);
  CHECK(first_line(aborted).starts_with("holdfast " HOLDFAST_VERSION " crashed: SIGABRT, pid "));
}

TEST_CASE("crash report: of an exception that nobody catches the type is told, and not what it says", "[app]") {
  if (sanitized()) return;
  const auto ended = in_child(throw_where_nobody_catches);
  CHECK(ended.signal == SIGABRT);
  CHECK(first_line(ended).find("SIGABRT: std::terminate for an exception of type St13runtime_error, pid ") != std::string::npos);
  CHECK(ended.said.find("secret") == std::string::npos);
  CHECK(ended.said.find("crashed", first_line(ended).size()) == std::string::npos);  // one report, not a second one for the abort
}

TEST_CASE("crash report: a thread that has used up its stack can still tell", "[app]") {
  if (sanitized()) return;
  const auto ended = in_child(use_up_stack_of_a_thread);
  CHECK(ended.signal == SIGSEGV);
  CHECK(first_line(ended).find("crashed: SIGSEGV at 0x") != std::string::npos);
}

TEST_CASE("crash report: nobody has to read it", "[app]") {
  if (sanitized()) return;
  const auto closed = in_child([] {
    ::close(STDERR_FILENO);
    write_to_nothing();
  });
  CHECK(closed.signal == SIGSEGV);
  const auto full = in_child([] {
    int unread[2];
    if (::pipe(unread) != 0) return;
    ::dup2(unread[1], STDERR_FILENO);
    const std::string much(1 << 16, 'x');
    if (::write(STDERR_FILENO, much.data(), much.size()) < 0) return;
    write_to_nothing();
  });
  CHECK(full.signal == SIGSEGV);
}
