"""A large file comes in chunks, is cut off in the middle, and goes on where it stopped."""

import re

import pytest

pytestmark = [pytest.mark.end_to_end, pytest.mark.browser, pytest.mark.timeout(240)]

LINE = "{:08},Anna Lindqvist,1975-03-02,Ghent,00123,a text that makes the line as long as others\n"
ROWS = 440_000
CHUNK = 8 * 2**20
PUTS = re.compile("/api/uploads/.")
ALL = re.compile("/api/uploads")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A CSV of 40 MB: five chunks."""
    file = tmp_path_factory.mktemp("large") / "large.csv"
    head = "number,name,born,city,code,remark\n"
    file.write_text(head + "".join(LINE.format(n) for n in range(ROWS)), encoding="utf-8")
    assert 4 * CHUNK < file.stat().st_size < 5 * CHUNK
    return file


@pytest.fixture
def offsets(page):
    """Where the chunks that were sent began."""
    sent = []

    def note(request):
        if request.method == "PUT" and PUTS.search(request.url):
            sent.append(int(request.headers["x-offset"]))

    page.on("request", note)
    return sent


def open_uploader(page):
    page.goto("/new")
    page.get_by_role("tab", name="Large file").click()
    page.locator(".st-key-chunk-upload .zone").wait_for()


def choose(page, file):
    page.locator(".st-key-chunk-upload input[type=file]").set_input_files(file)


def status(page):
    return page.locator(".st-key-chunk-upload").get_by_role("status")


def press(page, name):
    page.locator(".st-key-chunk-upload").get_by_role("button", name=name).click()


def parts(app):
    return set((app.data / "uploads").glob("*"))


class Second:
    """Lets the first chunk pass and keeps the second one on its way."""

    def __init__(self, page, offsets):
        self.page, self.offsets, self.held = page, offsets, []
        page.route(PUTS, self.answer)

    def answer(self, route):
        if route.request.method == "PUT" and len(self.offsets) == 2:
            self.held.append(route)
        else:
            route.continue_()

    def wait(self):
        while not self.held:
            self.page.wait_for_timeout(100)


@pytest.fixture
def second(page, offsets):
    return Second(page, offsets)


def test_a_lost_connection_is_resumed_and_no_row_is_missing(page, app, large, offsets):
    def cut_in_the_middle(route):
        if len(offsets) > 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(ALL, cut_in_the_middle)
    before = parts(app)
    open_uploader(page)
    choose(page, large)
    bar = page.get_by_role("progressbar", name="Upload of large.csv")
    bar.wait_for()
    page.get_by_text("trying again in").first.wait_for()
    page.get_by_text("Press Resume to go on at").first.wait_for(timeout=60_000)
    assert offsets == [0, CHUNK, 2 * CHUNK]
    assert int(bar.get_attribute("value")) == 2 * CHUNK

    page.unroute(ALL)
    press(page, "Resume")
    page.wait_for_url("**/new?id=*", timeout=60_000)
    assert offsets[3:] == [2 * CHUNK, 3 * CHUNK, 4 * CHUNK]
    page.get_by_text(f"{ROWS:,} rows").first.wait_for(timeout=120_000)
    assert parts(app) == before


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(page, large, offsets, second):
    open_uploader(page)
    choose(page, large)
    second.wait()
    press(page, "Pause")
    status(page).get_by_text(re.compile("Paused at [12][0-9] %")).wait_for()
    page.unroute(PUTS)

    open_uploader(page)
    page.get_by_text("Choose large.csv again").wait_for()
    choose(page, large)
    page.wait_for_url("**/new?id=*", timeout=60_000)
    # What had come of the chunk that the pause cut off is kept, too.
    resumed = offsets[2]
    assert CHUNK <= resumed < 2 * CHUNK
    assert offsets[2:] == list(range(resumed, large.stat().st_size, CHUNK))


def test_cancelling_an_upload_leaves_nothing(page, app, large, second):
    before = parts(app)
    open_uploader(page)
    choose(page, large)
    second.wait()
    assert len(parts(app) - before) == 1
    press(page, "Cancel")
    status(page).get_by_text("nothing is kept").wait_for()
    assert parts(app) == before
    page.goto("/jobs")
    page.get_by_text("cancelled").first.wait_for()


def test_an_empty_file_is_refused_with_a_sentence(page, tmp_path):
    file = tmp_path / "empty.csv"
    file.touch()
    open_uploader(page)
    choose(page, file)
    status(page).get_by_text("'empty.csv' is empty").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_drop_zone_fits_a_phone_in_both_themes(chromium, app, scheme):
    context = chromium.new_context(
        base_url=app.url, color_scheme=scheme, viewport={"width": 420, "height": 800}
    )
    page = context.new_page()
    open_uploader(page)
    zone = page.locator(".st-key-chunk-upload .zone")
    box = zone.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 420
    colours = zone.evaluate(
        "zone => [getComputedStyle(zone).color, getComputedStyle(zone).backgroundColor]"
    )
    assert len(set(colours)) == 2
    context.close()
