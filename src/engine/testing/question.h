#pragma once
// Steps of a scenario into plans, as http/ and service/ would make them.

#include <functional>
#include <optional>
#include <vector>

#include "engine/testing/scenario.h"
#include "query/planner.h"

namespace holdfast::testing {

// What both engines are asked. One alternative is there; nothing: the request is refused before it reaches an engine.
struct Question {
  std::optional<FindPlan> find;
  std::optional<ListPlan> list;
  std::vector<Parameter> parameters;  // of the list, so that it can be asked again with a cursor
  bool to_the_end = false;
  std::optional<CountPlan> count;
  std::optional<WritePlan> write;

  bool is_asked() const { return find || list || count || write; }
};

class QuestionReader {
 public:
  // The ETag that an item has now; nothing: it is not there.
  using TagNow = std::function<std::optional<std::string>(const FindPlan&)>;

  // Both must outlive the reader.
  QuestionReader(const Catalog& catalog, const Planner& planner, TagNow tag_now)
      : catalog_(catalog), planner_(planner), tag_now_(std::move(tag_now)) {}

  Question read(const Step& step) const;

 private:
  std::optional<WritePlan> write(const Model& model, const Step& step) const;
  // False: refused.
  bool read_body(WritePlan& plan, const Step& step) const;
  bool read_upsert(WritePlan& plan, const Step& step, const Json& body) const;
  std::optional<EntityTags> tags(const Model& model, const std::string& text, const Value& id) const;

  const Catalog& catalog_;
  const Planner& planner_;
  TagNow tag_now_;
};

}  // namespace holdfast::testing
