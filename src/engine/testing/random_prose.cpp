#include "engine/testing/random_prose.h"

#include <algorithm>

#include "base/unicode.h"

namespace holdfast::testing {
namespace {

using Texts = std::vector<std::string>;

const Texts kCommon{"casque", "casques", "réduction", "réductions", "bruit", "audio", "active", "actif", "le", "running", "runs", "Haus"};
const Texts kRare{"re\u0301duction",
                  "reductions",
                  "l'audio",
                  "L\u2019ÉTÉ",
                  "d'e\u0301cran",
                  "aujourd'hui",
                  "qu'il",
                  "jusqu'au",
                  "quoiqu\u2019elle",
                  "l'",
                  "n'",
                  "m'm'a",
                  "t-shirt",
                  "Éclair",
                  "ÉCLAIRS",
                  "activement",
                  "cheval",
                  "chevaux",
                  "naïve",
                  "coöperation",
                  "œuvre",
                  "oeuvres",
                  "ﬁn",
                  "中文",
                  "日本語です",
                  "カタカナ",
                  "中a文b",
                  "한국어",
                  "İstanbul",
                  "istanbul",
                  "ISTANBUL",
                  "ılık",
                  "i\u0307",
                  "Straße",
                  "STRASSE",
                  "GROẞ",
                  "Häuser",
                  "ΟΔΟΣ",
                  "οδός",
                  "σς",
                  "x1",
                  "1x",
                  "42",
                  "٤٢",
                  "½",
                  "²",
                  "a",
                  "à",
                  "Ⅳ",
                  "\u0301",
                  "e\u0301\u0323",
                  "😀",
                  "a😀b",
                  "ノ\u3099",
                  "क्षि",
                  "\U00010400",
                  "ǅ",
                  "it's",
                  "the",
                  "a_b",
                  "%",
                  "*",
                  "\"",
                  "'",
                  "and",
                  "NEAR",
                  "\u00AD",
                  "so\u00ADft",
                  "k\u200Dk"};
const Texts kBetween{" ", " ", " ", " ", "  ", ", ", "-", "\n", ". ", "\u00A0", "'", "/"};

const std::string& random_word(Random& random) {
  return random.chance(60) ? random.pick(kCommon) : random.pick(kRare);
}

// What stands between spaces.
Texts words_of(const std::string& text) {
  Texts words;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", start), text.size());
    if (end > start) words.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

// The first characters of a word.
std::string beginning_of(Random& random, const std::string& word) {
  std::size_t position = 0;
  for (std::size_t count = random.between(1, 5); count > 0 && position < word.size(); --count) next_code_point(word, position);
  return word.substr(0, position);
}

std::string random_phrase(Random& random, const Texts& words) {
  if (words.size() < 2 || random.chance(20)) return random_word(random) + " " + random_word(random);
  const std::size_t first = random.below(words.size() - 1);
  std::string phrase = words[first];
  for (std::size_t i = first + 1; i < words.size() && i < first + 3; ++i) phrase += " " + words[i];
  return phrase;
}

}  // namespace

std::string random_prose(Random& random, std::size_t most_code_points) {
  std::string text;
  for (std::size_t count = random.below(9); count > 0; --count) {
    const std::string between = text.empty() ? "" : random.pick(kBetween);
    const std::string& word = random_word(random);
    const std::string longer = text + between + (is_among(random.characters(), word) ? word : "z");
    if (count_code_points(longer) > most_code_points) break;
    text = longer;
  }
  return text;
}

std::vector<std::string> random_terms(Random& random, const std::vector<std::string>& texts) {
  Texts terms;
  const Texts words = texts.empty() ? Texts{} : words_of(random.pick(texts));
  for (std::size_t count = random.chance(65) ? 1 : random.between(2, 4); count > 0; --count) {
    const std::string word = words.empty() || random.chance(25) ? random_word(random) : random.pick(words);
    const std::size_t choice = random.below(100);
    if (choice < 55) {
      terms.push_back(random.chance(80) ? word : to_lower(word));
    } else if (choice < 72) {
      terms.push_back(beginning_of(random, word) + "*");
    } else if (choice < 85) {
      terms.push_back("\"" + random_phrase(random, words) + "\"");
    } else if (choice < 97) {
      terms.push_back("-" + word);
    } else {
      terms.push_back(random.pick(Texts{"\"" + word, "-" + word + "*", "*", "-", "\"\"", word + "\"", "--" + word, "OR"}));
    }
  }
  return terms;
}

}  // namespace holdfast::testing
