#pragma once
// SQLSTATEs as errors of ours: the one place that knows them.

#include <string_view>

#include "engine/postgres/address.h"
#include "engine/postgres/connection.h"

namespace holdfast::postgres {

// What the server reported instead of an answer.
Failure failure_of(const Answer& answer);

// The connection ended, or never came about, with what libpq says of it; `sent` as in Failure.
Failure lost_connection(std::string_view message, bool sent);
// A plain answer: no connection was lost, and nothing is tried again.
Failure refusal(Error error);
// internal: a trigger or a row level security policy of the database kept a statement from doing what it says.
Error write_prevented();
// Our own deadline passed; the connection is given up.
Failure no_answer_in_time();

// The connection was lost behind the last statements of a write: they are kept, or not.
Failure outcome_unknown(Failure lost);

// A preparation that the server does not have, or that DDL has outdated.
bool is_forgotten_preparation(const Answer& answer) noexcept;
// The server is a standby, or was told to write nothing.
bool is_read_only(const Failure& failure) noexcept;

// For the person at the terminal: which of wrong password, unknown host, closed port, missing database, TLS required, … it is, and what
// to do; a sentence each.
struct StartupWords {
  std::string fault, advice;
};
StartupWords startup_words(const Failure& failure, const Address& address);
// StartupError (69) with both.
[[noreturn]] void throw_startup_error(const Failure& failure, const Address& address);

}  // namespace holdfast::postgres
