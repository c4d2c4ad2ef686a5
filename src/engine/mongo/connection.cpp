#include "engine/mongo/connection.h"

#include <optional>
#include <utility>

#include "engine/mongo/error.h"

namespace holdfast::mongo {
namespace {

Failure failure_of(std::uint32_t domain, const bson_iter_t& described) {
  std::uint32_t code = 0;
  const char* message = "it gave no reason";
  bson_iter_t member = described;
  while (bson_iter_next(&member)) {
    const std::string_view key = bson_iter_key(&member);
    if (key == "code") code = static_cast<std::uint32_t>(bson_iter_as_int64(&member));
    if (key == "errmsg" && BSON_ITER_HOLDS_UTF8(&member)) message = bson_iter_utf8(&member, nullptr);
  }
  Failure failure;
  bson_set_error(&failure.error, domain, code, "%s", message);
  return failure;
}

// What a reply may hold although the command itself went well.
std::optional<Failure> failed_write(const bson_t& reply) {
  bson_iter_t errors, first;
  if (bson_iter_init_find(&errors, &reply, "writeErrors") && bson_iter_recurse(&errors, &first) && bson_iter_next(&first)) {
    bson_iter_t described;
    if (bson_iter_recurse(&first, &described)) return failure_of(MONGOC_ERROR_SERVER, described);
  }
  bson_iter_t concern, described;
  if (bson_iter_init_find(&concern, &reply, "writeConcernError") && bson_iter_recurse(&concern, &described)) {
    return failure_of(MONGOC_ERROR_WRITE_CONCERN, described);
  }
  return std::nullopt;
}

struct WriteConcernCloser {
  void operator()(mongoc_write_concern_t* concern) const noexcept { mongoc_write_concern_destroy(concern); }
};

// What every write asks of the server (semantics.md: acknowledged means kept). It answers that the majority lags before the driver would
// take its silence for a lost connection: the rest of the time is for the write itself and the answer's way home.
Document write_options(const mongoc_uri_t& uri) {
  const std::unique_ptr<mongoc_write_concern_t, WriteConcernCloser> concern(mongoc_write_concern_new());
  const std::int32_t longest = mongoc_uri_get_option_as_int32(&uri, MONGOC_URI_SOCKETTIMEOUTMS, 0);
  mongoc_write_concern_set_wmajority(concern.get(), longest - longest / 8);
  mongoc_write_concern_set_journal(concern.get(), true);
  Document options;
  mongoc_write_concern_append(concern.get(), options.get());
  return options;
}

struct CallbacksCloser {
  void operator()(mongoc_apm_callbacks_t* callbacks) const noexcept { mongoc_apm_callbacks_destroy(callbacks); }
};

// Told of each try of a command; the command itself ends with what the last one met.
void note_failed_try(const mongoc_apm_command_failed_t* failed) {
  bson_error_t error;
  mongoc_apm_command_failed_get_error(failed, &error);
  if (is_outcome_unknown(error)) *static_cast<bool*>(mongoc_apm_command_failed_get_context(failed)) = true;
}

}  // namespace

Connection::Connection(const ConnectionSettings& settings) : settings_(settings), write_options_(write_options(*settings.uri)) {}

void Connection::begin_work() noexcept {
  met_nobody_ = false;
  if (settings_.counters == nullptr) return;
  const std::int64_t losses = settings_.counters->failed.load();
  if (std::exchange(known_losses_, losses) != losses) lose_client();
}

mongoc_client_t* Connection::client() {
  bson_error_t error{};
  if (!connect(error)) throw NoClient(error);
  return client_.get();
}

// False: see NoClient.
bool Connection::connect(bson_error_t& error) {
  if (client_ && !lost_) return true;
  drop_client();
  client_.reset(mongoc_client_new_from_uri_with_error(settings_.uri.get(), &error));
  if (!client_) {
    note_failure(error);
    return false;
  }
  mongoc_client_set_error_api(client_.get(), MONGOC_ERROR_API_VERSION_2);
  const std::unique_ptr<mongoc_apm_callbacks_t, CallbacksCloser> callbacks(mongoc_apm_callbacks_new());
  mongoc_apm_set_command_failed_cb(callbacks.get(), note_failed_try);
  mongoc_client_set_apm_callbacks(client_.get(), callbacks.get(), &has_lost_answer_);
  lost_ = false;
  if (settings_.counters != nullptr) {
    ++settings_.counters->created;
    ++settings_.counters->open;
  }
  return true;
}

// One that was lost says no farewell to its server (endSessions): nobody might answer, for as long as a command may take.
void Connection::drop_client() noexcept {
  collections_.clear();
  if (client_ && lost_) mongoc_client_reset(client_.get());
  lose_client();
  client_.reset();
}

void Connection::lose_client() noexcept {
  if (client_ && !lost_ && settings_.counters != nullptr) --settings_.counters->open;
  lost_ = true;
}

mongoc_collection_t* Connection::collection(const std::string& name) {
  mongoc_client_t* client = this->client();
  Collection& collection = collections_[name];
  if (!collection) collection.reset(mongoc_client_get_collection(client, database().c_str(), name.c_str()));
  return collection.get();
}

Reply Connection::read(const bson_t& command) {
  bson_t reply;
  Failure failure;
  if (!connect(failure.error)) return failure;
  const bool done =
      mongoc_client_read_command_with_opts(client_.get(), database().c_str(), &command, nullptr, nullptr, &reply, &failure.error);
  Document received(bson_copy(&reply));
  bson_destroy(&reply);
  if (done) return received;
  note_failure(failure.error);
  return failure;
}

Reply Connection::write(const bson_t& command) {
  const bson_t* options = write_options_.get();
  bson_t reply;
  Failure failure;
  if (!connect(failure.error)) return failure;
  has_lost_answer_ = false;
  const bool done = mongoc_client_write_command_with_opts(client_.get(), database().c_str(), &command, options, &reply, &failure.error);
  Document received(bson_copy(&reply));
  bson_destroy(&reply);
  const std::optional<Failure> failed = failed_write(*received.get());
  if (done && !failed) return received;
  if (failed) failure = *failed;
  failure.has_lost_answer = has_lost_answer_;
  note_failure(failure.error);
  return failure;
}

void Connection::note_failure(const bson_error_t& error) noexcept {
  met_nobody_ = met_nobody_ || is_gone(error);
  if (lost_ || !is_lost(error)) return;
  lose_client();
  if (settings_.counters != nullptr) ++settings_.counters->failed;
}

}  // namespace holdfast::mongo
