// holdfast: model files in, REST API out. See app/cli/command_line.h.

#include <unistd.h>

#include <iostream>

#include "app/cli/command_line.h"

int main(int argc, char** argv) {
  const holdfast::cli::Terminal terminal{std::cout, std::cerr, holdfast::process_environment(), ::isatty(STDERR_FILENO) == 1};
  return holdfast::cli::run({argv + 1, argv + argc}, terminal);
}
