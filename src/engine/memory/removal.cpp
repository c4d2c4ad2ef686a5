#include "engine/memory/removal.h"

#include <fmt/format.h>

#include <set>

#include "query/plan.h"

namespace holdfast::memory {
namespace {

using Ids = std::map<const Model*, std::set<Value, InOrder>>;

bool holds(const Ids& ids, const Model* model, const Value& id) {
  const auto found = ids.find(model);
  return found != ids.end() && found->second.contains(id);
}

class Walk {
 public:
  Walk(const Catalog& catalog, const Collections& collections, const RecordName& record) : catalog_(catalog), collections_(collections) {
    removal_.removed.push_back(record);
    going_[record.model].insert(record.id);
  }

  Result<Removal> run() && {
    if (Result<void> cascades = walk_cascades(); !cascades) return cascades.error();
    if (Result<void> restricts = refuse_restricted(); !restricts) return restricts.error();
    if (Result<void> nulls = find_nulls(); !nulls) return nulls.error();
    return std::move(removal_);
  }

 private:
  // Calls `take` with the model and id of each record that stays and refers into `ids` by a field of this kind; after the records of each
  // field, `counted` with their model. Collections by name, then fields in order.
  template <typename Take, typename Counted>
  Result<void> each_referrer(const Ids& ids, OnDelete on_delete, const Take& take, const Counted& counted) const {
    for (const Model& model : catalog_.models()) {
      for (std::size_t field = 0; field < model.fields.size(); ++field) {
        if (!model.fields[field].is_reference() || model.fields[field].on_delete != on_delete) continue;
        const Model* target = catalog_.find(model.fields[field].ref);
        for (const auto& [id, record] : collections_.at(&model).records) {
          const Value& reference = record.values[field];
          if (!reference.is_null() && holds(ids, target, reference) && !holds(going_, &model, id)) take(model, id);
        }
        if (Result<void> limit = counted(model); !limit) return limit;
      }
    }
    return {};
  }

  // "Cascade is done by Holdfast": what refers to what goes, goes, and so on. "A cascade over 10,000 rows → 409 with the count."
  Result<void> walk_cascades() {
    for (Ids level = going_; !level.empty();) {
      Ids next;
      const auto take = [&](const Model& model, const Value& id) {
        removal_.removed.push_back({&model, id});
        next[&model].insert(id);
      };
      const auto counted = [&](const Model& model) {
        for (const auto& [of, ids] : next) going_[of].insert(ids.begin(), ids.end());
        return check_limit(model);
      };
      if (Result<void> step = each_referrer(level, OnDelete::kCascade, take, counted); !step) return step;
      level = std::move(next);
    }
    return {};
  }

  // "`collection`, `count` for a referenced one": the first collection by name, and how many of its records refer.
  Result<void> refuse_restricted() const {
    std::map<std::string, std::set<Value, InOrder>> restricting;
    const auto take = [&](const Model& model, const Value& id) { restricting[model.name].insert(id); };
    const auto counted = [](const Model&) { return Result<void>(); };
    if (Result<void> all = each_referrer(going_, OnDelete::kRestrict, take, counted); !all) return all;
    if (restricting.empty()) return {};
    const auto& [collection, ids] = *restricting.begin();
    return violation(collection, std::ssize(ids), "refer to it; change or remove them first");
  }

  Result<void> find_nulls() {
    Ids found;
    const auto take = [&](const Model& model, const Value& id) {
      if (found[&model].insert(id).second) removal_.changed.push_back({&model, id});
    };
    return each_referrer(going_, OnDelete::kSetNull, take, [&](const Model& model) { return check_limit(model); });
  }

  Result<void> check_limit(const Model& model) const {
    const std::int64_t reached = std::ssize(removal_.removed) - 1 + std::ssize(removal_.changed);
    if (reached <= kCascadeLimit) return {};
    return violation(model.name, reached, "would go or change with it, more than one removal may; remove them in parts");
  }

  static Error violation(const std::string& collection, std::int64_t count, std::string_view why) {
    Error error(Code::kReferenceViolation, fmt::format("Records of {} ({}) {}.", collection, count, why));
    error.collection = collection;
    error.count = count;
    return error;
  }

  const Catalog& catalog_;
  const Collections& collections_;
  Removal removal_;
  Ids going_;
};

}  // namespace

Result<Removal> removal_of(const Catalog& catalog, const Collections& collections, const RecordName& record) {
  return Walk(catalog, collections, record).run();
}

// "As ordinary writes (rev, updatedAt)."
void carry_out(const Removal& removal, Collections& collections, Milliseconds now) {
  Ids gone;
  for (const RecordName& name : removal.removed) {
    collections.at(name.model).records.erase(name.id);
    gone[name.model].insert(name.id);
  }
  const auto is_gone = [&](const std::string& collection, const Value& id) {
    for (const auto& [model, ids] : gone) {
      if (model->name == collection) return ids.contains(id);
    }
    return false;
  };
  for (const auto& [model, id] : removal.changed) {
    Record& record = collections.at(model).records.at(id);
    for (std::size_t field = 0; field < model->fields.size(); ++field) {
      Value& value = record.values[field];
      if (!model->fields[field].is_reference() || value.is_null()) continue;
      if (is_gone(model->fields[field].ref, value)) value = Null{};
    }
    if (model->timestamps) record.values[model->updated_at()] = Value(now);
    ++record.revision;
  }
}

}  // namespace holdfast::memory
