#include "engine/sqlite/search_rank.h"

#include <algorithm>
#include <string>

namespace holdfast::sqlite {
namespace {

// One term's part in the rank: each field counts it once, however many of its phrases stand there.
class TermCounter {
 public:
  TermCounter(const Fts5ExtensionApi* api, Fts5Context* context) : api_(api), context_(context) {
    ranks_.resize(static_cast<std::size_t>(api->xColumnCount(context) / 2));
    seen_.resize(ranks_.size());
  }

  // SQLite's code.
  int count(int first_phrase, int phrases) {
    std::fill(seen_.begin(), seen_.end(), '\0');
    for (int phrase = first_phrase; phrase < first_phrase + phrases; ++phrase) {
      Fts5PhraseIter at;
      int column = -1;
      if (const int code = api_->xPhraseFirstColumn(context_, phrase, &at, &column); code != SQLITE_OK) return code;
      for (; column >= 0; api_->xPhraseNextColumn(context_, &at, &column)) {
        const auto field = static_cast<std::size_t>(column / 2);
        if (field >= ranks_.size() || seen_[field] != 0) continue;
        seen_[field] = 1;
        ++ranks_[field];
      }
    }
    return SQLITE_OK;
  }

  const std::string& ranks() const noexcept { return ranks_; }

 private:
  const Fts5ExtensionApi* api_;
  Fts5Context* context_;
  std::string ranks_, seen_;
};

void rank(const Fts5ExtensionApi* api, Fts5Context* context, sqlite3_context* result, int count, sqlite3_value** arguments) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (count != 1) return sqlite3_result_error(result, "hf_rank takes the table and the phrases of each term", -1);
  TermCounter counter(api, context);
  int phrase = 0;
  const unsigned char* phrases = sqlite3_value_text(arguments[0]);
  for (; phrases != nullptr && *phrases != 0; ++phrases) {
    const int of_term = *phrases - '0';
    if (const int code = counter.count(phrase, of_term); code != SQLITE_OK) return sqlite3_result_error_code(result, code);
    phrase += of_term;
  }
  std::string text;
  for (const char found : counter.ranks()) {
    text.push_back(kDigits[static_cast<unsigned char>(found) >> 4]);
    text.push_back(kDigits[found & 15]);
  }
  sqlite3_result_text64(result, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

}  // namespace

void add_search_rank(sqlite3* database) {
  fts5_api* api = nullptr;
  const PreparedStatement select = prepare(database, "select fts5(?1)", false);
  if (!select) return;
  sqlite3_bind_pointer(select.get(), 1, &api, "fts5_api_ptr", nullptr);
  sqlite3_step(select.get());
  if (api != nullptr) api->xCreateFunction(api, "hf_rank", nullptr, rank, nullptr);
}

}  // namespace holdfast::sqlite
