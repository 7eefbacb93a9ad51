"""What can go wrong. What the operating system refuses is an ``OSError``, as everywhere in Python."""

from __future__ import annotations


class DemarcheError(ValueError):
    """Any error of this package; its text is one sentence that starts with the place and ends with the remedy."""

    __module__ = "demarche"


class DataError(DemarcheError):
    """Texts or labels that cannot be used."""

    __module__ = "demarche"

    row: int | None = None
    """The row, counted from 1, if it is the fault of one."""


class ParameterError(DemarcheError):
    """A parameter with a value that makes no sense, by itself or for these data."""

    __module__ = "demarche"


class ModelError(DemarcheError):
    """A model that is empty, cut short, damaged, of a newer format, or none at all."""

    __module__ = "demarche"


class NotFittedError(DemarcheError, AttributeError):
    """A classifier was asked before it was fitted or loaded."""

    __module__ = "demarche"
