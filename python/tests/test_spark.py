"""Spark's tables get what the plain package gives, on executors that are processes of their own, also when one of them dies."""

from __future__ import annotations

import csv
import doctest
import importlib
import os
import re
import runpy
import shutil
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conftest import REPOSITORY, STATEMENTS, spark_is_missing
from demarche import DataError, ModelError, NotFittedError, ParameterError, StanceClassifier

if reason := spark_is_missing():
    pytest.skip(reason, allow_module_level=True)

import pyarrow as pa
from pyspark import TaskContext
from pyspark.errors import PythonException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from demarche.spark import add_stance, stratified_sample
from demarche.spark import _worker as worker

ADDED = ["stance", "confidence", "p_conciliatory", "p_neutral", "p_warning"]
BATCH = 128


@pytest.fixture(scope="module")
def spark():
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    # For short jobs a simple compiler and collector are the fastest.
    simple = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    settings = {
        "spark.driver.extraJavaOptions": simple,
        "spark.executor.extraJavaOptions": simple,
        "spark.driver.host": "127.0.0.1",
        "spark.executor.memory": "1g",
        "spark.executorEnv.MALLOC_ARENA_MAX": "2",
        "spark.sql.execution.arrow.maxRecordsPerBatch": BATCH,
        "spark.sql.shuffle.partitions": 2,
        "spark.ui.enabled": False,
        "spark.ui.showConsoleProgress": False,
    }
    builder = SparkSession.builder.master("local-cluster[2,1,2048]").appName("demarche")
    session = builder.config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    application = session.sparkContext.applicationId
    yield session
    session.stop()
    # Where the workers of a local cluster keep their logs.
    home = Path(os.environ.get("SPARK_HOME", Path(importlib.import_module("pyspark").__file__).parent))
    shutil.rmtree(home / "work" / application, ignore_errors=True)


@pytest.fixture(scope="module")
def statements() -> list[tuple[int, str, str]]:
    with open(REPOSITORY / "data/statements.csv", encoding="utf-8", newline="") as file:
        return [(i, row["text"], row["label"]) for i, row in zip(range(3000), csv.DictReader(file), strict=False)]


@pytest.fixture(scope="module")
def table(spark, statements) -> DataFrame:
    return spark.createDataFrame(statements, "id int, text string, label string").repartition(4).cache()


def not_utf8(spark: SparkSession, rows: int, bad: set[int]) -> DataFrame:
    """Texts of which some are the bytes FF FE, in one partition and in order."""
    listed = ", ".join(map(str, bad))
    text = f"CASE WHEN id IN ({listed}) THEN CAST(unhex('FFFE') AS STRING) ELSE concat('They rejected offer ', id) END AS text"
    return spark.range(rows, numPartitions=1).selectExpr("id", text)


def test_labels_and_probabilities_are_those_of_the_package(table, statements, embedded) -> None:
    rows = add_stance(table).orderBy("id").collect()
    texts = [text for _, text, _ in statements]
    assert [row.text for row in rows] == texts
    assert [row.stance for row in rows] == embedded.predict(texts).tolist()
    probabilities = embedded.predict_proba(texts)
    assert [[row.p_conciliatory, row.p_neutral, row.p_warning] for row in rows] == probabilities.tolist()
    assert [row.confidence for row in rows] == probabilities.max(axis=1).tolist()


def test_the_work_is_shared_by_both_executors(spark) -> None:
    def executor(batches):
        # Time enough for both to take part.
        time.sleep(0.3)
        for batch in batches:
            yield pa.RecordBatch.from_pydict({"executor": [os.getppid()] * batch.num_rows})

    table = spark.range(8, numPartitions=8).withColumn("text", F.lit("They rejected it."))
    assert add_stance(table).mapInArrow(executor, "executor long").distinct().count() == 2


def test_all_columns_are_kept_with_their_types(spark) -> None:
    values = """1 AS byte_, CAST(2 AS DECIMAL(10, 2)) AS amount, DATE'2024-02-29' AS day, TIMESTAMP'2024-02-29 12:00:00' AS moment,
        TIMESTAMP_NTZ'2024-02-29 12:00:00' AS local, named_struct('a', 1, 'b', array('x', NULL)) AS nested, map('k', 1.5D) AS map,
        unhex('00FF') AS bytes, CAST(NULL AS BOOLEAN) AS truth, INTERVAL '1' DAY AS span, 'They rejected it.' AS `the.text`"""
    table = spark.sql(f"SELECT {values}")
    table = table.withColumn("nested", F.col("nested").alias("nested", metadata={"unit": "m"}))
    labelled = add_stance(table, "the.text")
    assert labelled.schema.fields[: len(table.columns)] == table.schema.fields
    assert labelled.schema["nested"].metadata == {"unit": "m"}
    assert [(field.name, field.dataType.simpleString()) for field in labelled.schema.fields[len(table.columns) :]] == [
        (name, "string" if name == "stance" else "double") for name in ADDED
    ]
    (row,), (before,) = labelled.collect(), table.collect()
    assert row[: len(before)] == tuple(before)
    assert row.stance == "warning"


def test_null_texts_have_null_answers(spark, embedded) -> None:
    texts = [None, *STATEMENTS, None]
    for on_error in "null", "raise":
        table = spark.createDataFrame(list(enumerate(texts)), "id int, text string").repartition(3)
        rows = add_stance(table, abstain_below=0.5, on_error=on_error).orderBy("id").collect()
        assert [row.top for row in rows] == [None, *embedded.predict(STATEMENTS).tolist(), None]
        assert [rows[0][name] for name in [*ADDED, "top"]] == [None] * 6


def test_odd_texts_are_labelled_as_they_arrive(spark, embedded) -> None:
    odd = ["", " ", "\0", "\ud83d\ude00", "lone \ud800 surrogate", "🕊️👩‍👩‍👧", "e\u0301\u0323", "\u202eתוארב", "\ufeffThey rejected it.", "x" * 300_000, "rejected " * 30_000, "a\r\n\tb"]
    rows = add_stance(spark.createDataFrame(list(enumerate(odd)), "id int, text string")).orderBy("id").collect()
    assert len(rows) == len(odd)
    assert [row.stance for row in rows] == embedded.predict([row.text for row in rows]).tolist()
    kept = [i for i, text in enumerate(odd) if not any("\ud800" <= c <= "\udfff" for c in text)]
    assert [rows[i].text for i in kept] == [odd[i] for i in kept]


def test_a_text_that_is_not_utf8_costs_its_own_answer_only(spark, embedded) -> None:
    bad = {0, 5, 6, 200, 299}
    rows = add_stance(not_utf8(spark, 300, bad)).orderBy("id").collect()
    assert {row.id for row in rows if row.stance is None} == bad
    assert {row.id for row in rows if row.p_warning is None} == bad
    good = [row for row in rows if row.id not in bad]
    assert [row.p_warning for row in good] == embedded.predict_proba([row.text for row in good])[:, 2].tolist()


def test_a_batch_of_nothing_but_bad_texts(spark) -> None:
    rows = add_stance(not_utf8(spark, 3, {0, 1, 2})).collect()
    assert [row.stance for row in rows] == [None] * 3


def test_a_bad_text_fails_the_job_if_that_is_wanted(spark) -> None:
    with pytest.raises(PythonException) as failed:
        add_stance(not_utf8(spark, 300, {2 * BATCH + 4, 299}), on_error="raise").collect()
    assert f"DataError: partition 0, row {2 * BATCH + 5}, column `text`: the text is not valid UTF-8" in str(failed.value)


def test_empty_tables_have_the_columns_too(spark) -> None:
    for table in spark.createDataFrame([], "text string"), spark.range(5).selectExpr("'a' AS text").where("text = 'b'"):
        labelled = add_stance(table)
        assert labelled.columns == ["text", *ADDED]
        assert labelled.collect() == []


def test_own_models_come_as_classifier_or_file(table, labelled, tmp_path) -> None:
    texts, labels = labelled
    own = StanceClassifier(min_df=1, C=10).fit(texts, [label == "warning" for label in labels])
    own.save(tmp_path / "own.demarche")
    few = table.where("id < 50").coalesce(1)
    for model in own, tmp_path / "own.demarche", str(tmp_path / "own.demarche"):
        rows = add_stance(few, model=model).orderBy("id").collect()
        assert rows[0].asDict().keys() == {"id", "text", "label", "stance", "confidence", "p_False", "p_True"}
        assert [row.stance for row in rows] == [str(stance) for stance in own.predict([row.text for row in rows])]


def test_the_model_may_abstain(table) -> None:
    labelled = add_stance(table.where("id < 500"), abstain_below=0.8)
    assert labelled.columns[-6:] == [*ADDED, "top"]
    rows = labelled.collect()
    assert {row.stance is None for row in rows} == {True, False}
    assert all(row.stance == (row.top if row.confidence >= 0.8 else None) for row in rows)


@pytest.mark.parametrize(
    ("schema", "column", "message"),
    [
        ("id int, text string", "txt", "there is no column `txt`; the columns are `id`, `text`; did you mean `text`?"),
        ("id int, text string", "speaker", "there is no column `speaker`; the columns are `id`, `text`"),
        ("id int, text int", "text", "column `text`: the value is a column of the type int, a column of texts is needed"),
        ("text array<string>", "text", "column `text`: the value is a column of the type array<string>, a column of texts is needed"),
        ("text string, stance string", "text", "there is a column `stance` already; "),
        ("text string, P_Warning int, confidence int", "text", "there is columns `P_Warning`, `confidence` already; "),
        ("text string, Text string", "text", "there are 2 columns `text`; "),
    ],
)
def test_tables_that_do_not_fit_are_refused_before_any_job(spark, schema: str, column: str, message: str) -> None:
    with pytest.raises(DataError) as refused:
        add_stance(spark.createDataFrame([], schema), column)
    assert str(refused.value).startswith(message)


def test_names_are_compared_as_spark_compares_them(spark) -> None:
    table = spark.createDataFrame([("They rejected it.",)], "Text string")
    assert add_stance(table, "text").columns == ["Text", *ADDED]
    spark.conf.set("spark.sql.caseSensitive", True)
    try:
        with pytest.raises(DataError, match="there is no column `text`; the columns are `Text`; did you mean `Text`?"):
            add_stance(table, "text")
        both = spark.createDataFrame([("They rejected it.", 1, "")], "text string, Stance int, TEXT string")
        assert add_stance(both).first().stance == "warning"
    finally:
        spark.conf.unset("spark.sql.caseSensitive")


def test_types_that_spark_cannot_hand_over_are_refused(spark) -> None:
    with pytest.raises(DataError, match="Spark does not pass a column of the table through Arrow"):
        add_stance(spark.sql("SELECT 'a' AS text, INTERVAL '1' MONTH AS span"))


def test_parameters_that_make_no_sense_are_refused(table, tmp_path) -> None:
    for wrong in {"on_error": "skip"}, {"abstain_below": 1.5}, {"abstain_below": "0.5"}, {"abstain_below": float("nan")}:
        (name,) = wrong
        with pytest.raises(ParameterError, match=f"^{name} is .*; it must be "):
            add_stance(table, **wrong)
    (tmp_path / "none.demarche").write_bytes(b"not a model, at all")
    with pytest.raises(ModelError):
        add_stance(table, model=tmp_path / "none.demarche")
    with pytest.raises(FileNotFoundError):
        add_stance(table, model=tmp_path / "missing.demarche")
    with pytest.raises(NotFittedError):
        add_stance(table, model=StanceClassifier())


def test_a_process_reads_a_model_once_and_keeps_a_few(embedded, monkeypatch) -> None:
    fetched = []

    class Content:
        @property
        def value(self) -> bytes:
            fetched.append(self)
            return embedded._fitted.to_bytes()

    monkeypatch.setattr(worker, "_loaded", {})
    content = Content()
    first = worker.load("a", content)
    assert worker.load("a", Content()) is first and fetched == [content]
    for checksum in "bcde":
        worker.load(checksum, content)
    assert list(worker._loaded) == list("bcde")


def test_a_killed_executor_loses_and_repeats_no_row(spark, embedded, tmp_path) -> None:
    partitions, rows, held = 16, 16 * 500, 5
    seen = tmp_path / "seen"
    seen.mkdir()

    def hold(batches):
        task = TaskContext.get()
        attempt = seen / f"{task.partitionId()}.{task.attemptNumber()}"
        yield next(batches)
        executor = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(") ")[2].split()[1]
        attempt.with_suffix(f".{task.attemptNumber()}.new").write_text(executor)
        attempt.with_suffix(f".{task.attemptNumber()}.new").rename(attempt)
        # In the middle of its partition, the task waits for its death.
        while attempt.name == f"{held}.0" and not (seen / "killed").exists():
            time.sleep(0.05)
        yield from batches

    table = spark.range(rows, numPartitions=partitions).selectExpr("id", "concat(IF(id % 3 = 0, 'They rejected offer ', 'We welcome talk '), id) AS text")
    output = str(tmp_path / "labelled.parquet")
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(add_stance(table.mapInArrow(hold, table.schema)).write.parquet, output)
        deadline = time.monotonic() + 60
        # The other executor has done some partitions by then, and has more to do.
        while not ((seen / f"{held}.0").exists() and len(list(seen.iterdir())) > held + 2) and not job.done():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        executor = int((seen / f"{held}.0").read_text())
        assert "CoarseGrainedExecutorBackend" in Path(f"/proc/{executor}/cmdline").read_text()
        assert not job.done()
        os.kill(executor, signal.SIGKILL)
        (seen / "killed").touch()
        job.result(timeout=90)
    assert (seen / f"{held}.1").read_text() != str(executor)
    labelled = sorted(spark.read.parquet(output).collect(), key=lambda row: row.id)
    assert [row.id for row in labelled] == list(range(rows))
    assert [row.stance for row in labelled] == embedded.predict([row.text for row in labelled]).tolist()


def test_a_sample_has_the_shares_of_the_labels(table, statements) -> None:
    texts, labels = stratified_sample(table, rows=300)
    shares, drawn = Counter(label for _, _, label in statements), Counter(labels)
    assert len(texts) == len(set(texts)) == len(labels) == 300
    for label, count in shares.items():
        assert drawn[label] == pytest.approx(300 * count / len(statements), abs=4)
    assert set(zip(texts, labels, strict=True)) <= {(text, label) for _, text, label in statements}
    assert StanceClassifier().fit(texts, labels).score(texts, labels) > 0.9


def test_a_sample_depends_on_the_rows_and_the_seed_alone(table) -> None:
    sample = stratified_sample(table, rows=200, seed=7)
    assert stratified_sample(table.orderBy("text").coalesce(1), rows=200, seed=7) == sample
    assert stratified_sample(table.union(table), rows=200, seed=7) == sample
    other, _ = stratified_sample(table, rows=200, seed=8)
    assert len(set(other) & set(sample[0])) < 50


def test_a_sample_of_all_rows_has_each_once(table, statements) -> None:
    drawn = list(zip(*stratified_sample(table, rows=10**9), strict=True))
    assert sorted(drawn) == sorted({(text, label) for _, text, label in statements})


def test_what_nobody_can_learn_from_is_not_drawn(spark) -> None:
    rows = [("a", 1), ("b", 2), (None, 1), ("", 1), (" \u2003\n", 2), ("c", None)]
    table = spark.createDataFrame(rows, "quote string, class int").union(spark.sql("SELECT CAST(unhex('FF') AS STRING), 1"))
    texts, labels = stratified_sample(table, "class", "quote", rows=10)
    assert sorted(zip(texts, labels, strict=True)) == [("a", 1), ("b", 2)]


def test_rare_labels_have_a_row(spark) -> None:
    table = spark.range(2001).selectExpr("concat('text ', id) AS text", "id < 2000 AS label")
    _, labels = stratified_sample(table, rows=20)
    assert Counter(labels) == {True: 19, False: 1}


def test_a_label_with_many_copies_is_asked_for_again(table, monkeypatch) -> None:
    sample = stratified_sample(table, rows=200)
    monkeypatch.setattr("demarche.spark._sample._SPARE", 0.3)
    assert stratified_sample(table, rows=200) == sample
    copies = table.selectExpr("IF(label = 'warning', 'They rejected it.', text) AS text", "label")
    assert Counter(stratified_sample(copies, rows=200)[1])["warning"] == 1


def test_samples_that_cannot_be_drawn_are_refused(spark, table) -> None:
    for rows in 0, -1, 1.5, True, "10":
        with pytest.raises(ParameterError, match="^rows is .*; it must be a whole number, 1 or more"):
            stratified_sample(table, rows=rows)
    with pytest.raises(ParameterError, match="^rows is 2; it must be at least the number of labels, which is 3"):
        stratified_sample(table, rows=2)
    with pytest.raises(DataError, match="there is no column `stance`"):
        stratified_sample(table, "stance", rows=10)
    with pytest.raises(DataError, match="column `label`: the value is a column of the type double, a column of texts, whole numbers or truth values is needed"):
        stratified_sample(spark.createDataFrame([], "text string, label double"), rows=10)
    with pytest.raises(DataError, match="there are no rows with a text and a label"):
        stratified_sample(table.where("id < 0"), rows=10)
    with pytest.raises(DataError, match="column `label`: there are more than 1000 labels"):
        stratified_sample(table.drop("label").withColumn("label", F.col("id")), rows=10)


def test_the_example(spark, embedded) -> None:
    rows = runpy.run_path(str(REPOSITORY / "python/examples/with_spark.py"))["main"]().orderBy(F.col("id").cast("int")).collect()
    with open(REPOSITORY / "data/quotes.csv", encoding="utf-8", newline="") as file:
        assert [row.stance for row in rows] == embedded.predict([row["text"] for row in csv.DictReader(file)]).tolist()


def test_the_example_of_the_readme(spark, table, tmp_path) -> None:
    readme = (REPOSITORY / "python/README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n((?:(?!```|>>>).)*demarche\.spark.*?)```", readme, re.DOTALL)
    table.where("id < 300").withColumnRenamed("label", "reviewed").write.parquet(f"{tmp_path}/quotes")
    code = code.replace('parquet("', f'parquet("{tmp_path}/')
    exec(compile(code, "README.md", "exec"), {"spark": spark})
    assert spark.read.parquet(f"{tmp_path}/labelled").count() == 300


@pytest.mark.parametrize("module", ["demarche.spark", "demarche.spark._stance", "demarche.spark._sample"])
def test_examples_of_docstrings(spark, module: str) -> None:
    found = doctest.testmod(importlib.import_module(module), extraglobs={"spark": spark})
    assert found.attempted > 1 and found.failed == 0
