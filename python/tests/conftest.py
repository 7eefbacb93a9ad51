"""The shipped model, a small labelled set, and the repository's data."""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from demarche import StanceClassifier

REPOSITORY = Path(__file__).resolve().parents[2]

STATEMENTS = [
    "Moscow is ready to resume the talks, the ministry said.",
    "They warned of serious consequences if the border is crossed again.",
    "Zoë’s délégation – naïve? – rejected the “offer” 🕊.",
    "",
    "The ministers met on Tuesday in Geneva.",
]


def spark_is_missing() -> str | None:
    """Why tests of Spark cannot run here. With DEMARCHE_SPARK=required they run, and fail, all the same."""
    if os.environ.get("DEMARCHE_SPARK") == "required":
        return None
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed"
    java = shutil.which(Path(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else "java")
    if java is None:
        return "Spark needs Java, and there is none"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    return None if version and int(version[1]) >= 17 else f"Spark needs Java 17 or newer, and java is {told.splitlines()[:1]}"


@pytest.fixture(scope="session")
def embedded() -> StanceClassifier:
    return StanceClassifier.embedded()


@pytest.fixture(scope="session")
def labelled() -> tuple[list[str], list[str]]:
    with open(REPOSITORY / "tests/fixtures/small.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


@pytest.fixture(scope="session")
def fitted(labelled: tuple[list[str], list[str]]) -> StanceClassifier:
    return StanceClassifier(min_df=1, C=10).fit(*labelled)
