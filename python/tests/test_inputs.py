"""Every kind of input gives what a list gives."""

from __future__ import annotations

import gc
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from conftest import STATEMENTS
from demarche import DataError, StanceClassifier


class OnlyArrowArray:
    """Has the Arrow C data interface and nothing else."""

    def __init__(self, array):
        self.array = array

    def __arrow_c_array__(self, requested_schema=None):
        return self.array.__arrow_c_array__(requested_schema)


class OnlyArrowStream:
    def __init__(self, column):
        self.column = column

    def __arrow_c_stream__(self, requested_schema=None):
        return self.column.__arrow_c_stream__(requested_schema)


CHUNKED = pa.chunked_array([STATEMENTS[:2], [], STATEMENTS[2:]])

INPUTS = {
    "tuple": tuple(STATEMENTS),
    "dict keys": dict.fromkeys(STATEMENTS).keys(),
    "numpy object": np.array(STATEMENTS, dtype=object),
    "numpy str": np.array(STATEMENTS),
    "numpy str, every second": np.array([text for text in STATEMENTS for _ in "ab"])[::2],
    "list of numpy str": list(np.array(STATEMENTS)),
    "pandas": pd.Series(STATEMENTS),
    "pandas object": pd.Series(STATEMENTS, dtype=object),
    "pandas string": pd.Series(STATEMENTS, dtype="string"),
    "pandas pyarrow": pd.Series(STATEMENTS, dtype=pd.ArrowDtype(pa.string())),
    "pandas category": pd.Series(STATEMENTS, dtype="category"),
    "pandas, other index": pd.Series(STATEMENTS, index=range(7, 2, -1)),
    "pandas index": pd.Index(STATEMENTS),
    "polars": pl.Series(STATEMENTS),
    "polars sliced": pl.Series(["before", *STATEMENTS, "behind"])[1:-1],
    "polars chunked": pl.concat([pl.Series(STATEMENTS[:1]), pl.Series(STATEMENTS[1:])], rechunk=False),
    "polars category": pl.Series(STATEMENTS, dtype=pl.Categorical),
    "pyarrow": pa.array(STATEMENTS),
    "pyarrow large": pa.array(STATEMENTS, pa.large_string()),
    "pyarrow view": pa.array(STATEMENTS, pa.string_view()),
    "pyarrow sliced": pa.array(["before", *STATEMENTS, "behind"])[1:-1],
    "pyarrow dictionary": pa.array(STATEMENTS).dictionary_encode(),
    "pyarrow chunked": CHUNKED,
    "arrow array alone": OnlyArrowArray(pa.array(STATEMENTS)),
    "arrow stream alone": OnlyArrowStream(CHUNKED),
}
if hasattr(np.dtypes, "StringDType"):
    INPUTS["numpy variable-width"] = np.array(STATEMENTS, dtype=np.dtypes.StringDType())


@pytest.mark.parametrize("texts", INPUTS.values(), ids=INPUTS.keys())
def test_every_kind_of_input_gives_what_a_list_gives(embedded: StanceClassifier, texts) -> None:
    expected = embedded.predict_proba(STATEMENTS)
    np.testing.assert_array_equal(embedded.predict_proba(texts), expected)
    assert embedded.predict(texts).tolist() == embedded.classes_[expected.argmax(axis=1)].tolist()


def test_a_generator_is_read_once(embedded: StanceClassifier) -> None:
    assert embedded.predict(text for text in STATEMENTS).tolist() == embedded.predict(STATEMENTS).tolist()


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, pl.Series, pa.array, lambda labels: pd.Series(labels, dtype="category")])
def test_labels_may_be_of_every_kind_too(labelled, kind) -> None:
    texts, labels = labelled
    expected = StanceClassifier().fit(texts, labels)._fitted.to_bytes()
    assert StanceClassifier().fit(texts, kind(labels))._fitted.to_bytes() == expected


@pytest.mark.parametrize("empty", [[], (), np.array([], dtype=str), np.array([], dtype=object), pd.Series([], dtype=object), pl.Series([], dtype=pl.String), pa.array([], pa.string()), pa.chunked_array([], pa.string())])
def test_no_texts_have_no_predictions(embedded: StanceClassifier, empty) -> None:
    assert embedded.predict(empty).shape == (0,)
    assert embedded.predict_proba(empty).shape == (0, 3)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a", None], "row 2, column `text`: the value is None, a text is needed"),
        (["a", "b", float("nan")], "row 3, column `text`: the value is NaN, a text is needed"),
        ([np.float64("nan")], "row 1, column `text`: the value is NaN, a text is needed"),
        (["a", 1], "row 2, column `text`: the value is of the type int, a text is needed"),
        ([b"a"], "row 1, column `text`: the value is of the type bytes, a text is needed"),
        ([["a"]], "row 1, column `text`: the value is of the type list, a text is needed"),
        (["\ud800"], "row 1, column `text`: the value is a text with a lone surrogate code point, a text is needed"),
        (np.array(["a", "\udfff"]), "row 2, column `text`: the value is a text with a lone surrogate code point, a text is needed"),
        (np.array(["a", None], dtype=object), "row 2, column `text`: the value is None, a text is needed"),
        (np.array([1.0, 2.0]), "row 1, column `text`: the value is of the type float, a text is needed"),
        (np.array([b"a"]), "row 1, column `text`: the value is of the type bytes, a text is needed"),
        (pd.Series(["a", None], dtype=object), "row 2, column `text`: the value is None, a text is needed"),
        (pd.Series(["a", np.nan], dtype=object), "row 2, column `text`: the value is NaN, a text is needed"),
        (pd.Series(["a", pd.NA], dtype="string"), "row 2, column `text`: the value is "),
        (pd.Series(["a", pd.NaT], dtype=object), "row 2, column `text`: the value is "),
        (pd.Series(["a", 2], dtype=object), "row 2, column `text`: the value is of the type int, a text is needed"),
        (pd.Series([1, 2]), "column `text`: the value is "),
        (pl.Series(["a", None]), "row 2, column `text`: the value is null, a text is needed"),
        (pl.Series([1, 2]), "column `text`: the value is a column of the type Int64, a column of texts is needed"),
        (pl.Series([None, None]), "column `text`: the value is a column "),
        (pl.Series(["a", 1], dtype=pl.Object), "column `text`: the value is "),
        (pa.array([1]), "column `text`: the value is a column of the type Int64, a column of texts is needed"),
        (pa.array([b"a"]), "column `text`: the value is a column of the type Binary, a column of texts is needed"),
        (pa.chunked_array([["a"], ["b", None]]), "row 3, column `text`: the value is null, a text is needed"),
        (pa.array(["a", None]).dictionary_encode(), "row 2, column `text`: the value is null, a text is needed"),
        (pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None])), "row 2, column `text`: the value is null, a text is needed"),
        (pa.StringArray.from_buffers(1, pa.array([0, 2], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe")), "column `text`: the text is not valid UTF-8"),
        ("one text", "column `text`: the value is a single text, a list, an array or a column of texts is needed"),
        (None, "column `text`: the value is None, a list, an array or a column of texts is needed"),
        (7, "column `text`: the value is of the type int, a list, an array or a column of texts is needed"),
        (np.array("a"), "column `text`: the value is a table of 0 dimensions, a list, an array or a column of texts is needed"),
        (np.array([["a"]]), "column `text`: the value is a table of 2 dimensions, a list, an array or a column of texts is needed"),
        (pd.DataFrame({"text": ["a"]}), "column `text`: the value is a table of 2 dimensions, a list, an array or a column of texts is needed"),
        (pl.DataFrame({"text": ["a"]}), "column `text`: the value is a column of the type Struct"),
        (pa.table({"text": ["a"]}), "column `text`: the value is a column of the type Struct"),
    ],
    ids=str,
)
def test_what_is_no_text_is_refused_with_its_row(embedded: StanceClassifier, texts, message: str) -> None:
    for ask in embedded.predict, embedded.predict_proba:
        with pytest.raises(DataError) as refused:
            ask(texts)
        assert str(refused.value).startswith(message)
        row = message.split(",")[0].removeprefix("row ") if message.startswith("row") else None
        assert refused.value.row == (None if row is None else int(row))


@pytest.mark.parametrize("broken", ["a tuple of one", "no capsules", "an exception"])
def test_a_broken_arrow_interface_is_an_exception(embedded: StanceClassifier, broken: str) -> None:
    class Broken:
        def __arrow_c_array__(self, requested_schema=None):
            if broken == "an exception":
                raise RuntimeError("no")
            return (1,) if broken == "a tuple of one" else (1, 2)

    with pytest.raises(RuntimeError if broken == "an exception" else DataError):
        embedded.predict(Broken())


def test_arrow_buffers_with_wrong_offsets_are_refused(embedded: StanceClassifier) -> None:
    offsets = pa.array([0, 100_000, 5], pa.int32()).buffers()[1]
    with pytest.raises((DataError, ValueError)):
        embedded.predict(pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"short")))


def test_nothing_is_kept_of_the_texts(embedded: StanceClassifier) -> None:
    text = "They rejected the " + "offer " * 10 + str(id(embedded))
    before = sys.getrefcount(text)
    for _ in range(10):
        embedded.predict([text])
        embedded.predict(np.array([text], dtype=object))
        with pytest.raises(DataError):
            embedded.predict([text, None])
    gc.collect()
    assert sys.getrefcount(text) == before
