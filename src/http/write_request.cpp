#include "http/write_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "http/conditional.h"
#include "http/negotiation.h"
#include "model/json.h"

namespace holdfast::http {
namespace {

constexpr std::size_t kLongestIdempotencyKey = 255;

WritePlan::Kind kind_of(Method method) {
  switch (method) {
    case Method::kPut:
      return WritePlan::Kind::kReplace;
    case Method::kPatch:
      return WritePlan::Kind::kPatch;
    case Method::kDelete:
      return WritePlan::Kind::kRemove;
    default:
      return WritePlan::Kind::kCreate;
  }
}

Result<void> refuse_preconditions(const Request& request, bool upsert) {
  if (request.header("If-Match") == nullptr && request.header("If-None-Match") == nullptr) return {};
  if (upsert) return Error(Code::kBadRequest, "POST with onConflict takes neither If-Match nor If-None-Match; PATCH takes them.");
  return Error(Code::kBadRequest, "POST makes a new record; it takes neither If-Match nor If-None-Match.");
}

// Nothing when the request has no such header. A header given twice reads as a list, which holds a space, so it is refused too.
Result<std::optional<Idempotency>> idempotency_of(const Request& request) {
  std::optional<std::string> key = request.combined("Idempotency-Key");
  if (!key) return std::optional<Idempotency>();
  const bool visible = std::ranges::all_of(*key, [](char c) { return c >= 0x21 && c <= 0x7E; });
  if (!visible || key->empty() || key->size() > kLongestIdempotencyKey) {
    return Error(Code::kBadRequest, "Idempotency-Key must be one value of 1 to 255 visible ASCII characters, as a UUID is.");
  }
  Idempotency idempotency;
  idempotency.key = std::move(*key);
  return std::optional<Idempotency>(std::move(idempotency));
}

Result<void> read_post_head(const Request& request, WritePlan& plan) {
  if (const Result<void> refused = refuse_preconditions(request, plan.upsert.has_value()); !refused) return refused;
  Result<std::optional<Idempotency>> idempotency = idempotency_of(request);
  if (!idempotency) return idempotency.error();
  plan.idempotency = std::move(*idempotency);
  return {};
}

// PUT, PATCH and DELETE: preconditions and the id.
Result<void> read_item_head(const Request& request, const Route& route, WritePlan& plan) {
  Result<std::optional<EntityTags>> match = entity_tags(request, "If-Match");
  if (!match) return match.error();
  Result<std::optional<EntityTags>> none_match = entity_tags(request, "If-None-Match");
  if (!none_match) return none_match.error();
  Result<Value> id = item_id(route);
  if (!id) return id.error();
  plan.id = std::move(*id);
  plan.if_match = std::move(*match);
  const bool creates = plan.kind == WritePlan::Kind::kReplace && !plan.if_match && *none_match && (*none_match)->any;
  if (!creates) {
    plan.if_none_match = std::move(*none_match);
    return {};
  }
  if (plan.model->id_kind == IdKind::kInteger) {
    return Error(Code::kBadRequest, fmt::format("The ids of {} are numbers that the server counts; create with POST.", plan.model->name));
  }
  plan.kind = WritePlan::Kind::kCreate;
  plan.only_if_missing = true;
  return {};
}

Result<void> check_body_head(const Request& request) {
  const std::string* content_type = request.header("Content-Type");
  const bool patch = request.method == Method::kPatch;
  if (content_type == nullptr || !is_json_media_type(*content_type, patch)) {
    return Error(Code::kUnsupportedMediaType, patch ? "Send Content-Type: application/merge-patch+json or application/json, in UTF-8."
                                                    : "Send Content-Type: application/json, in UTF-8.");
  }
  if (request.header("Content-Encoding") != nullptr) {
    return Error(Code::kUnsupportedMediaType, "Bodies with a Content-Encoding are not accepted; send the JSON as it is.");
  }
  if (!request.has_body) return Error(Code::kLengthRequired, "Send Content-Length or Transfer-Encoding: chunked.");
  return {};
}

// Collections that say `requireIfMatch` change a record only for someone who has seen it.
Result<void> check_required_precondition(const WritePlan& plan) {
  const bool changes = plan.kind != WritePlan::Kind::kCreate || plan.upsert;
  if (!plan.model->require_if_match || !changes || plan.if_match) return {};
  if (plan.upsert) {
    return Error(
        Code::kPreconditionRequired,
        fmt::format("{} takes no onConflict, because changes need If-Match: send PATCH with the record's ETag.", plan.model->name));
  }
  return Error(Code::kPreconditionRequired,
               fmt::format("Changes of {} need If-Match: read the record and send its ETag.", plan.model->name));
}

BodyMode body_mode(const WritePlan& plan) {
  switch (plan.kind) {
    case WritePlan::Kind::kReplace:
      return BodyMode::kReplace;
    case WritePlan::Kind::kPatch:
      return BodyMode::kPatch;
    default:
      return plan.only_if_missing ? BodyMode::kCreateAt : BodyMode::kCreate;
  }
}

// A new record has no values that could be claimed, save the id that it is to have.
std::vector<FieldError> false_claims(const WritePlan& plan, const std::vector<Claim>& claims) {
  std::vector<FieldError> errors;
  for (const Claim& claim : claims) {
    if (claim.field != 0 || claim.value != plan.id) errors.push_back(read_only_error(*plan.model, claim.field));
  }
  return errors;
}

FieldError missing_in_key(const Field& field) {
  const auto own = field.messages.find("required");
  return {"/" + field.name, "required", own != field.messages.end() ? own->second : "is required: onConflict finds the record by it", ""};
}

// The members of the key that the body does not send, or sends as null. That, and nothing else, is said of them.
void require_key(const WritePlan& plan, const Json& body, std::vector<FieldError>& errors) {
  if (body.kind != Json::Kind::kObject) return;
  std::vector<FieldError> missing;
  for (const std::size_t ordinal : plan.upsert->key) {
    const Field& field = plan.model->fields[ordinal];
    const auto is_sent = [&field](const Json::Member& one) { return one.name == field.name && one.value.kind != Json::Kind::kNull; };
    if (std::ranges::any_of(body.members, is_sent)) continue;
    missing.push_back(missing_in_key(field));
    std::erase_if(errors, [&missing](const FieldError& one) { return one.pointer == missing.back().pointer; });
  }
  errors = merge_errors(*plan.model, std::move(errors), std::move(missing));
}

// 128 bits: two requests that differ do not meet by chance. Neither a method nor a target holds a line break.
std::string fingerprint_of(const Request& request) {
  std::string text = request.method_text + '\n' + request.target + '\n';
  text += request.body;
  return encode_base64url(authentication_tag(SecretKey{}, text));
}

}  // namespace

Result<WritePlan> read_write_head(const Request& request, const Route& route, std::optional<std::vector<std::size_t>> conflict_key) {
  WritePlan plan;
  plan.model = route.model;
  plan.kind = kind_of(request.method);
  if (conflict_key) plan.upsert.emplace().key = std::move(*conflict_key);
  const bool post = request.method == Method::kPost;
  if (const Result<void> head = post ? read_post_head(request, plan) : read_item_head(request, route, plan); !head) return head.error();
  if (plan.kind != WritePlan::Kind::kRemove) {
    if (const Result<void> body = check_body_head(request); !body) return body.error();
  }
  if (const Result<void> precondition = check_required_precondition(plan); !precondition) return precondition.error();
  return plan;
}

Result<WriteRequest> read_write_body(const Request& request, WritePlan head, int json_depth) {
  WriteRequest write;
  write.plan = std::move(head);
  WritePlan& plan = write.plan;
  if (plan.kind == WritePlan::Kind::kRemove) {
    if (request.body.empty()) return write;
    return Error(Code::kBadRequest, "DELETE takes no body.");
  }
  const Result<Json> body = parse_json(request.body, json_depth);
  if (!body) return body.error();
  Draft draft = validate(*plan.model, *body, body_mode(plan));
  plan.values = std::move(draft.values);
  write.errors = std::move(draft.errors);
  const bool sends_id = plan.kind == WritePlan::Kind::kCreate && plan.id.is_absent() && plan.model->id_kind == IdKind::kText;
  if (sends_id) plan.id = plan.values[0];
  if (plan.only_if_missing) {
    write.errors = merge_errors(*plan.model, std::move(write.errors), false_claims(plan, draft.claims));
  } else {
    plan.claims = std::move(draft.claims);
  }
  if (plan.upsert) {
    require_key(plan, *body, write.errors);
    Draft patch = validate(*plan.model, *body, BodyMode::kPatch);
    plan.upsert->values = std::move(patch.values);
    plan.upsert->claims = std::move(patch.claims);
  }
  if (plan.idempotency) plan.idempotency->fingerprint = fingerprint_of(request);
  return write;
}

}  // namespace holdfast::http
