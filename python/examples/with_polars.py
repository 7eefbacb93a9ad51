"""Labels the column of a table, without a copy of its texts: python examples/with_polars.py [quotes.csv]"""

import sys
from pathlib import Path

import polars as pl

from demarche import StanceClassifier

QUOTES = Path(__file__).resolve().parents[2] / "data" / "quotes.csv"


def main(path: str | Path = QUOTES) -> pl.DataFrame:
    classifier = StanceClassifier.embedded()
    quotes = pl.read_csv(path)
    probabilities = pl.DataFrame(classifier.predict_proba(quotes["text"]), [f"p_{label}" for label in classifier.classes_])
    return quotes.with_columns(pl.Series("stance", classifier.predict(quotes["text"]))).hstack(probabilities)


if __name__ == "__main__":
    print(main(*sys.argv[1:]).group_by("stance").len().sort("stance"))
