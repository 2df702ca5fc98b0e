"""A running system for each module, checked after each fault; bounds are printed at the end."""

from collections.abc import Iterator

import pytest

# Before the imports, so that its assertions say what they found.
pytest.register_assert_rewrite("tests.faults.plant")

from tests.faults import plant as plants  # noqa: E402
from tests.faults.bounds import taken  # noqa: E402
from tests.queue_jobs.conftest import server_url, settings, spawn  # noqa: E402

__all__ = ["server_url", "settings", "spawn"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow-faults", action="store_true", help="outages of 30 seconds")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How long what took, the longest of each kind."""
    longest: dict[str, tuple[float, float]] = {}
    for what, seconds, bound in taken:
        longest[what] = max(longest.get(what, (0.0, bound)), (seconds, bound))
    for what, (seconds, bound) in sorted(longest.items()):
        terminalreporter.write_line(f"{seconds:7.2f} s of {bound:3.0f}: {what}")


HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Note whether a test failed, since what it leaves is not checked then but cancelled."""
    report = yield
    item.stash[HAS_FAILED] = item.stash.get(HAS_FAILED, False) or report.failed
    return report


def leave(request: pytest.FixtureRequest, site: plants.Site) -> None:
    """After a test."""
    if request.node.stash.get(HAS_FAILED, False):
        plants.cancel_all(site)
    else:
        plants.check(site)


@pytest.fixture(scope="session")
def outage(request: pytest.FixtureRequest) -> float:
    """Seconds that the queue's server stays away."""
    return 30.0 if request.config.getoption("slow_faults", default=False) else 4.0


@pytest.fixture(scope="module")
def plant_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[plants.Plant]:
    with plants.running_plant(tmp_path_factory.mktemp("plant")) as running:
        yield running


@pytest.fixture
def plant(request, plant_of_module: plants.Plant) -> Iterator[plants.Plant]:
    """The running system of the module."""
    yield plant_of_module
    leave(request, plant_of_module)


@pytest.fixture
def site(request, settings) -> Iterator[plants.Site]:
    """A house of this test alone, without workers."""
    opened = plants.open_site(settings)
    yield opened
    leave(request, opened)
    opened.house.store.database.engine.dispose()


@pytest.fixture
def work(site) -> Iterator:
    """Start workers of a site that end with the test."""
    started = []

    def start(**env: str):
        process = plants.start_worker(site.house.settings, **{"ASSAY_SUPERVISOR": ""} | env)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
