"""Every example runs, and the types are those that the stubs promise."""

from __future__ import annotations

import csv
import doctest
import importlib
import re
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import pytest

import demarche
from conftest import REPOSITORY, spark_is_missing

EXAMPLES = REPOSITORY / "python" / "examples"


def example(name: str):
    return runpy.run_path(str(EXAMPLES / name))


@pytest.fixture(scope="module")
def stances(embedded) -> list[str]:
    with open(REPOSITORY / "data/quotes.csv", encoding="utf-8", newline="") as file:
        return embedded.predict([row["text"] for row in csv.DictReader(file)]).tolist()


def test_pandas(stances) -> None:
    assert example("with_pandas.py")["main"]()["stance"].tolist() == stances


def test_polars(stances) -> None:
    quotes = example("with_polars.py")["main"]()
    assert quotes["stance"].to_list() == stances
    assert quotes.select("p_conciliatory", "p_neutral", "p_warning").sum_horizontal().round(9).to_list() == [1.0] * len(stances)


def test_duckdb(stances) -> None:
    assert example("with_duckdb.py")["main"]() == sorted(Counter(stances).items())


def test_duckdb_keeps_nulls_and_takes_more_than_one_vector(embedded) -> None:
    with duckdb.connect() as connection:
        example("with_duckdb.py")["register"](connection, embedded)
        query = "SELECT stance(CASE WHEN i % 3 = 0 THEN NULL ELSE 'They rejected offer ' || i END) AS s, count(*) FROM range(9000) t(i) GROUP BY s ORDER BY s NULLS LAST"
        assert connection.execute(query).fetchall() == [("warning", 6000), (None, 3000)]


def test_scikit_learn() -> None:
    search = example("with_sklearn.py")["main"](rows=1500)
    assert set(search.best_params_) == {"stance__C", "stance__ngram_range"}
    assert search.best_score_ > 0.6


@pytest.mark.parametrize("script", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_every_example_runs_as_a_program(script: str, tmp_path: Path) -> None:
    if script == "with_spark.py" and (reason := spark_is_missing()):
        pytest.skip(reason)
    ran = subprocess.run([sys.executable, EXAMPLES / script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout


@pytest.mark.parametrize("module", ["demarche", "demarche._classifier", "demarche._extract"])
def test_examples_of_docstrings(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted > 0 and found.failed == 0


def test_examples_of_the_packages_readme() -> None:
    found = doctest.testfile(str(REPOSITORY / "python/README.md"), module_relative=False)
    assert found.attempted > 10 and found.failed == 0


def test_example_of_the_crates_readme(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (REPOSITORY / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(REPOSITORY)
    exec(compile(code, "README.md", "exec"), {})


def test_everything_public_has_a_docstring() -> None:
    public = [getattr(demarche, name) for name in demarche.__all__ if name != "Texts"]
    members = [member for name, member in vars(demarche.StanceClassifier).items() if not name.startswith("_")]
    assert len(public) == 11 and len(members) > 10
    for thing in public + members:
        assert (thing.__func__ if isinstance(thing, classmethod) else thing).__doc__, thing


def test_the_stubs_tell_of_what_is_there(tmp_path: Path) -> None:
    for arguments in (["mypy", "--strict", "-p", "demarche"], ["mypy.stubtest", "demarche._demarche"]):
        ran = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(demarche.__file__).parent / "py.typed").exists()
