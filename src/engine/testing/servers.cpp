#include "engine/testing/servers.h"

#include <catch2/catch.hpp>
#include <cstdlib>

namespace holdfast::testing {

std::string require_server(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0')
    FAIL(variable << " is not set, so there is no server to test against. Start one, in this shell: eval \"$(./dev services up)\"");
  return value;
}

Characters characters_of_mongodb() {
  return mongodb_is_a_stand_in() ? Characters::kInOneOrder : Characters::kAll;
}

bool mongodb_is_a_stand_in() {
  const char* value = std::getenv("HOLDFAST_TEST_MONGODB_STAND_IN");
  return value != nullptr && *value != '\0';
}

}  // namespace holdfast::testing
