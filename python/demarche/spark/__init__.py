"""Stances in Apache Spark, for tables that do not fit one machine: PySpark 3.5 or newer.

>>> quotes = spark.createDataFrame([(1, "They rejected the offer."), (2, None)], "id int, text string")
>>> add_stance(quotes).select("id", "stance").orderBy("id").show()
+---+-------+
| id| stance|
+---+-------+
|  1|warning|
|  2|   NULL|
+---+-------+
<BLANKLINE>

The package and pyarrow must be installed where the executors run. Nothing else is needed there: the model travels with the job.
"""

try:
    import pyarrow as _pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
    import pyspark as _pyspark  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
except ImportError as missing:
    raise ImportError(f"demarche.spark needs {missing.name}; install demarche[spark]", name=missing.name) from missing

from ._sample import stratified_sample
from ._stance import add_stance

__all__ = ["add_stance", "stratified_sample"]
