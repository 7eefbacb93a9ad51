"""A sample that fits one machine, to train on."""

from __future__ import annotations

import math
from typing import Any

from pyspark.sql import DataFrame, Row  # type: ignore[import-not-found,import-untyped,unused-ignore]
from pyspark.sql import functions as F  # type: ignore[import-not-found,import-untyped,unused-ignore]
from pyspark.sql.types import BooleanType, ByteType, IntegerType, LongType, ShortType, StringType  # type: ignore[import-not-found,import-untyped,unused-ignore]

from .._errors import DataError, ParameterError
from ._columns import column_of

_HASHES = 2**64
_SPARE = 1.2
"""So many times the wanted rows are fetched, since it is chance how many have a low hash."""
_MOST_LABELS = 1000
_NOT_BLANK = r"(?U)\S"
_LABEL_TYPES = (StringType, ByteType, ShortType, IntegerType, LongType, BooleanType)


def stratified_sample(
    df: DataFrame, label_column: str = "label", text_column: str = "text", *, rows: int, seed: int = 0
) -> tuple[list[str], list[Any]]:
    """Texts and labels for :meth:`StanceClassifier.fit`, drawn at random without replacement, each label with its share of the table.

    Rows that stand several times come once, since a copy teaches nothing; a label with fewer distinct rows than its share gives all that it
    has, but every label gives a row at least. Rows without a label are left out, and those whose text is missing, blank or not UTF-8.

    The sample depends on the table's rows and ``seed`` alone, not on what Spark is free to choose: partitions, their order, executors. Rows are
    ranked by a hash of seed, label and text, and each label gives the first of its rows; so a larger sample holds a smaller one, but for rounding.
    (Spark's own ``sample`` and ``sampleBy`` draw by place in a partition.) The table is read twice, and only the sample is shuffled.

    Raises
    ------
    DataError
        If a column is missing or of another type (labels are texts, whole numbers or truth values), or nothing is left to draw from.
    ParameterError
        If ``rows`` is less than 1, or than the number of labels.

    Examples
    --------
    >>> pairs = [(f"We will answer with force, part {i}.", "warning") for i in range(300)]
    >>> pairs += [(f"We welcome the talks, part {i}.", "conciliatory") for i in range(100)]
    >>> texts, labels = stratified_sample(spark.createDataFrame(pairs, "text string, label string"), rows=40)
    >>> len(texts), labels.count("warning"), labels.count("conciliatory")
    (40, 30, 10)
    """
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ParameterError(f"rows is {rows!r}; it must be a whole number, 1 or more")
    texts = column_of(df, text_column)
    labels = column_of(df, label_column, _LABEL_TYPES, "a column of texts, whole numbers or truth values")
    labelled = _labelled(df, texts.name, labels.name, seed)
    counts = _count(labelled, labels.name)
    wanted = _allot(rows, counts)
    fetched = _fetch_enough(labelled, wanted, counts)
    drawn = [row for label in wanted for row in fetched[label][: wanted[label]]]
    drawn.sort(key=_rank)
    return [row.text for row in drawn], [row.label for row in drawn]


def _labelled(df: DataFrame, text: str, label: str, seed: int) -> DataFrame:
    """Usable rows with their hash: a number that is random between rows, and the same for a row wherever it stands."""
    pairs = df.select(_column(text).alias("text"), _column(label).alias("label"))
    # What is not UTF-8 does not survive the way to UTF-16 and back.
    readable = F.decode(F.encode("text", "UTF-8"), "UTF-8") == F.col("text")
    usable = F.col("text").rlike(_NOT_BLANK) & F.col("label").cast("string").rlike(_NOT_BLANK) & readable
    return pairs.where(usable).withColumn("hash", F.xxhash64(F.lit(str(seed)), "label", "text"))


def _column(name: str) -> Any:
    return F.col("`" + name.replace("`", "``") + "`")


def _count(labelled: DataFrame, label_column: str) -> dict[Any, int]:
    """How many rows each label has."""
    counts = labelled.groupBy("label").agg(F.count("*").alias("rows")).limit(_MOST_LABELS + 1).collect()
    if not counts:
        raise DataError("there are no rows with a text and a label")
    if len(counts) > _MOST_LABELS:
        raise DataError(f"column `{label_column}`: there are more than {_MOST_LABELS} labels; name the column that holds the labels")
    return {row.label: row.rows for row in sorted(counts, key=lambda row: str(row.label))}


def _allot(rows: int, counts: dict[Any, int]) -> dict[Any, int]:
    """So many rows of each label, by largest remainder; none of them without any."""
    if rows < len(counts):
        raise ParameterError(f"rows is {rows}; it must be at least the number of labels, which is {len(counts)}")
    total = sum(counts.values())
    exact = {label: rows * count / total for label, count in counts.items()}
    allotted = {label: max(1, math.floor(share)) for label, share in exact.items()}
    by_remainder = sorted(exact, key=lambda label: allotted[label] - exact[label])
    for label in by_remainder[: max(0, rows - sum(allotted.values()))]:
        allotted[label] += 1
    while sum(allotted.values()) > rows:
        allotted[max(allotted, key=lambda label: allotted[label])] -= 1
    return allotted


def _fetch_enough(labelled: DataFrame, wanted: dict[Any, int], counts: dict[Any, int]) -> dict[Any, list[Row]]:
    """At least the wanted rows of each label; those that are there, if it has fewer."""
    fetched: dict[Any, list[Row]] = {}
    missing, spare = set(wanted), _SPARE
    # A second turn is for labels with many copies among their rows.
    while missing:
        shares = {label: min(1.0, spare * (wanted[label] + 50) / counts[label]) for label in missing}
        fetched |= _fetch(labelled, shares)
        missing = {label for label in missing if shares[label] < 1 and len(fetched[label]) < wanted[label]}
        spare *= 4
    return fetched


def _fetch(labelled: DataFrame, shares: dict[Any, float]) -> dict[Any, list[Row]]:
    """The distinct rows of each label whose hash is in the lowest ``shares`` of all hashes, by rank."""
    lowest = F.lit(False)
    for label, share in shares.items():
        bound = min(_HASHES // 2 - 1, math.floor(share * _HASHES) - _HASHES // 2)
        lowest = lowest | ((F.col("label") == F.lit(label)) & (F.col("hash") <= F.lit(bound)))
    found: dict[Any, list[Row]] = {label: [] for label in shares}
    for row in sorted(labelled.where(lowest).distinct().collect(), key=_rank):
        found[row.label].append(row)
    return found


def _rank(row: Row) -> tuple[int, str]:
    return row.hash, row.text
