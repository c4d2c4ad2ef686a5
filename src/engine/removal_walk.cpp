#include "engine/removal_walk.h"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast {
namespace {

Error restricted(const Model& model, std::int64_t count) {
  Error error(Code::kReferenceViolation,
              fmt::format("{} of {} still {} to it; change or remove {} first.", count == 1 ? "A record" : fmt::format("{} records", count),
                          model.name, count == 1 ? "refers" : "refer", count == 1 ? "it" : "them"));
  error.collection = model.name;
  error.count = count;
  return error;
}

Error over_limit(const Model& model, std::int64_t reached) {
  Error error(Code::kReferenceViolation,
              fmt::format("Its removal would reach {} other records, the last of them in {}; at most {} may go or change at once. Remove "
                          "some of them first.",
                          reached, model.name, kCascadeLimit));
  error.collection = model.name;
  error.count = reached;
  return error;
}

}  // namespace

std::size_t RemovalWalk::IdHash::operator()(const Value& id) const noexcept {
  const auto* text = std::get_if<std::string>(&id.alternatives());
  if (text != nullptr) return std::hash<std::string>()(*text);
  const auto* integer = std::get_if<std::int64_t>(&id.alternatives());
  return integer != nullptr ? std::hash<std::int64_t>()(*integer) : 0;
}

RemovalWalk::RemovalWalk(const std::vector<Reference>& references, const Model& model, FoundRecord removed) : references_(references) {
  gone_ids_[&model].insert(removed.id);
  gone_.push_back({&model, std::move(removed)});
  ask_level();
}

Result<void> RemovalWalk::answer(std::vector<RemovalAnswer> answers) {
  switch (stage_) {
    case Stage::kCascade:
      return take_level(answers);
    case Stage::kRest:
      return take_rest(answers);
    case Stage::kExcess:
      return over_limit(*questions_.front().model, reached_ + std::max(excess_, answers.front().count));
    case Stage::kDone:
      break;
  }
  return {};
}

// What refers by cascade to those that the last level reached.
void RemovalWalk::ask_level() {
  stage_ = Stage::kCascade;
  level_ = level_end_;
  level_end_ = gone_.size();
  questions_.clear();
  asked_.clear();
  for (const Reference& reference : references_) {
    if (reference.on_delete() == OnDelete::kCascade) ask_records(reference, level_, level_end_);
  }
  if (questions_.empty()) ask_rest();
}

Result<void> RemovalWalk::take_level(std::vector<RemovalAnswer>& answers) {
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!take_gone(*asked_[i], std::move(answers[i].records))) {
      ask_excess(i);
      return {};
    }
  }
  ask_level();
  return {};
}

void RemovalWalk::ask_rest() {
  stage_ = Stage::kRest;
  ask_restrictions();
  for (const Reference& reference : references_) {
    if (reference.on_delete() == OnDelete::kSetNull) ask_records(reference, 0, gone_.size());
  }
  if (questions_.empty()) stage_ = Stage::kDone;
}

// Once for each collection: a record that restricts by two references counts once. References stand in order of their collections.
void RemovalWalk::ask_restrictions() {
  for (const Reference& reference : references_) {
    if (reference.on_delete() != OnDelete::kRestrict) continue;
    std::vector<Value> targets = gone_targets(reference, 0, gone_.size());
    if (targets.empty()) continue;
    if (questions_.empty() || questions_.back().model != reference.model) {
      RemovalQuestion question;
      question.kind = RemovalQuestion::Kind::kCount;
      question.model = reference.model;
      question.except = touched_ids(*reference.model, false);
      questions_.push_back(std::move(question));
      asked_.push_back(nullptr);
    }
    questions_.back().any_of.push_back({reference.field, std::move(targets)});
  }
}

// The first collection by name that restricts is told, before any limit that the rest would break.
Result<void> RemovalWalk::take_rest(std::vector<RemovalAnswer>& answers) {
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (asked_[i] == nullptr && answers[i].count > 0) return restricted(*questions_[i].model, answers[i].count);
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (asked_[i] == nullptr || take_nulled(*asked_[i], std::move(answers[i].records))) continue;
    ask_excess(i);
    return {};
  }
  stage_ = Stage::kDone;
  questions_.clear();
  return {};
}

// Which records refer to one of gone_[first, last).
void RemovalWalk::ask_records(const Reference& reference, std::size_t first, std::size_t last) {
  std::vector<Value> targets = gone_targets(reference, first, last);
  if (targets.empty()) return;
  RemovalQuestion question;
  question.model = reference.model;
  question.any_of.push_back({reference.field, std::move(targets)});
  question.except = touched_ids(*reference.model, false);
  question.limit = kCascadeLimit - reached_ + 1;
  questions_.push_back(std::move(question));
  asked_.push_back(&reference);
}

std::vector<Value> RemovalWalk::gone_targets(const Reference& reference, std::size_t first, std::size_t last) const {
  std::vector<Value> targets;
  for (std::size_t i = first; i < last; ++i) {
    if (gone_[i].model == reference.target) targets.push_back(gone_[i].record.id);
  }
  return targets;
}

std::vector<Value> RemovalWalk::touched_ids(const Model& model, bool with_nulled) const {
  std::vector<Value> ids;
  for (const Gone& gone : gone_) {
    if (gone.model == &model) ids.push_back(gone.record.id);
  }
  if (!with_nulled) return ids;
  for (const Nulled& nulled : nulled_) {
    if (nulled.model == &model) ids.push_back(nulled.record.id);
  }
  return ids;
}

// False when that would be too many, and then nothing is taken: excess_ says how many they are at least.
bool RemovalWalk::take_gone(const Reference& reference, std::vector<FoundRecord> records) {
  std::erase_if(records, [&](const FoundRecord& record) { return is_gone(*reference.model, record.id); });
  excess_ = std::ssize(records);
  if (reached_ + excess_ > kCascadeLimit) return false;
  reached_ += excess_;
  for (FoundRecord& record : records) {
    gone_ids_[reference.model].insert(record.id);
    gone_.push_back({reference.model, std::move(record)});
  }
  return true;
}

bool RemovalWalk::take_nulled(const Reference& reference, std::vector<FoundRecord> records) {
  auto& places = nulled_places_[reference.model];
  excess_ = std::count_if(records.begin(), records.end(), [&](const FoundRecord& record) { return !places.contains(record.id); });
  if (reached_ + excess_ > kCascadeLimit) return false;
  reached_ += excess_;
  for (FoundRecord& record : records) {
    const auto [place, is_new] = places.emplace(record.id, nulled_.size());
    if (is_new) nulled_.push_back({reference.model, std::move(record), {}});
    nulled_[place->second].fields.push_back(reference.field);
  }
  return true;
}

// How many the reference that broke the limit reaches in all, to be told.
void RemovalWalk::ask_excess(std::size_t question) {
  RemovalQuestion count = std::move(questions_[question]);
  count.kind = RemovalQuestion::Kind::kCount;
  count.except = touched_ids(*count.model, stage_ == Stage::kRest);
  stage_ = Stage::kExcess;
  questions_.clear();
  questions_.push_back(std::move(count));
}

bool RemovalWalk::is_gone(const Model& model, const Value& id) const {
  const auto ids = gone_ids_.find(&model);
  return ids != gone_ids_.end() && ids->second.contains(id);
}

Record without_references(const RemovalWalk::Nulled& nulled, Record before, Milliseconds now) {
  for (const std::size_t field : nulled.fields) before.values[field] = Value(Null{});
  if (nulled.model->timestamps) before.values[nulled.model->updated_at()] = Value(now);
  ++before.revision;
  return before;
}

}  // namespace holdfast
