#include "engine/postgres/inspection.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "engine/postgres/dial.h"
#include "engine/testing/servers.h"
#include "model/loader.h"

using namespace holdfast;
using namespace holdfast::postgres;

namespace {

std::string server() {
  return testing::require_server("HOLDFAST_TEST_DATABASE_URL");
}

// The same URL with another part behind the host.
std::string with_credentials(const std::string& url, const std::string& credentials) {
  return "postgresql://" + credentials + url.substr(url.rfind('@'));
}
std::string with_database(const std::string& url, const std::string& database) {
  return url.substr(0, url.rfind('/') + 1) + database;
}

class Administrator {
 public:
  Administrator() : session_(connect()) {}

  void run(const std::string& statement) {
    const auto answer = session_.run_text(statement);
    INFO(statement);
    if (!answer) FAIL(answer.error().message);
  }

 private:
  static ConnectionHandle connect() {
    const std::atomic<bool> stopped = false;
    auto dialled = dial(read_address(server()), Terms{5000, ""}, 5000, stopped);
    REQUIRE(dialled.has_value());
    return std::move(dialled->connection);
  }

  DirectSession session_;
};

// A role with a schema of its own, and a name nobody else has; both gone with the test.
class Tenant {
 public:
  Tenant() : name("doctor_" + std::to_string(::getpid())) {
    administrator.run(fmt::format("create role {0} login password 'sesame'; create schema {0} authorization {0}", name));
  }
  ~Tenant() { administrator.run(fmt::format("drop schema {0} cascade; drop owned by {0}; drop role {0}", name)); }

  std::string url() const { return with_credentials(server(), name + ":sesame") + "?schema=" + name; }

  const std::string name;
  Administrator administrator;
};

Options options_of(std::string url) {
  Options options;
  options.url = std::move(url);
  options.connect_timeout = 3000;
  return options;
}

Catalog no_models() {
  return Catalog({});
}

Catalog items() {
  auto loaded = load_model_text("items", "type: object\nproperties:\n  name: { type: string }\n");
  REQUIRE(loaded.faults.empty());
  return Catalog(std::move(loaded.models));
}

Finding finding(const Inspection& inspection, std::string_view name) {
  for (const auto& one : inspection.findings) {
    if (one.name == name) return one;
  }
  FAIL("no finding " << name);
  return {};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Answers a connection as a server whose pg_hba.conf knows hostssl lines only.
class ServerThatWantsTls {
 public:
  ServerThatWantsTls() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { refuse(); });
  }
  ~ServerThatWantsTls() {
    thread_.join();
    ::close(listener_);
  }

  int port = 0;

 private:
  void refuse() const {
    const int connection = ::accept(listener_, nullptr, nullptr);
    char bytes[1024];
    if (::recv(connection, bytes, sizeof bytes, 0) > 0) {
      std::string fields;
      for (const char* field : {"SFATAL", "VFATAL", "C28000", "Mno pg_hba.conf entry for host \"127.0.0.1\", no encryption"}) {
        fields.append(field).push_back('\0');
      }
      fields.push_back('\0');
      const auto length = htonl(static_cast<std::uint32_t>(fields.size() + 4));
      std::string answer = "E" + std::string(reinterpret_cast<const char*>(&length), 4) + fields;
      ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    ::close(connection);
  }

  int listener_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("postgres inspection: a server that serves us is told in full, and nothing is wrong with it", "[postgres]") {
  const Tenant tenant;
  const auto inspection = inspect(options_of(tenant.url()), items());
  CHECK_FALSE(inspection.unreachable);
  for (const auto* name : {"database", "round trip", "clock", "encoding", "primary", "rights", "tables", "pooler", "connections"}) {
    const auto one = finding(inspection, name);
    INFO(name << ": " << one.message);
    CHECK(one.status == FindingStatus::kOk);
  }
  CHECK(contains(finding(inspection, "database").message, "PostgreSQL "));
  CHECK(contains(finding(inspection, "rights").message, tenant.name + " may create tables and indexes in " + tenant.name));
  CHECK(contains(finding(inspection, "pooler").message, "none"));
  // The tests' own server runs without fsync, which a person must be told.
  CHECK_FALSE(finding(inspection, "durability").message.empty());
  for (const auto& one : inspection.findings) CHECK_FALSE(contains(one.message + one.advice, "sesame"));
}

TEST_CASE("postgres inspection: wrong password, unknown host, closed port, missing database, TLS required are five sentences",
          "[postgres]") {
  const Tenant tenant;
  const ServerThatWantsTls tls;
  const std::vector<std::pair<std::string, std::string>> urls{
      {with_credentials(server(), tenant.name + ":open-barley"), "refuses the password"},
      {"postgresql://u:open-barley@nowhere.invalid/shop", "host nowhere.invalid is not known"},
      {"postgresql://u:open-barley@127.0.0.1:1/shop", "Nothing listens on 127.0.0.1:1"},
      {with_database(with_credentials(server(), tenant.name + ":sesame"), "no_such_shop"), "has no database \"no_such_shop\""},
      {fmt::format("postgresql://u:open-barley@127.0.0.1:{}/shop?sslmode=disable", tls.port), "without TLS"}};
  std::set<std::string> sentences;
  for (const auto& [url, words] : urls) {
    const auto inspection = inspect(options_of(url), no_models());
    CHECK(inspection.unreachable);
    REQUIRE(inspection.findings.size() == 1);
    const auto& one = inspection.findings.front();
    INFO(one.message << " -> " << one.advice);
    CHECK(one.name == "database");
    CHECK(one.status == FindingStatus::kError);
    CHECK(contains(one.message, words));
    CHECK_FALSE(one.advice.empty());
    CHECK_FALSE(contains(one.message + one.advice, "barley"));
    CHECK_FALSE(contains(one.message + one.advice, "sesame"));
    sentences.insert(one.message);
  }
  CHECK(sentences.size() == 5);
}

TEST_CASE("postgres inspection: a URL that libpq cannot read is a matter of configuration", "[postgres]") {
  const auto inspection = inspect(options_of("postgresql://u:open-barley@127.0.0.1/shop?colour=red"), no_models());
  CHECK_FALSE(inspection.unreachable);
  const auto one = finding(inspection, "configuration");
  CHECK(contains(one.message, "colour"));
  CHECK_FALSE(contains(one.message, "barley"));
}

TEST_CASE("postgres inspection: missing rights are named with the statement that grants them", "[postgres]") {
  Tenant tenant;
  const auto& name = tenant.name;
  tenant.administrator.run(fmt::format("alter schema {0} owner to current_user; grant usage on schema {0} to {0}", name));
  const auto cannot_create = finding(inspect(options_of(tenant.url()), items()), "rights");
  CHECK(cannot_create.status == FindingStatus::kError);
  CHECK(cannot_create.message == name + " may not create tables in the schema " + name + ".");
  CHECK(cannot_create.advice == fmt::format("grant usage, create on schema \"{0}\" to \"{0}\";", name));
  tenant.administrator.run(cannot_create.advice);
  CHECK(finding(inspect(options_of(tenant.url()), items()), "rights").status == FindingStatus::kOk);

  tenant.administrator.run(fmt::format("create table {0}.items (id uuid); grant select on {0}.items to {0}", name));
  const auto closed = finding(inspect(options_of(tenant.url()), items()), "rights");
  CHECK(closed.status == FindingStatus::kError);
  CHECK(closed.message == name + " may not read and write items.");
  tenant.administrator.run(closed.advice);
  const auto foreign = finding(inspect(options_of(tenant.url()), items()), "rights");
  CHECK(foreign.status == FindingStatus::kWarning);
  CHECK(contains(foreign.message, "items belongs to another role"));
  tenant.administrator.run(foreign.advice);
  CHECK(finding(inspect(options_of(tenant.url()), items()), "rights").status == FindingStatus::kOk);

  tenant.administrator.run(fmt::format("revoke all on schema {0} from {0}", name));
  CHECK(contains(finding(inspect(options_of(tenant.url()), items()), "rights").message, "may not use the schema " + name));
  const auto none = finding(inspect(options_of(with_credentials(server(), name + ":sesame") + "?schema=no_such"), items()), "rights");
  CHECK(none.message == "the schema no_such does not exist.");
}

TEST_CASE("postgres inspection: a table over which serve refuses to start is an error, with the words of serve", "[postgres]") {
  Tenant tenant;
  const auto& name = tenant.name;
  const std::string id = "id uuid primary key", own = "name text collate \"C\"";
  const std::vector<std::pair<std::string, std::string>> made{
      {"create view {0}.items as select gen_random_uuid() as id, 'Vis'::text as name",
       "items: the name is taken by something that is no table"},
      {"create table {0}.items (" + id + ", name int)",
       "items: the column name is integer, the model needs text; change the model, or run: "},
      {"create table {0}.items (" + id + ", " + own + ", size int not null)", "items: the column size is not in the model, and NOT NULL"},
      {"create table {0}.items (id text primary key, " + own + ")", "items: the column id is text, the model needs uuid"}};
  for (const auto& [statement, words] : made) {
    tenant.administrator.run(fmt::format(fmt::runtime(statement), name) + fmt::format("; alter table {0}.items owner to {0}", name));
    const auto inspection = inspect(options_of(tenant.url()), items());
    tenant.administrator.run(fmt::format("{} {}.items", statement.starts_with("create view") ? "drop view" : "drop table", name));
    const auto one = finding(inspection, "tables");
    INFO(one.message);
    CHECK(one.status == FindingStatus::kError);
    CHECK(contains(one.message, words));
    CHECK_FALSE(one.advice.empty());
    CHECK(finding(inspection, "durability").message != "");
  }
}

TEST_CASE("postgres inspection: a table of another role that serve must change is an error, one that is complete is not", "[postgres]") {
  Tenant tenant;
  const auto& name = tenant.name;
  tenant.administrator.run(
      fmt::format("create table {0}.items (id uuid primary key, name text collate \"C\"); grant all on {0}.items to {0}", name));
  const auto foreign = finding(inspect(options_of(tenant.url()), items()), "tables");
  CHECK(foreign.status == FindingStatus::kError);
  CHECK(contains(foreign.message, "and only an owner may do what is missing: alter table \"items\" add column \"_rev\""));
  CHECK(contains(foreign.message, fmt::format("run: alter table \"items\" owner to \"{}\".", name)));
  tenant.administrator.run(fmt::format("alter table {}.items add column _rev bigint not null default 0", name));
  CHECK(finding(inspect(options_of(tenant.url()), items()), "tables").status == FindingStatus::kOk);
}

TEST_CASE("postgres inspection: tables that a newer holdfast made are an error", "[postgres]") {
  Tenant tenant;
  tenant.administrator.run(
      fmt::format("create table {0}._hf_meta (key text, value text); insert into {0}._hf_meta values ('format', '99'); "
                  "alter table {0}._hf_meta owner to {0}",
                  tenant.name));
  const auto one = finding(inspect(options_of(tenant.url()), items()), "tables");
  CHECK(one.status == FindingStatus::kError);
  CHECK(contains(one.message, fmt::format("The schema {} was made by a newer holdfast (format 99;", tenant.name)));
}

TEST_CASE("postgres inspection: looking at the tables makes nothing", "[postgres]") {
  Tenant tenant;
  CHECK(finding(inspect(options_of(tenant.url()), items()), "tables").status == FindingStatus::kOk);
  tenant.administrator.run(fmt::format("create table {0}.items (); create table {0}._hf_meta ()", tenant.name));
}

TEST_CASE("postgres inspection: a database that is not UTF-8 is refused, with how to make one that is", "[postgres]") {
  Tenant tenant;
  tenant.administrator.run(fmt::format("create database {}_latin encoding 'LATIN1' locale 'C' template template0", tenant.name));
  const auto url = with_database(with_credentials(server(), tenant.name + ":sesame"), tenant.name + "_latin");
  const auto encoding = finding(inspect(options_of(url), no_models()), "encoding");
  tenant.administrator.run(fmt::format("drop database {}_latin", tenant.name));
  CHECK(encoding.status == FindingStatus::kError);
  CHECK(contains(encoding.message, "is LATIN1"));
  CHECK(contains(encoding.advice, "encoding 'UTF8' template template0"));
}

TEST_CASE("postgres inspection: a role that may only read is told apart from one that may write", "[postgres]") {
  Tenant tenant;
  tenant.administrator.run(fmt::format("alter role {} set default_transaction_read_only = on", tenant.name));
  const auto primary = finding(inspect(options_of(tenant.url()), no_models()), "primary");
  CHECK(primary.status == FindingStatus::kError);
  CHECK(contains(primary.message, "read-only by default"));
}

TEST_CASE("postgres inspection: a pool that is larger than the server admits is told with the size that fits", "[postgres]") {
  Tenant tenant;
  tenant.administrator.run(fmt::format("alter role {} connection limit 5", tenant.name));
  auto options = options_of(tenant.url());
  options.pool_size = 6;
  const auto connections = finding(inspect(options, no_models()), "connections");
  CHECK(connections.status == FindingStatus::kError);
  CHECK(contains(connections.message, "the pool takes 6; the server admits 5"));
  CHECK(contains(connections.advice, "HOLDFAST_POOL_SIZE"));
}

TEST_CASE("postgres inspection: a transaction pooler in front is found", "[postgres]") {
  const auto inspection = inspect(options_of(testing::require_server("HOLDFAST_TEST_POOLER_URL")), items());
  CHECK_FALSE(inspection.unreachable);
  CHECK(contains(finding(inspection, "pooler").message, "a pooler is in front"));
  CHECK(finding(inspection, "rights").status == FindingStatus::kOk);
  CHECK(finding(inspection, "tables").status == FindingStatus::kOk);
}
