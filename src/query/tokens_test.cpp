#include "query/tokens.h"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

// With bars between them.
std::string tokens_of(std::string_view text) {
  TokenReader reader(text);
  std::string tokens;
  while (reader.next()) tokens += (tokens.empty() ? "" : "|") + reader.token();
  return tokens;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("tokens: runs of letters, digits and marks in lower case", "[query]") {
  CHECK(tokens_of("") == "");
  CHECK(tokens_of(" \t.,;!?") == "");
  CHECK(tokens_of("Casque Audio Premium") == "casque|audio|premium");
  CHECK(tokens_of("WH-1000XM4, 2e éd.") == "wh|1000xm4|2e|éd");
  CHECK(tokens_of("ÉTÉ İ ς ẞ Σ") == "été|i|ς|ß|σ");
  CHECK(tokens_of("re\u0301duit") == "re\u0301duit");
  CHECK(tokens_of("snake_case a\u00ADb a\u200Db") == "snake|case|a|b|a|b");
  CHECK(tokens_of("x² Ⅷ ٣ 🎧audio🎧") == "x|٣|audio");
  CHECK(tokens_of("❤\uFE0Fa") == "\uFE0Fa");
  CHECK(tokens_of("हिन्दी") == "हिन्दी");
  CHECK(tokens_of("한국어") == "한국어");
}

TEST_CASE("tokens: apostrophes split, and French elisions before them are dropped", "[query]") {
  CHECK(tokens_of("l'audio L’Été qu'il jusqu’à Quoiqu'on LORSQU'elle puisqu'un") == "audio|été|il|à|on|elle|un");
  CHECK(tokens_of("m'a t'a n'a s'a j'a d'a c'est") == "a|a|a|a|a|a|est");
  CHECK(tokens_of("aujourd'hui don't O'Brien") == "aujourd|hui|don|t|o|brien");
  CHECK(tokens_of("presqu'île") == "presqu|île");
  // Only directly before an apostrophe and a letter.
  CHECK(tokens_of("l audio l' audio l'1 l'' l'") == "l|audio|l|audio|l|1|l|l");
  CHECK(tokens_of("l ' a l'\u0301a") == "l|a|l|\u0301a");
  CHECK(tokens_of("l`a l\u02BCa l\u2018a") == "l|a|l\u02BCa|l|a");
  CHECK(tokens_of("xl'a 1l'a") == "xl|a|1l|a");
  CHECK(tokens_of("d'l'a qu'l'漢") == "a|漢");
  CHECK(tokens_of("漢l'a") == "漢|a");
}

TEST_CASE("tokens: Han and kana are one each, with the marks behind them", "[query]") {
  CHECK(tokens_of("漢字かな交じり文") == "漢|字|か|な|交|じ|り|文");
  CHECK(tokens_of("東京tower2") == "東|京|tower2");
  CHECK(tokens_of("aカ\u3099b人々〆〇") == "a|カ\u3099|b|人|々|〆");
  CHECK(tokens_of("ｶﾞ") == "ｶ|ﾞ");
  CHECK(tokens_of("\u0301漢") == "\u0301|漢");
  CHECK(tokens_of("𠀀\U000E0100𠀁") == "𠀀\U000E0100|𠀁");
  CHECK(tokens_of("漢1") == "漢|1");
}

TEST_CASE("tokens: are cut at 64 code points, the rest of the run is dropped", "[query]") {
  CHECK(tokens_of(repeated("a", 64)) == repeated("a", 64));
  CHECK(tokens_of(repeated("a", 65) + " b") == repeated("a", 64) + "|b");
  CHECK(tokens_of(repeated("É", 70) + " b") == repeated("é", 64) + "|b");
  CHECK(tokens_of(repeated("a", 63) + repeated("é", 9)) == repeated("a", 63) + "é");
  CHECK(tokens_of("漢" + repeated("\u0301", 100) + "字") == "漢" + repeated("\u0301", 63) + "|字");
}

TEST_CASE("tokens: what is behind a token can be seen, and whether it is ASCII", "[query]") {
  TokenReader reader("Ab cé*");
  REQUIRE(reader.next());
  CHECK(reader.is_ascii());
  CHECK(reader.rest() == " cé*");
  REQUIRE(reader.next());
  CHECK_FALSE(reader.is_ascii());
  CHECK(reader.rest() == "*");
  CHECK_FALSE(reader.next());
}
