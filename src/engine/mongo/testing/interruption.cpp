#include "engine/mongo/testing/interruption.h"

#include <netdb.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <string_view>

#include "engine/mongo/document.h"

namespace holdfast::testing {
namespace {

std::atomic<bool> loses_next_answer{false};
ssize_t (*read_truly)(mongoc_stream_t*, mongoc_iovec_t*, std::size_t, std::size_t, std::int32_t) = nullptr;

ssize_t read_or_lose(mongoc_stream_t* stream, mongoc_iovec_t* parts, std::size_t count, std::size_t least, std::int32_t timeout) {
  const ssize_t bytes = read_truly(stream, parts, count, least, timeout);
  if (!loses_next_answer.exchange(false)) return bytes;
  errno = ECONNRESET;
  return -1;
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

// Without TLS: the driver keeps its own way to itself.
mongoc_stream_t* connect(const mongoc_uri_t*, const mongoc_host_list_t* host, void*, bson_error_t* error) {
  constexpr std::int64_t kNoLimit = -1;
  addrinfo wanted{}, *found = nullptr;
  wanted.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host->host, std::to_string(host->port).c_str(), &wanted, &found) != 0) return nullptr;
  const Addresses addresses(found, &freeaddrinfo);
  mongoc_socket_t* socket = mongoc_socket_new(found->ai_family, found->ai_socktype, found->ai_protocol);
  if (mongoc_socket_connect(socket, found->ai_addr, found->ai_addrlen, kNoLimit) != 0) {
    mongoc_socket_destroy(socket);
    bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "no connection");
    return nullptr;
  }
  mongoc_stream_t* stream = mongoc_stream_socket_new(socket);
  read_truly = stream->readv;
  stream->readv = &read_or_lose;
  return stream;
}

bool is_about(const bson_t& command, const std::string& collection) {
  bson_iter_t first;
  if (!bson_iter_init(&first, &command) || !bson_iter_next(&first) || !BSON_ITER_HOLDS_UTF8(&first)) return false;
  return bson_iter_utf8(&first, nullptr) == collection;
}

}  // namespace

Interruption::Interruption(mongo::Connection& connection, std::string command, std::string collection, Work work)
    : connection_(connection), command_(std::move(command)), collection_(std::move(collection)), work_(std::move(work)) {
  mongoc_apm_callbacks_t* callbacks = mongoc_apm_callbacks_new();
  mongoc_apm_set_command_started_cb(callbacks, &Interruption::started);
  mongoc_client_set_apm_callbacks(connection_.client(), callbacks, this);
  mongoc_apm_callbacks_destroy(callbacks);
}

Interruption::~Interruption() {
  mongoc_client_set_apm_callbacks(connection_.client(), nullptr, nullptr);
}

void Interruption::started(const mongoc_apm_command_started_t* event) {
  auto& self = *static_cast<Interruption*>(mongoc_apm_command_started_get_context(event));
  if (self.has_happened_ || mongoc_apm_command_started_get_command_name(event) != self.command_) return;
  const bson_t& command = *mongoc_apm_command_started_get_command(event);
  if (!is_about(command, self.collection_)) return;
  self.has_happened_ = true;
  self.work_(mongo::relaxed_json(command));
}

void make_losable(mongo::Connection& connection) {
  mongoc_client_set_stream_initiator(connection.client(), &connect, nullptr);
}

void lose_next_answer() {
  loses_next_answer = true;
}

}  // namespace holdfast::testing
