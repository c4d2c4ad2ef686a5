"""The contract is run on every engine: each test here once for each, but where a marker `engines` names fewer.

    @pytest.mark.engines("sqlite")    what the test is about is there only: SQLite's file, or nothing that an engine has to do with
"""
import contextlib

import pytest

import engines
import server as servers

# A slow machine must not decide what is answered: tests of these limits set their own.
PATIENT = {"HOLDFAST_POOL_ACQUIRE_TIMEOUT_MS": "20000", "HOLDFAST_POINT_TIMEOUT_MS": "10000"}


@pytest.fixture(scope="session", autouse=True)
def engine(request):
    """The engine that servers are started on now. Tests come in groups by it."""
    with contextlib.ExitStack() as stack:
        try:
            opened = stack.enter_context(servers.on_engine(request.param))
        except Exception as error:
            pytest.exit(f"{request.param}: {error}", returncode=1)
        opened.settings = PATIENT
        yield opened


def pytest_generate_tests(metafunc):
    marker = metafunc.definition.get_closest_marker("engines")
    metafunc.parametrize("engine", marker.args if marker else engines.NAMES, scope="session", indirect=True)


def pytest_collection_modifyitems(config, items):
    chosen = config.getoption("engine")
    left_out = [item for item in items if hasattr(item, "callspec") and item.callspec.params.get("engine", chosen[0]) not in chosen]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
