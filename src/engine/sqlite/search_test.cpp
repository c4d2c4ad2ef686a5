// Searches, from the plan to the page, against a reading of the same texts in plain code.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "engine/sql/statement.h"
#include "engine/sqlite/connection.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/engine.h"
#include "engine/sqlite/reader.h"
#include "engine/testing/fixture.h"
#include "query/search_terms.h"

using namespace holdfast;

namespace {

constexpr const char* kItems = R"(
type: object
id: text
properties:
  name:  { type: string }
  size:  { type: integer }
  hash:  { type: string }
  notes: { type: string }
  tags:  { type: array, items: { type: string, maxLength: 20 } }
search: { fields: [name, notes], language: french }
)";
constexpr std::size_t kName = 1, kSize = 2, kNotes = 4;

struct Searched {
  explicit Searched(const std::string& yaml = kItems) : catalog(testing::catalog_of({{"items", yaml}})) {
    options.file = folder.path() / "holdfast.db";
    open();
  }
  ~Searched() { close(); }

  void open() {
    engine = sqlite::open(options, catalog, clock);
    store = engine->attach(loop);
  }
  void close() {
    engine->close();
    store.reset();
    engine.reset();
  }
  void create(const std::string& id, const std::string& name, Value notes = Null{}, Value size = Null{}) {
    WritePlan plan = testing::create_plan(model, testing::text(id), {{"name", testing::text(name)}, {"notes", notes}, {"size", size}});
    const Result<Written> written = testing::run(loop, store->write(std::move(plan)));
    REQUIRE(written.has_value());
    records.push_back(*written->after);
  }
  Reindexed reindex() {
    return engine->reindex(model, [](std::int64_t, std::int64_t) {});
  }

  ListPlan plan_of(const std::string& q, std::vector<SortKey> sort = {{0, false}}) const {
    ListPlan plan;
    plan.model = &model;
    plan.sort = std::move(sort);
    plan.by_rank = true;
    plan.search = parse_search("french", q).value();
    plan.limit = 200;
    return plan;
  }
  Listing list(const ListPlan& plan) {
    Result<Listing> listing = testing::run(loop, store->list(plan));
    if (!listing) FAIL(listing.error().detail);
    return std::move(*listing);
  }
  std::string ids(const ListPlan& plan) {
    std::string out;
    for (const Record& record : list(plan).records) out += record.values[0].text();
    return out;
  }
  std::string ids(const std::string& q) { return ids(plan_of(q)); }

  void run(const char* text) {
    sqlite::Database database = sqlite::open_database(options, sqlite::Role::kWriter);
    INFO(text);
    REQUIRE(sqlite::execute(database.get(), text) == SQLITE_OK);
  }

  testing::TemporaryFolder folder;
  testing::FixedClock clock;
  Catalog catalog;
  const Model& model = *catalog.find("items");
  sqlite::Options options;
  asio::io_context loop{1};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Store> store;
  std::vector<Record> records;
};

// The specification, read slowly.
bool stands_in(const SearchTerm& term, const SearchTokens& tokens) {
  const auto& [stems, words] = tokens;
  switch (term.kind) {
    case SearchTerm::Kind::kWord:
      return std::find_first_of(stems.begin(), stems.end(), term.texts.begin(), term.texts.end()) != stems.end();
    case SearchTerm::Kind::kPrefix:
      return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return word.starts_with(term.texts.front()); });
    case SearchTerm::Kind::kPhrase:
      return std::search(words.begin(), words.end(), term.texts.begin(), term.texts.end()) != words.end();
  }
  return false;
}

// Nothing: the record is not found.
std::optional<std::string> rank_of(const SearchQuery& query, const std::vector<SearchTokens>& fields) {
  std::string rank(fields.size(), '\0');
  for (const SearchTerm& term : query.wanted) {
    bool found = false;
    for (std::size_t field = 0; field < fields.size(); ++field) {
      if (!stands_in(term, fields[field])) continue;
      ++rank[field];
      found = true;
    }
    if (!found) return std::nullopt;
  }
  for (const SearchTerm& term : query.unwanted) {
    for (const SearchTokens& tokens : fields) {
      if (stands_in(term, tokens)) return std::nullopt;
    }
  }
  return rank;
}

struct Expected {
  std::string rank;
  std::vector<Value> keys;
};

std::vector<Expected> expected(const Searched& db, const ListPlan& plan) {
  std::vector<Expected> found;
  for (const Record& record : db.records) {
    auto rank = rank_of(*plan.search, search_tokens(db.model, record));
    if (!rank) continue;
    if (!plan.by_rank) rank->clear();
    Expected one{*rank, {}};
    for (const SortKey& key : plan.sort) one.keys.push_back(record.values[key.field]);
    found.push_back(std::move(one));
  }
  std::sort(found.begin(), found.end(), [&](const Expected& a, const Expected& b) {
    if (a.rank != b.rank) return a.rank > b.rank;
    for (std::size_t key = 0; key < plan.sort.size(); ++key) {
      if (const int order = compare(a.keys[key], b.keys[key]); order != 0) return plan.sort[key].descending ? order > 0 : order < 0;
    }
    return false;
  });
  return found;
}

// Reads every page, each after the last record of the one before.
std::vector<Expected> walk(Searched& db, ListPlan plan, std::int64_t limit) {
  std::vector<Expected> found;
  plan.limit = limit;
  for (bool more = true; more;) {
    const Listing page = db.list(plan);
    for (const Record& record : page.records) {
      Expected one;
      for (const SortKey& key : plan.sort) one.keys.push_back(record.values[key.field]);
      found.push_back(std::move(one));
    }
    more = page.has_more;
    if (!page.records.empty()) {
      found.back().rank = page.last_rank;
      plan.after = found.back().keys;
      plan.after_rank = page.last_rank;
    }
    REQUIRE(found.size() < 10'000);
  }
  return found;
}

}  // namespace

TEST_CASE("sqlite search: finds words by their stems, phrases and beginnings by their words", "[engine]") {
  Searched db;
  db.create("a", "Casque Audio Premium", testing::text("Réduction de bruit active"));
  db.create("b", "Câble", testing::text("pour casques, sans bruit; actif"));
  db.create("c", "Vis");
  CHECK(db.ids("casques") == "ab");  // in the first field before the second
  CHECK(db.ids("reductions") == "a");
  CHECK(db.ids("réduction") == "a");
  CHECK(db.ids("\"bruit active\"") == "a");
  CHECK(db.ids("\"bruit actif\"") == "b");
  CHECK(db.ids("\"premium reduction\"") == "");  // no phrase over the edge of a field
  CHECK(db.ids("casque -audio") == "b");
  CHECK(db.ids("casq*") == "ab");
  CHECK(db.ids("cas* vi*") == "");
  CHECK(db.ids("c*") == "");  // the plain word
  CHECK(db.ids("casque bruit") == "ab");
}

TEST_CASE("sqlite search: words in other scripts, of marks, and what FTS5 would take for syntax are words like others", "[engine]") {
  Searched db;
  db.create("a", "東京 カメラ");
  db.create("b", "İstanbul ß ς ﬁne ΑΘΗΝΑ 𝒜𐐀 ٣٤");
  db.create("c", "and or not near rank s0 hash", testing::text("AND * \" : ( ) ^ {"));
  db.create("d", "e\xcc\x81te\xcc\x81 \xcc\x81 nai\xcc\x88ve");
  for (const std::string q : {"東",   "カメ", "京カ",     "istanbul", "ß",           "σ",   "αθηνα",         "𐐨",    "٣٤", "and",
                              "AND",  "NOT",  "near",     "not* -or", "rank hash",   "été", "\"ete naive\"", "nai*", "s0", "\"and or\"",
                              "ete)", "{s0",  "and:near", "東*",      "\xcc\x81 and"}) {
    INFO(q);
    const Result<SearchQuery> query = parse_search("french", q);
    if (!query) continue;
    std::string wanted;
    for (const Record& record : db.records) {
      if (rank_of(*query, search_tokens(db.model, record))) wanted += record.values[0].text();
    }
    std::string got = db.ids(q);
    std::sort(got.begin(), got.end());
    CHECK(got == wanted);
  }
  CHECK(db.ids("東") == "a");
  CHECK(db.ids("ete") == "d");
  CHECK(db.ids("AND NOT") == "c");
}

TEST_CASE("sqlite search: as many terms as a search may have", "[engine]") {
  Searched db;
  std::string text;
  std::string unwanted = "w0";
  for (std::size_t i = 0; i < kSearchTermLimit; ++i) text += "wört" + std::to_string(i) + "s ";
  for (std::size_t i = 1; i < kSearchTermLimit; ++i) unwanted += " -x" + std::to_string(i);
  std::string phrases;
  for (std::size_t i = 0; i < kSearchTermLimit / 2; ++i) phrases += "\"x" + std::to_string(i) + " y\" x" + std::to_string(i) + "* ";
  std::string phrase_text;
  for (std::size_t i = 0; i < kSearchTermLimit / 2; ++i) phrase_text += "x" + std::to_string(i) + " y ";
  db.create("a", text);
  db.create("b", "w0", testing::text(phrase_text + "w0"));
  CHECK(db.ids(text) == "a");
  CHECK(db.ids(phrases) == "b");
  CHECK(db.ids(unwanted) == "");
  CHECK(db.ids("w0 -x200") == "b");
  const Listing listing = db.list(db.plan_of(phrases));
  CHECK(listing.last_rank == std::string("\0\xc8", 2));
}

TEST_CASE("sqlite search: filters, counts, offsets and projections stand beside it", "[engine]") {
  Searched db;
  for (int i = 0; i < 9; ++i)
    db.create(std::string(1, static_cast<char>('a' + i)), i % 3 == 2 ? "vis" : "casque vis", Null{}, testing::integer(i));
  ListPlan plan = db.plan_of("vis casques");
  plan.filter = Filter::on({kSize, Operator::kGte, {testing::integer(3)}});
  plan.count_exact = true;
  plan.limit = 2;
  plan.offset = 1;
  plan.fields = std::vector<std::size_t>{0};
  const Listing listing = db.list(plan);
  CHECK(listing.total == 4);
  CHECK(listing.has_more);
  REQUIRE(listing.records.size() == 2);
  CHECK(listing.records[0].values[0] == testing::text("e"));
  CHECK(listing.records[0].values[kName].is_absent());
  CHECK(listing.last_rank == std::string("\2\0", 2));
  plan.filter = {};
  plan.offset = 0;
  plan.by_rank = false;
  plan.sort = {{kSize, true}, {0, true}};
  CHECK(db.ids(plan) == "hg");
  CHECK(db.list(plan).last_rank.empty());
}

TEST_CASE("sqlite search: every page of every order is what the specification says", "[engine]") {
  Searched db;
  std::mt19937 random(20261123);
  const std::vector<std::string> vocabulary{"casque", "casques", "bruit", "réduction", "reduction",
                                            "été",    "vis",     "câble", "t-shirt",   "l'audio"};
  const auto word = [&] { return vocabulary[random() % vocabulary.size()]; };
  const auto text = [&] {
    std::string out;
    for (auto words = random() % 5; words > 0; --words) out += word() + " ";
    return out;
  };
  for (int i = 0; i < 120; ++i) {
    db.create("r" + std::to_string(i), text(), random() % 4 == 0 ? Value(Null{}) : testing::text(text()),
              random() % 3 == 0 ? Value(Null{}) : testing::integer(static_cast<std::int64_t>(random() % 5)));
  }
  const std::vector<std::vector<SortKey>> sorts{
      {{0, false}}, {{0, true}}, {{kSize, false}, {0, false}}, {{kSize, true}, {0, true}}, {{kSize, true}, {kNotes, false}, {0, false}}};
  for (int i = 0; i < 60; ++i) {
    std::string q = word();
    if (random() % 2 == 0) q += " " + word();
    if (random() % 3 == 0) q += " -" + word();
    if (random() % 3 == 0) q += " \"" + word() + " " + word() + "\"";
    if (random() % 3 == 0) q += " ca*";
    ListPlan plan = db.plan_of(q, sorts[random() % sorts.size()]);
    plan.by_rank = random() % 4 != 0;
    INFO(q);
    const std::vector<Expected> wanted = expected(db, plan);
    const std::vector<Expected> found = walk(db, plan, 1 + static_cast<std::int64_t>(random() % 9));
    REQUIRE(found.size() == wanted.size());
    for (std::size_t at = 0; at < found.size(); ++at) {
      CHECK(found[at].keys == wanted[at].keys);
      if (!found[at].rank.empty()) CHECK(found[at].rank == wanted[at].rank);
    }
  }
}

TEST_CASE("sqlite search: every write is found at once, and a refused one never", "[engine]") {
  Searched db(
      "type: object\nid: text\nproperties:\n  name: { type: string }\n  size: { type: integer, unique: true }\n"
      "  hash: { type: string }\n  notes: { type: string }\nsearch: { fields: [name, notes], language: french }\n");
  db.create("a", "vis", Null{}, testing::integer(1));
  db.create("b", "vis", Null{}, testing::integer(2));
  CHECK(db.ids("vis") == "ab");
  const auto write = [&](WritePlan plan) { return testing::run(db.loop, db.store->write(std::move(plan))); };
  const auto patch = [&](const char* id, std::size_t field, Value value) {
    WritePlan plan;
    plan.model = &db.model;
    plan.kind = WritePlan::Kind::kPatch;
    plan.id = testing::text(id);
    plan.values.resize(db.model.fields.size());
    plan.values[field] = std::move(value);
    return plan;
  };
  std::vector<awaitable<Result<Written>>> group;
  group.push_back(db.store->write(testing::create_plan(db.model, testing::text("c"), {{"name", testing::text("clou")}})));
  group.push_back(
      db.store->write(testing::create_plan(db.model, testing::text("d"), {{"name", testing::text("vis")}, {"size", testing::integer(1)}})));
  group.push_back(db.store->write(patch("c", kName, testing::text("vis"))));
  const std::vector<Result<Written>> written = testing::run_together(db.loop, std::move(group));
  CHECK(written[1].has_error());
  CHECK(db.ids("vis") == "abc");
  CHECK(db.ids("clou") == "");
  REQUIRE(write(patch("a", kNotes, testing::text("clou"))).has_value());
  REQUIRE(write(patch("b", kSize, testing::integer(7))).has_value());
  CHECK(db.ids("clou") == "a");
  CHECK(db.ids("vis") == "abc");
  WritePlan remove;
  remove.model = &db.model;
  remove.kind = WritePlan::Kind::kRemove;
  remove.id = testing::text("a");
  REQUIRE(write(remove).has_value());
  CHECK(db.ids("vis") == "bc");
  CHECK(db.reindex().mended == 0);
}

TEST_CASE("sqlite search: what others write is not found until it is indexed, and what they leave behind goes", "[engine]") {
  Searched db;
  db.create("a", "vis");
  db.create("b", "vis");
  db.create("c", "vis");
  CHECK(db.reindex().mended == 0);
  db.run(
      "insert into items (id, name) values ('d', 'vis'); update items set name = 'clou' where id = 'a'; delete from items where id = 'b'");
  CHECK(db.ids("vis") == "ac");
  CHECK(db.ids("clou") == "");
  std::vector<std::pair<std::int64_t, std::int64_t>> calls;
  const Reindexed done = db.engine->reindex(db.model, [&](std::int64_t at, std::int64_t of) { calls.emplace_back(at, of); });
  CHECK(done.records == 3);
  CHECK(done.mended == 3);  // one missing, one stale, one of a record that is gone
  CHECK(calls == std::vector<std::pair<std::int64_t, std::int64_t>>{{3, 3}});
  CHECK(db.ids("vis") == "cd");
  CHECK(db.ids("clou") == "a");
  CHECK(db.reindex().mended == 0);
}

TEST_CASE("sqlite search: reindex goes in steps of a thousand and tells how far it is", "[engine]") {
  Searched db;
  db.run(
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500) insert into items (id, name) select 'r' || i, 'vis' "
      "|| i from n");
  std::vector<std::int64_t> calls;
  const Reindexed done = db.engine->reindex(db.model, [&](std::int64_t at, std::int64_t of) {
    calls.push_back(at);
    CHECK(of == 2500);
  });
  CHECK(calls == std::vector<std::int64_t>{1000, 2000, 2500});
  CHECK(done.mended == 2500);
  CHECK(db.ids("vis1234") == "r1234");
}

TEST_CASE("sqlite search: reads what it found, and never seeks in the index for each record", "[engine]") {
  Searched db(
      "type: object\nid: text\nrequired: [name]\nproperties:\n  name: { type: string, maxLength: 50 }\n  size: { type: integer }\n"
      "indexes: [[size], [name]]\nsearch: { fields: [name], language: french }\n");
  const sqlite::Database database = sqlite::open_database(db.options, sqlite::Role::kLane);
  for (const bool by_rank : {true, false}) {
    ListPlan plan = db.plan_of("vis", {{kSize, false}, {0, false}});
    plan.by_rank = by_rank;
    plan.filter = Filter::on({kName, Operator::kEq, {testing::text("vis")}});
    const std::string text = "explain query plan " + sql::list_statements(sqlite::kDialect, plan)[0].text;
    const sqlite::PreparedStatement explain = sqlite::prepare(database.get(), text, false);
    std::string steps;
    while (sqlite3_step(explain.get()) == SQLITE_ROW) {
      steps.append(reinterpret_cast<const char*>(sqlite3_column_text(explain.get(), 3))).append("; ");
    }
    INFO(steps);
    const std::size_t search = steps.find("SCAN _hf_items__search VIRTUAL TABLE");
    CHECK(search < steps.find("SEARCH items USING INTEGER PRIMARY KEY (rowid=?)"));
    CHECK(steps.find("SEARCH items USING INDEX sqlite_autoindex_items_1 (id=?)") != std::string::npos);
  }
}

TEST_CASE("sqlite search: stops at its deadline", "[engine]") {
  Searched db;
  db.run(
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) "
      "insert into items (id, name) select 'r' || i, 'vis' || i from n");
  db.reindex();
  sqlite::Reader reader(db.options, sqlite::Role::kLane);
  const sqlite::Query query = sqlite::make_query(db.plan_of("vis*"));
  CHECK(query.slow);
  const auto stopped = reader.run(query, {0, std::chrono::steady_clock::now()});
  REQUIRE(stopped.has_value());
  REQUIRE(stopped->has_error());
  CHECK(stopped->error().code == Code::kQueryTimeout);
  const auto whole = reader.run(query, {});
  REQUIRE(whole.has_value());
  CHECK((*whole)->records.size() == 200);
}

TEST_CASE("sqlite search: records that were there before the search are indexed at the start", "[engine]") {
  const std::string plain = "type: object\nid: text\nproperties:\n  name: { type: string }\n  notes: { type: string }\n";
  testing::TemporaryFolder folder;
  const testing::FixedClock clock;
  sqlite::Options options;
  options.file = folder.path() / "holdfast.db";
  const auto count = [&](const std::string& yaml, const std::string& q) {
    const Catalog catalog = testing::catalog_of({{"items", yaml}});
    const auto engine = sqlite::open(options, catalog, clock);
    asio::io_context loop{1};
    std::int64_t total = -1;
    {
      const auto store = engine->attach(loop);
      ListPlan plan;
      plan.model = catalog.find("items");
      plan.sort = {{0, false}};
      plan.count_exact = true;
      if (plan.model->search) plan.search = parse_search("french", q).value();
      total = testing::run(loop, store->list(plan))->total.value();
      engine->close();
    }
    return total;
  };
  const std::string by_name = plain + "search: { fields: [name], language: french }\n";
  const std::string by_both = plain + "search: { fields: [name, notes], language: french }\n";
  CHECK(count(plain, "") == 0);
  const auto run = [&](const char* text) {
    const sqlite::Database database = sqlite::open_database(options, sqlite::Role::kWriter);
    REQUIRE(sqlite::execute(database.get(), text) == SQLITE_OK);
  };
  run("insert into items (id, name, notes) values ('a', 'vis', 'écrou')");
  CHECK(count(by_name, "vis") == 1);
  CHECK(count(by_name, "ecrou") == 0);
  CHECK(count(by_both, "ecrou") == 1);  // other searched fields are other rules
  run("insert into items (id, name) values ('b', 'vis')");
  CHECK(count(by_both, "vis") == 1);  // nothing has changed, so nothing is read again
  const std::string moved =
      "type: object\nid: text\nproperties:\n  name: { type: string, column: title }\nsearch: { fields: [name], language: french }\n";
  CHECK(count(moved, "vis") == 0);  // another column holds other texts
  CHECK(count(plain, "") == 2);     // forgets what is no longer kept up to date
  CHECK(count(by_both, "vis") == 2);
}
