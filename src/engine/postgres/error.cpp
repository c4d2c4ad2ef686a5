#include "engine/postgres/error.h"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::postgres {
namespace {

bool is_one_of(std::string_view state, std::initializer_list<std::string_view> states) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

bool is_of_class(std::string_view state, std::initializer_list<std::string_view> classes) {
  return is_one_of(state.substr(0, 2), classes);
}

Error error_of(std::string_view state, std::string_view message) {
  if (state == "57014") return Error(Code::kQueryTimeout, "The query took longer than it may.");
  if (state == "23505") return Error(Code::kUniqueViolation, "Another record has these values already.");
  if (state == "23503") {
    return Error(Code::kReferenceViolation,
                 "A foreign key of the database, which no model declares, refuses the write; remove what refers to the record first.");
  }
  if (is_one_of(state, {"40001", "40P01"})) return Error(Code::kOverloaded, "Other writes to the same records were in the way; try again.");
  if (state == "55P03") return Error(Code::kOverloaded, "Another program holds the table; try again.");
  if (state == "53100") {
    return Error(Code::kStorageFull,
                 "The disk of the database server is full; nothing was written. Reads go on, and writes as soon as there is room.");
  }
  if (state == "53200") return Error(Code::kOverloaded, "The database server has no memory left for this; try again.");
  if (is_of_class(state, {"53"})) return Error(Code::kOverloaded, "The database server has no connection left for us; try again.");
  if (state == "25006") {
    return Error(Code::kDatabaseUnavailable, "The database server takes no writes now (it is a standby, or set to read only); try again.");
  }
  if (is_of_class(state, {"08", "28", "3D", "57", "58"}))
    return Error(Code::kDatabaseUnavailable, "The database cannot be reached; try again.");
  if (is_of_class(state, {"XX"}) || state == "42501") {
    return Error(Code::kDatabaseUnavailable, fmt::format("The database cannot be used: {}.", message));
  }
  if (is_of_class(state, {"22", "23"})) return Error(Code::kInternal, fmt::format("The database refused the record: {}.", message));
  return Error(Code::kInternal, fmt::format("The database refused the statement: {}.", message));
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  while (!line.empty() && line.back() == '\n') line.pop_back();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

StartupWords refused_words(const Failure& failure, const Address& address) {
  const std::string place = address.place();
  const bool names_rules = contains(failure.message, "pg_hba.conf");
  const bool is_plain = contains(failure.message, "no encryption") || contains(failure.message, "SSL off");
  if (names_rules && (is_plain || address.parameter("sslmode") == "disable")) {
    return {fmt::format("{} takes no connection without TLS.", place), "Add sslmode=require to DATABASE_URL."};
  }
  return {fmt::format("{} does not let the user {} in: {}", place, address.user, one_line(failure.message)),
          names_rules ? "Add a rule to its pg_hba.conf." : "Correct the user in DATABASE_URL, or create it."};
}

StartupWords refused_tls_words(const Failure& failure, const Address& address) {
  if (contains(failure.message, "certificate")) {
    return {fmt::format("The certificate of {} cannot be trusted: {}", address.place(), one_line(failure.message)),
            "Name the authority that signed it by sslrootcert in DATABASE_URL."};
  }
  return {fmt::format("{} does not offer TLS, which sslmode={} asks for.", address.place(), address.parameter("sslmode")),
          "Enable it there, or ask for less in DATABASE_URL."};
}

// The state is that of every missing right, too.
bool is_refused_by_policy(const Answer& answer) {
  return answer.diagnosis(PG_DIAG_SQLSTATE) == "42501" && answer.diagnosis(PG_DIAG_SOURCE_FUNCTION) == "ExecWithCheckOptions";
}

}  // namespace

void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
  throw std::logic_error("value() of a failure: " + failure.message);
}

Failure failure_of(const Answer& answer) {
  Failure failure;
  failure.state = answer.diagnosis(PG_DIAG_SQLSTATE);
  failure.constraint = answer.diagnosis(PG_DIAG_CONSTRAINT_NAME);
  failure.message = answer.diagnosis(PG_DIAG_MESSAGE_PRIMARY);
  if (failure.message.empty()) failure.message = one_line(answer.message());
  failure.error = is_refused_by_policy(answer) ? write_prevented() : error_of(failure.state, failure.message);
  const std::string_view severity = answer.diagnosis(PG_DIAG_SEVERITY_NONLOCALIZED);
  failure.lost = severity == "FATAL" || severity == "PANIC" || failure.state.empty();
  if (failure.lost) failure.error = Error(Code::kDatabaseUnavailable, "The connection to the database was lost; try again.");
  failure.again = is_one_of(failure.state, {"40001", "40P01"}) || is_forgotten_preparation(answer);
  return failure;
}

Failure lost_connection(std::string_view message, bool sent) {
  Failure failure;
  failure.error = Error(Code::kDatabaseUnavailable, "The connection to the database was lost; try again.");
  failure.message = one_line(message);
  failure.lost = true;
  failure.sent = sent;
  failure.again = !sent;
  return failure;
}

Failure refusal(Error error) {
  Failure failure;
  failure.error = std::move(error);
  return failure;
}

Error write_prevented() {
  return Error(Code::kInternal,
               "A trigger or a row level security policy of the database kept the write from being made; look at those of the tables that "
               "it touches.");
}

Failure no_answer_in_time() {
  Failure failure = lost_connection("no answer in time", true);
  failure.error = Error(Code::kQueryTimeout, "The database did not answer in time.");
  return failure;
}

Failure outcome_unknown(Failure lost) {
  lost.again = false;
  lost.error = Error(Code::kOutcomeUnknown, "The connection to the database broke during the commit; the write may or may not be kept.");
  return lost;
}

bool is_forgotten_preparation(const Answer& answer) noexcept {
  const std::string_view state = answer.diagnosis(PG_DIAG_SQLSTATE);
  return state == "26000" || (state == "0A000" && answer.diagnosis(PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery");
}

bool is_read_only(const Failure& failure) noexcept {
  return failure.state == "25006";
}

// libpq's own words are English: the program sets no locale. The server's are not: they are known by their state.
StartupWords startup_words(const Failure& failure, const Address& address) {
  const std::string_view message = failure.message;
  const std::string place = address.place();
  if (failure.state == "28P01") {
    return {fmt::format("{} refuses the password of the user {}.", place, address.user), "Correct it in DATABASE_URL."};
  }
  if (failure.state == "28000") return refused_words(failure, address);
  if (contains(message, "server does not support SSL") || contains(message, "certificate")) return refused_tls_words(failure, address);
  if (failure.state == "3D000") {
    return {fmt::format("{} has no database \"{}\".", place, address.database),
            fmt::format("Create it: createdb -h {} -p {} -U {} {}", address.host, address.port, address.user, address.database)};
  }
  if (contains(message, "could not translate host name")) {
    return {fmt::format("The host {} is not known.", address.host), "Correct it in DATABASE_URL."};
  }
  if (contains(message, "Connection refused") || contains(message, "No such file or directory")) {
    return {fmt::format("Nothing listens on {}.", place), "Start PostgreSQL there, or correct host and port in DATABASE_URL."};
  }
  if (failure.state == "53300") {
    return {fmt::format("{} has no connection left for us.", place), "Raise its max_connections, or lower HOLDFAST_POOL_SIZE."};
  }
  if (failure.state == "57P03") return {fmt::format("{} is starting up or shutting down.", place), "Try again in a moment."};
  if (contains(message, "timeout") || contains(message, "timed out")) {
    return {fmt::format("{} does not answer.", place), "Is it reachable from here, and is a firewall in between?"};
  }
  return {fmt::format("{} cannot be used: {}", place, one_line(message)), "Correct DATABASE_URL, or the server."};
}

void throw_startup_error(const Failure& failure, const Address& address) {
  const StartupWords words = startup_words(failure, address);
  throw StartupError(kExitUnavailable, words.fault + " " + words.advice);
}

}  // namespace holdfast::postgres
