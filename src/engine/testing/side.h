#pragma once
// One of the two engines that are compared: questions in, whole answers as text out.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/testing/differential.h"
#include "engine/testing/question.h"

namespace holdfast::testing {

inline const SecretKey kCursorKey{};  // one for both engines, so that their cursors can be compared

// Opened for one scenario.
class Side {
 public:
  // The planner has kCursorKey and must outlive the side, as must the catalog.
  Side(const OpenCompared& open, const Catalog& catalog, const Planner& planner);
  ~Side() { engine_->close(); }
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  std::string answer(const Question& question);
  // Writes sent in one turn of the loop; answers in order.
  std::vector<std::string> write_together(const std::vector<Question>& questions);

  std::optional<std::string> tag_of(const FindPlan& plan);
  // Of every record: by collection and id.
  std::map<std::pair<std::string, std::string>, std::int64_t> revisions();

 private:
  std::string pages(const Question& question);

  const Catalog& catalog_;
  const Planner& planner_;
  std::unique_ptr<Engine> engine_;
  asio::io_context loop_{1};
  std::unique_ptr<Store> store_;
};

}  // namespace holdfast::testing
