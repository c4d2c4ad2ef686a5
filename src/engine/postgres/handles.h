#pragma once
// libpq's handles, each wrapped once. Nothing outside engine/postgres sees them.

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::postgres {

struct ConnectionCloser {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
using ConnectionHandle = std::unique_ptr<PGconn, ConnectionCloser>;

struct AnswerCloser {
  void operator()(PGresult* answer) const noexcept { PQclear(answer); }
};

// A parameter as it is sent: its type and its bytes in PostgreSQL's binary form; no bytes: null.
struct Parameter {
  Oid type = 0;
  std::optional<std::string> bytes;
};

// A statement as it is sent. The text is the name of its preparation: equal texts are prepared once a connection.
struct Query {
  std::string text;
  std::vector<Parameter> parameters;
};

// What the server answered to one statement, in binary form. Views are valid as long as the answer.
class Answer {
 public:
  explicit Answer(PGresult* answer) noexcept : answer_(answer) {}

  int rows() const noexcept { return PQntuples(answer_.get()); }
  int columns() const noexcept { return PQnfields(answer_.get()); }
  bool is_null(int row, int column) const noexcept { return PQgetisnull(answer_.get(), row, column) != 0; }
  std::string_view bytes(int row, int column) const noexcept {
    return {PQgetvalue(answer_.get(), row, column), static_cast<std::size_t>(PQgetlength(answer_.get(), row, column))};
  }
  Oid type(int column) const noexcept { return PQftype(answer_.get(), column); }
  // Rows that an insert, update or delete touched.
  std::int64_t affected() const;
  ExecStatusType status() const noexcept { return PQresultStatus(answer_.get()); }
  // A field of the error that the server reported: PG_DIAG_SQLSTATE, PG_DIAG_CONSTRAINT_NAME, …; empty: none.
  std::string_view diagnosis(int field) const noexcept;
  // The whole of that error in one line, as libpq puts it.
  std::string_view message() const noexcept { return PQresultErrorMessage(answer_.get()); }

 private:
  std::unique_ptr<PGresult, AnswerCloser> answer_;
};

}  // namespace holdfast::postgres
