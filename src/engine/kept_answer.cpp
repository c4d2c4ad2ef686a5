#include "engine/kept_answer.h"

#include "engine/write_errors.h"
#include "model/record_json.h"

namespace holdfast {

KeptAnswer answer_to_keep(const Model& model, const Written& written) {
  KeptAnswer answer;
  answer.status = written.created ? 201 : 200;
  answer.id = shown_id(written.after->values[0]);
  answer.revision = written.after->revision;
  append_json(answer.json, model, *written.after);
  return answer;
}

bool is_expired(Milliseconds created, Milliseconds now) noexcept {
  return now - created >= kIdempotencyLife;
}

Result<Written> replay(const WritePlan& plan, std::string_view fingerprint, KeptAnswer answer) {
  if (fingerprint != plan.idempotency->fingerprint) {
    return Error(Code::kIdempotencyKeyReused, "This Idempotency-Key came with another request before; send a new key.");
  }
  Written written;
  written.changed = false;
  written.replayed = std::move(answer);
  return written;
}

}  // namespace holdfast
