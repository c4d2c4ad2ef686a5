#include "engine/mongo/startup_words.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace holdfast::mongo {
namespace {

constexpr std::uint32_t kAuthenticationFailed = 18, kUnauthorized = 13;  // of the server

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

bool is_refused_login(const bson_error_t& error) {
  const bool by_driver = error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
  return by_driver || (error.domain == MONGOC_ERROR_SERVER && error.code == kAuthenticationFailed);
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

std::size_t count_hosts(const mongoc_uri_t* uri) {
  std::size_t hosts = 0;
  for (const mongoc_host_list_t* host = mongoc_uri_get_hosts(uri); host != nullptr; host = host->next) ++hosts;
  return hosts;
}

// Of those that TLS needs, the option whose file cannot be read; the driver says only that it could not connect.
const char* unreadable_option(const mongoc_uri_t* uri) {
  for (const char* option : {"tlsCAFile", "tlsCertificateKeyFile"}) {
    const char* file = mongoc_uri_get_option_as_utf8(uri, option, nullptr);
    if (file != nullptr && ::access(file, R_OK) != 0) return option;
  }
  return nullptr;
}

StartupWords no_primary_words(std::string_view message, const mongoc_uri_t* uri) {
  const std::string fault = fmt::format("No primary of {} can be reached: {}", place_of(uri), one_line(message));
  const char* set = mongoc_uri_get_replica_set(uri);
  if (set == nullptr) return {fault, "Name all members in MONGODB_URI, with replicaSet=NAME, and see rs.status()."};
  return {fault, fmt::format("Is it of the replica set {}, and has that a primary (rs.status())? A server of no set is named without "
                             "replicaSet in MONGODB_URI.",
                             set)};
}

// The driver tells of each host why it did not do.
StartupWords unreachable_words(std::string_view message, const mongoc_uri_t* uri) {
  const auto place = place_of(uri);
  if (contains(message, "Failed to resolve") || contains(message, "Failed to look up")) {
    return {fmt::format("The host of {} is not known.", place), "Correct it in MONGODB_URI."};
  }
  if (const char* option = unreadable_option(uri)) {
    return {fmt::format("The file {} cannot be read.", mongoc_uri_get_option_as_utf8(uri, option, "")),
            fmt::format("Correct {} in MONGODB_URI.", option)};
  }
  if (contains(message, "UNIX domain socket")) {
    return {fmt::format("Nothing listens on the socket {}.", place), "Start MongoDB there, or correct the path in MONGODB_URI."};
  }
  if (contains(message, "connection refused") && count(message, "connection refused") >= count_hosts(uri)) {
    return {fmt::format("Nothing listens on {}.", place), "Start MongoDB there, or correct host and port in MONGODB_URI."};
  }
  if (contains(message, "TLS handshake failed")) {
    return {fmt::format("{} and we do not agree on TLS: it offers none, or its certificate cannot be trusted.", place),
            "Set tlsCAFile in MONGODB_URI, or take tls=true out if the server has no TLS."};
  }
  // A server that wants TLS hangs up on whoever greets it without.
  if (!mongoc_uri_get_tls(uri) && (contains(message, "closed connection") || contains(message, "socket error"))) {
    return {fmt::format("{} hangs up on connections without TLS, or is no MongoDB.", place), "Add tls=true to MONGODB_URI."};
  }
  if (contains(message, "timeout") || contains(message, "timed out")) {
    return {fmt::format("{} does not answer.", place), "Is it reachable from here, and is a firewall in between?"};
  }
  return no_primary_words(message, uri);
}

}  // namespace

std::string place_of(const mongoc_uri_t* uri) {
  if (const char* name = mongoc_uri_get_srv_hostname(uri)) return name;
  std::string place;
  for (const mongoc_host_list_t* host = mongoc_uri_get_hosts(uri); host != nullptr; host = host->next) {
    place.append(place.empty() ? "" : ",").append(host->host_and_port);
  }
  return place;
}

StartupWords startup_words(const bson_error_t& error, const mongoc_uri_t* uri) {
  const std::string_view message = error.message;
  const auto place = place_of(uri);
  const char* user = mongoc_uri_get_username(uri);
  if (is_refused_login(error) && user == nullptr) {  // a certificate
    return {fmt::format("{} does not let us in: {}.", place, one_line(message)), "Correct authMechanism and its options in MONGODB_URI."};
  }
  if (is_refused_login(error)) {
    const char* source = mongoc_uri_get_auth_source(uri);
    return {fmt::format("{} refuses the password of the user {}, or does not know the user.", place, user),
            fmt::format("Correct it in MONGODB_URI; users are looked for in the database {} (authSource says another).",
                        source == nullptr ? "admin" : source)};
  }
  if (error.domain == MONGOC_ERROR_SERVER && error.code == kUnauthorized && user == nullptr) {
    return {fmt::format("{} wants a user and a password.", place), "Write them into MONGODB_URI: mongodb://USER:PASSWORD@…"};
  }
  if (error.domain == MONGOC_ERROR_SERVER_SELECTION || error.domain == MONGOC_ERROR_STREAM) return unreachable_words(message, uri);
  return {fmt::format("{} cannot be used: {}.", place, one_line(message)), "Correct MONGODB_URI, or the server."};
}

}  // namespace holdfast::mongo
