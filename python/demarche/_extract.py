"""From an article to attributed statements."""

from __future__ import annotations

from typing import Literal, TypedDict

from . import _demarche


class AttributedStatement(TypedDict):
    """What an article reports a source to have said; places are characters of the article, so that ``article[start:end]`` works."""

    speaker: str | None
    """Who said it: the fullest name in the article, else the description. ``None`` where the article names nobody."""
    mention: str | None
    """The words for the speaker at this place: "she", "the minister"."""
    cue: str | None
    """The verb or phrase that reports: "warned", "according to"."""
    kind: Literal["direct", "indirect", "mixed"]
    """Whether the words are the speaker's own."""
    text: str
    """What was said; the pieces with a space between them."""
    start: int
    """The first character of the first piece."""
    end: int
    """One past the last character of the last piece."""
    spans: list[tuple[int, int]]
    """The pieces, in order."""
    confidence: float
    """How often statements found in the same way were right on annotated news."""
    statement_text: str
    """The words to give to :meth:`StanceClassifier.predict`: the whole sentence, or speaker, cue and content."""


def extract(article: str) -> list[AttributedStatement]:
    """The attributed statements of an English news article, plain text or Markdown: who said what.

    >>> statements = extract("The minister arrived. She warned that time was short.")
    >>> [(s["mention"], s["cue"], s["text"]) for s in statements]
    [('She', 'warned', 'time was short')]

    Raises
    ------
    DataError
        If ``article`` is not a ``str``, or has lone surrogates.
    """
    return _demarche.extract(article)
