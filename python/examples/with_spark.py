"""Stances in Apache Spark: python examples/with_spark.py [quotes.csv], or spark-submit examples/with_spark.py"""

import os
import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from demarche.spark import add_stance

QUOTES = Path(__file__).resolve().parents[2] / "data" / "quotes.csv"


def main(path: str | Path = QUOTES) -> DataFrame:
    # Without it Spark's workers are the first `python3` on the path, which may know nothing of demarche.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.appName("stances").getOrCreate()
    quotes = spark.read.csv(str(path), header=True, multiLine=True, escape='"')
    return add_stance(quotes)


if __name__ == "__main__":
    labelled = main(*sys.argv[1:])
    labelled.groupBy("stance").count().orderBy("stance").show()
    labelled.sparkSession.stop()
