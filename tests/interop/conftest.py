"""Node programs with the real packages, in build/interop; and the engine that they share with Holdfast."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

import server as servers

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = servers.ROOT / "build" / "interop"
INSTALL_SECONDS, RUN_SECONDS = 300, 60
FILES = (".npmrc", "package.json", "package-lock.json", "schema.prisma", "prisma.config.mjs", "prisma_shop.mjs", "mongoose_shop.mjs")


class Node:
    """Runs programs of tests/interop in the folder where their packages are."""

    def __init__(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copy(HERE / name, FOLDER / name)
        self._install()

    def _install(self):
        wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
        mark = FOLDER / "node_modules" / "installed"
        if mark.is_file() and mark.read_text() == wanted:
            return
        self.run(["npm", "ci"], {}, INSTALL_SECONDS)
        mark.write_text(wanted)

    def run(self, command, environment, seconds=RUN_SECONDS):
        done = subprocess.run(command, cwd=FOLDER, env={**os.environ, **environment}, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{' '.join(command)} ended with status {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def tell(self, program, *arguments, environment=None):
        """What the program printed last, as JSON."""
        return json.loads(self.run(["node", program, *arguments], environment or {}).splitlines()[-1])

    def fresh(self, name):
        """The file as it is in tests/interop, whatever a program made of its copy."""
        shutil.copy(HERE / name, FOLDER / name)

    def text(self, name):
        return (FOLDER / name).read_text()

    def start(self, program, *arguments):
        return subprocess.Popen(["node", program, *arguments], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="session")
def node():
    return Node()


@pytest.fixture
def project(tmp_path):
    """project(models) → a project folder and the address of its empty database: what MONGODB_URI or DATABASE_URL would be."""

    def make(models):
        folder = servers.write_project(tmp_path / "project", models)
        environment = servers.ENGINE.environment(folder / "data")
        return folder, environment.get("MONGODB_URI") or environment["DATABASE_URL"]

    return make
