#include "engine/mongo/error.h"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

bson_error_t error(std::uint32_t domain, std::uint32_t code, const char* message = "no") {
  bson_error_t made;
  bson_set_error(&made, domain, code, "%s", message);
  return made;
}

Code code_of(std::uint32_t domain, std::uint32_t code) {
  return mongo::error_of(error(domain, code)).code;
}

}  // namespace

TEST_CASE("mongo: a server that is gone, or no primary, is unavailable", "[engine]") {
  for (const std::uint32_t code : {6, 7, 89, 91, 133, 189, 202, 9001, 10107, 11600, 11602, 13435, 13436}) {
    CHECK(code_of(MONGOC_ERROR_SERVER, code) == Code::kDatabaseUnavailable);
  }
  CHECK(code_of(MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE) == Code::kDatabaseUnavailable);
  CHECK(code_of(MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET) == Code::kDatabaseUnavailable);
}

TEST_CASE("mongo: a server that refuses our user is unavailable, and no secret is told", "[engine]") {
  for (const std::uint32_t code : {11, 13, 18, 8000}) CHECK(code_of(MONGOC_ERROR_SERVER, code) == Code::kDatabaseUnavailable);
  CHECK(mongo::error_of(error(MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE, "secret")).detail ==
        "MongoDB refuses the server's user; see its log.");
}

TEST_CASE("mongo: the server's own reasons keep their meaning", "[engine]") {
  CHECK(code_of(MONGOC_ERROR_SERVER, 50) == Code::kQueryTimeout);
  CHECK(code_of(MONGOC_ERROR_SERVER, 112) == Code::kOverloaded);
  CHECK(code_of(MONGOC_ERROR_SERVER, 14031) == Code::kStorageFull);
  CHECK(code_of(MONGOC_ERROR_SERVER, 10334) == Code::kBodyTooLarge);
  CHECK(code_of(MONGOC_ERROR_SERVER, 2) == Code::kInternal);
  CHECK(code_of(MONGOC_ERROR_QUERY, 50) == Code::kInternal);
}

TEST_CASE("mongo: a write that was sent and not confirmed has an unknown outcome", "[engine]") {
  const auto unknown = [](std::uint32_t domain, std::uint32_t code) { return mongo::is_outcome_unknown(error(domain, code)); };
  CHECK(unknown(MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET));
  CHECK(unknown(MONGOC_ERROR_WRITE_CONCERN, 64));
  for (const std::uint32_t code : {50, 64, 89, 91, 189, 262, 11600, 11601, 11602}) CHECK(unknown(MONGOC_ERROR_SERVER, code));
  CHECK(unknown(MONGOC_ERROR_PROTOCOL, MONGOC_ERROR_PROTOCOL_INVALID_REPLY));
  CHECK_FALSE(unknown(MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT));
  CHECK_FALSE(unknown(MONGOC_ERROR_PROTOCOL, MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION));
  CHECK_FALSE(unknown(MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE));
  CHECK_FALSE(unknown(MONGOC_ERROR_SERVER, 10107));
  CHECK_FALSE(unknown(MONGOC_ERROR_SERVER, 11000));
}

TEST_CASE("mongo: a write whose shard was lost by a mongos has an unknown outcome", "[engine]") {
  for (const std::uint32_t code : {6, 133, 202, 9001}) CHECK(mongo::is_outcome_unknown(error(MONGOC_ERROR_SERVER, code)));
}

TEST_CASE("mongo: a command that our user may not run says nothing about the server", "[engine]") {
  for (const std::uint32_t code : {13, 8000}) CHECK_FALSE(mongo::is_gone(error(MONGOC_ERROR_SERVER, code)));
  for (const std::uint32_t code : {10107, 11, 18}) CHECK(mongo::is_gone(error(MONGOC_ERROR_SERVER, code)));
}

TEST_CASE("mongo: a duplicate key names its index", "[engine]") {
  const bson_error_t duplicate =
      error(MONGOC_ERROR_SERVER, 11000, "E11000 duplicate key error collection: shop.items index: email_1 dup key: { email: \"a\" }");
  CHECK(mongo::is_duplicate_key(duplicate));
  CHECK(mongo::duplicate_key_name(duplicate) == "email_1");
  CHECK(mongo::duplicate_key_name(error(MONGOC_ERROR_SERVER, 11000, "E11000")).empty());
  CHECK_FALSE(mongo::is_duplicate_key(error(MONGOC_ERROR_SERVER, 112)));
}
