"""Labels the column of a table: python examples/with_pandas.py [quotes.csv]"""

import sys
from pathlib import Path

import pandas as pd

from demarche import StanceClassifier

QUOTES = Path(__file__).resolve().parents[2] / "data" / "quotes.csv"


def main(path: str | Path = QUOTES) -> pd.DataFrame:
    quotes = pd.read_csv(path)
    classifier = StanceClassifier.embedded()
    quotes["stance"] = classifier.predict(quotes["text"])
    quotes["confidence"] = classifier.predict_proba(quotes["text"]).max(axis=1).round(3)
    return quotes


if __name__ == "__main__":
    print(main(*sys.argv[1:])[["speaker", "stance", "confidence"]].to_string(index=False))
