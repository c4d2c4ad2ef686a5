#include "engine/postgres/dial.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>

#include <charconv>
#include <chrono>

#include "base/log.h"
#include "engine/postgres/error.h"
#include "engine/sql/dialect.h"

namespace holdfast::postgres {
namespace {

using Instant = std::chrono::steady_clock::time_point;

// A transaction whose server no longer hears from us, since the network swallows all, must not hold its locks for hours.
constexpr Milliseconds kIdleInTransaction = 10'000;

// A network that swallows all is noticed within 5 s: by what is sent and not acknowledged, or by unanswered probes when nothing is sent.
// What the URL says wins.
constexpr std::pair<const char*, const char*> kDefaults[] = {{"fallback_application_name", "holdfast"},
                                                             {"keepalives", "1"},
                                                             {"keepalives_idle", "2"},
                                                             {"keepalives_interval", "1"},
                                                             {"keepalives_count", "2"},
                                                             {"tcp_user_timeout", "4000"}};

void log_notice(void*, const PGresult* notice) {
  const char* message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
  log(LogLevel::kDebug, "notice of the database", {{"message", message == nullptr ? "" : message}});
}

ConnectionHandle begin(const Address& address, const Host& host) {
  std::vector<const char*> names, values;
  const auto add = [&](const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  };
  for (const auto& [name, value] : kDefaults) add(name, value);
  for (const auto& [name, value] : address.parameters) add(name.c_str(), value.c_str());  // the last one of a name counts
  add("host", host.name.c_str());                                                         // an empty value counts for nothing
  add("hostaddr", host.address.c_str());
  add("port", host.port.c_str());
  add("client_encoding", "UTF8");
  add(nullptr, nullptr);
  return ConnectionHandle(PQconnectStartParams(names.data(), values.data(), 0));
}

// libpq gives a refusal at log-in as text only; its verbose form is "FATAL:  28P01: password authentication failed".
std::string state_in(std::string_view message) {
  for (std::size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
    const std::string_view state = message.substr(at + 3, 5);
    const bool is_state = state.size() == 5 && message.substr(at + 8, 1) == ":" &&
                          state.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
    if (is_state) return std::string(state);
  }
  return {};
}

Failure cannot_connect(std::string_view message) {
  Failure failure = lost_connection(message, false);
  failure.error = Error(Code::kDatabaseUnavailable, "The database cannot be reached; try again.");
  failure.state = state_in(message);
  return failure;
}

class Dial {
 public:
  Dial(const Address& address, const Host& host, Milliseconds timeout, const std::atomic<bool>& stopped)
      : connection_(begin(address, host)),
        deadline_(std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout)),
        stopped_(stopped) {}

  std::optional<Failure> connect() {
    if (connection_ == nullptr) return cannot_connect("no memory is left");
    PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
    PQsetNoticeReceiver(connection_.get(), log_notice, nullptr);
    for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(connection_.get())) {
      if (state == PGRES_POLLING_FAILED || PQstatus(connection_.get()) == CONNECTION_BAD) {
        return cannot_connect(PQerrorMessage(connection_.get()));
      }
      if (!wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT)) return cannot_connect("timeout expired");
    }
    PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
    return std::nullopt;
  }

  // The answer of the last of several statements.
  Outcome<Answer> ask(const std::string& text) {
    if (PQsendQuery(connection_.get(), text.c_str()) != 1) return cannot_connect(PQerrorMessage(connection_.get()));
    std::optional<Answer> last;
    for (;;) {
      while (PQisBusy(connection_.get()) != 0) {
        if (!wait(POLLIN)) return cannot_connect("timeout expired");
        if (PQconsumeInput(connection_.get()) != 1) return cannot_connect(PQerrorMessage(connection_.get()));
      }
      PGresult* answer = PQgetResult(connection_.get());
      if (answer == nullptr) break;
      last.emplace(answer);
      if (last->status() != PGRES_TUPLES_OK && last->status() != PGRES_COMMAND_OK) return failure_of(*last);
    }
    if (!last) return cannot_connect(PQerrorMessage(connection_.get()));
    return Outcome<Answer>(std::move(*last));
  }

  int server_process() const noexcept { return PQbackendPID(connection_.get()); }
  ConnectionHandle take() { return std::move(connection_); }

 private:
  // In slices, so that a server that ends need not wait for us.
  bool wait(short events) {
    constexpr std::chrono::milliseconds kSlice{50};
    while (!stopped_.load(std::memory_order_relaxed)) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      pollfd watched{PQsocket(connection_.get()), events, 0};
      if (::poll(&watched, 1, static_cast<int>(std::min(left, kSlice).count())) > 0) return true;
    }
    return false;
  }

  ConnectionHandle connection_;
  const Instant deadline_;
  const std::atomic<bool>& stopped_;
};

Outcome<Dialled> dial_at(const Address& address, const Host& host, const Terms& terms, Milliseconds timeout,
                         const std::atomic<bool>& stopped) {
  Dial dial(address, host, timeout, stopped);
  if (std::optional<Failure> failure = dial.connect()) return *std::move(failure);
  const Outcome<Answer> process = dial.ask("select pg_catalog.pg_backend_pid()::text");
  if (!process) return process.error();
  if (process->bytes(0, 0) != std::to_string(dial.server_process())) return Dialled{dial.take(), true};
  if (const Outcome<Answer> set = dial.ask(terms_text(terms, false)); !set) return set.error();
  return Dialled{dial.take(), false};
}

// A name that cannot be resolved is left to libpq, which says why.
std::vector<Host> addresses_of(const Host& host) {
  const bool is_resolved = !host.address.empty() || host.name.empty() || host.name.starts_with('/') || host.name.starts_with('@');
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (is_resolved || getaddrinfo(host.name.c_str(), nullptr, &wanted, &found) != 0) return {host};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> held(found, freeaddrinfo);
  std::vector<Host> addresses;
  for (; found != nullptr; found = found->ai_next) {
    char address[NI_MAXHOST];
    const int fault = getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, nullptr, 0, NI_NUMERICHOST);
    addresses.push_back({host.name, fault == 0 ? address : "", host.port});
  }
  return addresses;
}

// As libpq judges: who answers speaks for all, unless it is only starting or ending.
bool may_try_next(const Outcome<Dialled>& dialled) {
  return dialled.has_error() && (dialled.error().state.empty() || dialled.error().state == "57P03");
}

template <typename Attempt>
Outcome<Dialled> try_each(const std::vector<Host>& hosts, Attempt attempt) {
  Outcome<Dialled> dialled = attempt(hosts.front());
  for (std::size_t i = 1; i < hosts.size() && may_try_next(dialled); ++i) {
    const std::string reasons = dialled.error().message + "; ";
    dialled = attempt(hosts[i]);
    if (dialled) break;
    Failure failure = dialled.error();
    failure.message.insert(0, reasons);
    dialled = std::move(failure);
  }
  return dialled;
}

}  // namespace

std::string terms_text(const Terms& terms, bool local) {
  const auto setting = [&](std::string_view name, std::string_view value) {
    return fmt::format("pg_catalog.set_config('{}', '{}', {})", name, value, local);
  };
  std::string text = "select " + setting("statement_timeout", std::to_string(terms.statement_timeout)) + ", " +
                     setting("idle_in_transaction_session_timeout", std::to_string(kIdleInTransaction)) + ", " +
                     setting("max_parallel_workers_per_gather", "0");  // one slow request must not take every core from all others
  if (!local) text += ", " + setting("default_transaction_isolation", "read committed");
  if (terms.schema.empty()) return text;
  std::string path;
  for (const char c : sql::identifier(terms.schema)) path.append(c == '\'' ? 2 : 1, c);
  return text + ", " + setting("search_path", path);
}

Outcome<Dialled> dial(const Address& address, const Terms& terms, Milliseconds timeout, const std::atomic<bool>& stopped) {
  const auto at_address = [&](const Host& host) { return dial_at(address, host, terms, timeout, stopped); };
  const auto at_host = [&](const Host& host) { return try_each(addresses_of(host), at_address); };
  return address.hosts.empty() ? at_address(Host{}) : try_each(address.hosts, at_host);
}

}  // namespace holdfast::postgres
