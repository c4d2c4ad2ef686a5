#include "app/cli/commands.h"
#include "base/error.h"

namespace holdfast::cli {

int doctor_command(const Invocation&, const Terminal&) {
  throw StartupError(1, "doctor is not written yet");
}

}  // namespace holdfast::cli
