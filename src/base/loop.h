#pragma once
// One event loop: an io_context run by one thread. A request lives and dies on its loop.

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace holdfast {

namespace asio = boost::asio;

// A concrete executor: no type erasure on the request path.
using Executor = asio::io_context::executor_type;

template <typename T>
using awaitable = asio::awaitable<T, Executor>;

}  // namespace holdfast
