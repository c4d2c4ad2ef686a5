#include <catch2/catch.hpp>

#include "engine/testing/client.h"
#include "engine/testing/fixture.h"

namespace holdfast::testing {
namespace {

Catalog articles() {
  return catalog_of({{"articles", R"(
type: object
id: text
properties:
  title: { type: string }
  price: { type: integer }
  body:  { type: string }
  note:  { type: string }
  shop:  { ref: shops, onDelete: cascade }
timestamps: true
search: { fields: [title, body], language: french }
)"},
                     {"shops", "type: object\nid: text\nproperties:\n  name: { type: string }\n"}});
}

void made(const Result<Written>& written) {
  if (written.has_error()) FAIL(written.error());
}

// Each is made a second after the one before, so that the default sort has the last first.
void create_articles(Client& client) {
  made(client.post("shops", "s"));
  const auto create = [&](const char* id, const std::string& title, const std::string& body, const char* price) {
    client.time += 1'000;
    made(client.post("articles", id,
                     {{"title", title}, {"body", body}, {"price", price}, {"note", R"("audio secret")"}, {"shop", R"("s")"}}));
  };
  create("a", R"("Casque Audio Premium")", R"("Réduction de bruit active, l'été d’un rêve")", "1");
  create("b", R"("Enceinte")", R"("Un casque sans audio : bruit, puis active")", "2");
  create("c", R"("re\u0301duction")", R"("Casques casques casques")", "3");
  create("d", R"("日本語 İstanbul")", "null", "4");
  create("e", "null", R"("T-shirt audio")", "5");
}

void check_terms(Client& client) {
  const auto found = [&](const std::string& q) { return client.walk("articles/search", "sortBy=%2Bid&q=" + q); };
  CHECK(found("casques") == "a b c");
  CHECK(found("CASQUE") == "a b c");
  CHECK(found("reduction") == "a c");
  CHECK(found("r%C3%A9ductions") == "a c");
  CHECK(found("%22bruit active%22") == "a");
  CHECK(found("bruit active") == "a b");
  CHECK(found("%22casque audio premium%22") == "a");
  CHECK(found("%22premium r%C3%A9duction%22").empty());  // not across fields
  CHECK(found("audio -casque") == "e");
  CHECK(found("audio -casques -shirt").empty());
  CHECK(found("cas*") == "a b c");
  CHECK(found("act*") == "a b");
  CHECK(found("ete") == "a");
  CHECK(found("un reve") == "a");
  CHECK(found("t-shirt") == "e");
  CHECK(found("%E6%9C%AC") == "d");
  CHECK(found("%22%E6%9C%AC%E8%AA%9E%22") == "d");
  CHECK(found("istanbul") == "d");
  CHECK(found("secret").empty());  // not a searched field
  CHECK(found("nothing").empty());
}

void check_rank(Client& client) {
  for (const char* limit : {"&limit=1", "&limit=2", "&limit=50"}) {
    const auto order = [&](const std::string& query) { return client.walk("articles/search", query + limit); };
    // By terms found in the title, then in the body, then the latest first.
    CHECK(order("q=casque") == "a c b");
    CHECK(order("q=audio") == "a e b");
    CHECK(order("q=casque%20r%C3%A9duction") == "c a");
    CHECK(order("q=casque&sortBy=-price") == "c b a");
    CHECK(order("q=casque&price%5Bgte%5D=2") == "c b");
    CHECK(order("q=casque casque casque bruit") == "a b");
  }
}

// A write is found as soon as it is acknowledged, and what was there before is found no more.
void check_writes(Client& client) {
  const auto found = [&](const std::string& q) { return client.walk("articles/search", "sortBy=%2Bid&q=" + q); };
  made(client.patch("articles", "e", {{"title", R"("Casquette")"}}));
  CHECK(found("casquette") == "e");
  made(client.patch("articles", "e", {{"note", R"("x")"}}));
  CHECK(found("casquette") == "e");
  made(client.patch("articles", "e", {{"title", "null"}}));
  CHECK(found("casquette").empty());
  CHECK(found("shirt") == "e");
  made(client.remove("articles", "e"));
  CHECK(found("shirt").empty());
  Step refused;
  refused.kind = Step::Kind::kPatch;
  refused.collection = "articles";
  refused.id = "d";
  refused.if_match = "\"9-00000000\"";
  refused.members = {{"title", R"("refusé")"}};
  REQUIRE(client.write(refused).has_error());
  CHECK(found("refus%C3%A9").empty());
  CHECK(found("istanbul") == "d");
  made(client.remove("shops", "s"));
  CHECK(found("casque").empty());
  CHECK(client.count("articles") == 0);
}

}  // namespace

void check_search(const OpenEngine& open) {
  Client client(open, articles());
  create_articles(client);
  check_terms(client);
  check_rank(client);
  check_writes(client);
}

}  // namespace holdfast::testing
