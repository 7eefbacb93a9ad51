"""Stances in SQL: python examples/with_duckdb.py [quotes.csv]"""

import sys
from pathlib import Path

import duckdb
import pyarrow as pa

from demarche import StanceClassifier

QUOTES = Path(__file__).resolve().parents[2] / "data" / "quotes.csv"


def register(connection: duckdb.DuckDBPyConnection, classifier: StanceClassifier) -> None:
    """Adds the function `stance(text)`, which labels a vector of texts at a time; NULL stays NULL, as DuckDB does it for all functions."""

    def stance(texts: pa.ChunkedArray) -> pa.Array:
        return pa.array(classifier.predict(texts))

    connection.create_function("stance", stance, ["VARCHAR"], "VARCHAR", type="arrow")


def main(path: str | Path = QUOTES) -> list[tuple[str, int]]:
    with duckdb.connect() as connection:
        register(connection, StanceClassifier.embedded())
        counts = connection.execute(
            "SELECT stance(text) AS stance, count(*) FROM read_csv(?) GROUP BY stance ORDER BY stance", [str(path)]
        )
        return counts.fetchall()


if __name__ == "__main__":
    for stance, count in main(*sys.argv[1:]):
        print(f"{stance:13} {count}")
