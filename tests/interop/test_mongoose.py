"""One MongoDB, two applications: Mongoose and Holdfast read and change what the other wrote."""
import pytest

import server as servers

MODELS = {
    "users": "id: objectId\ntype: object\nrequired: [name, email]\nproperties:\n  name: { type: string, maxLength: 100 }\n"
             "  email: { type: string, format: email, unique: true }\ntimestamps: true\n",
    "items": """
id: objectId
type: object
required: [name]
properties:
  name:        { type: string, maxLength: 100 }
  description: { type: string, maxLength: 500 }
  price:       { type: [number, "null"], decimal: [10, 2], storage: double }
  category:    { enum: [electronique, vetement, livre, autre] }
  tags:        { type: array, items: { type: string, maxLength: 50 } }
  isActive:    { type: boolean, default: true }
  owner:       { ref: users }
  address:     { type: object, properties: { city: { type: string, maxLength: 80 }, zip: { type: integer } } }
  seenAt:      { type: string, format: date-time }
timestamps: true
search: { fields: [name, description], language: french }
"""}


@pytest.fixture(autouse=True)
def engine():
    with servers.on_engine("mongodb") as opened:
        yield opened


@pytest.fixture
def shop(node, project, serve):
    """(Holdfast, mongoose(step, …), what Mongoose had written before Holdfast came)"""
    folder, uri = project(MODELS)

    def mongoose(step, *arguments):
        return node.tell("mongoose_shop.mjs", uri, step, *arguments)

    written = mongoose("fill")
    server = serve(folder=folder)
    server.uri = uri
    return server, mongoose, written


def by_name(server, name):
    found = server.ask("GET", f"/api/items?name={name}").json["data"]
    assert len(found) == 1, found
    return found[0]


def test_what_mongoose_wrote_is_served_right(shop):
    server, _, written = shop
    clavier = next(one for one in written["items"] if one["name"] == "Clavier")
    assert by_name(server, "Clavier") == {
        "id": clavier["_id"], "name": "Clavier", "description": "Un clavier mécanique", "price": 89.9, "category": "electronique", "tags": ["usb", "azerty"],
        "isActive": True, "owner": written["users"][0]["_id"], "address": {"city": "Bern", "zip": 3011}, "seenAt": "2024-02-29T12:00:00.123Z",
        "createdAt": clavier["createdAt"], "updatedAt": clavier["updatedAt"]}
    assert by_name(server, "%C3%89charpe")["price"] == 1000000
    answer = server.ask("GET", f"/api/items/{clavier['_id'].upper()}")
    assert answer.status == 200 and b'"price":89.90,' in answer.body and answer.header("ETag")


def test_fields_that_are_missing_read_as_null(shop):
    server, _, _ = shop
    bare = by_name(server, "Nu")
    assert {name: bare[name] for name in ("description", "tags", "isActive", "owner", "address", "seenAt")} == {
        "description": None, "tags": None, "isActive": None, "owner": None, "address": None, "seenAt": None}
    assert (bare["price"], bare["createdAt"]) == (3, "1970-01-01T00:00:00.000Z")


@pytest.mark.parametrize("query, names", [
    ("price[gte]=0.1&price[lt]=90", ["Clavier", "Livre 😀", "Nu"]), ("price=0.10", ["Livre 😀"]), ("price[ne]=89.9", ["Livre 😀", "Nu", "Écharpe"]),
    ("tags[has]=usb", ["Clavier"]), ("isActive=false", ["Écharpe"]), ("isActive[null]=true", ["Nu"]), ("address.city=Bern", ["Clavier"]),
    ("filter=address.zip > 3000 and seenAt < '2024-03-01T00:00:00Z'", ["Clavier"]), ("name[ilike]=%25%C3%A9CHARPE%25", ["Écharpe"])])
def test_filters_and_sorts_see_what_mongoose_wrote(shop, query, names):
    server, _, _ = shop
    answer = server.ask("GET", f"/api/items?sortBy=+name&count=exact&{query.replace(' ', '%20')}")
    assert answer.status == 200, str(answer)
    assert [one["name"] for one in answer.json["data"]] == names and answer.json["page"]["total"] == len(names)


def test_unique_keys_and_references_hold_against_what_mongoose_wrote(shop):
    server, _, written = shop
    clash = server.ask("POST", "/api/users", {"name": "Other", "email": "ann@example.com"})
    assert clash.status == 409 and clash.json["fields"] == ["email"]
    held = server.ask("DELETE", f"/api/users/{written['users'][0]['_id']}")
    assert held.status == 409 and (held.json["collection"], held.json["count"]) == ("items", 1)


def test_a_patch_leaves_alone_what_only_mongoose_knows(shop):
    server, mongoose, _ = shop
    clavier = by_name(server, "Clavier")
    assert server.ask("PATCH", f"/api/items/{clavier['id']}", {"price": "79.95"}).status == 200
    stored = next(one for one in mongoose("raw") if one["name"] == "Clavier")
    assert (stored["shelf"], stored["price"], stored["__v"]) == ("A1", 79.95, 0)
    assert server.ask("PATCH", f"/api/items/{clavier['id']}", {"tags": ["usb"]}).status == 200
    stored = next(one for one in mongoose("raw") if one["name"] == "Clavier")
    assert (stored["tags"], stored["shelf"], stored["__v"]) == (["usb"], "A1", 1)


def test_mongoose_is_told_that_the_array_it_read_has_changed(shop, node):
    server, _, _ = shop
    clavier = by_name(server, "Clavier")
    application = node.start("mongoose_shop.mjs", server.uri, "stale", f'"{clavier["id"]}"')
    try:
        assert application.stdout.readline() == "read\n"
        assert server.ask("PATCH", f"/api/items/{clavier['id']}", {"tags": ["another"]}).status == 200
        said, _ = application.communicate("go\n", timeout=30)
        assert said.strip() == '"VersionError"'
    finally:
        application.kill()
    assert by_name(server, "Clavier")["tags"] == ["another"]


def test_mongoose_reads_what_holdfast_writes(shop):
    server, mongoose, written = shop
    body = {"name": "Vis", "price": "12.30", "category": "autre", "tags": ["a", "a"], "owner": written["users"][0]["_id"], "address": {"city": "Zürich"},
            "seenAt": "2024-01-01T00:00:00.001Z"}
    made = server.ask("POST", "/api/items", body)
    assert made.status == 201, str(made)
    seen = next(one for one in mongoose("read")["items"] if one["name"] == "Vis")
    assert {name: seen[name] for name in ("_id", "price", "category", "tags", "isActive", "owner", "seenAt", "createdAt")} == {
        "_id": made.json["id"], "price": 12.3, "category": "autre", "tags": ["a", "a"], "isActive": True, "owner": body["owner"], "seenAt": body["seenAt"],
        "createdAt": made.json["createdAt"]}
    assert seen["address"]["city"] == "Zürich" and "description" not in seen and "_hf" not in seen
    loaded = mongoose("populated", f'"{made.json["id"]}"')
    assert loaded["owner"] == "Ann" and loaded["price"] == "number" and loaded["tags"] and loaded["created"] and "_hf" not in loaded["shows"]


def test_a_change_by_mongoose_changes_the_etag(shop):
    server, mongoose, _ = shop
    made = server.ask("POST", "/api/items", {"name": "Vis", "price": "1.00", "tags": []})
    target = f"/api/items/{made.json['id']}"
    changed = mongoose("change", f'"{made.json["id"]}"')
    answer = server.ask("GET", target)
    assert (answer.json["price"], answer.json["tags"], answer.json["updatedAt"]) == (12.34, ["changed"], changed["updatedAt"])
    assert answer.header("ETag") != made.header("ETag")
    assert server.ask("PATCH", target, {"price": 2}, [("If-Match", made.header("ETag"))]).status == 412
    assert server.ask("PATCH", target, {"price": 2}, [("If-Match", answer.header("ETag"))]).status == 200


def test_a_value_of_another_type_is_named_and_harms_no_other(shop):
    server, mongoose, _ = shop
    clavier = by_name(server, "Clavier")
    mongoose("spoil", f'"{clavier["id"]}"')
    answer = server.ask("GET", f"/api/items/{clavier['id']}")
    assert answer.status == 500 and answer.json["code"] == "stored_value_invalid"
    assert clavier["id"] in answer.json["detail"] and "price" in answer.json["detail"]
    assert by_name(server, "Nu")["price"] == 3


def test_what_mongoose_wrote_is_searched_after_the_first_start_and_after_reindex(shop):
    server, mongoose, _ = shop
    assert [one["name"] for one in server.ask("GET", "/api/items/search?q=mecaniques").json["data"]] == ["Clavier"]
    mongoose("add", '"Souris"')
    assert server.ask("GET", "/api/items/search?q=optiques").json["data"] == []
    done = servers.run(["reindex", "--project", server.folder], cwd=server.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one["name"] for one in server.ask("GET", "/api/items/search?q=optiques").json["data"]] == ["Souris"]
