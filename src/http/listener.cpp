#include "http/listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace holdfast::http {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<Executor>());
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};

// The process or the machine has run out of something; accepting again at once would spin.
bool is_shortage(const boost::system::error_code& error) {
  using boost::system::errc::errc_t;
  return error == errc_t::too_many_files_open || error == errc_t::too_many_files_open_in_system || error == errc_t::no_buffer_space ||
         error == errc_t::not_enough_memory;
}

}  // namespace

Listener::Listener(asio::io_context& context, Acceptor acceptor, LoopFacts facts, const Clock& steady, Admission& admission)
    : context_(context),
      acceptor_(std::move(acceptor)),
      facts_(std::move(facts)),
      steady_(steady),
      admission_(admission),
      sweep_timer_(context.get_executor()),
      pause_timer_(context.get_executor()) {
  facts_.tick = steady_.now();
}

void Listener::start() {
  accepting_ = true;
  asio::co_spawn(context_.get_executor(), accept(), asio::detached);
  sweep();
}

awaitable<void> Listener::accept() {
  while (acceptor_.is_open()) {
    auto accepted = co_await acceptor_.async_accept(kAwait);
    const boost::system::error_code error = std::get<0>(accepted);
    if (!error) {
      spawn(std::move(std::get<1>(accepted)));
    } else if (is_shortage(error)) {
      pause_timer_.expires_after(kPauseWithoutDescriptors);
      co_await pause_timer_.async_wait(kAwait);
    }
  }
  accepting_ = false;
  stop_when_drained();
}

void Listener::spawn(Socket socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;  // it has gone already
  Result<Admission::Place> place = admission_.admit(peer.address());
  if (!place && turned_away_ == kTurnedAway) return;
  if (!place) ++turned_away_;
  ++connections_;
  asio::co_spawn(context_.get_executor(), serve(std::move(socket), std::move(place)), asio::detached);
}

awaitable<void> Listener::serve(Socket socket, Result<Admission::Place> place) {
  try {
    Session session(std::move(socket), facts_, place ? std::move(*place) : Admission::Place());
    sessions_.push_back(session);
    if (is_draining()) session.drain();
    if (place) {
      co_await session.run();
    } else {
      const Error refusal = place.error();
      co_await session.turn_away(refusal);
    }
  } catch (const std::exception& failure) {
    facts_.observer.on(RequestFailed{"", failure.what()});  // out of memory, most likely: this connection ends, the others go on
  }
  if (!place) --turned_away_;
  --connections_;
  stop_when_drained();
}

void Listener::sweep() {
  facts_.tick = steady_.now();
  for (Session& session : sessions_) {
    session.send_finished();
    if (session.deadline() <= facts_.tick) session.expire();
  }
  if (drain_deadline_ <= facts_.tick) {
    for (Session& session : sessions_) session.abort();
    context_.stop();
    return;
  }
  sweep_timer_.expires_after(std::chrono::milliseconds(facts_.period));
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

void Listener::drain() {
  if (is_draining()) return;
  drain_deadline_ = steady_.now() + facts_.limits.drain_timeout;
  boost::system::error_code error;
  acceptor_.non_blocking(true, error);
  while (!error) {
    Socket socket(context_.get_executor());
    acceptor_.accept(socket, error);
    if (!error) spawn(std::move(socket));
    if (error == boost::system::errc::connection_aborted) error.clear();
  }
  acceptor_.close(error);
  pause_timer_.cancel();
  for (Session& session : sessions_) session.drain();
  stop_when_drained();
}

void Listener::stop_when_drained() {
  if (is_draining() && !accepting_ && connections_ == 0) context_.stop();
}

}  // namespace holdfast::http
