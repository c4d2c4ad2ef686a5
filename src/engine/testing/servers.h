#pragma once
// The servers that tests of engines run against. ./dev test starts them for its run, `./dev services up` for a person.

#include <string>

#include "engine/testing/characters.h"

namespace holdfast::testing {

// What the environment variable holds: HOLDFAST_TEST_DATABASE_URL, HOLDFAST_TEST_POOLER_URL or HOLDFAST_TEST_MONGODB_URI. Fails the
// test, saying what to do, when it is not set: a test without its server is no test that passed. Each test uses a schema or database of
// its own there, and drops it.
std::string require_server(const char* variable);

// The server behind HOLDFAST_TEST_MONGODB_URI is mongo-java-server, which lacks what semantics.md §8 lists: order of characters beyond
// U+FFFF, validators, explain, secondary indexes.
bool mongodb_is_a_stand_in();
// Those that it sorts as semantics.md wants.
Characters characters_of_mongodb();

}  // namespace holdfast::testing
