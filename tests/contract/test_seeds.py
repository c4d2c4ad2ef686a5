"""`serve --seed` with collections that refer to each other."""
import pytest

import server as servers

MODELS = {
    "orders": "id: text\ntype: object\nproperties:\n  customer: { ref: users }\n  address: { type: object, properties: { city: { type: string } } }\n",
    "users": "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 20 }\n",
}
USERS = "match: [id]\nrecords:\n  - { id: ann, name: Ann }\n"


def orders(customer):
    return f"match: [id]\nrecords:\n  - {{ id: o1, customer: {customer}, address: {{ city: Bern }} }}\n"


def test_a_collection_is_filled_after_those_that_it_refers_to(tmp_path):
    project = servers.write_project(tmp_path / "project", MODELS, {"01_orders": orders("ann"), "02_users": USERS})
    with servers.Server(project, "--seed") as server:
        assert server.ask("GET", "/api/orders/o1").json == {"id": "o1", "customer": "ann", "address": {"city": "Bern"}}


def test_a_seed_that_refers_to_nobody_is_named_by_its_place(tmp_path):
    project = servers.write_project(tmp_path / "project", MODELS, {"01_orders": orders("bob"), "02_users": USERS})
    with pytest.raises(servers.StartFailed) as failed:
        servers.Server(project, "--seed")
    assert failed.value.status == 1
    assert "01_orders.yaml:3:5: this record could not be stored" in failed.value.output and "customer" in failed.value.output


def test_a_collection_that_refers_into_a_circle_is_filled_after_it(tmp_path):
    def model(target):
        return f"id: text\ntype: object\nproperties:\n  other: {{ ref: {target} }}\n"

    project = servers.write_project(tmp_path / "project", {"as": model("bs"), "bs": model("cs"), "cs": model("bs")}, {
        "01_as": "match: [id]\nrecords:\n  - { id: a1, other: b1 }\n", "02_bs": "match: [id]\nrecords:\n  - { id: b1 }\n",
        "03_cs": "match: [id]\nrecords:\n  - { id: c1, other: b1 }\n"})
    with servers.Server(project, "--seed") as server:
        assert server.ask("GET", "/api/as/a1").json == {"id": "a1", "other": "b1"}
        assert server.ask("GET", "/api/cs/c1").json == {"id": "c1", "other": "b1"}
