"""An analyst opens the page, drops a file, presses Start, and gets all three results."""

import io
import re
import zipfile

import pytest

pytestmark = [pytest.mark.end_to_end, pytest.mark.browser, pytest.mark.timeout(240)]


def upload(page, file):
    page.goto("/new")
    page.locator("input[type=file]").first.set_input_files(file)
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()


def start(page, plan):
    page.locator(".st-key-new-plan").get_by_text(plan, exact=True).click()
    page.locator(".st-key-new-start button").click()
    page.wait_for_url("**/job?id=*")


def open_tab(page, name):
    page.get_by_role("tab", name=name).click()


def frames(page, name):
    return [frame for frame in page.frames if name in frame.url]


def test_the_whole_path(page, people):
    upload(page, people)
    page.get_by_text("601 rows").first.wait_for()
    start(page, "All three")
    page.get_by_text("Results so far").first.wait_for()
    page.get_by_text(re.compile("Master my data · [0-9]")).first.wait_for(timeout=120_000)
    page.locator(".st-key-job-again").first.wait_for(timeout=120_000)

    job_url = page.url
    page.reload()
    page.get_by_text("people.csv").first.wait_for()
    assert page.url == job_url

    page.locator(".st-key-job-results button").click()
    page.wait_for_url("**/dataset?id=*")
    check_changes(page, people)
    check_golden_records(page)
    check_report(page)
    check_download(page)


def metric(page, container, label):
    card = page.locator(f".st-key-{container} [data-testid=stMetric]").filter(has_text=label)
    return int(card.locator("[data-testid=stMetricValue]").first.inner_text().replace(",", ""))


def repeated(file):
    """How many lines of a file repeat another one but for spaces around cells."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return len(lines) - len({tuple(cell.strip() for cell in line.split(",")) for line in lines})


def check_changes(page, people):
    open_tab(page, "Changes")
    page.locator(".st-key-changes-metrics").wait_for()
    assert metric(page, "changes-metrics", "Cells changed") == 200
    assert metric(page, "changes-metrics", "Rows removed") == repeated(people)


def check_golden_records(page):
    open_tab(page, "Golden records")
    page.locator(".st-key-golden-metrics").wait_for()
    assert metric(page, "golden-metrics", "Rows") == 593
    assert 380 <= metric(page, "golden-metrics", "Entities") <= 420


def check_report(page):
    open_tab(page, "Full report")
    page.locator("iframe").first.wait_for()
    page.wait_for_function("() => document.querySelectorAll('iframe').length > 0")
    source = page.locator("iframe").first.get_attribute("src")
    reply = page.request.get(source)
    assert reply.status == 200
    assert "sandbox" in reply.headers["content-security-policy"]
    assert "allow-same-origin" not in reply.headers["content-security-policy"]
    assert "given_name" in reply.text()


def check_download(page):
    open_tab(page, "Downloads")
    link = page.get_by_role("link", name=re.compile("zip", re.I)).first
    link.wait_for()
    reply = page.request.get(link.get_attribute("href"))
    names = zipfile.ZipFile(io.BytesIO(reply.body())).namelist()
    assert any(name.endswith("manifest.json") for name in names)


def test_a_first_visit_by_deep_link_passes_through_the_shell(page):
    page.goto("/jobs")
    page.get_by_role("heading", name="Jobs").wait_for()
    page.get_by_role("link", name="New dataset").first.wait_for()


@pytest.mark.parametrize("path", ["/job?id=nothing", "/dataset?id=nothing", "/job"])
def test_an_unknown_id_is_a_friendly_page(page, path):
    page.goto(path)
    page.get_by_text("is not here").first.wait_for()


def test_a_refused_file_is_one_sentence(page, tmp_path):
    file = tmp_path / "report.csv"
    file.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n")
    page.goto("/new")
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_text("PDF").first.wait_for()
    assert page.get_by_text("Traceback").count() == 0


def test_hostile_names_and_values_run_nothing(page, tmp_path):
    evil = "<img src=x onerror=window.top.__xss=1>"
    file = tmp_path / "evil.csv"
    rows = "\n".join(f"{n},{evil}{n % 3},<script>window.top.__xss=1</script>" for n in range(60))
    file.write_text(f"id,{evil},[a](javascript:alert(1))\n{rows}\n", encoding="utf-8")
    upload(page, file)
    start(page, "Profile")
    page.locator(".st-key-job-again").first.wait_for(timeout=120_000)
    page.locator(".st-key-job-results button").click()
    page.wait_for_url("**/dataset?id=*")
    for tab in ("Overview", "Issues", "Charts", "Full report"):
        open_tab(page, tab)
        page.wait_for_timeout(1_500)
    assert page.evaluate("window.__xss") is None
    for frame in page.frames:
        assert frame.evaluate("window.__xss") is None


def test_a_sample_loads_with_one_click(page):
    page.goto("/")
    page.locator("[class*=st-key-home-sample] button, [class*=st-key-sample] button").first.click()
    page.wait_for_url("**/new?id=*")
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()


def test_the_keyboard_starts_right_after_a_plan_was_chosen(page, people):
    upload(page, people)
    page.locator(".st-key-new-plan").get_by_text("Profile", exact=True).click()
    page.locator(".st-key-new-plan [aria-checked=true], .st-key-new-plan [kind*=Active]").wait_for()
    page.wait_for_timeout(1_000)
    page.keyboard.press("Alt+s")
    page.wait_for_url("**/job?id=*")
