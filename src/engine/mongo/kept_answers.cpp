#include "engine/mongo/kept_answers.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "engine/kept_answer.h"
#include "engine/mongo/attempts.h"
#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/error.h"
#include "engine/mongo/reply.h"
#include "engine/write_errors.h"

namespace holdfast::mongo {

// What a document of the collection holds.
struct StoredKey {
  std::string fingerprint, owner;
  Milliseconds at = 0, since = 0;
  std::optional<Place> record;
  bool is_upsert = true;  // its record may be another than `record`
  std::optional<KeptAnswer> answer;
};

namespace {

// Two for each that comes: the collection shrinks to a day's keys, and no write pays for those of yesterday.
constexpr int kRemovedWithEachWrite = 2;

std::string new_owner() {
  bson_oid_t id;
  bson_oid_init(&id, nullptr);
  char text[25];
  bson_oid_to_string(&id, text);
  return text;
}

// Equal for all attempts at one request, and for no other request, nor for the same one after the key has expired.
std::int64_t request_of(const std::string& key, std::string_view fingerprint, Milliseconds at) {
  return static_cast<std::int64_t>(content_hash(fmt::format("{}\n{}\n{}", key, at, fingerprint)));
}

void append_bytes(bson_t& document, const char* key, std::string_view bytes) {
  bson_append_binary(&document, key, -1, BSON_SUBTYPE_BINARY, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                     static_cast<std::uint32_t>(bytes.size()));
}

KeptAnswer read_answer(const bson_iter_t& members) {
  bson_iter_t member = members;
  KeptAnswer answer;
  while (bson_iter_next(&member)) {
    const std::string_view name = bson_iter_key(&member);
    if (name == "status") answer.status = static_cast<int>(bson_iter_as_int64(&member));
    if (name == "rev") answer.revision = bson_iter_as_int64(&member);
    if (name == "id" && BSON_ITER_HOLDS_UTF8(&member)) answer.id = bson_iter_utf8(&member, nullptr);
    if (name == "json" && BSON_ITER_HOLDS_UTF8(&member)) answer.json = bson_iter_utf8(&member, nullptr);
  }
  return answer;
}

StoredKey read_key(const bson_t& document) {
  StoredKey key;
  bson_iter_t member, inner;
  bson_iter_init(&member, &document);
  while (bson_iter_next(&member)) {
    const std::string_view name = bson_iter_key(&member);
    if (name == "fingerprint" && BSON_ITER_HOLDS_BINARY(&member)) {
      std::uint32_t length = 0;
      const std::uint8_t* bytes = nullptr;
      bson_iter_binary(&member, nullptr, &length, &bytes);
      key.fingerprint.assign(reinterpret_cast<const char*>(bytes), length);
    }
    if (name == "owner" && BSON_ITER_HOLDS_UTF8(&member)) key.owner = bson_iter_utf8(&member, nullptr);
    if (name == "at" && BSON_ITER_HOLDS_DATE_TIME(&member)) key.at = bson_iter_date_time(&member);
    if (name == "since" && BSON_ITER_HOLDS_DATE_TIME(&member)) key.since = bson_iter_date_time(&member);
    if (name == "record") key.record = Place{member};
    if (name == "upsert") key.is_upsert = bson_iter_as_bool(&member);
    if (name == "answer" && bson_iter_recurse(&member, &inner)) key.answer = read_answer(inner);
  }
  return key;
}

Document running_key(const WritePlan& plan, const Claim& claim) {
  Document document;
  append_text(*document.get(), "_id", claim.key);
  append_bytes(*document.get(), "fingerprint", plan.idempotency->fingerprint);
  bson_append_date_time(document.get(), "at", -1, plan.now);
  append_text(*document.get(), "owner", claim.owner);
  bson_append_date_time(document.get(), "since", -1, claim.since);
  append_bool(*document.get(), "upsert", plan.upsert.has_value());
  if (!claim.record_id.is_absent()) append_id(*document.get(), "record", *plan.model, claim.record_id);
  return document;
}

}  // namespace

Milliseconds freed_after(const Connection& connection) {
  return kStaleClaim + 2 * Milliseconds{mongoc_uri_get_option_as_int32(connection.uri(), MONGOC_URI_SOCKETTIMEOUTMS, 0)};
}

Result<std::variant<Claim, Written>> KeptAnswers::claim(const WritePlan& plan, const Value& record_id) {
  Claim claim;
  claim.key = plan.model->name + " " + plan.idempotency->key;
  claim.owner = new_owner();
  claim.record_id = record_id;
  claim.request = request_of(claim.key, plan.idempotency->fingerprint, plan.now);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    pause_before(attempt);
    claim.since = clock_.now();
    Document insert;
    append_text(*insert.get(), "insert", kKeptCollection);
    {
      NestedArray documents(*insert.get(), "documents");
      append_document(documents.get(), documents.next_key(), *running_key(plan, claim).get());
    }
    const Reply inserted = connection_.write(*insert.get());
    if (inserted) return std::variant<Claim, Written>(std::move(claim));
    if (!is_duplicate_key(inserted.error().error)) return error_of_write(inserted.error());
    Document find;
    append_text(*find.get(), "find", kKeptCollection);
    {
      Nested filter(*find.get(), "filter");
      append_text(filter, "_id", claim.key);
    }
    append_int64(*find.get(), "limit", 1);
    append_bool(*find.get(), "singleBatch", true);
    const Reply reply = connection_.read(*find.get());
    if (!reply && attempt == 0 && is_lost(reply.error().error)) continue;  // nothing is written yet: once more, on another connection
    if (!reply) return error_of(reply.error().error);
    Result<std::optional<std::variant<Claim, Written>>> met = std::optional<std::variant<Claim, Written>>();
    each_document(*reply->get(), [&](const bson_t& stored) {
      met = meet(plan, claim, stored);
      return false;
    });
    if (!met) return met.error();
    if (*met) return std::move(**met);
  }
  return overloaded_by_others();
}

// Nothing: it changed meanwhile.
Result<std::optional<std::variant<Claim, Written>>> KeptAnswers::meet(const WritePlan& plan, Claim claim, const bson_t& stored) {
  using Met = std::optional<std::variant<Claim, Written>>;
  const StoredKey key = read_key(stored);
  claim.since = clock_.now();
  bool is_free = is_expired(key.at, plan.now);
  if (!is_free && key.answer) {
    Result<Written> replayed = replay(plan, key.fingerprint, *key.answer);
    if (!replayed) return replayed.error();
    return Met(std::move(*replayed));
  }
  if (!is_free && claim.since - key.since <= kStaleClaim) return idempotency_in_progress();
  if (!is_free && key.fingerprint != plan.idempotency->fingerprint) {
    const Result<bool> is_used = may_have_written(*plan.model, key);
    if (!is_used) return is_used.error();
    if (*is_used) return replay(plan, key.fingerprint, {}).error();
    if (claim.since - key.since <= freed_after(connection_)) return idempotency_in_progress();
    is_free = true;
  }
  if (is_free) {
    const Document again = running_key(plan, claim);
    const Result<bool> taken = update(claim.key, key.owner, *again.get());
    if (!taken) return taken.error();
    return *taken ? Met(std::move(claim)) : Met();
  }
  Document take_over;
  {
    Nested set(*take_over.get(), "$set");
    append_text(set, "owner", claim.owner);
    bson_append_date_time(&set.get(), "since", -1, claim.since);
  }
  const Result<bool> taken = update(claim.key, key.owner, *take_over.get());
  if (!taken) return taken.error();
  if (!*taken) return Met();
  claim.is_taken_over = true;
  claim.request = request_of(claim.key, key.fingerprint, key.at);
  if (key.record) claim.record_id = read_id(key.record->at, *plan.model);
  return Met(std::move(claim));
}

// Of a claim whose owner is gone. Any record under its id counts: another key may have put its own mark on ours since.
Result<bool> KeptAnswers::may_have_written(const Model& model, const StoredKey& key) {
  const Value id = key.record ? read_id(key.record->at, model) : Value();
  if (key.is_upsert || id.is_absent()) return true;
  return documents_.exists(model, id);
}

Result<bool> KeptAnswers::update(const std::string& key, const std::string& owner, const bson_t& change) {
  Document command;
  append_text(*command.get(), "update", kKeptCollection);
  {
    NestedArray updates(*command.get(), "updates");
    Nested one(updates.get(), updates.next_key());
    {
      Nested query(one, "q");
      append_text(query, "_id", key);
      append_text(query, "owner", owner);
    }
    append_document(one, "u", change);
  }
  const Reply reply = connection_.write(*command.get());
  if (!reply) return error_of_write(reply.error());
  return number_at(*reply->get(), "n") == 1;
}

Result<void> KeptAnswers::move(const Claim& claim, const Model& model, const Value& record_id) {
  Document change;
  {
    Nested set(*change.get(), "$set");
    append_id(set, "record", model, record_id);
  }
  const Result<bool> moved = update(claim.key, claim.owner, *change.get());
  if (!moved) return moved.error();
  return *moved ? Result<void>() : idempotency_in_progress();
}

Result<void> KeptAnswers::keep(const Claim& claim, const WritePlan& plan, const KeptAnswer& answer) {
  Document change;
  {
    Nested set(*change.get(), "$set");
    Nested kept(set, "answer");
    append_int32(kept, "status", answer.status);
    append_text(kept, "id", answer.id);
    append_int64(kept, "rev", answer.revision);
    append_text(kept, "json", answer.json);
  }
  const Result<bool> kept = update(claim.key, claim.owner, *change.get());
  if (!kept) return kept.error();
  if (!*kept) return Error(Code::kOutcomeUnknown, "It took so long that another request has the key now.");
  remove_expired(plan.now);
  return {};
}

bool KeptAnswers::release(const Claim& claim) {
  Document command;
  append_text(*command.get(), "delete", kKeptCollection);
  {
    NestedArray deletes(*command.get(), "deletes");
    Nested one(deletes.get(), deletes.next_key());
    {
      Nested query(one, "q");
      append_text(query, "_id", claim.key);
      append_text(query, "owner", claim.owner);
    }
    append_int32(one, "limit", 1);
  }
  const Reply reply = connection_.write(*command.get());
  return reply && number_at(*reply->get(), "n") == 1;  // else it is taken over later, or was
}

// Best effort, like the removal of anything that nobody asks for.
void KeptAnswers::remove_expired(Milliseconds now) {
  if (now < next_expiry_) return;
  Document find;
  append_text(*find.get(), "find", kKeptCollection);
  { Nested filter(*find.get(), "filter"); }
  {
    Nested sort(*find.get(), "sort");
    append_int32(sort, "at", 1);
  }
  {
    Nested projection(*find.get(), "projection");
    append_int32(projection, "at", 1);
  }
  append_int64(*find.get(), "limit", kRemovedWithEachWrite);
  append_bool(*find.get(), "singleBatch", true);
  const Reply oldest = connection_.read(*find.get());
  if (!oldest) return;
  Document command;
  append_text(*command.get(), "delete", kKeptCollection);
  int expired = 0;
  {
    NestedArray deletes(*command.get(), "deletes");
    each_document(*oldest->get(), [&](const bson_t& document) {
      bson_iter_t at, id;
      if (!bson_iter_init_find(&at, &document, "at") || !bson_iter_init_find(&id, &document, "_id")) return false;
      if (!BSON_ITER_HOLDS_DATE_TIME(&at) || !BSON_ITER_HOLDS_UTF8(&id)) return false;
      if (!is_expired(bson_iter_date_time(&at), now)) {
        next_expiry_ = bson_iter_date_time(&at) + kIdempotencyLife;
        return false;
      }
      ++expired;
      Nested one(deletes.get(), deletes.next_key());
      {
        Nested query(one, "q");
        append_text(query, "_id", bson_iter_utf8(&id, nullptr));
        bson_append_iter(&query.get(), "at", -1, &at);
      }
      append_int32(one, "limit", 1);
      return true;
    });
  }
  if (expired == 0) return;
  if (const Reply removed = connection_.write(*command.get()); !removed) return;
}

}  // namespace holdfast::mongo
