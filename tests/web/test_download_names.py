"""Names of downloads: the user's own name survives, and nothing in it can do harm."""

from types import SimpleNamespace
from typing import Any

import pytest

from web.download_names import base_name, content_disposition, download_name


@pytest.mark.parametrize(
    ("uploaded", "base"),
    [
        ("customers.csv", "customers"),
        ("cleaned_customers.csv", "cleaned_customers"),
        ("customers.csv.gz", "customers"),
        ("two.dots.xlsx", "two.dots"),
        ("Kundenübersicht 2024.csv", "Kundenübersicht 2024"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\a.csv", "a"),
        ('a"b;c\r\nSet-Cookie: x.csv', "a_b_cSet-Cookie_ x"),
        ("\u202egnp.csv", "gnp"),
        (".csv", "csv"),
        ("", "data"),
        ("...", "data"),
    ],
)
def test_the_base_name_is_what_the_user_called_it(uploaded, base):
    assert base_name(uploaded) == base


def test_a_long_name_is_cut():
    assert len(base_name("x" * 255 + ".csv")) == 100


@pytest.mark.parametrize(
    ("tool", "artifact", "name"),
    [
        ("clean-my-data", "table.csv", "customers_cleaned_20260131_235959.csv"),
        ("clean-my-data", "table.parquet", "customers_cleaned_20260131_235959.parquet"),
        ("clean-my-data", "quarantine.csv", "customers_quarantine_20260131_235959.csv"),
        ("clean-my-data", "clean.zip", "customers_clean_20260131_235959.zip"),
        ("master-my-data", "golden.csv", "customers_mastered_20260131_235959.csv"),
        ("profile-my-data", "report.json", "profile_analysis.json"),
        ("profile-my-data", "report.html", "customers_report_20260131_235959.html"),
        ("read-my-data", "table.csv", "customers_table_20260131_235959.csv"),
    ],
)
def test_a_download_is_named_after_data_set_result_and_time(tool, artifact, name):
    dataset: Any = SimpleNamespace(name="customers.csv")
    job: Any = SimpleNamespace(tool=tool, ended_at=1769903999.0, created_at=0.0)
    assert download_name(dataset, job, artifact) == name


def test_the_header_has_a_plain_name_and_the_real_one():
    assert content_disposition("attachment", "Zoë.csv") == (
        "attachment; filename=\"Zoe.csv\"; filename*=UTF-8''Zo%C3%AB.csv"
    )


def test_the_header_stays_one_header():
    header = content_disposition("attachment", 'a"; filename="b.exe\r\nX: y')
    assert "\r" not in header
    assert header.count('"') == 2
