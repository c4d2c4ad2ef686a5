#include "http/session.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/problem.h"

namespace holdfast::http {
namespace {

constexpr std::size_t kBatchBytes = 64 * 1024;       // of answers to pipelined requests, before they are written
constexpr std::size_t kOwnSegmentBytes = 16 * 1024;  // a body of that size is sent from where it is, not copied
constexpr std::size_t kBodyRoom = 16 * 1024;
constexpr std::size_t kKeptOutput = 4096;
constexpr Milliseconds kLingerTime = 2000;
constexpr Milliseconds kTurnAwayTime = 1000;  // for the request of a connection that is one too many
constexpr Milliseconds kNewcomerTime = 1000;  // for the first request of a connection accepted while draining

// Errors as values, the concrete executor, no type erasure.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<Executor>());

// [A-Za-z0-9._-]{1,64}: what may go into a log line and back to the client unseen.
bool is_request_id(std::string_view text) noexcept {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
    if (!plain) return false;
  }
  return true;
}

}  // namespace

Session::Session(Socket socket, LoopFacts& facts, Admission::Place place)
    : socket_(std::move(socket)), facts_(facts), place_(std::move(place)), parser_(facts.limits) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  deadline_ = facts_.tick + facts_.period + facts_.limits.header_timeout;
}

awaitable<void> Session::run() {
  co_await serve();
  close();
}

// Many clients take an answer that comes before their request for a broken connection: so we hear them first.
awaitable<void> Session::turn_away(Error error) {
  deadline_ = facts_.tick + facts_.period + kTurnAwayTime;
  const bool asked = co_await fill();
  if (asked || expired_) {
    parser_.reset(request_);
    parser_.parse_head(in_.bytes(), request_);  // as far as it has come: method and request id
    co_await finish_with(error);
  }
  close();
}

void Session::close() {
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  socket_.close(ignored);
}

void Session::send_finished() {
  if (phase_ == Phase::kHandler && !out_.empty() && !broken_) write_now();
}

void Session::expire() {
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Session::drain() {
  if (phase_ == Phase::kNew) deadline_ = std::min(deadline_, facts_.tick + facts_.period + kNewcomerTime);
  if (phase_ == Phase::kIdle) expire();
}

void Session::abort() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

// A phase entered again keeps its deadline: bytes that trickle in buy no time.
void Session::enter(Phase phase) {
  if (phase != phase_) restart(phase);
}

void Session::restart(Phase phase) {
  phase_ = phase;
  const Limits& limits = facts_.limits;
  const Milliseconds from = facts_.tick + facts_.period;
  switch (phase) {
    case Phase::kNew:
    case Phase::kHead:
      deadline_ = from + limits.header_timeout;
      break;
    case Phase::kIdle:
      deadline_ = facts_.draining.load(std::memory_order_relaxed) ? facts_.tick : from + limits.idle_timeout;
      break;
    case Phase::kBody:
      deadline_ = from + limits.body_timeout;
      break;
    case Phase::kHandler:
      deadline_ = kNever;
      break;
    case Phase::kWrite:
      deadline_ = from + limits.write_timeout;
      break;
    case Phase::kLinger:
      deadline_ = from + kLingerTime;
      break;
  }
}

// gcc 12 miscompiles `if (!co_await f()) co_return x;` when f's awaitable is a temporary of the condition (the frame is destroyed
// while it runs): every awaited bool has a name here.
awaitable<void> Session::serve() {
  for (;;) {
    parser_.reset(request_);
    place_.hold_body(0);
    Progress head = parser_.parse_head(in_.bytes(), request_);
    while (head == Progress::kMore) {
      if (!out_.empty() && !write_now()) {
        const bool written = co_await flush();
        if (!written) co_return;
      }
      if (in_.shrink()) request_ = Request();  // it was large too
      if (phase_ != Phase::kNew || !in_.empty()) enter(in_.empty() ? Phase::kIdle : Phase::kHead);
      const bool filled = co_await fill();
      if (!filled) break;
      head = parser_.parse_head(in_.bytes(), request_);
    }
    if (head == Progress::kDone) {
      in_.consume(parser_.consumed());
      const bool goes_on = co_await answer();
      if (!goes_on) co_return;
    } else if (head == Progress::kRefused) {
      co_await finish_with(parser_.refusal());
      co_return;
    } else {
      const Error late(Code::kRequestTimeout, "The head of the request did not arrive in time.");
      if (expired_ && phase_ == Phase::kHead) co_await finish_with(late);
      co_return;
    }
  }
}

// The head is there. True: go on with the next request.
awaitable<bool> Session::answer() {
  begin_request();
  if (parser_.body_follows()) {
    std::optional<Response> refusal = ask_to_refuse();
    if (!refusal && parser_.body_too_large()) refusal = problem(parser_.body_too_large_error(), request_.id);
    if (refusal) {
      const bool goes_on = co_await answer_without_body(*refusal);
      co_return goes_on;
    }
    const bool received = co_await receive_body(true);
    if (!received) co_return false;
  }
  restart(Phase::kHandler);
  try {
    Response response = co_await facts_.handler.handle(request_);
    append(response);
  } catch (const std::exception& failure) {
    append_internal_error(failure.what());
  } catch (...) {
    append_internal_error("an exception that is not a std::exception");
  }
  if (broken_) co_return false;
  if (!closing_ && out_.size() < kBatchBytes && out_body_.empty()) co_return true;
  const bool goes_on = co_await finish_answer();
  co_return goes_on;
}

// The answer goes out before the body is read. The connection can go on only when the body's end will certainly be found: a client
// that asked for 100 Continue may or may not send the body now.
awaitable<bool> Session::answer_without_body(Response& refusal) {
  if (parser_.body_too_large() || parser_.expects_continue()) refusal.close = true;
  append(refusal);
  const bool goes_on = co_await finish_answer();
  if (!goes_on) co_return false;
  const bool dropped = co_await receive_body(false);
  co_return dropped;
}

// False: answered if an answer was due; the connection is to be closed.
awaitable<bool> Session::receive_body(bool keep) {
  restart(Phase::kBody);
  if (keep && parser_.expects_continue() && in_.empty()) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  for (;;) {
    const Progress body = parser_.parse_body(in_.bytes(), request_, keep);
    in_.consume(parser_.consumed());
    if (request_.body.size() > kBodyRoom && !place_.hold_body(request_.body.size())) {
      request_.body = std::string();
      const Error many(Code::kOverloaded, "Too many large bodies are being sent; try again.");
      co_await finish_with(many);
      co_return false;
    }
    if (body == Progress::kDone) co_return true;
    if (body == Progress::kRefused) {
      if (keep)
        co_await finish_with(parser_.refusal());
      else
        co_await linger();
      co_return false;
    }
    const bool written = co_await flush();
    if (!written) co_return false;
    const bool filled = co_await fill();
    if (filled) continue;
    const Error late(Code::kRequestTimeout, "The body of the request did not arrive in time.");
    if (expired_ && keep) co_await finish_with(late);
    co_return false;
  }
}

// Writes what is to be written now. True: the connection goes on.
awaitable<bool> Session::finish_answer() {
  const bool written = co_await flush();
  if (written && !closing_) co_return true;
  // Closing with unread bytes sends a reset, which can overtake the answer.
  const bool unread = written && (!in_.empty() || parser_.body_follows() || has_unread_bytes());
  if (unread) co_await linger();
  co_return false;
}

// For requests that cannot be understood or did not arrive: the last answer of the connection.
awaitable<void> Session::finish_with(const Error& error) {
  begin_request();
  Response response = problem(error, request_.id);
  response.close = true;
  append(response);
  const bool written = co_await flush();
  if (written) co_await linger();
}

// Reads some bytes. False: the peer has closed, the time is up (expired_), or the socket is broken.
awaitable<bool> Session::fill() {
  const asio::mutable_buffer room = in_.room(phase_ == Phase::kBody ? kBodyRoom : 0);
  auto [error, count] = co_await socket_.async_read_some(room, kAwait);
  if (error && expired_ && phase_ == Phase::kIdle) count = socket_.read_some(room, error);  // it may have come just now
  if (error) co_return false;
  expired_ = false;
  in_.filled(count);
  co_return true;
}

// Waits until everything is written. False: the connection is of no more use.
awaitable<bool> Session::flush() {
  const Phase phase_before = phase_;
  const Milliseconds deadline_before = deadline_;
  while (!out_.empty() && !write_now()) {
    if (broken_) co_return false;
    restart(Phase::kWrite);  // each byte taken gives new time
    const auto [error] = co_await socket_.async_wait(Socket::wait_write, kAwait);
    if (error) co_return false;
  }
  phase_ = phase_before;
  deadline_ = deadline_before;
  co_return true;
}

// Tells the peer that no more comes, and waits a little for its end, so that it can read our answer.
awaitable<void> Session::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  restart(Phase::kLinger);
  for (bool more = true; more;) {
    in_.consume(in_.bytes().size());
    more = co_await fill();
  }
}

// One write without waiting. True: all is sent. A broken socket would be "writable" for ever, so it is told here.
bool Session::write_now() {
  boost::system::error_code error;
  if (out_body_.empty()) {
    sent_ += socket_.write_some(asio::const_buffer(out_.data() + sent_, out_.size() - sent_), error);
  } else {
    sent_ += socket_.write_some(unsent(), error);
  }
  broken_ = error && error != asio::error::would_block;
  if (sent_ < out_.size() + out_body_.size()) return false;
  sent_ = 0;
  out_.clear();
  if (out_.capacity() > kKeptOutput) out_ = std::string();
  if (!out_body_.empty()) out_body_ = std::string();
  return true;
}

bool Session::has_unread_bytes() const {
  boost::system::error_code ignored;
  return socket_.available(ignored) > 0;
}

std::array<asio::const_buffer, 2> Session::unsent() const {
  const std::size_t of_out = std::min(sent_, out_.size());
  const std::size_t of_body = sent_ - of_out;
  return {asio::buffer(out_.data() + of_out, out_.size() - of_out), asio::buffer(out_body_.data() + of_body, out_body_.size() - of_body)};
}

void Session::begin_request() {
  now_ = facts_.clock.now();
  if (facts_.observer.wants_requests()) began_ = std::chrono::steady_clock::now();
  const std::string* id = request_.headers.empty() ? nullptr : request_.header("X-Request-Id");
  request_.id = id != nullptr && is_request_id(*id) ? *id : facts_.ids.request_id(now_);
}

std::optional<Response> Session::ask_to_refuse() {
  try {
    return facts_.handler.refuse(request_);
  } catch (const std::exception& failure) {
    facts_.observer.on(RequestFailed{request_.id, failure.what()});
    return problem(Error(Code::kInternal), request_.id);
  }
}

void Session::append(Response& response) {
  const bool close = response.close || !parser_.keep_alive() || facts_.draining.load(std::memory_order_relaxed);
  const Framing framing{facts_.date.at(now_), request_.id, close, parser_.http_1_0()};
  append_head(out_, response, framing);
  closing_ = close;
  if (facts_.observer.wants_requests()) observe(response);
  if (request_.method == Method::kHead || never_has_content(response.status)) return;
  if (response.body.size() < kOwnSegmentBytes) {
    out_ += response.body;
  } else {
    out_body_ = std::move(response.body);
  }
}

void Session::append_internal_error(const char* what) {
  facts_.observer.on(RequestFailed{request_.id, what});
  Response response = problem(Error(Code::kInternal, "Something went wrong here; the log tells it under this request id."), request_.id);
  append(response);
}

void Session::observe(const Response& response) {
  if (remote_.empty()) {
    boost::system::error_code ignored;
    remote_ = socket_.remote_endpoint(ignored).address().to_string();
  }
  const bool body = request_.method != Method::kHead && !never_has_content(response.status);
  RequestFinished event;
  event.method = request_.method_text;
  event.target = request_.target;
  event.request_id = request_.id;
  event.remote = remote_;
  event.status = response.status;
  event.body_bytes = body ? response.body.size() : 0;
  event.duration = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_);
  facts_.observer.on(event);
}

}  // namespace holdfast::http
