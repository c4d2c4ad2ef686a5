#pragma once
// Bytes read and not yet consumed. Small while a connection is idle, grows up to what one head may need.

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cstring>
#include <memory>
#include <string_view>

namespace holdfast::http {

class InputBuffer {
 public:
  static constexpr std::size_t kIdleBytes = 2048;  // holds nearly every head; larger blocks are given back by shrink()

  std::string_view bytes() const noexcept { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const noexcept { return begin_ == end_; }

  void consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  // Room for at least one byte, and for `wanted` bytes in all.
  boost::asio::mutable_buffer room(std::size_t wanted) {
    if (end_ - begin_ + 1 > capacity_ || capacity_ < wanted) {
      move_to(std::max({wanted, 2 * capacity_, kIdleBytes}));
    } else if (end_ == capacity_) {
      std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    return boost::asio::buffer(data_.get() + end_, capacity_ - end_);
  }

  void filled(std::size_t count) noexcept { end_ += count; }

  // True: what was read last needed a larger block than idle connections keep; it was given back.
  bool shrink() {
    if (capacity_ <= kIdleBytes || !empty()) return false;
    data_.reset();
    capacity_ = 0;
    return true;
  }

 private:
  void move_to(std::size_t capacity) {
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (!empty()) std::memcpy(larger.get(), data_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace holdfast::http
