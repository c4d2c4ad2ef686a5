#pragma once
// What one loop asks of the server, with connections of its own: two for reads by id, the others for everything else.

#include <memory>

#include "engine/postgres/engine.h"
#include "engine/postgres/list_reads.h"
#include "engine/postgres/point_reads.h"
#include "engine/postgres/ticker.h"
#include "engine/postgres/writer.h"

namespace holdfast::postgres {

class PostgresStore final : public Store {
 public:
  PostgresStore(const Options& options, std::size_t connections, const std::string& schema, const Catalog& catalog, asio::io_context& loop,
                Shared& shared);
  ~PostgresStore() override;

  awaitable<Result<Record>> find(const FindPlan& plan) override;
  awaitable<Result<Listing>> list(const ListPlan& plan) override;
  awaitable<Result<std::int64_t>> count(const CountPlan& plan) override;
  awaitable<Result<Written>> write(WritePlan plan) override;

 private:
  bool tick(Ticker::Time now);

  std::shared_ptr<Pool> points_, queries_;
  PointReads point_reads_;
  ListReads list_reads_;
  Writer writer_;
  std::shared_ptr<Ticker> ticker_;
};

}  // namespace holdfast::postgres
