"""The classifier with the manners of scikit-learn, which need not be installed."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _demarche
from ._errors import DataError, NotFittedError, ParameterError


class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...


class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


Texts = Iterable[str] | _ArrowArray | _ArrowStream | NDArray[np.str_] | NDArray[np.object_]
"""Texts: a list, a tuple or another iterable of ``str``, a NumPy array, a Series of pandas or polars, a column of pyarrow."""


class Evidence(TypedDict):
    """One term's part in a prediction."""

    words: str
    """The term as the text has it."""
    term: str
    """The term as the model has it."""
    spans: list[tuple[int, int]]
    """Where it stands, in characters."""
    contributions: dict[str, float]
    """What it adds to the logit of each label."""


class Counterfactual(TypedDict):
    """The fewest words without which the stance would be another."""

    removed: list[str]
    spans: list[tuple[int, int]]
    text: str
    """What is left."""
    stance: str
    confidence: float
    probabilities: dict[str, float]
    is_smallest: bool
    """Whether it is proven that fewer words do not do it."""


class Explanation(TypedDict):
    """Why a text has its stance: ``logits`` are ``intercept`` plus all ``contributions`` of ``evidence``."""

    text: str
    stance: str
    confidence: float
    probabilities: dict[str, float]
    logits: dict[str, float]
    """Before calibration."""
    intercept: dict[str, float]
    evidence: list[Evidence]
    """The terms of the text, the one that tells the labels apart most first."""
    counterfactual: Counterfactual | None


class StanceClassifier:
    """Labels texts: tokens, stems, TF-IDF and a multinomial logistic model, fitted in about a second.

    Texts are lists, tuples or other iterables of ``str``, NumPy arrays, pandas and polars Series, and whatever has the Arrow C data
    interface, such as pyarrow's arrays. Labels are texts too, or whole numbers and truth values, whose names the model keeps. Arrow columns are read where they lie, without a copy. Other Python threads run on while this one works, on
    all cores (``RAYON_NUM_THREADS`` sets another number).

    The parameters have scikit-learn's names and meanings where scikit-learn has them, and the defaults of ``demarche train``.

    Parameters
    ----------
    C
        The inverse of the penalty on weights: larger fits closer.
    ngram_range
        Shortest and longest term, in words.
    min_df, max_df
        Leaves out terms in fewer or more texts: an integer is a number of texts, a float a share.
    max_features
        Keeps only so many terms, the most frequent ones.
    sublinear_tf
        Counts a term that stands n times 1 + ln n times.
    use_idf
        Weighs rare terms more.
    stop_words
        ``"english"`` leaves out stop words (never negations), ``None`` keeps them.
    class_weight
        ``"balanced"``, ``None``, or a weight for each label.
    solver
        ``"dual"``: coordinate descent on sparse rows; ``"linfa"``: L-BFGS on dense rows, for small data.
    tol, max_iter
        When the solver may and must stop.
    random_state
        Where random order (of folds and sweeps) starts; ``None`` is 0: equal data always give an equal model.
    language
        The stemmer's language, or ``"none"``. In other languages than English names and stop words are kept.
    skip_names, skip_numbers
        Keeps names of countries and persons, and numbers, from being evidence.
    negation_window
        Pairs a negation with so many words behind it.
    cv
        Folds of cross-validation whose scores, calibration and prediction sets the model carries; 0 for none.
    calibration
        How probabilities are calibrated on the rows that those folds held out: ``"temperature"``, ``"vector"`` or ``None``.

    Examples
    --------
    >>> texts = ["We will answer with force.", "They will pay for this.", "We welcome the talks.", "We are ready to talk."]
    >>> labels = ["warning", "warning", "conciliatory", "conciliatory"]
    >>> classifier = StanceClassifier(min_df=1, C=10).fit(texts, labels)
    >>> classifier.predict(["We are ready for talks."]).tolist()
    ['conciliatory']
    """

    _model: _demarche.Classifier | None = None
    _numbers: NDArray[Any] | None = None

    def __init__(
        self,
        *,
        C: float = 4.0,
        ngram_range: tuple[int, int] = (1, 2),
        min_df: int | float = 2,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        sublinear_tf: bool = True,
        use_idf: bool = True,
        stop_words: Literal["english"] | None = "english",
        class_weight: Mapping[str, float] | Literal["balanced"] | None = "balanced",
        solver: Literal["dual", "linfa"] = "dual",
        tol: float = 1e-5,
        max_iter: int = 1000,
        random_state: int | None = None,
        language: str = "english",
        skip_names: bool = True,
        skip_numbers: bool = True,
        negation_window: int = 4,
        cv: int = 0,
        calibration: Literal["temperature", "vector"] | None = "temperature",
    ) -> None:
        self.C = C
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.sublinear_tf = sublinear_tf
        self.use_idf = use_idf
        self.stop_words = stop_words
        self.class_weight = class_weight
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.language = language
        self.skip_names = skip_names
        self.skip_numbers = skip_numbers
        self.negation_window = negation_window
        self.cv = cv
        self.calibration = calibration

    @classmethod
    def embedded(cls) -> StanceClassifier:
        """The model that ships with the package: English, with the labels ``warning``, ``conciliatory`` and ``neutral``.

        Takes some milliseconds: keep the classifier.
        """
        return cls._of(_demarche.Classifier.embedded())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> StanceClassifier:
        """Reads a model file, of Python or of ``demarche train``.

        The parameters are what the file tells of them; the others (``tol``, ``max_iter``, ``random_state``, ``calibration``, weights by label) have their defaults.

        Raises
        ------
        ModelError
            If the file is not a model, is cut short, damaged or of a newer format.
        OSError
            If it cannot be read.
        """
        return cls._of(_demarche.Classifier.load(path))

    @classmethod
    def _of(cls, model: _demarche.Classifier) -> StanceClassifier:
        classifier = cls(**model.parameters())
        classifier._model = model
        return classifier

    def fit(self, X: Texts, y: Texts, sample_weight: ArrayLike | None = None) -> StanceClassifier:
        """Fits a model on texts and their labels; equal data and parameters give an equal model, byte for byte.

        Raises
        ------
        DataError
            If a text or a label is missing, empty or no ``str``, texts and labels differ in number, or there is only one label.
        ParameterError
            If a parameter makes no sense, or leaves no term to learn from.
        """
        weights = None if sample_weight is None else _numbers_of(sample_weight)
        params = self.get_params()
        numbers = _whole_numbers(y)
        if numbers is not None:
            y = [str(number) for number in numbers.tolist()]
            if isinstance(self.class_weight, Mapping):
                params["class_weight"] = {str(label): weight for label, weight in self.class_weight.items()}
        self._model = _demarche.Classifier.fit(params, X, y, weights)
        self._numbers = None if numbers is None else np.unique(numbers)
        return self

    def predict(self, X: Texts) -> NDArray[Any]:
        """The label of each text."""
        positions = self._fitted.predict(X)
        labels: NDArray[Any] = self.classes_[np.argsort(self._columns)].take(positions)
        return labels

    def predict_proba(self, X: Texts) -> NDArray[np.float64]:
        """The probability of each label: an array of texts × labels, in the order of :attr:`classes_`; rows add up to 1."""
        probabilities = self._fitted.predict_proba(X)
        return probabilities if self._numbers is None else probabilities[:, self._columns]

    def explain(self, text: str) -> Explanation:
        """Which words of ``text`` pushed to which label, how hard, and what would change its stance.

        >>> explanation = StanceClassifier.embedded().explain("They rejected the offer.")
        >>> explanation["evidence"][0]["words"]
        'rejected'
        """
        return self._fitted.explain(text)

    def score(self, X: Texts, y: Texts, sample_weight: ArrayLike | None = None) -> float:
        """The share of texts that get the label that they have."""
        predicted = self.predict(X)
        truth = np.asarray(y if hasattr(y, "__len__") else list(y))  # type: ignore[arg-type]
        if truth.shape != predicted.shape:
            raise DataError(f"labels: {truth.size} given, {predicted.size} needed")
        weights = None if sample_weight is None else _numbers_of(sample_weight)
        return float(np.average(predicted == truth, weights=weights))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a model file, which ``demarche predict --model`` reads too: aside, then renamed, so that a failure leaves what was there."""
        self._fitted.save(path)

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, ascending: the columns of :meth:`predict_proba`."""
        labels = self._fitted.labels()
        return np.array(labels, dtype=np.str_) if self._numbers is None else self._numbers

    @property
    def n_iter_(self) -> int:
        """Sweeps (or steps) that the solver took."""
        iterations: int = self.card_["classifier"]["iterations"]
        return iterations

    @property
    def _columns(self) -> NDArray[np.intp]:
        """Where the model, whose labels are names in their order, has each of :attr:`classes_`."""
        names = self._fitted.labels()
        return np.array([names.index(str(label)) for label in self.classes_.tolist()], dtype=np.intp)

    @property
    def card_(self) -> dict[str, Any]:
        """What the model says of itself: options, training data, scores."""
        card: dict[str, Any] = json.loads(self._fitted.card())
        return card

    @property
    def _fitted(self) -> _demarche.Classifier:
        if self._model is None:
            raise NotFittedError(
                "this StanceClassifier is not fitted yet; call fit, or take StanceClassifier.embedded() or .load(path)"
            )
        return self._model

    # What scikit-learn asks of an estimator.

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; ``deep`` changes nothing: no parameter has parameters of its own."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **params: Any) -> StanceClassifier:
        """Sets parameters by name; they count from the next :meth:`fit` on."""
        names = self._parameter_names()
        for name in params:
            if name not in names:
                raise ParameterError(f"there is no parameter {name!r}; the parameters are {', '.join(names)}")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        values = self.get_params().items()
        changed = [f"{name}={value!r}" for name, value in values if repr(value) != repr(defaults[name].default)]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        return self._model is not None

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags  # type: ignore[import-untyped,unused-ignore]

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(one_d_array=True, two_d_array=False, string=True),
        )


def _whole_numbers(labels: Any) -> NDArray[Any] | None:
    """Labels that are whole numbers or truth values, such as scikit-learn's meta-estimators make of names."""
    try:
        numbers = np.asarray(labels)
    except (TypeError, ValueError):
        return None
    return numbers if numbers.ndim == 1 and numbers.dtype.kind in "biu" else None


def _numbers_of(weights: ArrayLike) -> list[float]:
    try:
        numbers = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"the weights are no numbers: {error}") from None
    if numbers.ndim != 1:
        raise DataError(f"the weights are a table of {numbers.ndim} dimensions, one number for each text is needed")
    listed: list[float] = numbers.tolist()
    return listed
