#pragma once
// What every engine keeps under an Idempotency-Key, and what it makes of it when the key comes again. Pure.

#include <string_view>

#include "engine/store.h"

namespace holdfast {

// The answer to a write of a key: `written.after` is there, all of its values are known.
KeptAnswer answer_to_keep(const Model& model, const Written& written);

// True when a key of that time is as if it had never been sent.
bool is_expired(Milliseconds created, Milliseconds now) noexcept;

// The first answer again. idempotency_key_reused when it was that of another request.
Result<Written> replay(const WritePlan& plan, std::string_view fingerprint, KeptAnswer answer);

}  // namespace holdfast
