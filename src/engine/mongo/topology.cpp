#include "engine/mongo/topology.h"

#include <fmt/format.h>

#include <limits>

#include "base/error.h"
#include "engine/mongo/document.h"
#include "engine/mongo/reply.h"
#include "engine/mongo/startup_words.h"

namespace holdfast::mongo {
namespace {

constexpr std::uint32_t kCommandNotFound = 59;
constexpr std::int64_t kOldestMajor = 4, kOldestMinor = 4;

[[noreturn]] void refuse(int status, const std::string& message) {
  throw StartupError(status, message);
}

std::string text_at(const bson_t& document, const char* name) {
  bson_iter_t place;
  return bson_iter_init_find(&place, &document, name) && BSON_ITER_HOLDS_UTF8(&place) ? bson_iter_utf8(&place, nullptr) : "";
}

bool is_true_at(const bson_t& document, const char* name) {
  bson_iter_t place;
  return bson_iter_init_find(&place, &document, name) && bson_iter_as_bool(&place);
}

// Of a replica set, as it names them: "a:27017, b:27017".
std::string members_of(const bson_t& hello) {
  bson_iter_t hosts, host;
  std::string members;
  if (!bson_iter_init_find(&hosts, &hello, "hosts") || !bson_iter_recurse(&hosts, &host)) return members;
  while (bson_iter_next(&host)) members.append(members.empty() ? "" : ", ").append(bson_iter_utf8(&host, nullptr));
  return members;
}

Document command_of(const char* name) {
  Document command;
  append_int32(*command.get(), name, 1);
  return command;
}

// `hello` came with 4.4.2; `isMaster` says the same by older names.
Document greet(Connection& connection) {
  Reply hello = connection.read(*command_of("hello").get());
  if (!hello && hello.error().error.code == kCommandNotFound) hello = connection.read(*command_of("isMaster").get());
  if (hello) return std::move(*hello);
  const StartupWords words = startup_words(hello.error().error, connection.uri());
  refuse(kExitUnavailable, words.fault + " " + words.advice);
}

// Of user, password or database: the driver takes what stands behind it for hosts, which are shown, or for the database.
bool holds_bare_at(std::string_view uri) {
  uri = uri.substr(0, uri.find('?'));
  const std::size_t start = uri.find("://"), first = uri.find('@');
  if (start == uri.npos || first == uri.npos) return false;
  const std::size_t slash = uri.find('/', start + 3);
  return first != uri.rfind('@') || slash < first;
}

}  // namespace

ConnectionSettings read_uri(const Options& options) {
  if (holds_bare_at(options.uri)) {
    refuse(kExitConfiguration,
           "MONGODB_URI holds an @ or a / within the user, the password or the name of the database: write %40 for @ and %2F for /, and "
           "each other special character "
           "percent-encoded as well");
  }
  bson_error_t error{};
  ConnectionSettings settings;
  settings.uri.reset(mongoc_uri_new_with_error(options.uri.c_str(), &error));
  mongoc_uri_t* uri = settings.uri.get();
  // The driver's message may repeat the URI, and the password in it.
  if (uri == nullptr) {
    refuse(kExitConfiguration, "MONGODB_URI is no URI of MongoDB: write mongodb://user:password@host:27017/database");
  }
  const char* database = mongoc_uri_get_database(uri);
  if (database == nullptr || *database == '\0') {
    refuse(kExitConfiguration,
           fmt::format("MONGODB_URI names no database: write it behind the host, mongodb://{}/shop", shown_address(settings)));
  }
  settings.database = database;
  if (mongoc_uri_get_appname(uri) == nullptr) mongoc_uri_set_appname(uri, "holdfast");
  const auto milliseconds = [&](const char* option, Milliseconds value) {
    mongoc_uri_set_option_as_int32(uri, option, static_cast<std::int32_t>(value));
  };
  milliseconds(MONGOC_URI_CONNECTTIMEOUTMS, options.connect_timeout);
  milliseconds(MONGOC_URI_SERVERSELECTIONTIMEOUTMS, options.connect_timeout);
  // What is not answered by then has its answer: nobody waits for ever on a server that vanished.
  milliseconds(MONGOC_URI_SOCKETTIMEOUTMS, options.query_timeout);
  mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);  // reader.h asks again itself
  // Whatever the URI says: a record that was written is found.
  const std::unique_ptr<mongoc_read_prefs_t, decltype(&mongoc_read_prefs_destroy)> primary(mongoc_read_prefs_new(MONGOC_READ_PRIMARY),
                                                                                           &mongoc_read_prefs_destroy);
  mongoc_uri_set_read_prefs_t(uri, primary.get());
  // Reads say theirs themselves; buildInfo and others take none.
  const std::unique_ptr<mongoc_read_concern_t, decltype(&mongoc_read_concern_destroy)> none(mongoc_read_concern_new(),
                                                                                            &mongoc_read_concern_destroy);
  mongoc_uri_set_read_concern(uri, none.get());
  return settings;
}

ConnectionSettings patient(const ConnectionSettings& settings) {
  ConnectionSettings patient;
  patient.uri.reset(mongoc_uri_copy(settings.uri.get()));
  patient.database = settings.database;
  patient.counters = settings.counters;
  constexpr std::int32_t kForEver = std::numeric_limits<std::int32_t>::max();  // 0 would be the driver's own five minutes
  mongoc_uri_set_option_as_int32(patient.uri.get(), MONGOC_URI_SOCKETTIMEOUTMS, kForEver);
  return patient;
}

std::string shown_address(const ConnectionSettings& settings) {
  const std::string hosts = place_of(settings.uri.get());
  return settings.database.empty() ? hosts : fmt::format("{}/{}", hosts, settings.database);
}

void follow_replica_set(ConnectionSettings& settings) {
  mongoc_uri_t* uri = settings.uri.get();
  Connection asked(settings);
  const Document hello = greet(asked);
  const std::string set = text_at(*hello.get(), "setName");
  const bool is_bound = mongoc_uri_get_option_as_bool(uri, MONGOC_URI_DIRECTCONNECTION, false);
  if (set.empty() || is_bound || mongoc_uri_get_replica_set(uri) != nullptr) return;
  mongoc_uri_set_option_as_utf8(uri, MONGOC_URI_REPLICASET, set.c_str());
  Connection of_set(settings);
  const Reply found = of_set.read(*command_of("ping").get());
  if (found) return;
  refuse(kExitUnavailable,
         fmt::format(
             "MongoDB at {} is of the replica set {}, but no primary can be reached by the names that the set has for its members ({}): "
             "{}. Let these names lead to them from here, or write directConnection=true into MONGODB_URI to stay with this one.",
             shown_address(settings), set, members_of(*hello.get()), found.error().error.message));
}

Topology find_topology(Connection& connection, const std::string& shown) {
  const Document hello = greet(connection);
  Topology topology;
  const std::string set = text_at(*hello.get(), "setName");
  const bool is_mongos = text_at(*hello.get(), "msg") == "isdbgrid";
  const bool is_primary = is_true_at(*hello.get(), "isWritablePrimary") || is_true_at(*hello.get(), "ismaster");
  topology.is_replicated = is_mongos || !set.empty();
  topology.description = is_mongos ? "mongos" : set.empty() ? "standalone" : "replica set " + set;
  if (!is_primary) {
    refuse(kExitUnavailable, fmt::format("MongoDB at {} is no primary, so that nothing can be written there. Name the replica set and its "
                                         "members: mongodb://a:27017,b:27017/database?replicaSet={}",
                                         shown, set.empty() ? "NAME" : set));
  }
  const Reply build = connection.read(*command_of("buildInfo").get());
  if (!build) refuse(kExitUnavailable, fmt::format("MongoDB at {} does not tell its version: {}.", shown, build.error().error.message));
  topology.version = text_at(*build->get(), "version");
  const std::int64_t major = number_at(*build->get(), "versionArray.0"), minor = number_at(*build->get(), "versionArray.1");
  if (major < kOldestMajor || (major == kOldestMajor && minor < kOldestMinor)) {
    refuse(kExitConfiguration,
           fmt::format("MongoDB at {} is version {}; {}.{} or newer is needed.", shown, topology.version, kOldestMajor, kOldestMinor));
  }
  return topology;
}

}  // namespace holdfast::mongo
