"""Splink on an in-memory DuckDB: levels and weights of the pairs we hand it."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import polars as pl
import splink.comparison_level_library as levels
import splink.comparison_library as library
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from core import ROW_ID, Table
from transformers.master_my_data.comparisons import Comparison
from transformers.master_my_data.em import Levels, Model, Numbers

THREADS = 2
PAIR_SCHEMA = {"first": pl.UInt32, "second": pl.UInt32}


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


def splink_comparison(comparison: Comparison, m: Numbers, u: Numbers) -> library.CustomComparison:
    """Our levels and probabilities in Splink's words; it lists levels from the top down."""
    top_down = list(zip(comparison.levels, m[:0:-1], u[:0:-1], strict=True))
    return library.CustomComparison(
        output_column_name=comparison.name,
        comparison_levels=[
            levels.CustomLevel(comparison.no_evidence, "no evidence").configure(is_null_level=True),
            *(
                levels.CustomLevel(sql, label).configure(
                    m_probability=float(mk), u_probability=float(uk)
                )
                for (label, sql), mk, uk in top_down
            ),
            levels.ElseLevel().configure(m_probability=float(m[0]), u_probability=float(u[0])),
        ],
    )


def predicted(engine: Engine, pairs: Table, evidence: tuple[Comparison, ...], model: Model) -> Any:
    """Splink's prediction for the pairs (first, second, key): a handle on a DuckDB table."""
    # Splink wants m and u, our weights are monotone: lowering u gives exactly that weight.
    u = [m * np.exp(-w) for m, w in zip(model.m, model.weights(), strict=True)]
    settings = SettingsCreator(
        "dedupe_only",
        [splink_comparison(*part) for part in zip(evidence, model.m, u, strict=True)],
        [block_on("row")],
        unique_id_column_name="row",
        probability_two_random_records_match=model.rate,
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=False,
    )
    linker = Linker(engine.records, settings, log_level=None)
    keyed = pairs.select(match_key="key", join_key_l="first", join_key_r="second")
    table = linker.table_management.register_table(keyed.to_arrow(), "candidates", overwrite=True)
    linker.table_management.register_blocked_pairs_for_predict(table)
    return linker.inference.predict()


def patterns(
    engine: Engine, prediction: Any, evidence: tuple[Comparison, ...]
) -> dict[str, tuple[Levels, Numbers]]:
    """Distinct patterns of levels and their counts, by the key of the pairs."""
    gammas = ", ".join(f'"gamma_{part.name}"' for part in evidence)
    counted = fetched(
        engine.connection,
        f"select match_key, {gammas}, count(*) as pairs from {prediction.physical_name} "
        "group by all order by all",
    )
    found = {}
    for (key,), part in counted.group_by("match_key", maintain_order=True):
        levels_seen = part.drop("match_key", "pairs").to_numpy().astype(np.int64)
        found[str(key)] = (levels_seen, part["pairs"].to_numpy().astype(np.float64))
    return found


def weights(engine: Engine, prediction: Any) -> Table:
    """Natural log-odds of each predicted pair: first, second, weight."""
    return fetched(
        engine.connection,
        "select row_l as first, row_r as second, match_weight * ln(2) as weight "
        f"from {prediction.physical_name}",
    )


def fetched(connection: duckdb.DuckDBPyConnection, query: str) -> Table:
    """The rows of a query."""
    table = pl.from_arrow(connection.execute(query).to_arrow_table())
    assert isinstance(table, pl.DataFrame)
    return table
