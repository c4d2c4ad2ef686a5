// holdfast: model files in, REST API out. See app/cli/command_line.h.

#include <sodium.h>
#include <unistd.h>

#include <iostream>

#include "app/cli/command_line.h"
#include "app/crash_report.h"
#include "app/database.h"

int main(int argc, char** argv) {
  holdfast::install_crash_report();
  holdfast::tidy_after_libraries();
  if (sodium_init() < 0) {
    std::cerr << "holdfast: the operating system gives no random numbers" << std::endl;
    return 1;
  }
  const holdfast::cli::Terminal terminal{std::cout, std::cerr, holdfast::process_environment(), ::isatty(STDERR_FILENO) == 1};
  return holdfast::cli::run({argv + 1, argv + argc}, terminal);
}
