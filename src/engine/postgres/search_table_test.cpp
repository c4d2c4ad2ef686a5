#include "engine/postgres/search_table.h"

#include <catch2/catch.hpp>

#include "engine/postgres/schema.h"
#include "engine/postgres/search_columns.h"
#include "engine/postgres/testing/schema.h"
#include "engine/testing/fixture.h"
#include "engine/testing/servers.h"

using namespace holdfast;
using namespace holdfast::postgres;

namespace {

constexpr const char* kPlain = "type: object\nproperties:\n  title: { type: string }\n  body: { type: string }\n";

std::string searched(const std::string& fields) {
  return std::string(kPlain) + "search: { fields: [" + fields + "], language: english }\n";
}

struct Searched {
  testing::TestSchema schema;
  DirectSession session{ConnectionHandle(PQconnectdb(testing::require_server("HOLDFAST_TEST_DATABASE_URL").c_str()))};
  std::string terms = "set local search_path = " + schema.name();

  void prepare(const std::string& yaml) { prepare_schema(session, testing::catalog_of({{"notes", yaml}}), terms); }
  Reindexed mend(const std::string& yaml) {
    const Catalog catalog = testing::catalog_of({{"notes", yaml}});
    return mend_search(session, *catalog.find("notes"), terms, [](std::int64_t, std::int64_t) {});
  }
  void insert(const std::string& title, const std::string& body) {
    schema.run("insert into notes (id, title, body) values (gen_random_uuid(), '" + title + "', " + body + ")");
  }
};

}  // namespace

TEST_CASE("postgres search: what is kept of a record", "[engine]") {
  const Catalog catalog = testing::catalog_of({{"notes", searched("title, body")}});
  const Model& model = *catalog.find("notes");
  CHECK(search_columns(model) == std::vector<std::string>{"_hf_terms", "_hf_s0", "_hf_w0", "_hf_s1", "_hf_w1", "_hf_search"});
  Record record;
  record.values = {testing::text("01234567-89ab-cdef-0123-456789abcdef"), testing::text("Running é to castors"), Value(Null{})};
  const std::vector<Parameter> values = search_values(model, record);
  REQUIRE(values.size() == 6);
  CHECK(values[0].type == 1009);
  CHECK(values[1].bytes == " castor e run to ");
  CHECK(values[2].bytes == " running e to castors ");
  CHECK(values[3].bytes == "");
  CHECK(values[4].bytes == "");
  CHECK(values[5].bytes->size() == 8);
  for (const std::string term : {"castor", "run", "ca*", "cas*", "cast*", "e*", "to*", "runn*"}) {
    CHECK(values[0].bytes->find(std::string("\0\0\0", 3) + static_cast<char>(term.size()) + term) != std::string::npos);
  }
  CHECK(values[0].bytes->find("casto*") == std::string::npos);
  CHECK(search_columns(*testing::catalog_of({{"notes", kPlain}}).find("notes")).empty());
}

TEST_CASE("postgres search: columns are filled when search is declared, and anew when it changes", "[postgres]") {
  Searched db;
  db.prepare(kPlain);
  for (int i = 0; i < 120; ++i) db.insert("Running castors", "'some body'");
  db.prepare(searched("title"));
  CHECK(db.schema.answer("select count(*) from notes where _hf_terms @> '{run,castor,cast*}' and _hf_s0 = ' castor run '") == "120");
  CHECK(db.schema.answer("select count(*) from notes where _hf_search is not null and _rev = 0") == "120");
  db.prepare(searched("title, body"));
  CHECK(db.schema.answer("select count(*) from notes where _hf_terms @> '{run,bodi}' and _hf_w1 = ' some body '") == "120");
}

TEST_CASE("postgres search: what grew stale while search was not declared is made anew", "[postgres]") {
  Searched db;
  db.prepare(searched("title"));
  db.insert("Running", "null");
  db.prepare(kPlain);
  db.prepare(searched("title"));
  CHECK(db.schema.answer("select count(*) from notes where _hf_terms @> '{run}'") == "1");
}

TEST_CASE("postgres search: reindex mends what others wrote, and nothing else", "[postgres]") {
  Searched db;
  const std::string yaml = searched("title, body");
  db.prepare(yaml);
  for (int i = 0; i < 1100; ++i) db.insert("Running", "'body'");
  Reindexed done = db.mend(yaml);
  CHECK(done.records == 1100);
  CHECK(done.mended == 1100);
  CHECK(done.unreadable == 0);
  db.schema.run("update notes set title = 'Sleeping' where id = (select id from notes limit 1)");
  done = db.mend(yaml);
  CHECK(done.records == 1100);
  CHECK(done.mended == 1);
  CHECK(db.schema.answer("select count(*) from notes where _hf_terms @> '{sleep}' and not _hf_terms @> '{run}'") == "1");
  CHECK(db.schema.answer("select sum(_rev) from notes") == "0");
  CHECK(db.mend(yaml).mended == 0);
}
