"""Stance columns for a table of Spark."""

from __future__ import annotations

import hashlib
import os
from typing import Literal

from pyspark.errors import PySparkNotImplementedError  # type: ignore[import-not-found,import-untyped,unused-ignore]
from pyspark.sql import DataFrame, SparkSession  # type: ignore[import-not-found,import-untyped,unused-ignore]
from pyspark.sql.types import DoubleType, StringType, StructField, StructType  # type: ignore[import-not-found,import-untyped,unused-ignore]

from .._classifier import StanceClassifier
from .._errors import DataError, ParameterError
from ._columns import column_of, refuse_taken
from ._worker import CarriedContent, Content, Labeller


def add_stance(
    df: DataFrame,
    text_column: str = "text",
    *,
    model: StanceClassifier | str | os.PathLike[str] | None = None,
    abstain_below: float | None = None,
    on_error: Literal["null", "raise"] = "null",
) -> DataFrame:
    """Labels a column of texts, as ``demarche predict`` does: the same columns, in the same order, behind those that are there.

    ``stance`` is a text, ``confidence`` and one ``p_<label>`` for each label are numbers with all their digits. All columns of ``df`` are kept with their
    types. A null text has a null stance, and null probabilities. Like all of Spark's transformations it starts no job: that happens when the
    result is written or counted.

    The model is broadcast, and read once in each Python worker; workers take as many threads as ``spark.task.cpus`` says.
    ``spark.sql.execution.arrow.maxRecordsPerBatch`` (10000, if nobody set it) is the number of texts that are labelled at a time.

    Parameters
    ----------
    df
        Any table with a column of texts.
    text_column
        That column.
    model
        A fitted classifier, or the path of a model file on the driver; ``None`` takes the model that ships with the package.
    abstain_below
        Leaves ``stance`` null where the confidence is below this share, 0 to 1; a column ``top`` keeps the best guess.
    on_error
        What to do with a text that cannot be read, which in Spark is one that is not UTF-8: ``"null"`` gives it a null stance; ``"raise"``
        fails the job with a message that names partition and row.

    Raises
    ------
    DataError
        If there is no such column, it does not hold texts, ``df`` has a column with the name of one that is to be added, or one of a type that
        Spark does not pass through Arrow, such as intervals of months.
    ParameterError
        If ``abstain_below`` or ``on_error`` makes no sense.
    ModelError, OSError, NotFittedError
        If the model cannot be read, or is not fitted.

    Examples
    --------
    >>> quotes = spark.createDataFrame([("They rejected the offer.",), ("We welcome the talks.",)], "text string")
    >>> [(row.stance, round(row.confidence, 2)) for row in add_stance(quotes).collect()]
    [('warning', 1.0), ('conciliatory', 1.0)]
    >>> add_stance(quotes, "texts")
    Traceback (most recent call last):
        ...
    demarche.DataError: there is no column `texts`; the columns are `text`; did you mean `text`?
    """
    if on_error not in ("null", "raise"):
        raise ParameterError(f'on_error is {on_error!r}; it must be "null" or "raise"')
    if abstain_below is not None and not (isinstance(abstain_below, (int, float)) and 0 <= abstain_below <= 1):
        raise ParameterError(f"abstain_below is {abstain_below!r}; it must be a share from 0 to 1")
    field, fields = column_of(df, text_column), df.schema.fields
    fitted = _classifier(model)._fitted
    content = fitted.to_bytes()
    labeller = Labeller(
        checksum=hashlib.sha256(content).hexdigest(),
        content=_shared(df.sparkSession, content),
        columns=tuple(field.name for field in fields),
        text=fields.index(field),
        labels=tuple(fitted.labels()),
        abstain_below=abstain_below,
        raises=on_error == "raise",
    )
    refuse_taken(df, labeller.added)
    texts = ("stance", "top")
    added = [StructField(name, StringType() if name in texts else DoubleType()) for name in labeller.added]
    # Spark finds the columns of its input by name, which fails on names with a dot.
    numbered = df.toDF(*(f"column_{i}" for i in range(len(fields))))
    try:
        return numbered.mapInArrow(labeller, StructType([*fields, *added]))
    except PySparkNotImplementedError as error:
        raise DataError(f"Spark does not pass a column of the table through Arrow; cast or drop it ({error})") from error


def _classifier(model: StanceClassifier | str | os.PathLike[str] | None) -> StanceClassifier:
    if model is None:
        return StanceClassifier.embedded()
    return model if isinstance(model, StanceClassifier) else StanceClassifier.load(model)


def _shared(session: SparkSession, content: bytes) -> Content:
    if not hasattr(session, "sparkContext"):
        return CarriedContent(content)
    broadcast: Content = session.sparkContext.broadcast(content)
    return broadcast
