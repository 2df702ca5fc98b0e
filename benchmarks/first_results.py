"""From the click on Start to the first numbers on the page, with the memory and idle load of it.

python -m benchmarks.first_results [--rows 10000] [--runs 5]

Drives the real app in Chromium: a warm worker, a file of 10,000 rows and 15 columns. The peer in
the same run is what the page would wait for without steps that report as they go: the whole
profile job with its full report.
"""

import argparse
import csv
import random
import re
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil

from tests.end_to_end.running import CHROMIUM, FLAGS, RunningApp, running_app

POLL_SECONDS = 1.0
IDLE_SECONDS = 20
FIRST_NUMBERS = re.compile(r"^[0-9,]+ findings?")


def write_file(path: Path, rows: int) -> None:
    """A seeded table of 15 columns: ids, names, categories, numbers, dates, free text, gaps."""
    chance = random.Random(11)
    words = [f"word{number}" for number in range(500)]
    header = [f"number{n}" for n in range(6)] + [f"category{n}" for n in range(3)]
    header += ["id", "name", "email", "day", "postcode", "note"]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        for number in range(rows):
            numbers = [round(chance.gauss(100, 15), 2) for _ in range(6)]
            groups = [chance.choice(["red", "green", "blue", ""]) for _ in range(3)]
            name = f"{chance.choice(words)} {chance.choice(words)}"
            day = date(2000, 1, 1) + timedelta(days=chance.randrange(9_000))
            text = " ".join(chance.choices(words, k=6))
            rest = [number, name, f"{name.replace(' ', '.')}@example.org", day]
            out.writerow([*numbers, *groups, *rest, f"{chance.randint(0, 99999):05}", text])


def one_run(page: Any, file: Path) -> tuple[float, float]:
    """Seconds from the click on Start to the first numbers, and to the end of the job."""
    page.goto("/new")
    page.locator("input[type=file]").first.set_input_files(file)
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()
    page.locator(".st-key-new-plan").get_by_text("Profile", exact=True).click()
    page.locator("[data-stale=true]").first.wait_for(state="detached")
    page.locator(".st-key-new-start button").click()
    started = time.perf_counter()
    page.wait_for_url("**/job?id=*")
    page.get_by_text(FIRST_NUMBERS).first.wait_for()
    first = time.perf_counter() - started
    page.locator(".st-key-job-again").first.wait_for(timeout=120_000)
    return first, time.perf_counter() - started


def idle_share(app: RunningApp) -> float:
    """Share of one core that all processes of the idle app use together."""
    before = sum(sum(process.cpu_times()[:2]) for process in app.family())
    time.sleep(IDLE_SECONDS)
    after = sum(sum(process.cpu_times()[:2]) for process in app.family())
    return (after - before) / IDLE_SECONDS


def measure(rows: int, runs: int) -> None:
    """Print the table."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "ten-thousand.csv"
        write_file(file, rows)
        with running_app(Path(folder) / "data") as app:
            idle = idle_share(app)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_context(base_url=app.url).new_page()
            one_run(page, file)
            times = [one_run(page, file) for _ in range(runs)]
            memory = psutil.Process(app.process.pid).memory_info().rss / 2**20
            browser.close()
    first, whole = ([run[part] for run in times] for part in (0, 1))
    print(f"{rows:,} rows x 15 columns, {runs} runs, warm worker, seconds: median (min - max)")
    for label, values in (("first numbers on the page", first), ("whole profile job", whole)):
        print(
            f"  {label:28} {statistics.median(values):6.2f}"
            f"  ({min(values):.2f} - {max(values):.2f})"
        )
    print(f"  {'bound: 1 s plus one poll':28} {1 + POLL_SECONDS:6.2f}")
    print(f"web process after the runs: {memory:.0f} MB")
    print(f"idle, all processes: {100 * idle:.1f} % of a core")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=10_000)
    arguments.add_argument("--runs", type=int, default=5)
    given = arguments.parse_args()
    measure(given.rows, given.runs)
