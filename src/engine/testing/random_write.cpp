#include "engine/testing/random_write.h"

#include <fmt/format.h>

#include <algorithm>

#include "query/plan.h"

namespace holdfast::testing {
namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t kPopular = 6;
constexpr Milliseconds kStart = 1'700'000'000'000;

std::string id_json(const Model& model, const std::string& id) {
  return model.id_kind == IdKind::kInteger ? id : fmt::format("\"{}\"", id);
}

}  // namespace

WriteMaker::WriteMaker(Random& random, const Catalog& catalog, const ValuePool& pool)
    : random_(random), catalog_(catalog), pool_(pool), now_(kStart) {}

Step WriteMaker::create(const Model& model) {
  Step step;
  if (!keyed_.empty() && random_.chance(8)) {
    step = random_.pick(keyed_);  // sent again; the id that the server would make is another one
    step.now = next_time();
    return step;
  }
  step.collection = model.name;
  step.kind = Step::Kind::kCreate;
  step.now = next_time();
  const Texts& ids = pool_.ids(model);
  const std::string id = ids[made_[&model]++ % ids.size()];
  if (model.id_kind == IdKind::kText) step.members.emplace_back("id", id_json(model, random_.chance(92) ? id : any_id(model)));
  if (model.id_kind == IdKind::kUuid || model.id_kind == IdKind::kObjectId) step.id = id;
  add_members(step, model);
  if (!model.unique_keys.empty() && random_.chance(30)) make_upsert(step, model);
  if (random_.chance(15)) {
    step.idempotency_key = random_.pick(Texts{"k1", "k2", "k3"});
    keyed_.push_back(step);
  }
  created_[&model].push_back(step.members);
  return step;
}

// Mostly with the key of a record that was made before.
void WriteMaker::make_upsert(Step& step, const Model& model) {
  std::string names;
  const UniqueKey& key = random_.pick(model.unique_keys);
  const std::vector<Members>& bodies = created_[&model];
  const Members none;
  const Members& like = bodies.empty() || random_.chance(25) ? none : random_.pick(bodies);
  for (const std::size_t field : key.fields) {
    const std::string& name = model.fields[field].name;
    names += (names.empty() ? "" : ",") + name;
    const auto is_named = [&](const auto& member) { return member.first == name; };
    const auto value = std::find_if(like.begin(), like.end(), is_named);
    if (value == like.end()) continue;
    step.members.erase(std::remove_if(step.members.begin(), step.members.end(), is_named), step.members.end());
    step.members.push_back(*value);
  }
  if (model.id_kind == IdKind::kText && !like.empty() && random_.chance(60)) step.members.front() = like.front();
  step.parameters.push_back({"onConflict", names});
}

Step WriteMaker::change(const Model& model) {
  Step step;
  step.collection = model.name;
  step.now = next_time();
  step.id = any_id(model);
  const std::size_t choice = random_.below(100);
  step.kind = choice < 32 ? Step::Kind::kRemove : choice < 60 ? Step::Kind::kReplace : Step::Kind::kPatch;
  if (random_.chance(20)) step.if_match = random_.pick(Texts{"current", "current", "*", "\"1-00000000\"", "W/\"1-00000000\""});
  if (random_.chance(5)) step.if_none_match = random_.pick(Texts{"current", "*", "\"1-00000000\""});
  if (step.kind == Step::Kind::kRemove) return step;
  if (step.kind == Step::Kind::kReplace && random_.chance(25)) {
    step.if_match.clear();
    step.if_none_match = "*";  // creates
  }
  if (random_.chance(10)) step.members.emplace_back("id", id_json(model, random_.chance(80) ? step.id : any_id(model)));
  if (model.timestamps && random_.chance(5)) step.members.emplace_back("createdAt", "\"2023-11-14T22:13:20.000Z\"");
  add_members(step, model);
  return step;
}

// Sometimes the life of an Idempotency-Key later, to the millisecond or nearly.
Milliseconds WriteMaker::next_time() {
  if (random_.chance(2)) now_ += kIdempotencyLife - static_cast<Milliseconds>(random_.below(2)) * 500;
  return now_ += static_cast<Milliseconds>(random_.below(3) * 500);
}

std::string WriteMaker::any_id(const Model& model) const {
  if (random_.chance(80)) return made_id(model);
  if (random_.chance(15)) return model.id_kind == IdKind::kInteger ? "9223372036854775807" : pool_.ids(model).back();
  return random_.pick(pool_.ids(model));
}

// One that was given, the first ones more often, so that what is referred to is also what is removed.
std::string WriteMaker::made_id(const Model& model) const {
  const Texts& ids = pool_.ids(model);
  const auto made = made_.find(&model);
  const std::size_t count = made == made_.end() || made->second == 0 ? ids.size() : std::min(made->second, ids.size());
  return ids[random_.below(random_.chance(60) ? std::min(count, kPopular) : count)];
}

// JSON. Most of the records that were made are still there.
std::string WriteMaker::reference(const Model& model, std::size_t field, const std::string& own_id) const {
  const Field& reference = model.fields[field];
  const Model& target = *catalog_.find(reference.ref);
  const bool may_be_itself = &target == &model && !own_id.empty();
  if (may_be_itself && random_.chance(15)) return id_json(target, own_id);
  const auto made = made_.find(&target);
  const bool has_none = made == made_.end() || made->second == 0;
  if (random_.chance(!reference.admits_null ? 1 : has_none ? 90 : 15)) return "null";
  return id_json(target, random_.chance(4) ? random_.pick(pool_.ids(target)) : made_id(target));
}

void WriteMaker::add_members(Step& step, const Model& model) {
  const bool patch = step.kind == Step::Kind::kPatch;
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    const Field& field = model.fields[i];
    if (field.role != Role::kProperty) continue;
    if (field.read_only && random_.chance(step.kind == Step::Kind::kCreate ? 99 : 80)) continue;
    if (random_.chance(patch ? 65 : 25) && !(field.required && random_.chance(patch ? 0 : 95))) continue;
    step.members.emplace_back(field.name, field.is_reference() ? reference(model, i, step.id) : pool_.json(model, i, patch));
  }
}

}  // namespace holdfast::testing
