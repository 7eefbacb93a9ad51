"""Fitting, files, pickles, processes and threads."""

from __future__ import annotations

import copy
import csv
import multiprocessing
import pickle
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import joblib
import numpy as np
import pytest

import demarche
from conftest import REPOSITORY, STATEMENTS
from demarche import DataError, DemarcheError, ModelError, NotFittedError, ParameterError, StanceClassifier


def test_the_shipped_model_gives_the_probabilities_of_its_explanations(embedded: StanceClassifier) -> None:
    probabilities = embedded.predict_proba(STATEMENTS)
    assert probabilities.shape == (len(STATEMENTS), 3)
    assert probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    for text, row in zip(STATEMENTS, probabilities, strict=True):
        explanation = embedded.explain(text)
        assert list(explanation["probabilities"]) == embedded.classes_.tolist()
        assert list(explanation["probabilities"].values()) == row.tolist()
        logits = dict(explanation["intercept"])
        for evidence in explanation["evidence"]:
            for label, contribution in evidence["contributions"].items():
                logits[label] += contribution
        assert logits == pytest.approx(explanation["logits"])


def test_explanations_have_places_in_characters(embedded: StanceClassifier) -> None:
    text = "🕊 Zoë’s délégation rejected the offer."
    explanation = embedded.explain(text)
    places = {e["words"]: [text[start:end] for start, end in e["spans"]] for e in explanation["evidence"]}
    assert places["rejected"] == ["rejected"]
    change = explanation["counterfactual"]
    assert change is not None
    assert [text[start:end] for start, end in change["spans"]] == change["removed"]
    assert change["stance"] == embedded.predict([change["text"]])[0] != explanation["stance"]


def test_fit_gives_the_model_of_the_command_lines_defaults(labelled) -> None:
    texts, labels = labelled
    classifier = StanceClassifier().fit(texts, labels)
    assert classifier.classes_.tolist() == sorted(set(labels))
    assert classifier.card_["training"]["rows"] == len(texts)
    assert StanceClassifier().fit(texts, labels)._fitted.to_bytes() == classifier._fitted.to_bytes()
    assert (classifier.predict(texts) == np.array(labels)).mean() == classifier.score(texts, labels) > 0.9


def test_cross_validation_is_noted_and_calibrates(labelled) -> None:
    card = StanceClassifier(cv=3).fit(*labelled).card_
    assert card["cross_validation"]["folds"] == 3
    assert card["calibration"]["method"] == "temperature"
    assert StanceClassifier(cv=3, calibration=None).fit(*labelled).card_["calibration"]["method"] == "none"
    assert StanceClassifier().fit(*labelled).card_["cross_validation"] is None


def test_weights_count_as_repeated_rows_do() -> None:
    texts = ["They rejected it.", "They welcomed it.", "They welcomed talks.", "They rejected talks."]
    labels = ["warning", "conciliatory", "conciliatory", "warning"]
    params = {"min_df": 1, "class_weight": None, "use_idf": False, "tol": 1e-10}
    weighted = StanceClassifier(**params).fit(texts, labels, sample_weight=np.array([2, 1, 1, 1]))
    repeated = StanceClassifier(**params).fit([texts[0], *texts], [labels[0], *labels])
    plain = StanceClassifier(**params).fit(texts, labels)
    np.testing.assert_allclose(weighted.predict_proba(texts), repeated.predict_proba(texts), atol=1e-5)
    assert np.abs(weighted.predict_proba(texts) - plain.predict_proba(texts)).max() > 1e-3


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"C": 0}, "C is 0; it must be"),
        ({"C": float("nan")}, "C is NaN; it must be"),
        ({"C": "much"}, "C is 'much'; it must be a number"),
        ({"ngram_range": (2, 1)}, "the n-gram range is 2-1; it must be from 1 to 5 words, the shorter end first"),
        ({"ngram_range": 2}, "ngram_range is 2; it must be two whole numbers such as (1, 2)"),
        ({"min_df": 1.5}, "min_df is 1.5; it must be a share from 0 to 1"),
        ({"min_df": -1}, "min_df is -1"),
        ({"max_features": 0}, "max_features is 0; it must be at least 1"),
        ({"stop_words": ["the"]}, "stop_words is ['the']; it must be \"english\" or None"),
        ({"class_weight": "even"}, "class_weight is 'even'; it must be"),
        ({"class_weight": {"warning": -1}}, "a label's weight is -1; it must be zero or a positive number"),
        ({"solver": "lbfgs"}, "solver is 'lbfgs'; it must be \"dual\" or \"linfa\""),
        ({"random_state": -1}, "random_state is -1; it must be a whole number or None"),
        ({"random_state": np.random.RandomState(0)}, "random_state is RandomState"),
        ({"language": "klingon"}, "language is klingon; it must be"),
        ({"max_iter": 2**70}, "max_iter is "),
        ({"calibration": "platt"}, "calibration is 'platt'; it must be"),
        ({"cv": True + 0.5}, "cv is 1.5; it must be a number of folds, or 0"),
        ({"min_df": 1000}, "no term is left to learn from"),
    ],
    ids=str,
)
def test_parameters_that_make_no_sense_are_named(labelled, params, message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        StanceClassifier(**params).fit(*labelled)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ([], [], "there are no rows"),
        (["a", "b"], ["x"], "labels: 1 given, 2 needed"),
        (["a b", "c d"], ["x", "x"], "every row has the label `x`; a classifier needs at least two labels"),
        (["a", " "], ["x", "y"], "row 2, column `text`: the text is empty"),
        (["a", "b"], ["x", ""], "row 2, column `label`: the label is empty"),
        (["a", "b"], ["x", None], "row 2, column `label`: the value is None, a text is needed"),
        (["a", "b"], np.array([0.5, 1]), "row 1, column `label`: the value is of the type float, a text is needed"),
        (["a", "b"], ["x", 1], "row 2, column `label`: the value is of the type int, a text is needed"),
        (["a", "b"], None, "column `label`: the value is None"),
    ],
    ids=str,
)
def test_rows_that_cannot_be_learnt_from_are_named(texts, labels, message: str) -> None:
    with pytest.raises(DataError) as refused:
        StanceClassifier(min_df=1).fit(texts, labels)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1], "weights: 1 given, 2 needed"),
        ([0, 0], "the value is zero in every row, a weight above zero in some of them is needed"),
        ([1, -1], "row 2: the value is `-1`, zero or a positive number is needed"),
        ([1, float("nan")], "row 2: the value is `NaN`"),
        (["a", "b"], "the weights are no numbers"),
        ([[1, 2]], "the weights are a table of 2 dimensions"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights, message: str) -> None:
    with pytest.raises(DataError) as refused:
        StanceClassifier(min_df=1).fit(["no talks", "talks"], ["x", "y"], sample_weight=weights)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("kind", [list, np.array, lambda numbers: np.array(numbers, dtype=np.uint8)])
def test_labels_may_be_whole_numbers_in_their_own_order(kind) -> None:
    texts = ["They rejected it.", "They welcomed it.", "They postponed it."]
    numbered = StanceClassifier(min_df=1, class_weight={10: 2.0}).fit(texts * 2, kind([10, 9, 100] * 2))
    named = StanceClassifier(min_df=1, class_weight={"b": 2.0}).fit(texts * 2, ["b", "a", "c"] * 2)
    assert numbered.classes_.tolist() == [9, 10, 100]
    assert numbered.predict(texts).tolist() == [10, 9, 100]
    np.testing.assert_allclose(numbered.predict_proba(texts), named.predict_proba(texts), atol=1e-4)
    assert numbered.score(texts, [10, 9, 9]) == pytest.approx(2 / 3)
    again = pickle.loads(pickle.dumps(numbered))
    assert again.predict(texts).tolist() == [10, 9, 100]
    assert again.set_params(class_weight=None).fit(texts, ["b", "a", "c"]).classes_.tolist() == ["a", "b", "c"]


def test_labels_may_be_truth_values() -> None:
    texts = ["They rejected it.", "They welcomed it."]
    assert StanceClassifier(min_df=1).fit(texts, [True, False]).predict(texts).tolist() == [True, False]


def test_a_failed_fit_leaves_the_model_that_was_there(labelled) -> None:
    classifier = StanceClassifier().fit(*labelled)
    with pytest.raises(DataError):
        classifier.fit(["a"], [None])
    assert classifier.predict(STATEMENTS).shape == (len(STATEMENTS),)


@pytest.mark.parametrize("ask", ["predict", "predict_proba", "explain", "save"])
def test_a_classifier_that_is_not_fitted_says_so(ask: str) -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(StanceClassifier(), ask)("talks")
    assert not hasattr(StanceClassifier(), "classes_")


def test_a_saved_model_is_loaded_with_its_parameters(tmp_path: Path, labelled) -> None:
    params = {"C": 2.5, "ngram_range": (1, 3), "min_df": 1, "max_df": 0.9, "class_weight": None, "language": "french", "stop_words": None, "skip_names": False}
    fitted = StanceClassifier(**params).fit(*labelled)
    path = tmp_path / "Zoë.demarche"
    fitted.save(path)
    for place in path, str(path):
        loaded = StanceClassifier.load(place)
        assert loaded.get_params() == fitted.get_params()
        np.testing.assert_array_equal(loaded.predict_proba(STATEMENTS), fitted.predict_proba(STATEMENTS))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_shipped_model_tells_its_parameters(embedded: StanceClassifier) -> None:
    assert embedded.get_params()["C"] == embedded.card_["classifier"]["c"]
    assert list(embedded.get_params()["ngram_range"]) == embedded.card_["vectorizer"]["ngram_range"]


def test_what_the_system_refuses_is_an_os_error(tmp_path: Path, embedded: StanceClassifier) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        StanceClassifier.load(tmp_path / "missing")
    assert Path(missing.value.filename) == tmp_path / "missing"
    with pytest.raises(OSError):
        embedded.save(tmp_path / "no folder" / "model")
    with pytest.raises(OSError):
        StanceClassifier.load(tmp_path)
    with pytest.raises(OSError, match="NUL"):
        StanceClassifier.load("a\0b")


def broken_models(model: bytes) -> dict[str, tuple[bytes, str]]:
    return {
        "empty": (b"", "the model file is empty"),
        "another file": (b"PK\3\4" + model, "this is not a demarche model file"),
        "newer": (model[:8] + struct.pack("<I", 9) + model[12:], "has format version 9, this demarche reads up to version"),
        "cut short": (model[: len(model) // 2], "the model file is cut short"),
        "cut in the head": (model[:10], "the model file is cut short"),
        "damaged": (model[:-1] + bytes([model[-1] ^ 1]), "the model file is damaged"),
        "longer": (model + b"x", "the model file is damaged"),
    }


@pytest.mark.parametrize("how", broken_models(b"demarche" + bytes(100)))
def test_broken_models_are_refused(tmp_path: Path, fitted: StanceClassifier, how: str) -> None:
    model, message = broken_models(fitted._fitted.to_bytes())[how]
    path = tmp_path / "broken"
    path.write_bytes(model)
    with pytest.raises(ModelError, match=message) as refused:
        StanceClassifier.load(path)
    assert str(refused.value).startswith(str(path))
    state = pickle.dumps(fitted).replace(fitted._fitted.to_bytes(), model) if len(model) == len(fitted._fitted.to_bytes()) else None
    if state is not None:
        with pytest.raises(ModelError, match=message):
            pickle.loads(state)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_hold_parameters_and_model(fitted: StanceClassifier, protocol: int) -> None:
    for again in pickle.loads(pickle.dumps(fitted, protocol)), copy.deepcopy(fitted), copy.copy(fitted):
        assert again.get_params() == fitted.get_params()
        np.testing.assert_array_equal(again.predict_proba(STATEMENTS), fitted.predict_proba(STATEMENTS))
    unfitted = pickle.loads(pickle.dumps(StanceClassifier(C=3), protocol))
    assert unfitted.C == 3 and not unfitted.__sklearn_is_fitted__()


def test_errors_can_be_pickled() -> None:
    with pytest.raises(DataError) as refused:
        StanceClassifier(min_df=1).fit(["a", None], ["x", "y"])
    again = pickle.loads(pickle.dumps(refused.value))
    assert type(again) is DataError and str(again) == str(refused.value) and again.row == 2
    assert isinstance(again, DemarcheError) and isinstance(again, ValueError)


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_joblib_runs_it_in_other_processes_and_threads(embedded: StanceClassifier, tmp_path: Path, backend: str) -> None:
    joblib.dump(embedded, tmp_path / "model.joblib")
    loaded = joblib.load(tmp_path / "model.joblib")
    expected = embedded.predict(STATEMENTS).tolist()
    work = (joblib.delayed(loaded.predict)(STATEMENTS) for _ in range(4))
    for predicted in joblib.Parallel(n_jobs=2, backend=backend)(work):
        assert predicted.tolist() == expected


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*")
def test_a_forked_process_does_not_wait_for_its_parents_threads(embedded: StanceClassifier) -> None:
    expected = embedded.predict(STATEMENTS).tolist()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(embedded.predict, (STATEMENTS,)).get(timeout=60).tolist() == expected


def test_other_threads_run_while_it_works(embedded: StanceClassifier) -> None:
    """With so long a switch interval no thread is made to give way: between both marks another one runs only if the lock is released there. What it does to the list changes no answer."""
    expected = np.tile(embedded.predict_proba(STATEMENTS), (1000, 1))
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        for _ in range(100):
            marks: list[str] = []
            texts = [text.encode().decode() for text in STATEMENTS * 1000]
            found: list[np.ndarray] = []

            def work() -> None:
                marks.append("before")
                found.append(embedded.predict_proba(texts))
                marks.append("behind")

            worker = threading.Thread(target=work)
            worker.start()
            while not marks:
                time.sleep(0)
            seen = list(marks)
            if seen == ["before"]:
                texts.clear()
            worker.join()
            np.testing.assert_array_equal(found[0], expected)
            if seen == ["before"]:
                return
    finally:
        sys.setswitchinterval(interval)
    pytest.fail("no other thread ever ran while texts were labelled")


def test_threads_may_share_a_classifier(embedded: StanceClassifier) -> None:
    expected = embedded.predict_proba(STATEMENTS)
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.extend(embedded.predict_proba(STATEMENTS) for _ in range(50))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 200 and all(np.array_equal(probabilities, expected) for probabilities in found)


def test_scikit_learn_is_not_needed() -> None:
    program = (
        "import sys; sys.modules['sklearn'] = sys.modules['pandas'] = sys.modules['pyarrow'] = None\n"
        "from demarche import StanceClassifier\n"
        "print(StanceClassifier.embedded().predict(['They rejected the offer.'])[0])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "warning\n"


def test_extract_tells_who_said_what_and_where(embedded: StanceClassifier) -> None:
    article = "“🕊” said nobody.\n\n" + (REPOSITORY / "data/article.txt").read_text(encoding="utf-8")
    statements = demarche.extract(article)
    assert len(statements) > 5
    envoy = next(s for s in statements if s["speaker"] == "Pavel Dorn")
    assert envoy["mention"] == "Orlen's water envoy"
    assert envoy["kind"] == "direct"
    for statement in statements:
        pieces = [article[start:end] for start, end in statement["spans"]]
        assert " ".join(pieces) == statement["text"]
        assert (statement["start"], statement["end"]) == (statement["spans"][0][0], statement["spans"][-1][1])
    assert embedded.predict([s["statement_text"] for s in statements]).shape == (len(statements),)
    assert demarche.extract("") == []


@pytest.mark.parametrize("value", [None, b"text", 7, ["text"], "\ud800"])
def test_extract_and_explain_refuse_what_is_no_text(embedded: StanceClassifier, value) -> None:
    for ask in demarche.extract, embedded.explain:
        with pytest.raises(DataError, match="a text is needed"):
            ask(value)


def test_the_quotes_have_stances_of_all_kinds(embedded: StanceClassifier) -> None:
    with open(REPOSITORY / "data/quotes.csv", encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    assert set(embedded.predict(texts)) == {"conciliatory", "neutral", "warning"}
