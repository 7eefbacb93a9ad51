"""scikit-learn's pipelines, searches and checks."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import SkipTestWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from demarche import ParameterError, StanceClassifier


@pytest.fixture(scope="module")
def rows(labelled) -> tuple[np.ndarray, np.ndarray]:
    return np.array(labelled[0] * 3, dtype=object), np.array(labelled[1] * 3)


def test_it_is_a_classifier() -> None:
    assert is_classifier(StanceClassifier())
    assert get_scorer("f1_macro") is not None


def test_clones_have_the_parameters_and_no_model(fitted: StanceClassifier) -> None:
    again = clone(fitted)
    assert again is not fitted and again.get_params() == fitted.get_params()
    assert not again.__sklearn_is_fitted__()
    check_is_fitted(fitted)
    assert repr(again) == "StanceClassifier(C=10, min_df=1)"


def test_parameters_are_set_by_name() -> None:
    classifier = StanceClassifier()
    assert classifier.set_params(C=2, ngram_range=(1, 1)) is classifier
    assert (classifier.C, classifier.ngram_range) == (2, (1, 1))
    with pytest.raises(ParameterError, match="there is no parameter 'c'; the parameters are C, "):
        classifier.set_params(C=3, c=1)
    assert classifier.C == 2


def test_a_pipeline_cleans_texts_first(rows) -> None:
    def clean(texts):
        return [text.replace("the ", "") for text in texts]

    pipeline = make_pipeline(FunctionTransformer(clean), StanceClassifier(min_df=1)).fit(*rows)
    expected = StanceClassifier(min_df=1).fit(clean(rows[0]), rows[1])
    assert pipeline.classes_.tolist() == expected.classes_.tolist()
    texts = ["they rejected the offer", "we welcome talks"]
    np.testing.assert_array_equal(pipeline.predict_proba(texts), expected.predict_proba(clean(texts)))
    assert pipeline.score(*rows) == expected.score(clean(rows[0]), rows[1])


@pytest.mark.parametrize("kind", [list, np.asarray, pd.Series, pl.Series])
@pytest.mark.parametrize("scoring", [None, "f1_macro", "neg_log_loss", "roc_auc_ovr"])
def test_cross_validation_takes_every_kind_of_rows(rows, kind, scoring) -> None:
    scores = cross_val_score(StanceClassifier(min_df=1), kind(rows[0]), kind(rows[1]), cv=3, scoring=scoring)
    expected = cross_val_score(StanceClassifier(min_df=1), *rows, cv=3, scoring=scoring)
    assert scores.shape == (3,) and np.isfinite(scores).all()
    np.testing.assert_array_equal(scores, expected)


def test_held_out_probabilities(rows) -> None:
    probabilities = cross_val_predict(StanceClassifier(min_df=1), *rows, cv=3, method="predict_proba")
    assert probabilities.shape == (len(rows[0]), 3)


@pytest.mark.parametrize("jobs", [None, 2])
def test_a_grid_is_searched_inside_a_pipeline_too(rows, jobs) -> None:
    pipeline = make_pipeline(FunctionTransformer(), StanceClassifier())
    grid = {"stanceclassifier__C": [0.01, np.float64(4)], "stanceclassifier__min_df": np.array([1, 2])}
    search = GridSearchCV(pipeline, grid, cv=StratifiedKFold(3), scoring="neg_log_loss", n_jobs=jobs, error_score="raise").fit(*rows)
    assert search.best_params_["stanceclassifier__C"] == 4
    assert search.predict(["They rejected the offer."]).shape == (1,)


def test_weights_pass_through(rows) -> None:
    weights = np.ones(len(rows[0]))
    search = GridSearchCV(StanceClassifier(), {"C": [1, 2]}, cv=3, error_score="raise").fit(*rows, sample_weight=weights)
    assert search.best_estimator_.__sklearn_is_fitted__()


def test_it_votes_with_scikit_learns_own(rows) -> None:
    own = make_pipeline(TfidfVectorizer(), LogisticRegression())
    vote = VotingClassifier([("demarche", StanceClassifier(min_df=1)), ("own", own)], voting="soft").fit(*rows)
    assert vote.score(*rows) > 0.9


def test_scikit_learn_calibrates_it(rows) -> None:
    calibrated = CalibratedClassifierCV(StanceClassifier(min_df=1), cv=3).fit(*rows)
    np.testing.assert_allclose(calibrated.predict_proba(rows[0]).sum(axis=1), 1)


def test_the_checks_for_all_estimators_say_that_texts_are_needed() -> None:
    """scikit-learn has no rows of texts for its checks: beyond cloning it skips them all."""
    with pytest.warns(SkipTestWarning, match="requires input"):
        check_estimator(StanceClassifier())


class OnNumbers(ClassifierMixin, StanceClassifier, BaseEstimator):
    """The classifier on scikit-learn's tables of numbers: a word for each column and sign, the more often the larger the number is."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> OnNumbers:
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        y = y.astype(int) if y.dtype.kind == "f" else y
        super().fit(self._texts(X), y, sample_weight)
        return self

    def predict(self, X: Any) -> np.ndarray:
        return super().predict(self._read(X))

    def predict_proba(self, X: Any) -> np.ndarray:
        return super().predict_proba(self._read(X))

    def _read(self, X: Any) -> list[str]:
        return self._texts(validate_data(self, X, reset=False)) if self.__sklearn_is_fitted__() else []

    def _texts(self, X: np.ndarray) -> list[str]:
        def word(column: int, number: float) -> str:
            letters = "".join("bcdfghjk"[int(digit, 8)] for digit in oct(column)[2:])
            return (("qu" if number < 0 else "po") + letters + "o ") * min(9, 1 + int(abs(number) * 2))

        return ["".join(word(*cell) for cell in enumerate(row)) for row in X]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.one_d_array = True, False
        return tags


EXPECTED_FAILURES = {
    "check_estimators_unfitted": "NotFittedError is a ValueError and an AttributeError as scikit-learn's, but not that class: scikit-learn need not be installed",
    "check_sample_weight_equivalence_on_dense_data": "the check gives folds of its own as cv, which is a number here",
    "check_fit2d_1sample": "the message on a single label has other words",
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning", "ignore::UserWarning", "ignore::FutureWarning")
@pytest.mark.parametrize(
    ("estimator", "check"),
    list(estimator_checks_generator(OnNumbers(min_df=1), expected_failed_checks=EXPECTED_FAILURES, mark="xfail")),
    ids=lambda value: getattr(getattr(value, "func", value), "__name__", ""),
)
def test_the_checks_pass_on_numbers_as_words(estimator: OnNumbers, check) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)
