#pragma once
// One write on one connection.

#include "engine/mongo/kept_answers.h"
#include "engine/mongo/removal.h"

namespace holdfast::mongo {

class WriteSession {
 public:
  WriteSession(Connection& connection, const Catalog& catalog, const Clock& clock, const KeysOfIndexes& keys,
               std::atomic<Milliseconds>& next_expiry)
      : documents_(connection, keys),
        removal_(documents_, catalog, clock),
        kept_answers_(documents_, clock, next_expiry),
        catalog_(catalog) {}

  Result<Written> write(const WritePlan& plan);

 private:
  Result<Written> write_once(WritePlan plan);
  Result<std::optional<Written>> find_done(const WritePlan& plan);
  Result<Written> dispatch(const WritePlan& plan);
  Result<Written> create(const WritePlan& plan);
  Result<std::optional<Written>> try_to_create(const WritePlan& plan, Record& record);
  Result<std::optional<Written>> explain_refusal(const WritePlan& plan, Record& record);
  Result<std::optional<Written>> refuse_or_retry(const Model& model, const std::vector<Document>& others, Error refusal);
  Result<Written> update(const WritePlan& plan);
  Result<std::optional<Written>> change(const WritePlan& plan, StoredDocument before);
  Result<std::vector<std::size_t>> missing_references(const Model& model, const Record* before, const Record& after);
  Result<void> check_targets(const Model& model, const Record* before, const Record& after);
  Result<void> undo(const Model& model, const Record& record);
  Result<void> make_id(const Model& model, Record& record);
  void give_back_unused_id(const Model& model);

  Documents documents_;
  Removal removal_;
  KeptAnswers kept_answers_;
  const Catalog& catalog_;
  std::optional<Claim> claim_;             // of the Idempotency-Key
  std::optional<std::int64_t> unused_id_;  // made for a record that never was
};

}  // namespace holdfast::mongo
