#include "query/stemmer.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <thread>

#include "model/keywords.h"

using namespace holdfast;

namespace {

struct Inflected {
  std::string_view one, other;
};

// Two forms of one word in each language. All but `simple`.
const std::map<std::string_view, Inflected> kInflected = {{"arabic", {"كتاب", "الكتاب"}},
                                                          {"armenian", {"քաղաք", "քաղաքներում"}},
                                                          {"basque", {"liburua", "liburuaren"}},
                                                          {"catalan", {"gat", "gats"}},
                                                          {"danish", {"hund", "hunden"}},
                                                          {"dutch", {"boek", "boeken"}},
                                                          {"english", {"run", "running"}},
                                                          {"finnish", {"talo", "talossa"}},
                                                          {"french", {"casque", "casques"}},
                                                          {"german", {"haus", "hauses"}},
                                                          {"greek", {"δρομος", "δρομοι"}},
                                                          {"hindi", {"लड़का", "लड़के"}},
                                                          {"hungarian", {"ház", "házban"}},
                                                          {"indonesian", {"ajar", "mengajar"}},
                                                          {"irish", {"cat", "chat"}},
                                                          {"italian", {"libro", "libri"}},
                                                          {"lithuanian", {"namas", "namo"}},
                                                          {"nepali", {"किताब", "किताबहरू"}},
                                                          {"norwegian", {"bok", "boken"}},
                                                          {"porter", {"cat", "cats"}},
                                                          {"portuguese", {"livro", "livros"}},
                                                          {"romanian", {"casa", "casele"}},
                                                          {"russian", {"книга", "книги"}},
                                                          {"serbian", {"књига", "књиге"}},
                                                          {"spanish", {"libro", "libros"}},
                                                          {"swedish", {"flicka", "flickorna"}},
                                                          {"tamil", {"வீடு", "வீடுகள்"}},
                                                          {"turkish", {"kitap", "kitaplar"}},
                                                          {"yiddish", {"טאָג", "טאָגן"}}};

std::string stem(std::string_view language, std::string_view word) {
  return std::string(Stemmer::of_thread(language).stem(word));
}

}  // namespace

TEST_CASE("stemmer: every language of the model files brings two forms of a word together", "[query]") {
  for (const std::string_view language : search_languages()) {
    if (language == "simple") continue;
    CAPTURE(language);
    REQUIRE(kInflected.contains(language));
    const Inflected& words = kInflected.at(language);
    CHECK(words.one != words.other);
    CHECK(stem(language, words.one) == stem(language, words.other));
  }
}

TEST_CASE("stemmer: simple leaves every word as it is", "[query]") {
  CHECK(stem("simple", "casques") == "casques");
  CHECK(stem("simple", "réductions") == "réductions");
}

TEST_CASE("stemmer: no word loses all its letters, whatever the language", "[query]") {
  for (const std::string_view language : search_languages()) {
    CAPTURE(language);
    for (const std::string_view word : {"a", "s", "en", "ing", "ies", "ement", "é", "ः", "்", "ה", "ال", "и", "\u0301", "1", "ը"}) {
      CAPTURE(word);
      CHECK_FALSE(stem(language, word).empty());
    }
  }
}

TEST_CASE("stemmer: a language that there is not is refused", "[query]") {
  CHECK_THROWS_AS(Stemmer("klingon"), std::invalid_argument);
}

TEST_CASE("stemmer: fingerprints differ by language, and not by thread", "[query]") {
  std::set<std::uint64_t> fingerprints;
  for (const std::string_view language : search_languages()) fingerprints.insert(Stemmer::of_thread(language).fingerprint());
  CHECK(fingerprints.size() == search_languages().size());

  std::uint64_t elsewhere = 0;
  std::thread([&] { elsewhere = Stemmer::of_thread("french").fingerprint(); }).join();
  CHECK(elsewhere == Stemmer::of_thread("french").fingerprint());
}
