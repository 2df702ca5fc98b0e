"""Fixtures that are the same everywhere: a store in a temporary folder, and jobs in it."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from core import Dataset, Settings, new_id
from store import Store, datasets, open_store

# How long an example takes says how busy the machine is.
hypothesis_settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--data", type=Path, help="folder with the benchmark data, which is not ours")
    parser.addoption("--database-url", default="", help="an empty Postgres database to test on")


@pytest.fixture
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    url = request.config.getoption("--database-url")
    return Settings(data_dir=tmp_path / "data", use_queue=False, database_url=url)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    if not opened.database.is_sqlite:
        with opened.database.write() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    opened.database.engine.dispose()


@pytest.fixture
def add_dataset(store: Store) -> Callable[..., Dataset]:
    """Keeps a file as an upload of a user and returns its dataset."""

    def add(
        content: bytes = b"a,b\n1,2\n", name: str = "data.csv", owner: str = "local"
    ) -> Dataset:
        dataset_id = new_id()
        key = f"datasets/{dataset_id}/upload"
        size, checksum = store.artifacts.save(key, io.BytesIO(content))
        dataset = Dataset(
            dataset_id, owner, name, size, checksum, key, {}, None, None, None, created_at=0.0
        )
        return datasets.add(store.database, dataset)

    return add
