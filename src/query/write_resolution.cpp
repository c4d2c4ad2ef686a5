#include "query/write_resolution.h"

#include <algorithm>

#include "model/merge.h"
#include "model/record_json.h"

namespace holdfast {
namespace {

bool is_weak(const std::string& tag) {
  return tag.starts_with("W/");
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

std::vector<FieldError> errors_against(const WritePlan& plan, const Record& before) {
  const Model& model = *plan.model;
  std::vector<FieldError> errors;
  for (const Claim& claim : plan.claims) {
    const bool holds = !claim.value.is_absent() && claim.value == before.values[claim.field];
    if (!holds) errors.push_back(read_only_error(model, claim.field));
  }
  if (plan.kind == WritePlan::Kind::kPatch) {
    for (std::size_t i = 0; i < plan.values.size(); ++i) {
      check_required(model.fields[i], "/" + model.fields[i].name, before.values[i], plan.values[i], errors);
    }
  }
  return merge_errors(model, {}, std::move(errors));
}

Result<Resolution> resolve_update(const WritePlan& plan, const Record& before) {
  if (std::vector<FieldError> errors = errors_against(plan, before); !errors.empty()) {
    Error error(Code::kValidationFailed, "The body does not go with the item as it is stored; `errors` lists what to change.");
    error.errors = std::move(errors);
    return error;
  }
  // Absent is "kept": what the server keeps in a replace, what was not sent in a patch.
  const bool patches = plan.kind == WritePlan::Kind::kPatch;
  Resolution resolution;
  resolution.after = before;
  resolution.changed = false;
  for (std::size_t field = 0; field < plan.values.size(); ++field) {
    if (plan.values[field].is_absent()) continue;
    Value value = patches ? merged(plan.model->fields[field], before.values[field], plan.values[field]) : plan.values[field];
    if (value == before.values[field]) continue;
    resolution.after.values[field] = std::move(value);
    resolution.changed = true;
  }
  if (!resolution.changed) return resolution;
  if (plan.model->timestamps) resolution.after.values[plan.model->updated_at()] = Value(plan.now);
  ++resolution.after.revision;
  return resolution;
}

WritePlan as_patch(const WritePlan& upsert, const Record& before) {
  WritePlan patch;
  patch.model = upsert.model;
  patch.kind = WritePlan::Kind::kPatch;
  patch.id = before.values[0];
  patch.values = upsert.upsert->values;
  patch.claims = upsert.upsert->claims;
  patch.now = upsert.now;
  return patch;
}

std::vector<std::size_t> references_to_check(const Model& model, const Record* before, const Record& after) {
  std::vector<std::size_t> fields;
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    if (!model.fields[i].is_reference() || after.values[i].is_null()) continue;
    if (before == nullptr || before->values[i] != after.values[i]) fields.push_back(i);
  }
  return fields;
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
