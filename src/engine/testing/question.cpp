#include "engine/testing/question.h"

#include <algorithm>

#include "model/validator.h"

namespace holdfast::testing {
namespace {

constexpr int kJsonDepth = 64;

// "`PUT` + `If-None-Match: *` creates."
bool creates_at(const Step& step) {
  return step.kind == Step::Kind::kReplace && step.if_none_match == "*" && step.if_match.empty();
}

BodyMode mode_of(const Step& step) {
  if (step.kind == Step::Kind::kCreate) return BodyMode::kCreate;
  if (creates_at(step)) return BodyMode::kCreateAt;
  return step.kind == Step::Kind::kReplace ? BodyMode::kReplace : BodyMode::kPatch;
}

}  // namespace

Question QuestionReader::read(const Step& step) const {
  Question question;
  const Model* model = catalog_.find(step.collection);
  if (model == nullptr) return question;
  question.parameters = step.all_parameters();
  switch (step.kind) {
    case Step::Kind::kList:
    case Step::Kind::kWalk: {
      if (!step.terms.empty() && !model->search) break;
      Result<ListPlan> plan =
          step.terms.empty() ? planner_.list(*model, question.parameters) : planner_.search(*model, question.parameters);
      if (plan) question.list = std::move(*plan);
      question.to_the_end = step.kind == Step::Kind::kWalk;
      break;
    }
    case Step::Kind::kCount:
      if (Result<CountPlan> plan = planner_.count(*model, question.parameters)) question.count = std::move(*plan);
      break;
    case Step::Kind::kItem:
      if (std::optional<Value> id = parse_id(*model, step.id)) question.find = FindPlan{model, std::move(*id)};
      break;
    default:
      question.write = write(*model, step);
  }
  return question;
}

std::optional<WritePlan> QuestionReader::write(const Model& model, const Step& step) const {
  WritePlan plan;
  plan.model = &model;
  plan.now = step.now;
  if (!step.id.empty()) {
    std::optional<Value> id = parse_id(model, step.id);
    if (!id) return std::nullopt;
    plan.id = std::move(*id);
  }
  if (!creates_at(step)) {
    plan.if_match = tags(model, step.if_match, plan.id);
    plan.if_none_match = tags(model, step.if_none_match, plan.id);
  }
  if (!step.idempotency_key.empty()) plan.idempotency = Idempotency{step.idempotency_key, step.request_line() + "\n" + step.body()};
  plan.kind = WritePlan::Kind::kRemove;
  if (step.kind != Step::Kind::kRemove && !read_body(plan, step)) return std::nullopt;
  return plan;
}

bool QuestionReader::read_body(WritePlan& plan, const Step& step) const {
  const Model& model = *plan.model;
  const Result<Json> body = parse_json(step.body(), kJsonDepth);
  if (!body) return false;
  Draft draft = validate(model, *body, mode_of(step));
  if (!draft.errors.empty()) return false;
  plan.values = std::move(draft.values);
  plan.claims = std::move(draft.claims);
  if (creates_at(step)) {
    plan.kind = WritePlan::Kind::kCreate;
    plan.only_if_missing = true;
    const bool names_itself =
        std::all_of(plan.claims.begin(), plan.claims.end(), [&](const Claim& claim) { return claim.value == plan.id; });
    plan.claims.clear();
    return names_itself && model.id_kind != IdKind::kInteger;
  }
  if (step.kind != Step::Kind::kCreate) {
    plan.kind = step.kind == Step::Kind::kReplace ? WritePlan::Kind::kReplace : WritePlan::Kind::kPatch;
    return true;
  }
  plan.kind = WritePlan::Kind::kCreate;
  if (model.id_kind == IdKind::kText) plan.id = plan.values[0];
  return read_upsert(plan, step, *body);
}

bool QuestionReader::read_upsert(WritePlan& plan, const Step& step, const Json& body) const {
  Result<std::optional<std::vector<std::size_t>>> key = planner_.write_parameters(*plan.model, step.parameters, true);
  if (!key) return false;
  if (!*key) return true;
  Draft patch = validate(*plan.model, body, BodyMode::kPatch);
  // "A member missing or null → 422 `required`."
  const auto is_missing = [&](std::size_t field) {
    const std::string& name = plan.model->fields[field].name;
    return std::none_of(body.members.begin(), body.members.end(),
                        [&](const Json::Member& member) { return member.name == name && member.value.kind != Json::Kind::kNull; });
  };
  if (std::any_of((*key)->begin(), (*key)->end(), is_missing)) return false;
  plan.upsert = Upsert{std::move(**key), std::move(patch.values), std::move(patch.claims)};
  return true;
}

std::optional<EntityTags> QuestionReader::tags(const Model& model, const std::string& text, const Value& id) const {
  if (text.empty()) return std::nullopt;
  EntityTags tags;
  tags.any = text == "*";
  if (tags.any) return tags;
  tags.tags.push_back(text);
  if (text == "current") tags.tags.back() = tag_now_({&model, id}).value_or("\"0-00000000\"");
  return tags;
}

}  // namespace holdfast::testing
