#include "engine/sqlite/removal.h"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::sqlite {

std::size_t Removal::IdHash::operator()(const Value& id) const noexcept {
  const auto* text = std::get_if<std::string>(&id.alternatives());
  if (text != nullptr) return std::hash<std::string>()(*text);
  const auto* integer = std::get_if<std::int64_t>(&id.alternatives());
  return integer != nullptr ? std::hash<std::int64_t>()(*integer) : 0;
}

Removal::Removal(Rows& rows, const std::vector<Reference>& references, const Model& model, const StoredRow& removed)
    : rows_(rows), references_(references) {
  gone_.push_back({&model, removed.record.values[0], removed.row});
  gone_ids_[&model].insert(removed.record.values[0]);
}

Result<void> Removal::survey() {
  for (std::size_t first = 0; first < gone_.size();) {  // a level of the walk each time
    const std::size_t last = gone_.size();
    for (const Reference& reference : references_) {
      if (reference.on_delete() != OnDelete::kCascade) continue;
      if (auto reached = reach_level(first, last, reference); !reached) return reached;
    }
    first = last;
  }
  if (auto unrestricted = check_restrictions(); !unrestricted) return unrestricted;
  for (const Reference& reference : references_) {
    if (reference.on_delete() != OnDelete::kSetNull) continue;
    if (auto found = find_nulled(reference); !found) return found;
  }
  return {};
}

Result<void> Removal::reach_level(std::size_t first, std::size_t last, const Reference& reference) {
  for (std::size_t i = first; i < last; ++i) {
    if (gone_[i].model != reference.target) continue;
    const Value target = gone_[i].id;  // gone_ grows meanwhile
    const auto found = rows_.each_referring(*reference.model, reference.field, target, {}, [&](ReferringRow row) {
      if (is_gone(*reference.model, row.id) || ++reached_ > kCascadeLimit) return;
      gone_ids_[reference.model].insert(row.id);
      gone_.push_back({reference.model, std::move(row.id), row.row});
    });
    if (!found) return found;
  }
  return check_limit(reference);
}

bool Removal::is_gone(const Model& model, const Value& id) const {
  const auto ids = gone_ids_.find(&model);
  return ids != gone_ids_.end() && ids->second.contains(id);
}

// The first collection by name in which something that stays refers by `restrict` to something that goes.
Result<void> Removal::check_restrictions() const {
  std::vector<Reference> same;  // restricting references of one collection
  std::int64_t count = 0;
  for (std::size_t i = 0; i < references_.size(); ++i) {
    const Reference& reference = references_[i];
    if (reference.on_delete() == OnDelete::kRestrict) {
      const Result<std::int64_t> more = count_restricting(reference, same);
      if (!more) return more.error();
      count += *more;
      same.push_back(reference);
    }
    const bool is_last = i + 1 == references_.size() || references_[i + 1].model != reference.model;
    if (!is_last) continue;
    if (count > 0) {
      Error error(Code::kReferenceViolation, fmt::format("{} of {} still {} to it; change or remove {} first.",
                                                         count == 1 ? "A record" : fmt::format("{} records", count), reference.model->name,
                                                         count == 1 ? "refers" : "refer", count == 1 ? "it" : "them"));
      error.collection = reference.model->name;
      error.count = count;
      return error;
    }
    same.clear();
  }
  return {};
}

// Records that restrict by this reference and were not counted by an earlier one of their collection.
Result<std::int64_t> Removal::count_restricting(const Reference& reference, std::span<const Reference> earlier) const {
  std::vector<std::size_t> fields;
  for (const Reference& other : earlier) fields.push_back(other.field);
  std::int64_t count = 0;
  const bool all_stay = earlier.empty() && !gone_ids_.contains(reference.model);  // then nothing needs to be looked at
  for (const Gone& gone : gone_) {
    if (gone.model != reference.target) continue;
    if (all_stay) {
      const Result<std::int64_t> referring = rows_.count_referring(*reference.model, reference.field, gone.id);
      if (!referring) return referring.error();
      count += *referring;
      continue;
    }
    const auto found = rows_.each_referring(*reference.model, reference.field, gone.id, fields, [&](const ReferringRow& row) {
      if (is_gone(*reference.model, row.id)) return;
      for (std::size_t i = 0; i < earlier.size(); ++i) {
        if (is_gone(*earlier[i].target, row.others[i])) return;
      }
      ++count;
    });
    if (!found) return found.error();
  }
  return count;
}

Result<void> Removal::find_nulled(const Reference& reference) {
  for (const Gone& gone : gone_) {
    if (gone.model != reference.target) continue;
    const auto found = rows_.each_referring(*reference.model, reference.field, gone.id, {}, [&](ReferringRow row) {
      if (!is_gone(*reference.model, row.id)) add_nulled(reference, std::move(row.id));
    });
    if (!found) return found;
  }
  return check_limit(reference);
}

void Removal::add_nulled(const Reference& reference, Value id) {
  auto& places = nulled_places_[reference.model];
  if (const auto known = places.find(id); known != places.end()) return nulled_[known->second].fields.push_back(reference.field);
  if (++reached_ > kCascadeLimit) return;
  places.emplace(id, nulled_.size());
  nulled_.push_back({reference.model, std::move(id), {reference.field}});
}

Result<void> Removal::check_limit(const Reference& reference) const {
  if (reached_ <= kCascadeLimit) return {};
  Error error(Code::kReferenceViolation,
              fmt::format("Its removal would reach {} other records, the last of them in {}; at most {} may go or change at once. Remove "
                          "some of them first.",
                          reached_, reference.model->name, kCascadeLimit));
  error.collection = reference.model->name;
  error.count = reached_;
  return error;
}

// Those that stay let go first; then children before what they refer to.
Result<void> Removal::apply(Milliseconds now) {
  for (const Nulled& nulled : nulled_) {
    if (auto set = set_null(nulled, now); !set) return set;
  }
  for (auto gone = gone_.rbegin(); gone != gone_.rend(); ++gone) {
    if (auto removed = rows_.remove_row(*gone->model, gone->id, gone->row); !removed) return removed;
  }
  return {};
}

Result<void> Removal::set_null(const Nulled& nulled, Milliseconds now) {
  const Model& model = *nulled.model;
  const Result<StoredRow> before = rows_.find(model, nulled.id);
  if (!before) return before.error();
  Record after = before->record;
  for (const std::size_t field : nulled.fields) after.values[field] = Value(Null{});
  if (model.timestamps) after.values[model.updated_at()] = Value(now);
  ++after.revision;
  return rows_.update_row(model, *before, after);
}

}  // namespace holdfast::sqlite
