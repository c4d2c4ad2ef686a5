#include "model/loader_reference.h"

#include <fmt/format.h>

#include <utility>

#include "base/nearest.h"
#include "model/loader_type.h"

namespace holdfast {

namespace {

constexpr std::pair<std::string_view, OnDelete> kOnDelete[] = {
    {"restrict", OnDelete::kRestrict}, {"cascade", OnDelete::kCascade}, {"setNull", OnDelete::kSetNull}};

void take_kind_of(IdKind id, Field& field) {
  field.kind = id == IdKind::kInteger ? Kind::kInteger : Kind::kString;
  if (id == IdKind::kUuid) field.format = Format::kUuid;
  if (id == IdKind::kObjectId) field.format = Format::kObjectId;
  if (id == IdKind::kText) field.format = Format::kTextId;
}

std::string help_with(const std::string& name, const IdKinds& id_kinds) {
  std::vector<std::string_view> names;
  for (const auto& [known, kind] : id_kinds) names.push_back(known);
  const std::string help = did_you_mean(name, names);
  return help.empty() ? fmt::format(" Collections are {}.", fmt::join(names, ", ")) : help;
}

bool read_target(Entry ref, const IdKinds& id_kinds, Field& field, FaultList& faults) {
  const auto name = read_text(ref, faults);
  if (!name) return false;
  const auto target = id_kinds.find(*name);
  if (target == id_kinds.end()) {
    faults.add(*ref.value, fmt::format("`ref` names `{}`, which is not a collection.{}", *name, help_with(*name, id_kinds)));
    return false;
  }
  field.ref = *name;
  take_kind_of(target->second.value_or(IdKind::kUuid), field);
  return true;
}

// A type says nothing new beside `ref`, save that null is admitted; one that contradicts it is a mistake.
void read_type_of_reference(Entry type, bool target_is_known, Field& field, FaultList& faults) {
  const auto declared = read_type(type, Place::kProperty, faults);
  if (!declared) return;
  field.lists_null = declared->lists_null;
  const std::string_view fitting = field.kind == Kind::kInteger ? "integer" : "string";
  if (declared->name == fitting || !target_is_known) return;
  faults.add(*type.value, fmt::format("a reference to `{}` holds its ids, which are of type {}. Write `type: {}`, or leave it out.",
                                      field.ref, fitting, declared->lists_null ? fmt::format("[{}, \"null\"]", fitting) : fitting));
}

void read_on_delete(Entry on_delete, Field& field, FaultList& faults) {
  for (const auto& [word, meaning] : kOnDelete) {
    if (on_delete.value->kind != YamlNode::Kind::kText || on_delete.value->text != word) continue;
    field.on_delete = meaning;
    if (meaning == OnDelete::kSetNull && field.required && !field.lists_null) {
      faults.add(
          *on_delete.value,
          fmt::format("`onDelete: setNull`, but the field admits no null. Take `{}` out of `required`, list \"null\" in its type, or "
                      "write `onDelete: restrict`.",
                      field.name));
    }
    return;
  }
  constexpr std::string_view kHarmless[] = {"restrict", "setNull"};  // nobody is led to a word that removes records
  faults.wrong_shape(*on_delete.value, *on_delete.keyword, did_you_mean(on_delete.value->text, kHarmless));
}

}  // namespace

bool read_reference(const YamlNode& map, const IdKinds& id_kinds, Field& field, FaultList& faults) {
  const auto at = [&map](std::string_view name) { return entry(map, Level::kField, name); };
  if (!read_target(at("ref"), id_kinds, field, faults)) return false;
  if (const Entry type = at("type")) read_type_of_reference(type, id_kinds.at(field.ref).has_value(), field, faults);
  if (const Entry on_delete = at("onDelete")) read_on_delete(on_delete, field, faults);
  return true;
}

}  // namespace holdfast
