"""The gate: who comes in without a password, who with one, and what is added to every answer."""

import pytest
from starlette.websockets import WebSocketDisconnect

from tests.web.conftest import visitor
from web.gate import HEADERS, is_loopback, user_of


@pytest.mark.parametrize("path", ["/", "/jobs", "/_stcore/metrics", "/static/app.js"])
def test_without_a_password_this_computer_sees_everything(browser, path):
    assert browser.get(path).status_code == 200


def test_without_a_password_the_user_is_local(settings):
    assert user_of({}, settings) == "local"


def test_without_a_password_another_computer_is_told_what_to_set(settings):
    answer = visitor(settings, address="192.0.2.7").get("/")
    assert answer.status_code == 403
    assert "APP_PASSWORD" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "192.0.2.7:8501"])
def test_a_name_that_was_pointed_at_this_computer_is_refused(settings, host):
    assert visitor(settings, host=host).get("/").status_code == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "127.0.0.1:8501", "[::1]:8501"])
def test_the_local_names_are_served(settings, host):
    assert visitor(settings, host=host).get("/").status_code == 200


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.7", False),
        ("10.0.0.1", False),
        ("testclient", False),
        ("", False),
    ],
)
def test_a_loopback_address_is_recognised(address, ours):
    assert is_loopback(address) is ours


@pytest.mark.parametrize("path", ["/healthz", "/_stcore/health"])
def test_health_is_open_to_everybody(settings, stranger, path):
    assert visitor(settings, address="192.0.2.7").get(path).status_code == 200
    assert stranger.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/auth/login", "/favicon.png", "/static/app.js"])
def test_what_the_login_page_needs_is_open(stranger, path):
    assert stranger.get(path).status_code == 200


def test_a_visitor_is_sent_to_the_login_page_and_back(stranger):
    answer = stranger.get("/job?id=1&tab=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/auth/login?next=%2Fjob%3Fid%3D1%26tab%3D2"


@pytest.mark.parametrize(
    "path", ["/", "/jobs", "/_stcore/metrics", "/ops/rq/", "/files/x", "/static/../x"]
)
def test_nothing_else_is_shown_to_strangers(stranger, path):
    assert stranger.get(path).status_code == 303


def test_an_upload_of_a_stranger_is_refused(stranger):
    assert stranger.put("/_stcore/upload_file/s/f", content=b"x").status_code == 401


def test_a_websocket_of_a_stranger_is_refused(stranger):
    with (
        pytest.raises(WebSocketDisconnect) as refusal,
        stranger.websocket_connect("/_stcore/stream"),
    ):
        pass
    assert refusal.value.code == 4401


def test_a_member_sees_pages_and_gets_a_websocket(member):
    client = member()
    assert client.get("/jobs").text == "a page"
    with client.websocket_connect("/_stcore/stream") as websocket:
        assert websocket.receive_text() == "welcome"


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/metrics", "/ops/rq/"])
def test_operations_are_for_the_administrator(member, path):
    assert member("ann").get(path).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://assay.example:99"])
def test_a_change_asked_for_by_another_site_is_refused(member, origin):
    assert member().put("/x", headers={"origin": origin}).status_code == 403


def test_a_change_asked_for_by_another_site_is_refused_without_a_password_too(browser):
    assert browser.put("/x", headers={"origin": "https://evil.example"}).status_code == 403


def test_a_browser_that_says_cross_site_is_believed(browser):
    assert browser.put("/x", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_a_websocket_opened_by_another_site_is_refused(browser):
    with (
        pytest.raises(WebSocketDisconnect) as refusal,
        browser.websocket_connect("/_stcore/stream", headers={"origin": "https://evil.example"}),
    ):
        pass
    assert refusal.value.code == 4401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://assay.example"},
        {"origin": "https://public.example", "x-forwarded-host": "public.example"},
    ],
)
def test_a_change_asked_for_by_our_own_page_is_let_in(member, headers):
    assert member().put("/x", headers=headers).status_code == 200


@pytest.mark.parametrize("name", list(HEADERS))
def test_every_answer_carries_the_security_headers(browser, stranger, name):
    assert browser.get("/").headers[name] == HEADERS[name]
    assert stranger.get("/").headers[name] == HEADERS[name]


def test_strict_transport_is_asked_for_behind_tls_only(browser):
    assert "strict-transport-security" not in browser.get("/").headers
    answer = browser.get("/", headers={"x-forwarded-proto": "https"})
    assert "strict-transport-security" in answer.headers
