"""What runs in the Python workers of the executors."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]
from numpy.typing import NDArray
from pyspark import TaskContext  # type: ignore[import-not-found,import-untyped,unused-ignore]

from .._demarche import Classifier
from .._errors import DataError


class Content(Protocol):
    """The bytes of a model file: a broadcast, which a worker fetches when it asks for the value."""

    @property
    def value(self) -> bytes: ...


@dataclass(frozen=True)
class CarriedContent:
    """The same where there are no broadcasts: Spark Connect. Travels with the function."""

    value: bytes


_KEPT = 4
"""Models that a worker keeps: it outlives jobs, which may ask for another model each."""

_loaded: dict[str, Classifier] = {}


def load(checksum: str, content: Content) -> Classifier:
    """The model with this checksum, read once in each process."""
    if checksum not in _loaded:
        if len(_loaded) >= _KEPT:
            del _loaded[next(iter(_loaded))]
        _loaded[checksum] = Classifier(content.value)
    return _loaded[checksum]


@dataclass(frozen=True)
class Labeller:
    """Adds the columns of the answers to batches of Arrow."""

    checksum: str
    content: Content
    columns: tuple[str, ...]
    text: int
    labels: tuple[str, ...]
    abstain_below: float | None
    raises: bool

    @property
    def added(self) -> list[str]:
        """The columns that are added, named and ordered as ``demarche predict`` does."""
        names = ["stance", "confidence", *(f"p_{label}" for label in self.labels)]
        return names if self.abstain_below is None else [*names, "top"]

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        task = TaskContext.get()
        # Spark runs a worker for each task: each takes the cores of its task, not all of the machine.
        os.environ.setdefault("RAYON_NUM_THREADS", str(task.cpus() if task else 1))
        classifier = load(self.checksum, self.content)
        rows = 0
        for batch in batches:
            answers = self.answers(classifier, batch.column(self.text), rows)
            yield pa.RecordBatch.from_arrays([*batch.columns, *answers], names=[*self.columns, *self.added])
            rows += batch.num_rows

    def answers(self, classifier: Classifier, texts: pa.Array, rows: int) -> list[pa.Array]:
        """The columns that are added; ``rows`` of the partition came before."""
        readable = np.flatnonzero(np.asarray(texts.is_valid()))
        try:
            probabilities = classifier.predict_proba(_at(texts, readable))
        except DataError:
            bad = dict(_bad_rows(classifier, _at(texts, readable)))
            if self.raises:
                place, error = next(iter(bad.items()))
                raise self._placed(error, rows + int(readable[place])) from None
            readable = np.delete(readable, list(bad))
            probabilities = classifier.predict_proba(_at(texts, readable))
        answers = self._columns(probabilities)
        if len(readable) == len(texts):
            return answers
        # Each row's place among the readable ones; null where it is none of them, which makes its answers null.
        places = np.zeros(len(texts), dtype=np.int64)
        places[readable] = np.arange(len(readable))
        unreadable = np.ones(len(texts), dtype=bool)
        unreadable[readable] = False
        return [column.take(pa.array(places, mask=unreadable)) for column in answers]

    def _columns(self, probabilities: NDArray[np.float64]) -> list[pa.Array]:
        labels = pa.array(self.labels, pa.string())
        best = probabilities.argmax(axis=1)
        confidence = probabilities[np.arange(len(best)), best]
        numbers = [pa.array(column) for column in (confidence, *np.ascontiguousarray(probabilities.T))]
        top = labels.take(pa.array(best))
        if self.abstain_below is None:
            return [top, *numbers]
        return [labels.take(pa.array(best, mask=confidence < self.abstain_below)), *numbers, top]

    def _placed(self, error: DataError, row: int) -> DataError:
        task = TaskContext.get()
        reason = str(error).partition(": ")[2]
        placed = DataError(f"partition {task.partitionId() if task else 0}, row {row + 1}, column `{self.columns[self.text]}`: {reason}")
        placed.row = row + 1
        return placed


def _at(texts: pa.Array, places: NDArray[Any]) -> pa.Array:
    return texts if len(places) == len(texts) else texts.take(pa.array(places))


def _bad_rows(classifier: Classifier, texts: pa.Array, start: int = 0) -> Iterator[tuple[int, DataError]]:
    """The texts that the model refuses, looked for in halves: a bad row among thousands costs some twenty batches, most of them small."""
    try:
        classifier.predict_proba(texts)
    except DataError as error:
        if len(texts) == 1:
            yield start, error
            return
        half = len(texts) // 2
        yield from _bad_rows(classifier, texts[:half], start)
        yield from _bad_rows(classifier, texts[half:], start + half)
