"""What every Python test shares: where the modules are, that the binary is there, and servers that always end."""
import os
import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parent / "contract")]

import engines  # noqa: E402
import report  # noqa: E402
import server as servers  # noqa: E402


def engine_names(text):
    names = tuple(text.split(","))
    unknown = [name for name in names if name not in engines.NAMES]
    if unknown:
        raise pytest.UsageError(f"--engine: `{unknown[0]}` is not known. Known: {', '.join(engines.NAMES)}")
    return names


def pytest_addoption(parser):
    parser.addoption("--engine", type=engine_names, default=engines.NAMES, help="on which engines the contract is run; a comma between them")


def pytest_configure(config):
    folder = os.environ.get("HOLDFAST_TEST_REPORT")
    if folder:
        config.pluginmanager.register(report.Report(folder))


@pytest.fixture(scope="session", autouse=True)
def binary():
    """The program under test. Missing is a failure with advice, never a skip."""
    try:
        return servers.require_binary()
    except AssertionError as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture
def serve(tmp_path):
    """Starts servers: serve(models={...}) in a fresh folder, or serve(folder=...). All are ended after the test."""
    started = []

    def start(models=None, *arguments, folder=None, seeds=None, environment=None, data=None, port=0, prefix=()):
        if folder is None:
            folder = servers.write_project(tmp_path / f"project{len(started)}", models, seeds)
        one = servers.Server(folder, *arguments, environment=environment, data=data, port=port, prefix=prefix)
        started.append(one)
        return one

    yield start
    for one in started:
        one.__exit__()
        servers.ENGINE.drop(one.data)
