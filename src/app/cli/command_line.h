#pragma once
// The command line: arguments into a command, the command's words onto the terminal, its exit status back.
//
// Exit status: 0 ok, 1 failed, 64 usage, 69 database unreachable, 78 configuration (product.md §3).

#include <iosfwd>
#include <string>
#include <vector>

#include "app/config.h"

namespace holdfast::cli {

// What a command may touch beside the project's files; tests bring their own.
struct Terminal {
  std::ostream& out;
  std::ostream& err;
  Environment environment;
  bool err_is_terminal = false;
};

// `arguments` without the program's name. Never throws.
int run(std::vector<std::string> arguments, const Terminal& terminal);

}  // namespace holdfast::cli
