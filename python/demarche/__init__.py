"""Finds who said what in news articles, and labels diplomatic statements as warning, conciliatory or neutral.

>>> from demarche import StanceClassifier
>>> classifier = StanceClassifier.embedded()
>>> classifier.predict(["Moscow is ready to resume the talks, the ministry said."]).tolist()
['conciliatory']
"""

from importlib.metadata import version as _version

from ._classifier import Counterfactual, Evidence, Explanation, StanceClassifier, Texts
from ._errors import DataError, DemarcheError, ModelError, NotFittedError, ParameterError
from ._extract import AttributedStatement, extract

__version__ = _version("demarche")

__all__ = [
    "AttributedStatement",
    "Counterfactual",
    "DataError",
    "DemarcheError",
    "Evidence",
    "Explanation",
    "ModelError",
    "NotFittedError",
    "ParameterError",
    "StanceClassifier",
    "Texts",
    "extract",
]
