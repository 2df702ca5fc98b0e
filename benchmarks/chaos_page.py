"""What the Jobs page shows, read by a real browser."""

import os
import shutil

MOST_SECONDS = 60_000
STATES = ("Done", "Failed", "Cancelled")
LINE = "[class*=st-key-job-line-]"
READ_LINES = """lines => lines.map(line => [
    [...line.classList].find(name => name.startsWith('st-key-job-line-')),
    line.querySelector('.stMarkdownBadge')?.innerText ?? '',
])"""


def shown_words(port: int) -> dict[str, str] | str:
    """The word for each job on the first page of each state; or why no page could be read."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        return "there is no Chromium here"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return "playwright is not installed"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    words: dict[str, str] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--disable-gpu", *sandbox]
        )
        page = browser.new_page(base_url=f"http://localhost:{port}")
        page.set_default_timeout(MOST_SECONDS)
        for state in STATES:
            page.goto(f"/jobs?state={state}")
            page.get_by_role("heading", name="Jobs").wait_for()
            page.locator(LINE).or_(page.get_by_text("no such jobs")).first.wait_for()
            page.wait_for_timeout(1_000)
            words |= dict(map(word_of, page.locator(LINE).evaluate_all(READ_LINES)))
        browser.close()
    return words


def word_of(line: list[str]) -> tuple[str, str]:
    """Job id and status word of a line; a badge is an icon's name, then the word."""
    name, badge = line
    return name.removeprefix("st-key-job-line-"), badge.split(maxsplit=1)[-1]
