#include "engine/mongo/testing/database.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "engine/mongo/document.h"
#include "engine/mongo/reply.h"
#include "engine/testing/servers.h"

namespace holdfast::testing {
namespace {

mongo::Document parsed(std::string json) {
  std::replace(json.begin(), json.end(), '\'', '"');
  bson_error_t error{};
  bson_t* document = bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()), static_cast<ssize_t>(json.size()), &error);
  if (document == nullptr) FAIL(json << ": " << error.message);
  return mongo::Document(document);
}

// Not by mongoc_uri_set_database, which leaves the text of the URI as it was.
std::string in_database(std::string uri, const std::string& name) {
  const std::size_t authority = uri.find("://") + 3;
  const std::size_t end = std::min(uri.find_first_of("/?", authority), uri.size());
  const std::size_t options = std::min(uri.find('?', authority), uri.size());
  return uri.replace(end, options - end, "/" + name);
}

mongo::ConnectionSettings new_database() {
  mongo::ConnectionSettings settings;
  bson_oid_t unique;
  char text[25];
  bson_oid_init(&unique, nullptr);
  bson_oid_to_string(&unique, text);
  settings.database = std::string("holdfast_test_") + text;
  settings.uri.reset(mongoc_uri_new(in_database(require_server("HOLDFAST_TEST_MONGODB_URI"), settings.database).c_str()));
  if (!settings.uri) FAIL("HOLDFAST_TEST_MONGODB_URI is no URI of MongoDB");
  return settings;
}

}  // namespace

MongoDatabase::MongoDatabase() : settings_(new_database()), connection_(settings_) {}

MongoDatabase::~MongoDatabase() {
  if (const mongo::Reply dropped = connection_.write(*parsed("{'dropDatabase': 1}").get()); !dropped) return;
}

void MongoDatabase::clear() {
  run("{'dropDatabase': 1}");
}

mongo::Options MongoDatabase::options() const {
  mongo::Options options;
  options.uri = mongoc_uri_get_string(settings_.uri.get());
  options.pool_size = 4;
  // A machine that is busy with other tests is no failure.
  options.point_timeout = options.query_timeout = options.acquire_timeout = 60'000;
  return options;
}

mongo::Document MongoDatabase::run(const std::string& command) {
  mongo::Reply reply = connection_.write(*parsed(command).get());
  if (!reply) FAIL(command << ": " << reply.error().error.message);
  return std::move(*reply);
}

std::string MongoDatabase::failure(const std::string& command) {
  const mongo::Reply reply = connection_.write(*parsed(command).get());
  return reply ? "" : reply.error().error.message;
}

std::string MongoDatabase::document(const std::string& collection, const std::string& id) {
  const mongo::Document command = parsed("{'find': '" + collection + "', 'filter': {'_id': " + id + "}, 'limit': 1, 'singleBatch': true}");
  const mongo::Reply reply = connection_.read(*command.get());
  if (!reply) FAIL(reply.error().error.message);
  std::string json;
  mongo::each_document(*reply->get(), [&](const bson_t& found) {
    json = mongo::relaxed_json(found);
    return false;
  });
  return json;
}

}  // namespace holdfast::testing
