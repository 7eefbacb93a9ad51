"""The shipped model, a small labelled set, and the repository's data."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from demarche import StanceClassifier

REPOSITORY = Path(__file__).resolve().parents[2]

STATEMENTS = [
    "Moscow is ready to resume the talks, the ministry said.",
    "They warned of serious consequences if the border is crossed again.",
    "Zoë’s délégation – naïve? – rejected the “offer” 🕊.",
    "",
    "The ministers met on Tuesday in Geneva.",
]


@pytest.fixture(scope="session")
def embedded() -> StanceClassifier:
    return StanceClassifier.embedded()


@pytest.fixture(scope="session")
def labelled() -> tuple[list[str], list[str]]:
    with open(REPOSITORY / "tests/fixtures/small.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


@pytest.fixture(scope="session")
def fitted(labelled: tuple[list[str], list[str]]) -> StanceClassifier:
    return StanceClassifier(min_df=1, C=10).fit(*labelled)
