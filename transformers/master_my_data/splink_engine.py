"""Splink on an in-memory DuckDB: how alike the pairs are that we hand it."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl
import splink.comparison_level_library as levels
import splink.comparison_library as library
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from core import ROW_ID, Table
from transformers.master_my_data.comparisons import Comparison

THREADS = 2


@dataclass(frozen=True)
class Engine:
    """An open connection and the records registered in it."""

    connection: duckdb.DuckDBPyConnection
    records: Any


@contextmanager
def engine(forms: Table, columns: list[dict[str, Any]]) -> Iterator[Engine]:
    """The records in a DuckDB in memory that cannot reach files, the network or our variables."""
    connection = duckdb.connect(":memory:", config={"threads": THREADS})
    try:
        connection.execute("set enable_external_access = false")
        connection.execute("set python_enable_replacements = false")
        with quiet():
            source = records(forms, columns).to_arrow()
            database = DuckDBAPI(connection)
            yield Engine(connection, database.register(source, dataset_display_name="records"))
    finally:
        connection.close()


@contextmanager
def quiet() -> Iterator[None]:
    """Splink reports every step of its work; none of it is meant for the analyst."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def records(forms: Table, columns: list[dict[str, Any]]) -> Table:
    """The table that Splink reads: long texts as lists of the hashes of their words."""
    texts = [f"c{i}" for i, part in enumerate(columns) if part["type"] == "text"]
    return forms.rename({ROW_ID: "row"}).with_columns(
        pl.col(name).str.split(" ").list.unique().list.eval(pl.element().hash()) for name in texts
    )


def splink_comparison(comparison: Comparison) -> library.CustomComparison:
    """Our levels in Splink's words, from the top down; the probabilities play no part."""
    top_down = list(zip(comparison.levels, comparison.prior[:0:-1], strict=True))
    even = 1 / len(comparison.prior)
    return library.CustomComparison(
        output_column_name=comparison.name,
        comparison_levels=[
            levels.CustomLevel(comparison.no_evidence, "no evidence").configure(is_null_level=True),
            *(
                levels.CustomLevel(sql, label).configure(m_probability=m, u_probability=even)
                for (label, sql), m in top_down
            ),
            levels.ElseLevel().configure(m_probability=comparison.prior[0], u_probability=even),
        ],
    )


def compared(engine: Engine, pairs: Table, evidence: tuple[Comparison, ...]) -> Table:
    """The pairs (first, second, key) with the level of each comparison: level0, level1 …

    Splink compares; the weights are ours, because several models weigh the same levels. Levels
    count from 0 ("else") up, and -1 is no evidence.
    """
    settings = SettingsCreator(
        "dedupe_only",
        [splink_comparison(part) for part in evidence],
        [block_on("row")],
        unique_id_column_name="row",
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=False,
    )
    linker = Linker(engine.records, settings, log_level=None)
    keyed = pairs.select(match_key="key", join_key_l="first", join_key_r="second")
    table = linker.table_management.register_table(keyed.to_arrow(), "candidates", overwrite=True)
    linker.table_management.register_blocked_pairs_for_predict(table)
    found = linker.inference.predict().physical_name
    gammas = ", ".join(
        f'"gamma_{part.name}"::tinyint as level{i}' for i, part in enumerate(evidence)
    )
    query = f"select row_l as first, row_r as second, match_key as key, {gammas} from {found}"
    scored = fetched(engine.connection, query)
    return pairs.join(scored, on=["first", "second", "key"], maintain_order="left")


def fetched(connection: duckdb.DuckDBPyConnection, query: str) -> Table:
    """The rows of a query."""
    table = pl.from_arrow(connection.execute(query).to_arrow_table())
    assert isinstance(table, pl.DataFrame)
    return table
