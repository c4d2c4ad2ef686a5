#pragma once
// One loop's share of the server: its acceptor, its sessions, and the sweep that ends what takes too long.
//
// Everything runs on the loop. Must outlive the loop's coroutines: destroy it after LoopContext::shutdown().

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/admission.h"
#include "http/session.h"

namespace holdfast::http {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

class Listener {
 public:
  // Connections over the limits that are told so at the same time, each for two seconds at most; more are closed without a word.
  static constexpr std::size_t kTurnedAway = 64;

  // `acceptor` listens already. `steady` never goes back; deadlines are measured by it. `admission` outlives the listener.
  Listener(asio::io_context& context, Acceptor acceptor, LoopFacts facts, const Clock& steady, Admission& admission);

  // Accepts and sweeps until drained.
  void start();

  // Takes what waits to be accepted, closes the acceptor, lets running requests finish, then stops the loop: not before accept() has
  // ended, which may still hold a connection that was accepted. After the drain timeout what still runs is cut off.
  void drain();

 private:
  awaitable<void> accept();
  awaitable<void> serve(Socket socket, Result<Admission::Place> place);
  void spawn(Socket socket);
  void sweep();
  void stop_when_drained();
  bool is_draining() const noexcept { return drain_deadline_ != Session::kNever; }

  asio::io_context& context_;
  Acceptor acceptor_;
  LoopFacts facts_;
  const Clock& steady_;
  Admission& admission_;
  Timer sweep_timer_;
  Timer pause_timer_;
  boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>> sessions_;
  bool accepting_ = false;       // accept() has not ended
  std::size_t connections_ = 0;  // accepted and not ended: sessions_, and those that begin in the next turn
  std::size_t turned_away_ = 0;  // of those, how many are only told that they are too many
  Milliseconds drain_deadline_ = Session::kNever;
};

}  // namespace holdfast::http
