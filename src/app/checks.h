#pragma once
// What `doctor` looks at: everything that `serve` needs, one after the other. Reads files and tries the port; changes nothing.

#include <string>
#include <vector>

#include "app/config.h"

namespace holdfast {

enum class CheckStatus : std::uint8_t { kOk, kWarning, kError };

struct Check {
  std::string name;  // configuration models seeds data database port
  CheckStatus status = CheckStatus::kOk;
  std::string message;  // a sentence: what there is, or what is wrong
  std::string advice;   // what to do; empty when it is ok
};

std::vector<Check> check_everything(const ReadConfig& read);

}  // namespace holdfast
