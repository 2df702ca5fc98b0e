"""Tokens: only ours, only in time, only for what they were made; and the key behind them."""

import time
from dataclasses import replace

import pytest

from web.signing import file_url, secret, sign, verify


def test_a_token_gives_back_its_claims(settings):
    claims = verify(settings, sign(settings, "ann", "file", job="j"), "file")
    assert claims is not None
    assert (claims["user"], claims["job"]) == ("ann", "j")


def test_an_expired_token_is_nothing(settings):
    assert verify(settings, sign(settings, "ann", "file", until=time.time() - 1), "file") is None


@pytest.mark.parametrize("damage", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", str.upper])
def test_a_damaged_token_is_nothing(settings, damage):
    assert verify(settings, damage(sign(settings, "ann", "file")), "file") is None


def test_a_token_for_one_purpose_is_no_token_for_another(settings):
    assert verify(settings, sign(settings, "ann", "file"), "session") is None


def test_a_token_signed_by_another_installation_is_nothing(settings, tmp_path):
    other = replace(settings, data_dir=tmp_path / "other")
    assert verify(settings, sign(other, "ann", "file"), "file") is None


def test_a_link_drawn_again_is_the_same_link(settings):
    first, again = (file_url(settings, "ann", "j", "a.csv", download=True) for _ in range(2))
    assert first == again


def test_the_key_is_made_once_and_kept_private(settings):
    path = settings.data_dir / "secret"
    made = secret(settings)
    assert path.read_text() == made
    assert len(made) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in settings.data_dir.iterdir()] == ["secret"]


def test_a_key_that_is_there_is_used(settings):
    settings.data_dir.mkdir()
    (settings.data_dir / "secret").write_text("k" * 64)
    assert secret(settings) == "k" * 64


def test_a_key_of_your_own_is_used_and_nothing_is_written(settings):
    own = replace(settings, secret_key="k" * 32)
    assert secret(own) == "k" * 32
    assert not settings.data_dir.exists()


def test_a_short_key_of_your_own_is_refused_with_a_sentence(settings):
    with pytest.raises(ValueError, match="SECRET_KEY has 5 bytes and needs at least 32"):
        secret(replace(settings, secret_key="short"))
