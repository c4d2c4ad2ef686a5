#include "model/merge.h"

#include "model/field_rules.h"
#include "model/free_form.h"

namespace holdfast {
namespace {

const Value& member_of(const Value& object, std::size_t place) {
  static const Value kNull = Null{};
  return object.is_null() ? kNull : object.array()[place];
}

Value merged_object(const Field& field, const Value& stored, const Value::Array& patch) {
  Value::Array members;
  members.reserve(patch.size());
  for (std::size_t i = 0; i < patch.size(); ++i) {
    const bool made_anew = stored.is_null() && patch[i].is_absent();
    members.push_back(made_anew ? default_or_null(field.properties[i]) : merged(field.properties[i], member_of(stored, i), patch[i]));
  }
  return Value(std::move(members));
}

// An array holds the text that takes the place of what is stored (a default).
Value merged_free_form(const Value& stored, const Value& patch) {
  if (const auto* whole = std::get_if<Value::Array>(&patch.alternatives())) return whole->front();
  return Value(merge_free_form(stored.is_null() ? std::string_view() : std::string_view(stored.text()), patch.text()));
}

}  // namespace

Value merged(const Field& field, const Value& stored, const Value& patch) {
  if (patch.is_absent()) return stored;
  if (patch.is_null()) return patch;
  if (field.kind == Kind::kObject) return merged_object(field, stored, patch.array());
  if (field.kind == Kind::kJson) return merged_free_form(stored, patch);
  return patch;
}

void check_required(const Field& field, const std::string& pointer, const Value& stored, const Value& patch,
                    std::vector<FieldError>& errors) {
  if (field.kind != Kind::kObject || patch.is_absent() || patch.is_null()) return;
  for (std::size_t i = 0; i < field.properties.size(); ++i) {
    const Field& member = field.properties[i];
    const std::string place = pointer + "/" + member.name;
    const Value& kept = member_of(stored, i);
    const bool missing = kept.is_null() && (stored.is_null() || !member.lists_null);
    if (!patch.array()[i].is_absent()) {
      check_required(member, place, kept, patch.array()[i], errors);
    } else if (member.required && missing) {
      errors.push_back(field_error(member, place, "required", ""));
    }
  }
}

}  // namespace holdfast
