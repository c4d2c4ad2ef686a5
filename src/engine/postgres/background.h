#pragma once
// Waits that do not keep a loop running: without them a loop whose work is done would wait for its idle connections for ever.

#include <boost/system/error_code.hpp>

#include "base/loop.h"

namespace holdfast::postgres {

// `begin` starts the wait with the handler that it is given. What the wait counts as work is taken back at once, and given again before
// `handler` runs.
template <typename Handler, typename Begin>
void wait_in_background(asio::io_context& loop, Handler handler, const Begin& begin) {
  const Executor executor = loop.get_executor();
  begin([executor, handler](const boost::system::error_code& error) {
    executor.on_work_started();
    handler(error);
  });
  executor.on_work_finished();
}

}  // namespace holdfast::postgres
