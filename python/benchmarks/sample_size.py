"""How much does a larger training sample help? python benchmarks/sample_size.py [statements.csv]

A fifth of the topics of data/statements.csv is held out, five times over; of the other rows ever more train. Prints the mean macro-F1 on the topics that were held out.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

from sklearn.metrics import f1_score

from demarche import StanceClassifier

STATEMENTS = Path(__file__).resolve().parents[2] / "data" / "statements.csv"
SIZES = (300, 1_000, 3_000, 10_000, 20_000)
FOLDS = 5


def main(path: str | Path = STATEMENTS) -> None:
    with open(path, encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"], row["topic"]) for row in csv.DictReader(file)]
    chance = random.Random(0)
    chance.shuffle(rows)
    topics = sorted({topic for _, _, topic in rows})
    chance.shuffle(topics)
    print("training rows  macro-F1")
    for size in SIZES:
        scores = []
        for fold in range(FOLDS):
            held_out = set(topics[fold::FOLDS])
            texts, labels, _ = zip(*[row for row in rows if row[2] not in held_out][:size], strict=True)
            test_texts, test_labels, _ = zip(*[row for row in rows if row[2] in held_out], strict=True)
            predicted = StanceClassifier().fit(texts, labels).predict(test_texts)
            scores.append(f1_score(test_labels, predicted, average="macro"))
        print(f"{size:>13}  {sum(scores) / FOLDS:>8.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
