#include "engine/mongo/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <set>

#include "base/clock.h"
#include "base/error.h"
#include "engine/mongo/startup_words.h"
#include "engine/mongo/topology.h"

namespace holdfast::mongo {
namespace {

constexpr std::array kOldestVersion{4, 4};
constexpr Milliseconds kClockTolerance = 1000;  // of createdAt, and of how long Idempotency-Keys are kept
constexpr double kSlowRoundTrip = 10;           // milliseconds: every request waits for at least one
constexpr int kSamples = 5;

// By a path of names with dots.
std::optional<Place> find(const bson_t* document, const char* path) {
  bson_iter_t start;
  Place found;
  if (!bson_iter_init(&start, document) || !bson_iter_find_descendant(&start, path, &found.at)) return std::nullopt;
  return found;
}

std::string text_at(const bson_t* document, const char* path) {
  const auto found = find(document, path);
  return found && BSON_ITER_HOLDS_UTF8(&found->at) ? bson_iter_utf8(&found->at, nullptr) : "";
}

bool is_true_at(const bson_t* document, const char* path) {
  const auto found = find(document, path);
  return found && bson_iter_as_bool(&found->at);
}

std::optional<std::int64_t> number_at(const bson_t* document, const char* path) {
  const auto found = find(document, path);
  if (!found || !BSON_ITER_HOLDS_NUMBER(&found->at)) return std::nullopt;
  return bson_iter_as_int64(&found->at);
}

// Calls `visit` with each element of an array or document.
template <typename Visit>
void for_each(const bson_iter_t& container, Visit visit) {
  bson_iter_t element;
  if (!bson_iter_recurse(&container, &element)) return;
  while (bson_iter_next(&element)) visit(element);
}

class Server {
 public:
  explicit Server(const mongoc_uri_t* uri) : client_(mongoc_client_new_from_uri_with_error(uri, &error_)) {
    if (client_) mongoc_client_set_error_api(client_.get(), MONGOC_ERROR_API_VERSION_2);
  }

  // Nothing: it failed, and error() says why.
  std::optional<Document> ask(const char* database, const char* command) {
    if (!client_) return std::nullopt;
    Document asked(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(command), -1, nullptr));
    bson_t reply;
    const bool done = mongoc_client_command_simple(client_.get(), database, asked.get(), nullptr, &reply, &error_);
    Document answer(bson_copy(&reply));
    bson_destroy(&reply);
    if (!done) return std::nullopt;
    return answer;
  }

  const bson_error_t& error() const noexcept { return error_; }

 private:
  bson_error_t error_{};
  Client client_;  // none: a name does not resolve
};

class Look {
 public:
  Look(const Options& options, ConnectionSettings& settings, Inspection& out)
      : options_(options), settings_(settings), uri_(settings.uri.get()), database_(settings.database), server_(uri_), out_(out) {}

  void run() {
    const auto hello = server_.ask("admin", R"({"isMaster": 1})");
    const auto build = hello ? server_.ask("admin", R"({"buildInfo": 1})") : std::nullopt;
    if (!build) return tell_unreachable();
    tell_server(hello->get(), text_at(build->get(), "version"));
    if (!tell_round_trip()) return tell_unreachable();
    add("encoding", FindingStatus::kOk, "MongoDB's texts are always UTF-8.");
    tell_primary(hello->get());
    tell_replica_set(hello->get());
    tell_rights();
    tell_connections();
  }

 private:
  void add(std::string name, FindingStatus status, std::string message, std::string advice = {}) {
    out_.findings.push_back({std::move(name), status, std::move(message), std::move(advice)});
  }

  void tell_unreachable() {
    const auto words = startup_words(server_.error(), uri_);
    add("database", FindingStatus::kError, words.fault, words.advice);
    out_.unreachable = true;
  }

  void tell_server(const bson_t* hello, const std::string& version);
  bool tell_round_trip();
  void tell_primary(const bson_t* hello);
  void tell_replica_set(const bson_t* hello);
  void tell_rights();
  void tell_connections();
  std::vector<std::string> missing_actions(const bson_t* status) const;

  const Options& options_;
  ConnectionSettings& settings_;
  const mongoc_uri_t* uri_;
  const std::string database_;
  Server server_;
  Inspection& out_;
};

std::string kind_of(const bson_t* hello) {
  if (text_at(hello, "msg") == "isdbgrid") return "a mongos";
  const auto set = text_at(hello, "setName");
  return set.empty() ? "a standalone server" : fmt::format("a member of the replica set {}", set);
}

void Look::tell_server(const bson_t* hello, const std::string& version) {
  const char* user = mongoc_uri_get_username(uri_);
  add("database", FindingStatus::kOk,
      fmt::format("{} answers: MongoDB {}, {}, database {}{}.", place_of(uri_), version, kind_of(hello), database_,
                  user == nullptr ? "" : fmt::format(", user {}", user)));
  int major = 0, minor = 0;
  std::sscanf(version.c_str(), "%d.%d", &major, &minor);
  if (std::array{major, minor} < kOldestVersion)
    add("version", FindingStatus::kError, fmt::format("it is MongoDB {}; holdfast needs 4.4 or newer.", version), "Upgrade the server.");
}

// The quickest of some: what the network takes, and the server's clock in the middle of it. False: the server does not answer any more.
bool Look::tell_round_trip() {
  const SystemClock clock;
  double best = 1e9;
  std::optional<Milliseconds> difference;
  for (int i = 0; i < kSamples; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto here = clock.now();
    const auto answer = server_.ask("admin", R"({"isMaster": 1})");
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    if (!answer) return false;
    if (taken.count() >= best) continue;
    best = taken.count();
    const auto told = find(answer->get(), "localTime");
    if (told && BSON_ITER_HOLDS_DATE_TIME(&told->at))
      difference = bson_iter_date_time(&told->at) - here - static_cast<Milliseconds>(best / 2);
  }
  const bool slow = best > kSlowRoundTrip;
  add("round trip", slow ? FindingStatus::kWarning : FindingStatus::kOk, fmt::format("{:.2f} ms.", best),
      slow ? "Every request waits for at least one: run holdfast nearer to the server." : "");
  if (!difference) return add("clock", FindingStatus::kOk, "the server does not tell its time."), true;
  const bool far = std::abs(*difference) > kClockTolerance;
  add("clock", far ? FindingStatus::kWarning : FindingStatus::kOk,
      fmt::format("the server's clock differs by {} ms from ours.", *difference),
      far ? "Let NTP set both clocks: createdAt and updatedAt come from this machine's." : "");
  return true;
}

void Look::tell_primary(const bson_t* hello) {
  if (!is_true_at(hello, "ismaster")) {
    return add("primary", FindingStatus::kError, "the server is a secondary, which takes no writes.",
               "Name all members in MONGODB_URI, with replicaSet=NAME.");
  }
  const bool alone = text_at(hello, "setName").empty() && text_at(hello, "msg").empty();
  add("primary", FindingStatus::kOk,
      alone ? "the server takes writes; it is alone, so what its disk loses is lost." : "the server takes writes.");
}

// Nothing is said of a server that is of none.
void Look::tell_replica_set(const bson_t* hello) {
  const auto set = text_at(hello, "setName");
  if (set.empty()) return;
  if (mongoc_uri_get_option_as_bool(uri_, MONGOC_URI_DIRECTCONNECTION, false)) {
    return add("replica set", FindingStatus::kWarning,
               fmt::format("directConnection=true binds us to one member of {}: nothing can be written while another is the primary.", set),
               fmt::format("Name its members in MONGODB_URI, with replicaSet={} in place of directConnection.", set));
  }
  try {
    follow_replica_set(settings_);
    add("replica set", FindingStatus::kOk, fmt::format("we follow the primary of {}.", set));
  } catch (const StartupError& fault) {
    add("replica set", FindingStatus::kError, fault.what(), "rs.conf() shows the names.");
  }
}

constexpr std::array kActions{"find",        "insert",  "update",          "remove",     "createCollection",
                              "createIndex", "collMod", "listCollections", "listIndexes"};

// What we need and have on none of the resources that cover our whole database.
std::vector<std::string> Look::missing_actions(const bson_t* status) const {
  std::set<std::string> allowed;
  const auto privileges = find(status, "authInfo.authenticatedUserPrivileges");
  if (!privileges) return {};
  for_each(privileges->at, [&](const bson_iter_t& privilege) {
    const std::uint8_t* bytes = nullptr;
    std::uint32_t size = 0;
    if (!BSON_ITER_HOLDS_DOCUMENT(&privilege)) return;
    bson_iter_document(&privilege, &size, &bytes);
    bson_t one;
    if (!bson_init_static(&one, bytes, size)) return;
    const auto database = text_at(&one, "resource.db");
    const bool whole = find(&one, "resource.collection") && text_at(&one, "resource.collection").empty();
    const bool covers = is_true_at(&one, "resource.anyResource") || (whole && (database.empty() || database == database_));
    const auto actions = find(&one, "actions");
    if (!covers || !actions) return;
    for_each(actions->at, [&](const bson_iter_t& action) {
      if (BSON_ITER_HOLDS_UTF8(&action)) allowed.insert(bson_iter_utf8(&action, nullptr));
    });
  });
  std::vector<std::string> missing;
  for (const char* action : kActions) {
    if (!allowed.contains(action)) missing.emplace_back(action);
  }
  return missing;
}

void Look::tell_rights() {
  const auto status = server_.ask(database_.c_str(), R"({"connectionStatus": 1, "showPrivileges": true})");
  if (!status) return add("rights", FindingStatus::kOk, "the server does not tell them; serve finds out.");
  const auto users = find(status->get(), "authInfo.authenticatedUsers.0");
  if (!users) return add("rights", FindingStatus::kOk, "the server asks for no password: whoever reaches it may do everything.");
  const auto missing = missing_actions(status->get());
  const char* user = mongoc_uri_get_username(uri_);
  const auto name = std::string(user == nullptr ? "the user" : user);
  if (missing.empty()) {
    return add("rights", FindingStatus::kOk, fmt::format("{} may create collections and indexes in {}, read and write.", name, database_));
  }
  add("rights", FindingStatus::kError, fmt::format("{} lacks on {}: {}.", name, database_, fmt::join(missing, ", ")),
      fmt::format(R"(db.grantRolesToUser("{0}", [{{role: "readWrite", db: "{1}"}}, {{role: "dbAdmin", db: "{1}"}}]))", name, database_));
}

void Look::tell_connections() {
  const auto wanted = static_cast<std::int64_t>(options_.pool_size);
  const auto status = server_.ask("admin", R"({"serverStatus": 1})");
  const auto available = status ? number_at(status->get(), "connections.available") : std::nullopt;
  if (!available) {
    return add("connections", FindingStatus::kOk, fmt::format("the pool takes {}; the server does not tell how many it admits.", wanted));
  }
  const auto message = fmt::format("the pool takes {}; the server has {} left.", wanted, *available);
  if (wanted <= *available) return add("connections", FindingStatus::kOk, message);
  add("connections", FindingStatus::kError, message,
      fmt::format("Set HOLDFAST_POOL_SIZE to {} or less, or raise net.maxIncomingConnections.", std::max<std::int64_t>(3, *available)));
}

}  // namespace

Inspection inspect(const Options& options) {
  const Driver driver;
  Inspection out;
  ConnectionSettings settings;
  try {
    settings = read_uri(options);
  } catch (const StartupError& fault) {
    out.findings.push_back({"configuration", FindingStatus::kError, fault.what(),
                            "Special characters are percent-encoded (@ is %40). docs/databases.md shows the forms."});
    return out;
  }
  mongoc_uri_set_appname(settings.uri.get(), "holdfast doctor");
  Look(options, settings, out).run();
  return out;
}

}  // namespace holdfast::mongo
