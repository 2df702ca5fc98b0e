"""An analyst corrects how a messy file is read, and looks at what was set aside."""

import csv

import pytest

pytestmark = [pytest.mark.end_to_end, pytest.mark.browser, pytest.mark.timeout(180)]

MESSY = (
    "Export of the shop\nid;name;city\n1;Zoë;Rome\n2;Ann;Oslo;and;more\n3;Bob;Paris\n4;Cem;Bonn\n"
)


def test_a_messy_file_is_read_as_the_analyst_says(page, tmp_path):
    file = tmp_path / "messy.csv"
    file.write_bytes(MESSY.encode("cp1252"))
    page.goto("/new")
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_text("3 rows · 3 columns · 2 records set aside").wait_for()

    page.locator(".st-key-new-reading summary").click()
    # No option is called so: it is typed.
    page.locator(".st-key-new-reading-encoding input").fill("iso8859-9")
    page.keyboard.press("Enter")
    page.locator(".st-key-new-read-again button").click()
    page.get_by_text("iso8859-9 (your choice)").wait_for()

    page.locator(".st-key-new-rejects summary").click()
    page.get_by_text("See all 2 with the dataset").click()
    page.wait_for_url("**/dataset?*tab=Set+aside*")
    with page.expect_download() as download:
        page.get_by_text("Download as CSV").click()
    with download.value.path().open(encoding="utf-8", newline="") as rejects:
        rows = list(csv.DictReader(rejects))
    assert [(row["line"], row["raw"]) for row in rows] == [
        ("1", "Export of the shop"),
        ("4", "2;Ann;Oslo;and;more"),
    ]
