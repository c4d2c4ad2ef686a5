#pragma once
// A schema of the test server that is prepared for one model after the other, as by one start after the other.

#include <catch2/catch.hpp>
#include <string>

#include "engine/postgres/schema.h"
#include "engine/postgres/testing/schema.h"
#include "engine/testing/fixture.h"
#include "engine/testing/servers.h"

namespace holdfast::testing {

struct Prepared {
  TestSchema schema;
  postgres::DirectSession session{postgres::ConnectionHandle(PQconnectdb(require_server("HOLDFAST_TEST_DATABASE_URL").c_str()))};

  SecretKey prepare(const Catalog& catalog) {
    return postgres::prepare_schema(session, catalog, "set local search_path = " + schema.name());
  }
  SecretKey prepare(const std::string& yaml) { return prepare(catalog_of({{"items", yaml}})); }
  std::string refusal(const std::string& yaml) {
    try {
      prepare(yaml);
    } catch (const StartupError& error) {
      CHECK(error.exit_status() == kExitConfiguration);
      return error.what();
    }
    FAIL("nothing was refused");
    return {};
  }
  // What there is, as text.
  std::string everything() {
    return schema.answer(
        "select string_agg(line, ';' order by line) from ("
        "select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || coalesce(column_default, '') as line "
        "from information_schema.columns where table_schema = current_schema() "
        "union all select indexdef from pg_indexes where schemaname = current_schema() "
        "union all select conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = current_schema()::regnamespace) x");
  }
};

// A model of one field.
inline constexpr const char* kSmall = "type: object\nrequired: [name]\nproperties:\n  name: { type: string, maxLength: 50 }\n";

// The same with further fields, or whatever follows them.
inline std::string with(const std::string& more) {
  return kSmall + more;
}

}  // namespace holdfast::testing
