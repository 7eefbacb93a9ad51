"""What is asked of a table before a job starts, on the driver."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pyspark.sql import DataFrame  # type: ignore[import-not-found,import-untyped,unused-ignore]
from pyspark.sql.types import DataType, StringType, StructField  # type: ignore[import-not-found,import-untyped,unused-ignore]

from .._errors import DataError


def column_of(df: DataFrame, wanted: str, types: tuple[type[DataType], ...] = (StringType,), needed: str = "a column of texts") -> StructField:
    """The field of the column ``wanted``, found as Spark finds columns.

    Raises
    ------
    DataError
        If there is none, there are several, or it is of another type.
    """
    fold = _fold(df)
    found = [field for field in df.schema.fields if fold(field.name) == fold(wanted)]
    if not found:
        raise DataError(f"there is no column `{wanted}`; the columns are {_listed(df.columns)}{_suggestion(wanted, df.columns)}")
    if len(found) > 1:
        raise DataError(f"there are {len(found)} columns `{wanted}`; rename or drop all but one")
    (field,) = found
    if not isinstance(field.dataType, types):
        raise DataError(f"column `{field.name}`: the value is a column of the type {field.dataType.simpleString()}, {needed} is needed")
    return field


def refuse_taken(df: DataFrame, added: Iterable[str]) -> None:
    """Refuses names of new columns that the table has already."""
    fold = _fold(df)
    folded = {fold(name) for name in added}
    taken = [name for name in df.columns if fold(name) in folded]
    if taken:
        columns = "a column" if len(taken) == 1 else "columns"
        raise DataError(f"there is {columns} {_listed(taken)} already; rename or drop what is there, as with withColumnRenamed")


def _fold(df: DataFrame):  # type: ignore[no-untyped-def]
    """How names are compared: without case, unless Spark is told otherwise."""
    exact = str(df.sparkSession.conf.get("spark.sql.caseSensitive")).lower() == "true"
    return str if exact else str.lower


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _suggestion(wanted: str, names: list[str]) -> str:
    by_folded = {name.lower(): name for name in names}
    nearest = get_close_matches(wanted.lower(), by_folded, n=1)
    return f"; did you mean `{by_folded[nearest[0]]}`?" if nearest else ""
