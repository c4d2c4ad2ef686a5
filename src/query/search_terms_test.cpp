#include "query/search_terms.h"

#include <catch2/catch.hpp>

#include <algorithm>

#include "query/testing_filter_text.h"
#include "query/testing_model.h"

using namespace holdfast;

namespace {

std::string joined(const std::vector<std::string>& texts, const char* between) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : between) + text;
  return out;
}

std::string stems(std::string_view text, std::string_view language = "french") {
  return joined(search_tokens(language, text).stems, " ");
}
std::string words(std::string_view text, std::string_view language = "french") {
  return joined(search_tokens(language, text).words, " ");
}

std::string text_of(const SearchTerm& term) {
  switch (term.kind) {
    case SearchTerm::Kind::kPrefix:
      return joined(term.texts, " ") + "*";
    case SearchTerm::Kind::kPhrase:
      return "\"" + joined(term.texts, " ") + "\"";
    default:
      return joined(term.texts, "/");
  }
}

// `simple`, so that words stay readable: a b* "c d" -e
std::string parsed(std::string_view q, std::string_view language = "simple") {
  const auto query = parse_search(language, q);
  if (!query) return testing::text_of(query.error());
  std::vector<std::string> terms;
  for (const SearchTerm& term : query->wanted) terms.push_back(text_of(term));
  for (const SearchTerm& term : query->unwanted) terms.push_back("-" + text_of(term));
  return joined(terms, " ");
}

// By semantics.md §4: each wanted term in some field, no unwanted one in any.
bool stands_in(const SearchTerm& term, const SearchTokens& field) {
  const auto has_word = [&](auto holds) { return std::any_of(field.words.begin(), field.words.end(), holds); };
  if (term.kind == SearchTerm::Kind::kPrefix) return has_word([&](const std::string& word) { return word.starts_with(term.texts[0]); });
  if (term.kind == SearchTerm::Kind::kPhrase)
    return std::search(field.words.begin(), field.words.end(), term.texts.begin(), term.texts.end()) != field.words.end();
  return std::any_of(term.texts.begin(), term.texts.end(),
                     [&](const std::string& stem) { return std::binary_search(field.stems.begin(), field.stems.end(), stem); });
}

bool finds(std::string_view q, std::string_view text, std::string_view language = "french") {
  const SearchTokens field = search_tokens(language, text);
  const auto query = parse_search(language, q);
  REQUIRE(query.has_value());
  const auto stands = [&](const SearchTerm& term) { return stands_in(term, field); };
  return std::all_of(query->wanted.begin(), query->wanted.end(), stands) &&
         std::none_of(query->unwanted.begin(), query->unwanted.end(), stands);
}

Model searched(std::vector<std::size_t> fields = {1, 2}, std::string language = "french") {
  Model model =
      testing::model_of("items", IdKind::kUuid, {testing::text_field("name", 100), testing::field("description", Kind::kString)}, true);
  model.search = SearchSettings{std::move(fields), std::move(language)};
  return model;
}

Record record_with(Value name, Value description) {
  Record record;
  record.values = {Value(std::string("id")), std::move(name), std::move(description), Value(std::int64_t{0}), Value(std::int64_t{0})};
  return record;
}
Value text(const char* text) {
  return Value(std::string(text));
}

}  // namespace

TEST_CASE("search: words are folded and in order, stems sorted and none twice", "[query]") {
  CHECK(words("Réduction de bruit, réductions DE Bruit") == "reduction de bruit reductions de bruit");
  CHECK(stems("Réduction de bruit, réductions DE Bruit") == "bruit de reduct");
  CHECK(words("") == "");
  CHECK(stems("\u0301 \u0302") == "");
  CHECK(words("a \u0301 b") == "a b");
}

TEST_CASE("search: a word has the stem of itself and that of its folded form", "[query]") {
  CHECK(stems("réduction") == "reduct");
  CHECK(stems("médecin", "simple") == "medecin");
  // The rules see accents: both ways are kept, so that a word is found with and without them.
  CHECK(stems("lumière") == "lumi lumier");
  CHECK(stems("lumiere") == "lumier");
  CHECK(finds("lumiere", "lumières"));
  CHECK(finds("lumières", "lumiere"));
  CHECK(finds("lumière", "lumières"));
}

TEST_CASE("search: the questions of the specification find what they must", "[query]") {
  CHECK(finds("casques", "Casque Audio Premium"));
  CHECK(finds("CASQUE premium", "Casque Audio Premium"));
  CHECK_FALSE(finds("casques vidéo", "Casque Audio Premium"));
  for (const char* q : {"reduction", "réductions", "réduction", "Réductions", "re\u0301duction", "RÉDUCTION"}) {
    CAPTURE(q);
    CHECK(finds(q, "à réduction de bruit active"));
    CHECK(finds(q, "reductions"));
  }
  CHECK(finds("\"bruit active\"", "réduction de Bruit Active"));
  CHECK_FALSE(finds("\"bruit active\"", "active bruit"));
  CHECK_FALSE(finds("\"bruit active\"", "bruit très active"));
  CHECK_FALSE(finds("\"bruits actives\"", "bruit active"));  // phrases look for words, not for stems
  CHECK_FALSE(finds("casque -audio", "Casque Audio Premium"));
  CHECK_FALSE(finds("audio -casques", "Casque Audio Premium"));
  CHECK(finds("casque -vidéo", "Casque Audio Premium"));
  CHECK(finds("cas*", "Casque Audio Premium"));
  CHECK_FALSE(finds("asq*", "Casque Audio Premium"));
  CHECK_FALSE(finds("c*", "Casque Audio Premium"));
  CHECK(finds("c*", "vitamine c"));
  CHECK(finds("réd*", "reduction"));
  CHECK(finds("t-shirt", "Des t-shirts"));
  CHECK_FALSE(finds("rouge -t-shirt", "shirt rouge"));
  CHECK_FALSE(finds("rouge -t-shirt", "t rouge"));
  CHECK(finds("l'écouteur", "Écouteurs"));
  CHECK(finds("東京", "京都と東京"));
  CHECK(finds("\"東京\"", "京都と東京"));
  CHECK_FALSE(finds("\"京東\"", "京都と東京"));
}

TEST_CASE("search: of a text the first 20,000 tokens count, each with its first 64 characters", "[query]") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "l'a ";
  CHECK(search_tokens("simple", text + "fin").words.size() == 20'000);
  CHECK(search_tokens("simple", text + "fin").stems == std::vector<std::string>{"a"});
  CHECK(search_tokens("simple", text.substr(4) + "fin").words.back() == "fin");
  CHECK(words(std::string(100, 'A'), "simple") == std::string(64, 'a'));
  CHECK(finds(std::string(99, 'a'), std::string(100, 'A')));
}

TEST_CASE("search: a record has the tokens of its searched fields in their order, null has none", "[query]") {
  const Record record = record_with(text("Casque"), text("Bruit"));
  const auto tokens = search_tokens(searched(), record);
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].words == std::vector<std::string>{"casque"});
  CHECK(tokens[1].words == std::vector<std::string>{"bruit"});
  CHECK(search_tokens(searched({2, 1}), record)[0].words == std::vector<std::string>{"bruit"});
  const auto without = search_tokens(searched(), record_with(text("Casque"), Null{}));
  REQUIRE(without.size() == 2);
  CHECK(without[1].words.empty());
  CHECK(without[1].stems.empty());
}

TEST_CASE("search text: words, prefixes, phrases and exclusions", "[query]") {
  CHECK(parsed("casque audio") == "casque audio");
  CHECK(parsed("  Casque\u00A0\u3000AUDIO\t") == "casque audio");
  CHECK(parsed("casques réductions", "french") == "casqu reduct");
  CHECK(parsed("lumière", "french") == "lumi/lumier");
  CHECK(parsed("cas* \"bruit active\" -audio") == "cas* \"bruit active\" -audio");
  CHECK(parsed("\"Réduction de l'eau\"") == "\"reduction de eau\"");
  CHECK(parsed("\"casque\"") == "\"casque\"");
  CHECK(parsed("a\"b c\"") == "a b c");  // a phrase begins where a word could
  CHECK(parsed("\"a b\"\"c d\"-e") == "\"a b\" \"c d\" -e");
  CHECK(parsed("\"\" \"...\" a") == "a");
}

TEST_CASE("search text: a word of several tokens is as many terms", "[query]") {
  CHECK(parsed("t-shirt") == "t shirt");
  CHECK(parsed("a -t-shirt") == "a -t -shirt");
  CHECK(parsed("t-shirt*") == "t shirt*");
  CHECK(parsed("漢字") == "漢 字");
  CHECK(parsed("l'audio d’été") == "audio ete");
  CHECK(parsed("a --b ---c") == "a -b -c");
}

TEST_CASE("search text: a star means a prefix only directly behind two characters or more, at a word's end", "[query]") {
  CHECK(parsed("ca*") == "ca*");
  CHECK(parsed("Ré*") == "re*");
  CHECK(parsed("c*") == "c");
  CHECK(parsed("é*") == "e");
  CHECK(parsed("e\u0301*") == "e");
  CHECK(parsed("漢*") == "漢");
  CHECK(parsed("t-s*") == "t s");
  CHECK(parsed("*cas c*as cas** cas.*") == "cas c as");
  CHECK(parsed("a -cas*") == "a -cas");
  CHECK(parsed("\"cas*\"") == "\"cas\"");
  CHECK(parsed("casques*", "french") == "casques*");  // a prefix of words, not of stems
}

TEST_CASE("search text: nothing else is syntax", "[query]") {
  CHECK(parsed("a AND b OR NOT (c) +d name:e ^f ~g") == "a and b or not c d name e f g");
  CHECK(parsed("\"casque audio") == "casque audio");
  CHECK(parsed("a -\"casque audio") == "a audio -casque");
  CHECK(parsed("a \"b c\" \"d e") == "a \"b c\" d e");
  CHECK(parsed("a - b") == "a b");
  CHECK(parsed("5\" écran") == "5 ecran");
  CHECK(parsed("%_\\' --") == "invalid_parameter: `q` has no word to search for: write letters or digits.");
}

TEST_CASE("search text: without a wanted word it is refused", "[query]") {
  for (const char* q : {"", " ", "-", "\"", "\"\"", "*", "- - -", "!!!", "🎧", "\u0301", "\"...\""}) {
    CAPTURE(q);
    CHECK(parsed(q) == "invalid_parameter: `q` has no word to search for: write letters or digits.");
  }
  CHECK(parsed("-audio -casque") == "invalid_parameter: `q` only excludes words; write one that is wanted too, as in `q=audio -casque`.");
  CHECK(parsed("a -\"b c\"") == "invalid_parameter: `q` cannot exclude a phrase; write `-` before single words, as in `-word`.");
  CHECK(parsed("a --\"b\"").starts_with("invalid_parameter: `q` cannot exclude a phrase"));
}

TEST_CASE("search text: terms count once, by what they look for", "[query]") {
  CHECK(parsed("casque Casques casque", "french") == "casqu");
  CHECK(parsed("a a* \"a\" \"a\" -b -b") == "a \"a\" -b");
  CHECK(parsed("casque -casque") == "casque -casque");
}

TEST_CASE("search text: at most 200 terms, as written", "[query]") {
  std::string q;
  for (int i = 0; i < 200; ++i) q += "w" + std::to_string(i) + (i % 3 == 0 ? "* " : " ");
  REQUIRE(parse_search("french", q).has_value());
  CHECK(parse_search("french", q)->wanted.size() == 200);
  CHECK(parsed(q + "x") == "invalid_parameter: `q` takes at most 200 words and phrases.");
  CHECK(parsed(q + "-x") == "invalid_parameter: `q` takes at most 200 words and phrases.");
  CHECK(parsed(q + "\"x\"") == "invalid_parameter: `q` takes at most 200 words and phrases.");
  std::string same;
  for (int i = 0; i < 1'000; ++i) same += "a ";
  CHECK(parsed(same) == "invalid_parameter: `q` takes at most 200 words and phrases.");
  std::string phrase = "\"x";
  for (int i = 1; i < 1'000; ++i) phrase += " x";
  CHECK_FALSE(parsed(phrase + "\"").starts_with("invalid_parameter"));
  CHECK(parsed(phrase + " x\"") == "invalid_parameter: The phrases of `q` take at most 1000 words together.");
}

TEST_CASE("search text: 100,000 hostile characters are read in one pass", "[query]") {
  const auto repeated = [](std::string_view part) {
    std::string q;
    while (q.size() < 100'000) q += part;
    return q;
  };
  // Each takes some milliseconds; with a step that looks through all that follows, the test would not end.
  for (const char* part :
       {"a", "\" ", "\"", "-", "- ", "*", "é", "\u0301", "l'", "l'l'", "-\"", "漢", "\"\" ", "'", "\u3000", "\U0010FFFF"}) {
    CAPTURE(part);
    const auto query = parse_search("french", repeated(part));
    CHECK((query || query.error().code == Code::kInvalidParameter));
  }
}

TEST_CASE("search: the version tells language, fields and rules apart, the hash the values too", "[query]") {
  const Model model = searched();
  CHECK(search_version(model) == search_version(searched()));
  CHECK(search_version(model) != search_version(searched({2, 1})));
  CHECK(search_version(model) != search_version(searched({1})));
  CHECK(search_version(model) != search_version(searched({1, 2}, "simple")));

  const auto hash = [&](Value name, Value description) { return search_hash(model, record_with(std::move(name), std::move(description))); };
  CHECK(hash(text("a"), text("b")) == hash(text("a"), text("b")));
  CHECK(hash(text("a"), text("b")) != hash(text("ab"), text("")));
  CHECK(hash(text("a"), text("b")) != hash(text("A"), text("b")));
  CHECK(hash(text("a"), Null{}) != hash(text("a"), text("")));
  CHECK(search_hash(searched({1, 2}, "english"), record_with(text("a"), text("b"))) != hash(text("a"), text("b")));
}
