#include "query/write_resolution.h"

#include <algorithm>

#include "model/record_json.h"

namespace holdfast {
namespace {

bool is_weak(const std::string& tag) {
  return tag.starts_with("W/");
}

Result<void> check_claims(const WritePlan& plan, const Record& before) {
  std::vector<FieldError> errors;
  for (const Claim& claim : plan.claims) {
    const bool holds = !claim.value.is_absent() && claim.value == before.values[claim.field];
    if (!holds) errors.push_back(read_only_error(*plan.model, claim.field));
  }
  if (errors.empty()) return {};
  Error error(Code::kValidationFailed, "The body changes what the server keeps; send those members as they are stored, or leave them out.");
  error.errors = merge_errors(*plan.model, {}, std::move(errors));
  return error;
}

}  // namespace

bool matches_strongly(const EntityTags& tags, const std::string& etag) {
  if (tags.any) return true;
  return !is_weak(etag) && std::find(tags.tags.begin(), tags.tags.end(), etag) != tags.tags.end();
}

bool matches_weakly(const EntityTags& tags, const std::string& etag) {
  if (tags.any) return true;
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  return std::any_of(tags.tags.begin(), tags.tags.end(), [&](const std::string& tag) { return opaque(tag) == opaque(etag); });
}

Record resolve_create(const WritePlan& plan) {
  Record record;
  record.values = plan.values;
  if (!plan.id.is_absent()) record.values[0] = plan.id;
  if (plan.model->timestamps) {
    record.values[plan.model->created_at()] = Value(plan.now);
    record.values[plan.model->updated_at()] = Value(plan.now);
  }
  record.revision = 1;
  return record;
}

Result<Resolution> resolve_update(const WritePlan& plan, const Record& before) {
  if (auto claims = check_claims(plan, before); !claims) return claims.error();
  // Absent is "kept": what the server keeps in a replace, what was not sent in a patch.
  Resolution resolution;
  resolution.after = before;
  resolution.changed = false;
  for (std::size_t field = 0; field < plan.values.size(); ++field) {
    if (plan.values[field].is_absent() || plan.values[field] == before.values[field]) continue;
    resolution.after.values[field] = plan.values[field];
    resolution.changed = true;
  }
  if (!resolution.changed) return resolution;
  if (plan.model->timestamps) resolution.after.values[plan.model->updated_at()] = Value(plan.now);
  ++resolution.after.revision;
  return resolution;
}

Result<void> check_preconditions(const WritePlan& plan, const Record& before) {
  if (!plan.if_match && !plan.if_none_match) return {};
  const std::string etag = etag_of(*plan.model, before);
  if (plan.if_match && !matches_strongly(*plan.if_match, etag)) {
    return Error(Code::kPreconditionFailed, "The item is now " + etag + ", which If-Match does not list; fetch it again.");
  }
  if (plan.if_none_match && matches_weakly(*plan.if_none_match, etag)) {
    return Error(Code::kPreconditionFailed, "The item is " + etag + ", which If-None-Match excludes.");
  }
  return {};
}

}  // namespace holdfast
