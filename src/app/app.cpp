#include "app/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <iostream>

#include "app/banner.h"
#include "app/crash_report.h"
#include "app/database.h"
#include "app/notify_socket.h"
#include "app/project.h"
#include "app/watch.h"
#include "base/log.h"
#include "http/api.h"
#include "http/server.h"
#include "metrics/log_observer.h"
#include "seed/seeder.h"

namespace holdfast {
namespace {

constexpr Milliseconds kClosingTime = 5000;  // after the drain: the last checkpoint carries over 64 MiB at most, unless readers held it

http::ServerOptions server_options(const Config& config) {
  http::ServerOptions options;
  options.host = config.host;
  options.port = static_cast<std::uint16_t>(config.port.value);
  options.loops = static_cast<std::size_t>(config.loops());
  options.limits.connections = static_cast<std::size_t>(config.connections.value);
  options.limits.connections_per_address = static_cast<std::size_t>(config.connections_per_address.value);
  options.limits.url_bytes = static_cast<std::size_t>(config.url_limit.value);
  options.limits.header_bytes = static_cast<std::size_t>(config.headers_limit.value);
  options.limits.bodies_bytes = static_cast<std::size_t>(std::max(config.bodies_limit.value, config.body_limit.value));
  options.limits.body_bytes = static_cast<std::uint64_t>(config.body_limit.value);
  options.limits.header_timeout = config.header_timeout;
  options.limits.body_timeout = config.body_timeout;
  options.limits.idle_timeout = config.idle_timeout;
  options.limits.write_timeout = config.write_timeout;
  options.limits.drain_timeout = config.drain_timeout;
  return options;
}

// What one loop answers with: its own store, and the API over it.
class LoopHandler final : public http::Handler {
 public:
  LoopHandler(std::unique_ptr<Store> store, const http::ApiSettings& settings, const Catalog& catalog, const Planner& planner,
              const Clock& clock)
      : store_(std::move(store)), api_(settings, catalog, planner, *store_, clock) {}

  std::optional<http::Response> refuse(const http::Request& request) override { return api_.refuse(request); }
  awaitable<http::Response> handle(const http::Request& request) override { return api_.handle(request); }

 private:
  std::unique_ptr<Store> store_;
  http::Api api_;
};

// Fills empty collections on a loop of its own, before anybody is served.
SeedReport seed_collections(const Config& config, const Catalog& catalog, Engine& engine, const Clock& clock) {
  asio::io_context loop(1);
  const std::unique_ptr<Store> store = engine.attach(loop);
  // The loop must wait for answers that come from the engine's threads.
  auto work = asio::make_work_guard(loop);
  std::exception_ptr thrown;
  Result<SeedReport> outcome = SeedReport{};
  asio::co_spawn(loop, seed(catalog, config.seeds(), *store, clock), [&](std::exception_ptr failure, Result<SeedReport> report) {
    thrown = failure;
    outcome = std::move(report);
    work.reset();
  });
  loop.run();
  if (thrown) std::rethrow_exception(thrown);
  if (!outcome) throw StartupError(1, "seeding stopped: " + outcome.error().detail);
  return *outcome;
}

void log_seeds(const SeedReport& report) {
  for (const auto& filled : report.filled) {
    log(LogLevel::kInfo, "seeded", {{"collection", filled.name}, {"records", std::to_string(filled.records), true}});
  }
  for (const std::string& name : report.passed) log(LogLevel::kInfo, "not seeded: it has records", {{"collection", name}});
}

}  // namespace

int serve(const Config& config, ServeOptions options) {
  // A terminal or a reader of the log that goes away must not end the server. Sockets tell by themselves.
  std::signal(SIGPIPE, SIG_IGN);
  start_log(config.log.value.level, config.log.value.format);
  const Environment environment = process_environment();
  NotifySocket systemd(environment);
  systemd.tell("STATUS=Opening the database.");
  const SystemClock clock;
  const Catalog catalog = load_catalog(config);
  const std::unique_ptr<Engine> engine = open_database(config, catalog, clock);
  const Planner planner(catalog, engine->cursor_key());
  if (options.seed) log_seeds(seed_collections(config, catalog, *engine, clock));

  const std::atomic<bool>* draining = nullptr;
  http::ApiSettings settings;
  settings.api_key = config.api_key;
  settings.cors.origins = config.cors_origins;
  settings.json_depth = static_cast<int>(config.json_depth.value);
  settings.url_bytes = static_cast<std::size_t>(config.url_limit.value);
  settings.health = [&engine, &draining] {
    if (draining->load(std::memory_order_relaxed)) return Health{false, "The server is draining; ask another replica."};
    Health health = engine->health();
    health.pool = engine->pool();
    return health;
  };
  LogObserver observer;
  std::vector<asio::io_context*> loops;
  const auto make_handler = [&](asio::io_context& loop, std::size_t, const std::atomic<bool>& server_draining) {
    draining = &server_draining;
    loops.push_back(&loop);
    asio::post(loop, use_crash_stack);
    return std::make_unique<LoopHandler>(engine->attach(loop), settings, catalog, planner, clock);
  };
  http::Server server(server_options(config), make_handler, observer, clock);
  engine->announce(server.address());
  const Watched watched{loops, [&server] { server.drain(); }, [&engine] { return !engine->health().needs_restart; },
                        config.drain_timeout + kClosingTime};
  const Watch watch(watched, systemd, watchdog_period(environment));
  std::cout << banner(config, catalog, server.address()) << std::flush;
  systemd.tell(fmt::format("READY=1\nSTATUS=Serving http://{}.", server.address()));
  server.run();
  engine->close();
  flush_log();
  return 0;
}

}  // namespace holdfast
