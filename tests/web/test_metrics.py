"""GET /metrics: what it answers, and to whom."""

from dataclasses import replace

import pytest

from tests.web.conftest import visitor

BEARER = {"authorization": "Bearer scrape-me"}


@pytest.fixture
def guarded(settings):
    """Settings with a token."""
    return replace(settings, metrics_token="scrape-me")


def test_this_computer_reads_them_without_a_token(browser):
    answer = browser.get("/metrics")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "\nassay_database_up 1.0\n" in answer.text


def test_a_prometheus_that_asks_for_openmetrics_gets_it(browser):
    wanted = {"accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    answer = browser.get("/metrics", headers=wanted)
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")


def test_a_password_for_people_does_not_keep_this_computer_out(closed):
    assert visitor(closed).get("/metrics").status_code == 200


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1"])
def test_another_computer_is_told_what_to_set(settings, closed, address):
    for each in (settings, closed):
        answer = visitor(each, address=address).get("/metrics")
        assert answer.status_code == 403
        assert "METRICS_TOKEN" in answer.text


@pytest.mark.parametrize("header", ["x-forwarded-for", "x-real-ip", "forwarded", "via"])
def test_a_proxy_on_this_computer_does_not_speak_for_it(browser, header):
    assert browser.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403


def test_a_name_that_was_pointed_at_this_computer_is_refused(settings):
    assert visitor(settings, host="evil.example").get("/metrics").status_code == 403


def test_whoever_has_the_token_reads_them_from_anywhere(guarded):
    scraper = visitor(guarded, address="192.0.2.7", host="assay.example")
    assert scraper.get("/metrics", headers=BEARER).status_code == 200


@pytest.mark.parametrize(
    "given", [{}, {"authorization": "Bearer guess"}, {"authorization": "scrape-me"}]
)
def test_with_a_token_set_nobody_comes_in_without_it(guarded, given):
    answer = visitor(guarded).get("/metrics", headers=given)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_session_is_no_token(member):
    assert member().get("/metrics").status_code == 403


def test_the_token_opens_nothing_else(guarded):
    stranger = visitor(replace(guarded, app_password="x"), address="192.0.2.7", host="a.example")
    assert stranger.get("/jobs", headers=BEARER).status_code == 303
