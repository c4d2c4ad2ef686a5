"""One PostgreSQL, two applications: Prisma introspects Holdfast's tables, and its generated client reads and writes the same rows."""
import json
import urllib.parse
import uuid

import pytest

import server as servers

MODELS = {
    "customers": "type: object\nrequired: [name]\nproperties:\n  name: { type: string, maxLength: 100 }\n  email: { type: string, format: email, unique: true }\n",
    "orders": """
type: object
required: [number, customer]
properties:
  number:   { type: integer, minimum: 1, unique: true }
  customer: { ref: customers }
  status:   { enum: [draft, paid, shipped], default: draft }
  total:    { type: [number, "null"], decimal: [18, 2] }
  weight:   { type: number }
  tags:     { type: array, items: { type: string, maxLength: 50 } }
  placedAt: { type: string, format: date-time }
  dueOn:    { type: string, format: date }
  address:  { type: object, required: [city], properties: { street: { type: string }, city: { type: string, maxLength: 80 } } }
  isOpen:   { type: boolean, default: true }
  note:     { type: string, maxLength: 50 }
timestamps: true
search: { fields: [note], language: simple }
"""}
ORDER = {"number": 7, "status": "paid", "total": "1234567890123456.78", "weight": 0.1, "tags": ["a", "é", "a"], "placedAt": "2024-02-29T23:59:59.999Z",
         "dueOn": "2024-03-01", "address": {"street": None, "city": "Zürich"}, "isOpen": False}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with servers.on_engine("postgres"):
        with servers.Server(servers.write_project(tmp_path_factory.mktemp("prisma"), MODELS)) as one:
            yield one


@pytest.fixture(scope="module")
def shop(node, server):
    """(Holdfast with a customer, prisma(step, …), the schema that Prisma found)"""
    url = servers.ENGINE.environment(server.data)["DATABASE_URL"]
    ann = server.ask("POST", "/api/customers", {"name": "Ann", "email": "ann@example.com"})
    assert ann.status == 201, str(ann)
    server.customer = ann.json
    parts = urllib.parse.urlsplit(url)
    unused = str(node.run(["node", "-p", "require.resolve('pg')"], {})).strip()  # any file: it stands for engines that are not loaded
    environment = {"DATABASE_URL": urllib.parse.urlunsplit(parts._replace(query="")), "SCHEMA": urllib.parse.parse_qs(parts.query)["schema"][0],
                   "PRISMA_SCHEMA_ENGINE_BINARY": unused, "PRISMA_QUERY_ENGINE_LIBRARY": unused, "CHECKPOINT_DISABLE": "1", "PRISMA_HIDE_UPDATE_MESSAGE": "1"}
    node.fresh("schema.prisma")
    node.run(["node_modules/.bin/prisma", "db", "pull", "--force"], environment)
    node.run(["node_modules/.bin/prisma", "generate"], environment)

    def prisma(step, *arguments):
        return node.tell("prisma_shop.mjs", step, *(json.dumps(one) for one in arguments), environment=environment)

    return server, prisma, node.text("schema.prisma")


def test_prisma_finds_types_keys_and_references(shop):
    _, _, found = shop
    orders = found[found.index("model orders {"):].split("}")[0]
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in orders.splitlines()[1:] if line.strip()}
    assert lines["id"].startswith("String @id") and "@db.Uuid" in lines["id"]
    assert lines["number"].startswith("BigInt @unique") and lines["tags"].startswith("String[]") and lines["weight"] == "Float?"
    assert lines["total"] == "Decimal? @db.Decimal(18, 2)" and lines["placed_at"] == "DateTime? @db.Timestamptz(3)" and lines["due_on"] == "DateTime? @db.Date"
    assert lines["address"] == "Json?" and lines["is_open"].startswith("Boolean") and lines["rev"].startswith("BigInt")
    assert lines["customers"].startswith("customers @relation(fields: [customer], references: [id]")


def test_prisma_reads_what_holdfast_writes(shop):
    server, prisma, _ = shop
    made = server.ask("POST", "/api/orders", {**ORDER, "customer": server.customer["id"]})
    assert made.status == 201, str(made)
    assert server.ask("POST", "/api/orders", {"number": 8, "customer": server.customer["id"]}).status == 201
    full, bare = (next(one for one in prisma("read") if one["number"] == number) for number in (7, 8))
    assert (full["id"], full["number"], full["status"], full["total"], full["weight"]) == (made.json["id"], 7, "paid", "1234567890123456.78", 0.1)
    assert (full["tags"], full["placed_at"], full["due_on"][:10], full["is_open"]) == (ORDER["tags"], ORDER["placedAt"], ORDER["dueOn"], False)
    assert full["address"]["city"] == "Zürich" and full["customers"]["name"] == "Ann" and full["created_at"] == made.json["createdAt"]
    assert (bare["number"], bare["total"], bare["tags"], bare["address"], bare["is_open"]) == (8, None, [], None, True)
    assert prisma("dear", "1000000000000000.78") == [7]


def test_holdfast_serves_what_prisma_writes(shop):
    server, prisma, _ = shop
    key = str(uuid.uuid4())
    prisma("create", {"id": key, "number": 9, "customer": server.customer["id"], "status": "shipped", "total": "10.50", "tags": ["p"],
                      "address": {"city": "Genève", "street": None}, "is_open": True})
    answer = server.ask("GET", f"/api/orders/{key}")
    assert answer.status == 200, str(answer)
    assert answer.json == {"id": key, "number": 9, "customer": server.customer["id"], "status": "shipped", "total": "10.50", "weight": None, "tags": ["p"],
                           "placedAt": None, "dueOn": None, "address": {"street": None, "city": "Genève"}, "isOpen": True, "note": None,
                           "createdAt": "2024-05-06T07:08:09.123Z", "updatedAt": "2024-05-06T07:08:09.123Z"}
    assert [one["number"] for one in server.ask("GET", "/api/orders?total=10.5&address.city=Gen%C3%A8ve").json["data"]] == [9]
    clash = server.ask("POST", "/api/orders", {"number": 9, "customer": server.customer["id"]})
    assert clash.status == 409 and clash.json["fields"] == ["number"]


def test_a_change_by_prisma_changes_the_etag(shop):
    server, prisma, _ = shop
    made = server.ask("POST", "/api/orders", {**ORDER, "number": 10, "customer": server.customer["id"]})
    target = f"/api/orders/{made.json['id']}"
    prisma("change", [made.json["id"], "1.25"])
    answer = server.ask("GET", target)
    assert answer.json["total"] == "1.25" and answer.header("ETag") != made.header("ETag")
    assert server.ask("PATCH", target, {"total": "2"}, [("If-Match", made.header("ETag"))]).status == 412
    assert server.ask("PATCH", target, {"total": "2"}, [("If-Match", answer.header("ETag"))]).status == 200
    assert next(one["total"] for one in prisma("read") if one["number"] == 10) == "2"
