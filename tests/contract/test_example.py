"""examples/catalogue/compose.yaml: what the compose specification asks, and what a person's machine may expect of it."""
import json
import pathlib
import re
import shutil
import subprocess

import jsonschema
import pytest
import yaml

import server as servers

pytestmark = pytest.mark.engines("sqlite")  # files and configuration

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "catalogue"
COMPOSE = EXAMPLE / "compose.yaml"

DURATION = {"type": "string", "pattern": r"^(\d+(us|ms|s|m|h))+$"}
TEXTS = {"type": "array", "items": {"type": "string"}}
# The part of https://github.com/compose-spec/compose-spec that the file uses, in our words.
SPECIFICATION = {
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {
            "type": "object",
            "minProperties": 1,
            "patternProperties": {
                "^[a-zA-Z0-9._-]+$": {
                    "type": "object",
                    "required": ["image"],
                    "additionalProperties": False,
                    "properties": {
                        "image": {"type": "string"},
                        "command": {"oneOf": [{"type": "string"}, TEXTS]},
                        "environment": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
                        "ports": {"type": "array", "items": {"type": ["string", "integer"]}, "uniqueItems": True},
                        "volumes": {**TEXTS, "uniqueItems": True},
                        "healthcheck": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "test": {"type": "array", "items": {"type": "string"}, "minItems": 2, "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}]},
                                "interval": DURATION, "timeout": DURATION, "start_period": DURATION, "retries": {"type": "integer", "minimum": 1},
                            },
                        },
                        "stop_grace_period": DURATION,
                        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
                    },
                },
            },
            "additionalProperties": False,
        },
        "volumes": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
    },
}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(COMPOSE.read_text())


def test_compose_file_is_of_the_specification(compose):
    jsonschema.Draft202012Validator.check_schema(SPECIFICATION)
    jsonschema.Draft202012Validator(SPECIFICATION).validate(compose)


def has_docker_compose():
    return shutil.which("docker") is not None and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0


@pytest.mark.skipif(not has_docker_compose(), reason="docker compose itself is asked where it is there; the test above is run everywhere")
def test_compose_file_is_understood_by_docker():
    done = subprocess.run(["docker", "compose", "--file", COMPOSE, "config", "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_three_databases_are_there(compose):
    assert set(compose["services"]) == {"postgres", "mongodb", "redis"}


def test_images_are_pinned_to_a_patch_version(compose):
    for name, service in compose["services"].items():
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", service["image"]), name


def test_every_service_says_when_it_is_well_and_listens_on_this_machine_only(compose):
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"], name
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name


def test_what_a_database_keeps_stands_in_a_declared_volume(compose):
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])}
    assert used == set(compose["volumes"])
    assert all("volumes" in compose["services"][name] for name in ("postgres", "mongodb"))


def urls(text):
    return dict(re.findall(r"^#\s*(DATABASE_URL|MONGODB_URI|REDIS_URL)=(\S+)$", text, re.MULTILINE))


def test_urls_of_the_comments_are_those_of_the_services(compose):
    told = urls(COMPOSE.read_text())
    postgres, mongodb = compose["services"]["postgres"]["environment"], compose["services"]["mongodb"]["environment"]

    def default(text):
        return re.fullmatch(r"\$\{\w+:-(\w+)\}", text)[1]
    assert told["DATABASE_URL"] == (f"postgresql://{postgres['POSTGRES_USER']}:{default(postgres['POSTGRES_PASSWORD'])}"
                                    f"@127.0.0.1:5432/{postgres['POSTGRES_DB']}")
    assert told["MONGODB_URI"] == (f"mongodb://{mongodb['MONGO_INITDB_ROOT_USERNAME']}:{default(mongodb['MONGO_INITDB_ROOT_PASSWORD'])}"
                                   "@127.0.0.1:27017/catalogue?authSource=admin")
    assert urls((EXAMPLE / ".env.example").read_text()).items() >= {name: told[name] for name in ("DATABASE_URL", "MONGODB_URI")}.items()


@pytest.mark.parametrize("name", ["DATABASE_URL", "MONGODB_URI"])
def test_urls_of_the_comments_are_sound_settings(name, tmp_path):
    project = servers.write_project(tmp_path / "project", {"things": "type: object\nproperties:\n  name: { type: string }\n"})
    environment = {name: urls(COMPOSE.read_text())[name], "HOLDFAST_CONNECT_TIMEOUT_MS": "1"}
    result = servers.run(["doctor", "--project", project, "--port", "0", "--json"], environment)
    checks = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    assert checks["configuration"]["status"] == "ok", checks["configuration"]
