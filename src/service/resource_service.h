#pragma once
// Plans into bytes: asks the store, encodes what it answers. The one place that knows both; later the cache stands here.
// Belongs to one loop, like its store.

#include <optional>
#include <string>
#include <vector>

#include "engine/store.h"
#include "query/planner.h"

namespace holdfast {

// One record, ready to send.
struct Item {
  std::string id;         // as in a URL
  std::string etag;       // of the whole record, whatever `fields` leaves out
  std::string body;       // empty after a removal
  int status = 200;       // of a write: 201 created, 200 changed, 204 removed
  bool replayed = false;  // nothing was written: the first answer to the same Idempotency-Key, given again
};

struct Page {
  std::string etag;  // hash of the body
  std::string body;
  std::string next_cursor;  // empty: no next page, or one that this sort or URL cannot have
};

class ResourceService {
 public:
  // Both outlive this.
  ResourceService(Store& store, const Planner& planner) noexcept : store_(store), planner_(planner) {}

  // `fields`: ascending ordinals; nothing: all.
  awaitable<Result<Item>> read(const FindPlan& plan, const std::optional<std::vector<std::size_t>>& fields);
  // A cursor of more bytes than `longest_cursor` is not given: nobody could send it back.
  awaitable<Result<Page>> list(const ListPlan& plan, std::size_t longest_cursor);
  awaitable<Result<std::string>> count(const CountPlan& plan);

  // A body with `errors` is never written: the answer is not_found when there is no such record, else validation_failed with all of them.
  awaitable<Result<Item>> write(WritePlan plan, std::vector<FieldError> errors);

 private:
  awaitable<Error> refusal(const WritePlan& plan, std::vector<FieldError> errors);

  Store& store_;
  const Planner& planner_;
};

}  // namespace holdfast
