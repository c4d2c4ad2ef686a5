#pragma once
// What all connections together may take: so many of them in all and from one address, and so many bytes of bodies. Shared by all loops;
// thread-safe.
//
// One address is one IPv4 address, or one IPv6 /64: whoever has one address of a /64 has them all.
// Cost: a mutex when a connection begins and when it ends; memory only for addresses that are connected.

#include <array>
#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "http/limits.h"

namespace holdfast::http {

class Admission {
 public:
  // The right to one connection, given back when it is destroyed. Must not outlive the Admission.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), network_(other.network_), body_bytes_(std::exchange(other.body_bytes_, 0)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(network_, other.network_);
      std::swap(body_bytes_, other.body_bytes_);
      return *this;
    }
    ~Place() {
      if (owner_ != nullptr) owner_->leave(*this);
    }

    // The connection holds this much of a body from now on. False: all together hold too much, and it still holds what it did. A place
    // that was never given counts for nothing.
    bool hold_body(std::size_t bytes) noexcept { return owner_ == nullptr || bytes == body_bytes_ || owner_->hold_body(*this, bytes); }

   private:
    friend class Admission;
    using Network = std::array<std::uint8_t, 8>;
    Place(Admission& owner, const Network& network) noexcept : owner_(&owner), network_(network) {}

    Admission* owner_ = nullptr;
    Network network_{};
    std::size_t body_bytes_ = 0;
  };

  // Of the limits only `connections`, `connections_per_address` and `bodies_bytes` are read.
  explicit Admission(const Limits& limits) noexcept : limits_(limits) {}

  // overloaded, saying which limit.
  Result<Place> admit(const boost::asio::ip::address& address);

 private:
  void leave(Place& place) noexcept;
  bool hold_body(Place& place, std::size_t bytes) noexcept;

  const Limits& limits_;
  std::atomic<std::size_t> body_bytes_{0};
  std::mutex mutex_;
  std::size_t connections_ = 0;
  std::map<Place::Network, std::size_t> of_network_;
};

}  // namespace holdfast::http
