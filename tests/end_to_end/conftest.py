"""One real app for all browser tests of a run, and a browser for each test."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.running import CHROMIUM, FLAGS, RunningApp, running_app


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("app") / "data") as app:
        yield app


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have Chromium: apt-get install chromium")
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, app):
    context = chromium.new_context(base_url=app.url, accept_downloads=True)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 people, a third of them twice with a slip, null words, spaces and leading zeros."""
    chance = random.Random(7)
    first = ["Anna", "Bruno", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas"]
    last = ["Moretti", "Lindqvist", "Okafor", "Petrova", "Santoro", "Vandenberg", "Yamamoto"]
    towns = ["Lisbon", "Oslo", "Rome", "Ghent", "Turku"]
    rows = []
    for number in range(400):
        person = [
            chance.choice(first),
            f"{chance.choice(last)}{chance.choice(['', 'a', 'son'])}",
            f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            chance.choice(towns),
            f"{chance.randint(0, 99999):05}",
            f"user{number}@example.org",
        ]
        rows.append(person)
        if number % 2:
            twin = list(person)
            twin[1] = twin[1][:-1] + chance.choice("aeiou")
            twin[3] = f" {twin[3]}  "
            twin[4] = chance.choice([twin[4], "n/a"])
            rows.append(twin)
    rows.append(rows[0])
    chance.shuffle(rows)
    file = tmp_path_factory.mktemp("people") / "people.csv"
    head = "given_name,surname,birth_date,city,postcode,email"
    file.write_text("\n".join([head, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return file
