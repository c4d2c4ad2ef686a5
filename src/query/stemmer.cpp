#include "query/stemmer.h"

#include <libstemmer.h>

#include <deque>
#include <new>
#include <stdexcept>

#include "base/hash.h"

namespace holdfast {
namespace {

// Some of every script that a language here is written in, with the endings that its rules are about. Each language reads them all.
// Part of what is hashed into stored search data: never change it without need.
constexpr std::string_view kSampleWords[] = {
    "casques",     "réductions",  "continuellement", "chevaux",     "finissaient", "running",     "generalizations", "happiness",
    "relational",  "geschwindes", "häuser",          "größten",     "gatos",       "corriendo",   "canciones",       "rapidamente",
    "corações",    "velocemente", "abbandonata",     "casele",      "copiilor",    "lichamen",    "heerlijkheid",    "hundene",
    "bestemmelse", "flickornas",  "taloissani",      "kirjoissaan", "házakban",    "szépek",      "kitaplarımız",    "evlerinden",
    "etxeetan",    "namuose",     "gražiausia",      "mempelajari", "bhfuinneoga", "fhear",       "traballadores",   "cantàvem",
    "книгами",     "красивейший", "књигама",         "lepotama",    "βιβλίων",     "ομορφότερος", "գրքերով",         "կարդացել",
    "والكتاب",     "المدرسون",    "लड़कियों",          "किताबें",       "पुस्तकहरू",      "நூல்களில்",     "மரங்கள்",           "ביכער",
    "געשריבן"};

}  // namespace

void Stemmer::Delete::operator()(sb_stemmer* stemmer) const noexcept {
  sb_stemmer_delete(stemmer);
}

Stemmer& Stemmer::of_thread(std::string_view language) {
  thread_local std::deque<Stemmer> stemmers;  // a project uses one or two
  for (Stemmer& stemmer : stemmers) {
    if (stemmer.language_ == language) return stemmer;
  }
  return stemmers.emplace_back(language);
}

Stemmer::Stemmer(std::string_view language) : language_(language) {
  if (language_ != "simple") {
    stemmer_.reset(sb_stemmer_new(language_.c_str(), nullptr));
    if (!stemmer_) throw std::invalid_argument("there is no stemmer for " + language_);
  }
  remembered_.resize(kRemembered);
  std::string answers;
  for (const std::string_view word : kSampleWords) answers.append(stem(word)) += '\n';
  fingerprint_ = content_hash(answers);
}

std::string_view Stemmer::stem(std::string_view word) {
  if (!stemmer_) return word;
  Remembered& remembered = remembered_[content_hash(word) % kRemembered];
  if (remembered.word != word) {
    remembered.stem = compute(word);
    remembered.word = word;
  }
  return remembered.stem;
}

std::string_view Stemmer::compute(std::string_view word) {
  const auto* bytes = reinterpret_cast<const sb_symbol*>(word.data());
  const sb_symbol* stem = sb_stemmer_stem(stemmer_.get(), bytes, static_cast<int>(word.size()));
  if (stem == nullptr) throw std::bad_alloc();
  const int length = sb_stemmer_length(stemmer_.get());
  return length == 0 ? word : std::string_view(reinterpret_cast<const char*>(stem), static_cast<std::size_t>(length));
}

}  // namespace holdfast
