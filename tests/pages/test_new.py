"""New dataset: what an analyst sees of a file that was handed in, and puts right."""

import pytest

from core import Dataset, UnreadableFile
from queue_jobs import submit, upload
from store import datasets, jobs, uploads
from store.readers import EXTENSIONS, PACKED
from tests.pages.conftest import House, texts, visit
from tests.store.readers.files import workbook
from web.gate import USER

SHEET = [["id", "name"], [1, "Ann"]]
MESSY = """Export of the shop
made on 2024-03-01
id;name;city
1;Zoë;Rome
2;Ann;Oslo;and;more
3;Bob;Paris
4;Cem;Berlin
"""


@pytest.fixture
def messy(house) -> Dataset:
    """Lines above the names, a row with too many cells, and an encoding nobody mentions."""
    uploaded, _ = house.upload(MESSY.encode("cp1252"), "messy.csv")
    house.work()
    return uploaded


def chosen(house: House, dataset: Dataset) -> dict:
    """What the dataset remembers of the user's choices."""
    reading = datasets.load(house.store.database, dataset.id).reading
    return {name: value for name, value in reading.items() if value is not None}


def keys(page) -> set[str]:
    return {item.key for kind in ("selectbox", "number_input", "button") for item in page.get(kind)}


def is_open(page) -> bool:
    [form] = [box for box in page.expander if box.label == "Read it differently"]
    return form.proto.expanded


def test_a_file_comes_in_three_ways(house):
    page = visit("new.py")
    assert [tab.label for tab in page.tabs] == ["A file", "Large file", "Address or database"]
    assert set(page.file_uploader[0].proto.type) >= {f".{name}" for name in (*EXTENSIONS, *PACKED)}


@pytest.mark.parametrize("way", ["Large file", "Address or database"])
def test_the_other_ways_in_render(house, way):
    page = visit("new.py")
    page.session_state["new-way"] = way
    assert not page.run().exception


def test_an_uploaded_file_is_kept_once_and_read(house):
    page = visit("new.py")
    page.file_uploader[0].upload("people.csv", b"a,b\n1,2\n", "text/csv").run()
    assert not page.exception
    house.work()
    assert jobs.search(house.store.database, USER).total == 1


def test_the_preview_says_how_the_file_was_read(house, dataset):
    page = visit("new.py", id=dataset.id)
    assert ":gray[separator] comma" in texts(page)
    assert "8 rows · 4 columns" in texts(page)
    assert not is_open(page)


def test_nothing_of_a_messy_file_is_lost_from_sight(house, messy):
    said = texts(visit("new.py", id=messy.id))
    assert "3 rows · 3 columns · 3 records set aside" in said
    assert "cp1252" in said
    assert ":gray[lines above] 2" in said


def test_the_first_records_set_aside_are_shown_with_the_way_to_all(house, messy):
    page = visit("new.py", id=messy.id)
    aside = page.dataframe[1].value
    assert list(aside["line"]) == [1, 2, 5]
    assert aside["raw"][2] == "2;Ann;Oslo;and;more"
    [link] = [found for found in page.get("page_link") if "See all 3" in found.proto.label]
    assert "tab=Set+aside" in link.proto.query_string


def test_the_worst_finding_comes_first(house, messy):
    found = [
        item.value for item in visit("new.py", id=messy.id).markdown if ":material/" in item.value
    ]
    words = [
        word for line in found for word in ("high", "medium", "low", "info") if f" {word}]" in line
    ]
    assert words == sorted(words, key=["high", "medium", "low", "info"].index)
    assert words[0] == "high"


def test_every_part_of_the_reading_can_be_put_right(house, messy):
    page = visit("new.py", id=messy.id)
    parts = "encoding delimiter quote escape comment skip-rows names footer-rows"
    assert {f"new-reading-{part}" for part in parts.split()} <= keys(page)


def test_the_users_choice_is_used_and_kept_with_the_dataset(house, messy):
    page = visit("new.py", id=messy.id)
    page.selectbox(key="new-reading-encoding").set_value("cp1250")
    page.selectbox(key="new-reading-names").set_value("0")
    page.number_input(key="new-reading-skip-rows").set_value(3)
    page.button(key="new-read-again").click().run()
    house.work()
    said = texts(visit("new.py", id=messy.id))
    assert "cp1250 \\(your choice\\)" in said
    assert ":gray[rows of names] none" in said
    assert chosen(house, messy) == {"encoding": "cp1250", "header": False, "skip_rows": 3}


def test_a_file_is_read_again_with_another_separator(house):
    uploaded, _ = house.upload(b"a;b|c\n1;2|3\n4;5|6\n")
    house.work()
    page = visit("new.py", id=uploaded.id)
    page.selectbox(key="new-reading-delimiter").set_value("|")
    page.button(key="new-read-again").click().run()
    house.work()
    page = visit("new.py", id=uploaded.id)
    assert ":gray[separator] bar" in texts(page)
    page.selectbox(key="new-reading-delimiter").select_index(0)
    page.button(key="new-read-again").click().run()
    assert chosen(house, uploaded) == {}


def test_a_file_that_cannot_be_read_gets_its_sentence(house):
    refused, job = house.upload(b"\x00\x01\x02\x03" * 50, "photo.csv")
    house.work()
    page = visit("new.py", id=refused.id)
    assert house.job(job.id).status == "FAILED"
    assert page.error
    assert "new-start" not in keys(page)


def test_a_refusal_that_a_choice_can_lift_leaves_the_form_open(house, messy):
    page = visit("new.py", id=messy.id)
    page.selectbox(key="new-reading-encoding").set_value("utf-8")
    page.button(key="new-read-again").click().run()
    house.work()
    page = visit("new.py", id=messy.id)
    assert "utf" in page.error[0].value
    assert is_open(page)
    page.selectbox(key="new-reading-encoding").select_index(0)
    page.button(key="new-read-again").click().run()
    house.work()
    assert not visit("new.py", id=messy.id).error


def test_a_refused_workbook_offers_no_questions_about_text(house):
    refused, _ = house.upload(b"PK\x03\x04" * 50, "people.xlsx")
    house.work()
    page = visit("new.py", id=refused.id)
    assert page.error
    assert "new-read-again" not in keys(page)


def test_a_workbook_offers_its_sheets(house):
    uploaded, _ = house.upload(workbook({"Orders": SHEET, "People": SHEET}), "two.xlsx")
    house.work()
    page = visit("new.py", id=uploaded.id)
    assert "new-reading-delimiter" not in keys(page)
    assert page.selectbox(key="new-reading-sheet").options[0] == "Found: Orders (of 2)"
    page.selectbox(key="new-reading-sheet").set_value("People")
    page.button(key="new-read-again").click().run()
    house.work()
    assert ":gray[sheet] People" in texts(visit("new.py", id=uploaded.id))


def test_a_json_document_says_which_list_was_read_and_takes_another(house):
    uploaded, _ = house.upload(b'{"a": [{"x": 1}, {"x": 2}], "b": [{"y": 3}]}', "two.json")
    house.work()
    page = visit("new.py", id=uploaded.id)
    assert page.selectbox(key="new-reading-records").options[0] == "Found: a"
    submit.read_again(house.queue, USER, uploaded.id, {"records": "b"})
    house.work()
    assert list(visit("new.py", id=uploaded.id).dataframe[0].value) == ["y"]


@pytest.fixture
def on_its_way(house):
    """A large file of which nothing has come yet."""
    return upload.begin(house.queue, USER, "large.csv", 10)


def test_a_file_on_its_way_can_be_chosen_again(house, on_its_way):
    uploads.received(house.store.database, on_its_way.job.id, 40.0)
    page = visit("new.py", id=on_its_way.dataset.id)
    assert not page.exception
    assert "choose the same file again" in page.info[0].value.lower()
    assert "new-read-again" not in keys(page)


def test_a_broken_upload_says_why_and_how_to_go_on(house, on_its_way):
    uploads.received(house.store.database, on_its_way.job.id, 40.0)
    trouble = UnreadableFile("disk_full", "The disk is full.")
    uploads.failed(house.store.database, on_its_way.job.id, trouble)
    [warning] = visit("new.py", id=on_its_way.dataset.id).warning
    assert "The disk is full" in warning.value
    assert "the same file again" in warning.value


def test_an_upload_that_was_given_up_leaves_nothing_to_read(house, on_its_way):
    uploads.expire(house.store.database, minutes=0)
    page = visit("new.py", id=on_its_way.dataset.id)
    assert "upload it again" in page.info[0].value
    assert "new-read-again" not in keys(page)


def test_a_cancelled_reading_can_be_started_again(house):
    uploaded, job = house.upload()
    submit.cancel(house.queue, USER, job.id)
    visit("new.py", id=uploaded.id).button(key="new-read-again").click().run()
    house.work()
    assert "8 rows" in texts(visit("new.py", id=uploaded.id))


def test_all_records_set_aside_have_a_tab_of_the_dataset(house, messy):
    page = visit("dataset.py", id=messy.id, tab="Set aside")
    assert "3 records of the file did not become rows" in texts(page)
    assert list(page.dataframe[0].value["reason"])[2].startswith("has 5 cells")
    urls = [link.proto.url for link in page.get("link_button")]
    assert [url.startswith("/files/") for url in urls] == [True]


def test_a_file_that_fits_has_no_such_tab(house, dataset):
    page = visit("dataset.py", id=dataset.id, tab="Set aside")
    assert not page.exception
    assert "Set aside" not in [tab.label for tab in page.tabs]
