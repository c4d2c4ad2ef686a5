#pragma once
// What each command is given, and the commands themselves: one file each. A command throws StartupError when it cannot begin.

#include <map>
#include <string>

#include "app/cli/command_line.h"
#include "app/config.h"

namespace holdfast::cli {

struct Invocation {
  std::string project;                                    // empty: the current folder
  std::map<std::string, std::string, std::less<>> flags;  // name of the setting → text
  bool json = false;
  bool seed = false;
  bool scan = false, references = false;  // of doctor
  std::string collection;                 // of reindex; empty: all

  ConfigSources sources(const Environment& environment) const;
};

// StartupError (78) that says what to do when the project's folder, or its folder of models, is not there.
void require_project(const Invocation& invocation);
void require_models(const Config& config);

int serve_command(const Invocation& invocation, const Terminal& terminal);
int validate_command(const Invocation& invocation, const Terminal& terminal);
int reindex_command(const Invocation& invocation, const Terminal& terminal);
int doctor_command(const Invocation& invocation, const Terminal& terminal);

}  // namespace holdfast::cli
