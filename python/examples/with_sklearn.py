"""Chooses C and n-grams by cross-validation, in a pipeline: python examples/with_sklearn.py [statements.csv] [rows]"""

import sys
from pathlib import Path

import pandas as pd
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from demarche import StanceClassifier

STATEMENTS = Path(__file__).resolve().parents[2] / "data" / "statements.csv"


def without_quotation_marks(texts: pd.Series) -> pd.Series:
    return texts.str.replace(r"[\"“”]", "", regex=True)


def main(path: str | Path = STATEMENTS, rows: int | str = 3000) -> GridSearchCV:
    statements = pd.read_csv(path).sample(int(rows), random_state=0)
    pipeline = Pipeline([("clean", FunctionTransformer(without_quotation_marks)), ("stance", StanceClassifier())])
    grid = {"stance__C": [1, 4], "stance__ngram_range": [(1, 1), (1, 2)]}
    search = GridSearchCV(pipeline, grid, cv=3, scoring="f1_macro", error_score="raise")
    return search.fit(statements["text"], statements["label"])


if __name__ == "__main__":
    search = main(*sys.argv[1:])
    print(f"macro-F1 {search.best_score_:.3f} with {search.best_params_}")
