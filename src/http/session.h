#pragma once
// One connection: reads requests, asks the handler, writes the answers in order. One coroutine; lives and dies on its loop.
//
// Requests that wait in the buffer are answered in one write, unless one takes longer than the sweep's period. No byte is read while an
// answer is not written, so a client that does not read costs two bounded buffers. An idle one costs at most 20 KB, of which what it read
// and wrote last is the larger part. No timer per connection: expire() is called by the loop's sweep when deadline() has passed.

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <limits>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/id.h"
#include "base/observe.h"
#include "http/admission.h"
#include "http/input_buffer.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/request_parser.h"
#include "http/response_writer.h"

namespace holdfast::http {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

// What the sessions of one loop share.
struct LoopFacts {
  const Limits& limits;
  Handler& handler;
  Observer& observer;
  const Clock& clock;
  const std::atomic<bool>& draining;
  IdSource ids;
  DateLine date;
  Milliseconds tick = 0;    // steady time at the last sweep; deadlines are measured from it
  Milliseconds period = 0;  // between sweeps: added to each deadline, so that none comes early
};

class Session : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  static constexpr Milliseconds kNever = std::numeric_limits<Milliseconds>::max();

  // A place that was not given is for those who are turned away.
  Session(Socket socket, LoopFacts& facts, Admission::Place place);

  // Serves until the connection is closed.
  awaitable<void> run();
  // Answers the first request with an error, whatever it is, and closes. A client that does not ask is told after a second.
  awaitable<void> turn_away(Error error);

  Milliseconds deadline() const noexcept { return deadline_; }
  // The loop's sweep: answers that are held for the one behind them are sent, should that one take long.
  void send_finished();
  // The deadline has passed: what the session waits for ends with operation_aborted.
  void expire();
  // The server drains: a session between two requests ends, unless one has just arrived. New ones may still ask within a second.
  void drain();
  // Ends without regard for what runs.
  void abort();

 private:
  enum class Phase : std::uint8_t { kNew, kIdle, kHead, kBody, kHandler, kWrite, kLinger };
  using Instant = std::chrono::steady_clock::time_point;

  void enter(Phase phase);
  void restart(Phase phase);
  awaitable<void> serve();
  void close();
  awaitable<bool> answer();
  awaitable<bool> answer_without_body(Response& refusal);
  awaitable<bool> receive_body(bool keep);
  awaitable<bool> finish_answer();
  awaitable<void> finish_with(const Error& error);
  awaitable<bool> fill();
  awaitable<bool> flush();
  awaitable<void> linger();
  bool write_now();
  bool has_unread_bytes() const;
  std::array<asio::const_buffer, 2> unsent() const;
  void begin_request();
  std::optional<Response> ask_to_refuse();
  void append(Response& response);
  void append_internal_error(const char* what);
  void observe(const Response& response);

  Socket socket_;
  LoopFacts& facts_;
  Admission::Place place_;
  RequestParser parser_;
  InputBuffer in_;
  Request request_;
  std::string out_;       // heads and small bodies
  std::string out_body_;  // one large body, behind out_
  std::size_t sent_ = 0;  // of both
  Milliseconds deadline_ = kNever;
  Milliseconds now_ = 0;  // when the request's head was there: for its id, and Date
  Instant began_;         // the same, for its duration; set only when someone wants to know
  std::string remote_;
  Phase phase_ = Phase::kNew;
  bool expired_ = false;
  bool broken_ = false;   // the peer has gone while an answer was written
  bool closing_ = false;  // the last answer said `Connection: close`
};

}  // namespace holdfast::http
