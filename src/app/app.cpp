#include "app/app.h"

#include "base/error.h"

namespace holdfast {

int serve(const Config&, ServeOptions) {
  throw StartupError(1, "serving is not wired yet");
}

}  // namespace holdfast
