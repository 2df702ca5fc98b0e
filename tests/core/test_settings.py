"""Settings come from the environment, once, with a sentence for what is wrong."""

from dataclasses import fields
from pathlib import Path

import pytest

from core import Settings


def test_an_empty_environment_gives_the_embedded_defaults():
    settings = Settings.from_environment({})
    assert (settings.redis_url, settings.database_url, settings.storage_url) == ("", "", "")
    assert settings.use_queue


def test_an_empty_variable_counts_as_absent():
    assert Settings.from_environment({"WORKERS": ""}).workers == 1


def test_values_take_the_type_of_their_default():
    settings = Settings.from_environment(
        {"DATA_DIR": "here", "WORKERS": "3", "USE_QUEUE": "false", "REDIS_URL": "redis://x"}
    )
    assert settings.data_dir == Path("here")
    assert (settings.workers, settings.use_queue, settings.redis_url) == (3, False, "redis://x")


@pytest.mark.parametrize(("name", "text"), [("WORKERS", "many"), ("USE_QUEUE", "perhaps")])
def test_a_wrong_value_names_its_variable(name, text):
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({name: text})


def test_no_secret_is_printed_with_the_settings():
    names = ("DATABASE_URL", "REDIS_URL", "SOURCE_DATABASES", "APP_PASSWORD", "SECRET_KEY")
    settings = Settings.from_environment({name: f"hidden-{name}" for name in names})
    assert "hidden" not in repr(settings)
    assert "hidden" in settings.redis_url


def test_every_setting_is_in_the_example_file():
    example = Path(".env.example").read_text(encoding="utf-8")
    for item in fields(Settings):
        assert f"{item.metadata['env']}=" in example
        assert item.metadata["help"].endswith(".")
