"""How much faster are two Spark workers than one? python benchmarks/spark_workers.py [ROWS [pin]]

Makes ROWS statements (6 million, if not told) out of data/statements.csv, each copy with another number in it, in 16 Parquet files; labels
them on a local cluster of one worker and of two, each with one core and processes of its own, and prints seconds and rows a second. A run reads
the files, labels, and hands every row with its answers to Spark's `noop` sink. A first run warms up, the median of three more counts.

`pin` gives each worker (its JVM and its Python) one core of the machine by taskset, which needs Linux: otherwise JVM and Python of one worker take turns on two
cores, which makes one worker look better than one core is.
"""

from __future__ import annotations

import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from demarche.spark import add_stance

STATEMENTS = Path(__file__).resolve().parents[2] / "data" / "statements.csv"
PARTITIONS = 16
RUNS = 3


def session(workers: int) -> SparkSession:
    builder = SparkSession.builder.master(f"local-cluster[{workers},1,2048]").appName(f"{workers} workers")
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.executor.memory": "1g",
        # A file is a partition, neither split nor joined with others.
        "spark.sql.files.openCostInBytes": "1g",
        "spark.ui.enabled": False,
        "spark.ui.showConsoleProgress": False,
    }
    spark = builder.config(map=settings).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def write_statements(rows: int, path: str) -> None:
    with open(STATEMENTS, encoding="utf-8", newline="") as file:
        texts = [(row["text"],) for row in csv.DictReader(file)]
    spark = session(2)
    copies = spark.createDataFrame(texts, "text string").repartition(PARTITIONS).withColumn("copy", F.explode(F.sequence(F.lit(1), F.lit(-(-rows // len(texts))))))
    numbered = copies.select(F.monotonically_increasing_id().alias("id"), F.concat("text", F.lit(" Statement "), "copy", F.lit(".")).alias("text"))
    numbered.write.parquet(path)
    spark.stop()


def pin(spark: SparkSession) -> None:
    """Gives each executor, and the processes that it starts, one core."""
    application = spark.sparkContext.applicationId
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in line and application.encode() in line:
            found.append(process.name)
    for core, executor in enumerate(found):
        subprocess.run(["taskset", "--all-tasks", "--cpu-list", "--pid", str(core), executor], check=True, stdout=subprocess.DEVNULL)


def seconds(path: str, workers: int, pinned: bool) -> tuple[int, float]:
    spark = session(workers)
    table = spark.read.parquet(path)
    rows = table.count()
    if pinned:
        pin(spark)
    taken = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        add_stance(table).write.format("noop").mode("overwrite").save()
        taken.append(time.perf_counter() - start)
    spark.stop()
    print(workers, [round(t, 2) for t in taken], file=sys.stderr)
    return rows, statistics.median(taken[1:])


def main(rows: int, pinned: bool) -> None:
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "statements.parquet")
        write_statements(rows, path)
        one = 0.0
        for workers in 1, 2:
            rows, taken = seconds(path, workers, pinned)
            one = one or taken
            print(f"{workers} workers: {rows} rows in {taken:.1f} s, {rows / taken:,.0f} rows/s, {one / taken:.2f} times one worker", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6_000_000, "pin" in sys.argv[2:])
