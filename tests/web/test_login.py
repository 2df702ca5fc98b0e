"""The login page: the right password, wrong ones, too many of them, and signing out."""

from dataclasses import replace

import pytest

from tests.web.conftest import PASSWORD
from web.gate import COOKIE, start_session, user_of
from web.login import local_path
from web.throttle import Throttle


def sign_in(client, password=PASSWORD, **more):
    return client.post("/auth/login?next=/jobs", data={"password": password}, **more)


def test_the_page_shows_a_form_and_keeps_the_target(stranger):
    answer = stranger.get("/auth/login?next=/job%3Fid=1")
    assert answer.status_code == 200
    assert 'action="/auth/login?next=%2Fjob%3Fid%3D1"' in answer.text


def test_the_page_repeats_no_markup(stranger):
    assert "<script>" not in stranger.get('/auth/login?next=/"><script>').text


def test_the_right_password_opens_the_door(stranger):
    answer = sign_in(stranger)
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs")
    assert stranger.get("/jobs").text == "a page"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger):
    cookie = sign_in(stranger).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=43200" in cookie
    assert "secure" not in cookie


def test_the_cookie_is_secure_behind_tls(stranger):
    answer = sign_in(stranger, headers={"x-forwarded-proto": "https"})
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("password", ["", "open", "OPEN SESAME", "пароль"])
def test_a_wrong_password_is_refused(stranger, password):
    answer = sign_in(stranger, password)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_the_sixth_wrong_password_in_five_minutes_has_to_wait(stranger):
    assert [sign_in(stranger, "x").status_code for _ in range(6)] == [401] * 5 + [429]


def test_then_even_the_right_password_has_to_wait(stranger):
    for _ in range(5):
        sign_in(stranger, "x")
    assert sign_in(stranger).status_code == 429


def test_failures_are_forgotten_after_five_minutes():
    now = [0.0]
    throttle = Throttle(clock=lambda: now[0])
    for _ in range(5):
        throttle.note("a")
    assert throttle.blocked("a")
    assert not throttle.blocked("b")
    now[0] = 301.0
    assert not throttle.blocked("a")


def test_a_form_that_is_too_long_is_not_read(stranger):
    assert sign_in(stranger, "x" * 10_000).status_code == 413


def test_signing_out_ends_the_session_even_for_a_copied_cookie(stranger, closed):
    sign_in(stranger)
    copied = stranger.cookies[COOKIE]
    assert stranger.get("/auth/logout").status_code == 200
    assert stranger.post("/auth/logout").headers["location"] == "/auth/login"
    assert stranger.get("/jobs").status_code == 303
    assert user_of({COOKIE: copied}, closed) is None


def test_a_new_password_ends_all_sessions(closed):
    cookies = {COOKIE: start_session(closed)}
    assert user_of(cookies, closed) == "local"
    assert user_of(cookies, replace(closed, app_password="another")) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "///evil.example",
        "/\\/evil.example",
        "jobs",
        "",
        "/\t/evil.example",
    ],
)
def test_the_login_page_never_sends_people_to_another_site(target):
    assert local_path(target) == "/"


@pytest.mark.parametrize("target", ["/", "/job?id=1&tab=2"])
def test_the_login_page_sends_people_back(target):
    assert local_path(target) == target
