#include "engine/postgres/connection.h"

#include "engine/postgres/error.h"

namespace holdfast::postgres {

awaitable<Outcome<Answer>> Session::run(const Query& query, Scope scope) {
  const std::span<const Query> one(&query, 1);
  Outcome<std::vector<Answer>> answers = co_await run(one, scope);
  if (!answers) co_return answers.error();
  co_return std::move(answers->front());
}

Outcome<Answer> DirectSession::run(const Query& query) {
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const Parameter& parameter : query.parameters) {
    types.push_back(parameter.type);
    values.push_back(parameter.bytes ? parameter.bytes->data() : nullptr);
    lengths.push_back(parameter.bytes ? static_cast<int>(parameter.bytes->size()) : 0);
  }
  const std::vector<int> formats(values.size(), 1);
  return take(PQexecParams(connection_.get(), query.text.c_str(), static_cast<int>(values.size()), types.data(), values.data(),
                           lengths.data(), formats.data(), 1));
}

Outcome<Answer> DirectSession::run_text(const std::string& statements) {
  return take(PQexec(connection_.get(), statements.c_str()));
}

Outcome<Answer> DirectSession::take(PGresult* result) {
  if (result == nullptr) return lost_connection(PQerrorMessage(connection_.get()), true);
  Answer answer(result);
  if (answer.status() == PGRES_TUPLES_OK || answer.status() == PGRES_COMMAND_OK || answer.status() == PGRES_EMPTY_QUERY) {
    return Outcome<Answer>(std::move(answer));
  }
  return failure_of(answer);
}

}  // namespace holdfast::postgres
