#include "app/progress.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace holdfast;

namespace {

std::string told(bool terminal, std::int64_t step) {
  std::ostringstream out;
  {
    Progress progress(out, terminal, "items");
    for (std::int64_t done = 0; done <= 200; done += step) progress.update(done, 200);
  }
  return out.str();
}

}  // namespace

TEST_CASE("progress: without a terminal it is a line every ten percent, however often it is told", "[app]") {
  const std::string text = told(false, 1);
  CHECK(std::count(text.begin(), text.end(), '\n') == 11);
  CHECK(text.starts_with("items: 0 of 200 (0 %)\nitems: 20 of 200 (10 %)\n"));
  CHECK(text.ends_with("items: 200 of 200 (100 %)\n"));
  CHECK(text.find('\r') == std::string::npos);
}

TEST_CASE("progress: on a terminal it is one line, drawn over and ended", "[app]") {
  const std::string text = told(true, 100);
  CHECK(text ==
        "\ritems [.........................]   0 %  0 of 200"
        "\ritems [############.............]  50 %  100 of 200"
        "\ritems [#########################] 100 %  200 of 200\n");
}

TEST_CASE("progress: of nothing there is nothing to tell", "[app]") {
  std::ostringstream out;
  Progress(out, true, "items").update(0, 0);
  Progress(out, false, "items").update(0, 0);
  CHECK(out.str().empty());
}
