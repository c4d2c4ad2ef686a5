#include "app/cli/scan_output.h"

#include <catch2/catch.hpp>

#include "engine/testing/fixture.h"

using namespace holdfast;
using namespace holdfast::cli;

namespace {

Catalog shop() {
  return testing::catalog_of({{"authors", "type: object\nproperties:\n  name: { type: string }\n"},
                              {"books", "type: object\nproperties:\n  author: { ref: authors }\n"}});
}

}  // namespace

TEST_CASE("scan output: a collection that fits is one sentence", "[app]") {
  const Catalog catalog = shop();
  ScannedCollection books;
  books.model = catalog.find("books");
  books.records = 12;
  const auto finding = findings_of({books}).front();
  CHECK(finding.status == FindingStatus::kOk);
  CHECK(finding.message == "12 records fit the model.");
  CHECK(json_of({books}) ==
        R"([{"collection":"books","records":12,"misfits":0,"staleSearch":0,"orphanSearch":0,"staleKeys":0,"listed":[]}])");
}

TEST_CASE("scan output: misfits are listed by id and field, ten in words and all in JSON, the rest counted", "[app]") {
  const Catalog catalog = shop();
  ScannedCollection books;
  books.model = catalog.find("books");
  books.records = 30;
  books.misfits = 25;
  for (int i = 0; i < 12; ++i) books.listed.push_back({"b" + std::to_string(i), "author"});
  const auto finding = findings_of({books}).front();
  CHECK(finding.status == FindingStatus::kError);
  CHECK(finding.message ==
        "of 30 records: 25 stored values are of another type than the model's: b0 (author), b1 (author), b2 (author), b3 (author), "
        "b4 (author), b5 (author), b6 (author), b7 (author), b8 (author), b9 (author) and 15 more.");
  CHECK(finding.advice.find("stored_value_invalid") != std::string::npos);
  CHECK(finding.advice.find("reindex") == std::string::npos);
  CHECK(json_of({books}).find(R"({"id":"b11","field":"author"}]}])") != std::string::npos);
}

TEST_CASE("scan output: stale search data and keys are counted, and reindex mends them", "[app]") {
  const Catalog catalog = shop();
  ScannedCollection books;
  books.model = catalog.find("books");
  books.records = 3;
  books.stale_search = 2;
  books.stale_keys = 1;
  const auto finding = findings_of({books}).front();
  CHECK(finding.status == FindingStatus::kError);
  CHECK(finding.message == "of 3 records: the search data of 2 is stale; the compound unique keys of 1 are stale.");
  CHECK(finding.advice == "Run: holdfast reindex");
}

TEST_CASE("scan output: danglers are listed with what they refer to", "[app]") {
  const Catalog catalog = shop();
  const DanglingReference dangling{catalog.references().front(), 1, {{"b1", "a9"}}};
  const auto finding = findings_of({dangling}).front();
  CHECK(finding.name == "books");
  CHECK(finding.message == "author of 1 records refers to authors that are not there: b1 (a9).");
  CHECK(finding.advice == "Make the missing authors, or PATCH author of these records.");
  CHECK(json_of({dangling}) ==
        R"([{"collection":"books","field":"author","target":"authors","count":1,"listed":[{"id":"b1","target":"a9"}]}])");
  CHECK(findings_of(std::vector<DanglingReference>{}).front().message == "every reference has its target.");
}
