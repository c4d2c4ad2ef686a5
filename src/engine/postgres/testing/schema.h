#pragma once
// An empty schema of the test server (HOLDFAST_TEST_DATABASE_URL), dropped with this; and what another program does in it.

#include <string>

#include "engine/postgres/engine.h"
#include "engine/postgres/handles.h"

namespace holdfast::testing {

class TestSchema {
 public:
  TestSchema();
  ~TestSchema();
  TestSchema(const TestSchema&) = delete;
  TestSchema& operator=(const TestSchema&) = delete;

  // Nothing is left in it.
  void clear();

  const std::string& name() const noexcept { return name_; }
  std::string url() const;
  // Of a small pool for one loop.
  postgres::Options options() const;

  // Statements without parameters; fails the test when one does.
  void run(const std::string& statements);
  // The first value of the answer, as text; empty: null, or no row.
  std::string answer(const std::string& statement);
  // SQLSTATE of what fails; empty: it does not.
  std::string failure(const std::string& statements);

 private:
  std::string name_;
  postgres::ConnectionHandle connection_;
};

}  // namespace holdfast::testing
