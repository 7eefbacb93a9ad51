"""How much longer than the Rust library does the package take? python benchmarks/overhead.py [texts.csv [runs]]

Makes 100,000 texts of the column `text` of data/statements.csv, or of another file, whose rows come again and again until there are enough, and gives them to the package as a list, as arrays and as columns. The other side
is `examples/batch_times.rs`, a process that cargo builds with the profile `release`: it has the same texts as a `Vec<String>`, the same model and as many threads (all cores, or RAYON_NUM_THREADS). Two of
its methods are compared: `predict_batch`, and the one that does no more than the package asks for, `predict_positions` for `predict` (which then looks the labels up) and `predict_proba_batch` for `predict_proba`.

Both sides take turns, so that the load of the machine and what the caches have forgotten are the same for both. A first run warms up; of the others medians count. What it takes to free the answers is left out on
both sides.
"""

from __future__ import annotations

import csv
import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from demarche import StanceClassifier

REPOSITORY = Path(__file__).resolve().parents[2]
ROWS = 100_000
SAME_IN_RUST = {"predict": "predict_positions", "predict_proba": "predict_proba_batch"}


def read_texts(path: str | Path) -> list[str]:
    with open(path, encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    # An object for every row, as other data of this size have.
    return [text.encode().decode() for text in islice(cycle(texts), ROWS)]


def library(texts: list[str]) -> Callable[[str], float]:
    """A function that calls a method of the library and says how many milliseconds it took."""
    build = ["cargo", "build", "--release", "--example", "batch_times", "--message-format=json-render-diagnostics"]
    built = subprocess.run(build, check=True, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True).stdout
    (program,) = filter(None, (json.loads(line).get("executable") for line in built.splitlines()))
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    print(json.dumps(texts), file=process.stdin)

    def milliseconds(method: str) -> float:
        print(method, file=process.stdin, flush=True)
        return float(process.stdout.readline())

    return milliseconds


def milliseconds(method: Callable[[Any], Any], texts: Any) -> float:
    start = time.perf_counter()
    answers = method(texts)
    taken = time.perf_counter() - start
    assert len(answers) == ROWS
    return 1e3 * taken


def main(path: str | Path = REPOSITORY / "data" / "statements.csv", runs: int = 15) -> None:
    texts = read_texts(path)
    inputs = {
        "list of `str`": texts,
        "NumPy, objects": np.array(texts, dtype=object),
        "pandas, objects": pd.Series(texts, dtype=object),
        "pandas, Arrow": pd.Series(texts, dtype=pd.ArrowDtype(pa.string())),
        "polars": pl.Series(texts),
        "pyarrow": pa.array(texts),
    }
    classifier = StanceClassifier.embedded()
    rust = library(texts)
    print("| texts | call | Rust, `predict_batch` | Rust, the same alone | Python | per `predict_batch` | per the same alone |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    cells = [(kind, method) for kind in inputs for method in SAME_IN_RUST]
    taken: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for run in range(runs + 1):
        for kind, method in cells:
            for in_rust in "predict_batch", SAME_IN_RUST[method]:
                pair = rust(in_rust), milliseconds(getattr(classifier, method), inputs[kind])
                if run > 0:
                    taken[kind, method, in_rust].append(pair[0])
                    taken[kind, method, "python"].append(pair[1])
    for kind, method in cells:
        batch, same, python = (statistics.median(taken[kind, method, side]) for side in ("predict_batch", SAME_IN_RUST[method], "python"))
        print(f"| {kind} | `{method}` | {batch:.1f} ms | {same:.1f} ms | {python:.1f} ms | {python / batch:.2f} | {python / same:.2f} |")


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:]))
