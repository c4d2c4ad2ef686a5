#include "http/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace holdfast::http {
namespace {

using boost::asio::ip::address;

// IPv4 in its mapped form without the zeroes before it; of IPv6 the network, without the host's 64 bits.
std::array<std::uint8_t, 8> network_of(const address& peer) {
  std::array<std::uint8_t, 8> network{};
  const bool mapped = peer.is_v6() && peer.to_v6().is_v4_mapped();
  if (peer.is_v4() || mapped) {
    const auto bytes = peer.is_v4() ? peer.to_v4().to_bytes() : make_address_v4(boost::asio::ip::v4_mapped, peer.to_v6()).to_bytes();
    std::copy(bytes.begin(), bytes.end(), network.begin() + 4);
    return network;
  }
  const auto bytes = peer.to_v6().to_bytes();
  std::copy_n(bytes.begin(), network.size(), network.begin());
  return network;
}

}  // namespace

Result<Admission::Place> Admission::admit(const address& peer) {
  const Place::Network network = network_of(peer);
  const std::lock_guard lock(mutex_);
  if (connections_ >= limits_.connections) {
    return Error(Code::kOverloaded, fmt::format("The server holds as many connections as it may ({}); try again.", limits_.connections));
  }
  std::size_t& of_network = of_network_[network];
  if (of_network >= limits_.connections_per_address) {
    return Error(Code::kOverloaded, fmt::format("Your address holds as many connections as one may ({}); close some, and try again.",
                                                limits_.connections_per_address));
  }
  ++of_network;
  ++connections_;
  return Place(*this, network);
}

void Admission::leave(Place& place) noexcept {
  hold_body(place, 0);
  const std::lock_guard lock(mutex_);
  --connections_;
  const auto found = of_network_.find(place.network_);
  if (--found->second == 0) of_network_.erase(found);
}

bool Admission::hold_body(Place& place, std::size_t bytes) noexcept {
  if (bytes > place.body_bytes_) {
    const std::size_t more = bytes - place.body_bytes_;
    if (body_bytes_.fetch_add(more) + more > limits_.bodies_bytes) {
      body_bytes_.fetch_sub(more);
      return false;
    }
  } else {
    body_bytes_.fetch_sub(place.body_bytes_ - bytes);
  }
  place.body_bytes_ = bytes;
  return true;
}

}  // namespace holdfast::http
