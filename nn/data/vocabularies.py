"""Texts as numbers: vocabularies of characters and of words."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.kernels.checks import as_tokens

PAD, UNKNOWN, START, END = SPECIALS = ("<pad>", "<unk>", "<start>", "<end>")

_WORD = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")


def tokenize(text: str) -> list[str]:
    """Words and punctuation of a text, in small letters.

    A word is a run of letters, digits and underscores, with apostrophes and hyphens inside it; every other character is
    a token by itself, but for white space, which is left out.

    Parameters
    ----------
    text: any string.

    Raises ArgumentError for what is none.

    >>> tokenize("Don't go, well-known K2 -- it's 8.611 m!")
    ["don't", 'go', ',', 'well-known', 'k2', '-', '-', "it's", '8', '.', '611', 'm', '!']
    """
    try:
        return _WORD.findall(text.lower())
    except (AttributeError, TypeError) as error:  # bytes have small letters too
        raise ag.errors.ArgumentError(f"tokenize: got a {type(text).__name__}; want a text, a string.") from error


class _Vocabulary(ABC):
    """Tokens and their numbers, which are their places in ``tokens``."""

    kind: ClassVar[str]
    unit: ClassVar[str]
    form: ClassVar[str]  # of a token that fits
    between: ClassVar[str]  # two tokens of a text

    def __init__(self, tokens: Iterable[str]) -> None:
        self.tokens = tuple([tokens] if isinstance(tokens, str) else tokens)
        self._ids: dict[str, int] = {}
        for token in self.tokens:
            if not isinstance(token, str) or not (token in SPECIALS or self._fits(token)):
                raise self._error(
                    f"{token!r:.80} is no {self.unit} ({self.form}, or one of {', '.join(SPECIALS)}). To make a "
                    f"vocabulary of a text, write {type(self).__name__}.from_text(text)"
                )
            if token in self._ids:
                raise self._error(f"{token!r} is there twice, as {self._ids[token]} and as {len(self._ids)}")
            self._ids[token] = len(self._ids)
        if not self.tokens:
            raise self._error("there are no tokens; want one or more")
        self._unknown = self._ids.get(UNKNOWN, -1)
        self._written = np.array([token not in (PAD, START, END) for token in self.tokens])

    @staticmethod
    @abstractmethod
    def _fits(token: str) -> bool:
        """Whether a text could have this token."""

    def index(self, token: str) -> int:
        """The number of a token, such as ``"<end>"``; raises ArgumentError where it is not in the vocabulary.

        >>> CharVocabulary(["<pad>", "a", "b"]).index("b")
        2
        """
        if token not in self._ids:
            remedy = f"; name it when you make it, as in from_text(text, specials=[{token!r}])"
            raise self._error(f"{token!r} is not in it{remedy if token in SPECIALS else ''}")
        return self._ids[token]

    def decode(self, ids: Any) -> str:
        """The text of tokens: (n,) integers -> str.

        ``<pad>``, ``<start>`` and ``<end>`` are left out, ``<unk>`` is written so. Raises DtypeError for other than
        integers, ShapeError for other than one axis, ArgumentError for numbers out of range.

        >>> CharVocabulary(["<pad>", "a", "b"]).decode([2, 1, 1, 0, 0])
        'baa'
        """
        ids = as_tokens(f"{type(self).__name__}.decode", ids, len(self))
        return self.between.join(map(self.tokens.__getitem__, ids[self._written[ids]].tolist()))

    def to_json(self) -> str:
        """The vocabulary as JSON, from which `from_json` makes it again.

        >>> CharVocabulary(["a"]).to_json()
        '{"kind": "characters", "tokens": ["a"]}'
        """
        return json.dumps({"kind": self.kind, "tokens": self.tokens})

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The vocabulary that `to_json` wrote; raises ArgumentError for anything else.

        >>> CharVocabulary.from_json('{"kind": "characters", "tokens": ["a", "b"]}')
        CharVocabulary(2 tokens)
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise cls._error(f"this is no JSON ({error})") from None
        if not isinstance(content, dict) or not isinstance(content.get("tokens"), list):
            raise cls._error('this JSON is no vocabulary; want {"kind": ..., "tokens": [...]}')
        if content.get("kind") != cls.kind:
            raise cls._error(f"this is a vocabulary of {content.get('kind')!r:.80}; want {cls.kind!r}")
        return cls(content["tokens"])

    @classmethod
    def _error(cls, message: str) -> ag.errors.ArgumentError:
        return ag.errors.ArgumentError(f"{cls.__name__}: {message}.")

    @classmethod
    def _check_text(cls, method: str, text: Any) -> None:
        if not isinstance(text, str):
            raise cls._error(
                f"{method}: want a text, a str, got a {type(text).__name__}. Several texts are joined first, as by "
                "'\\n'.join(texts), or taken one by one; bytes are decoded: data.decode()"
            )

    def _no_id(self, token: str, where: str) -> ag.errors.ArgumentError:
        return self._error(
            f"the {self.unit} {token!r}{where} is not among its {len(self):,} tokens. Make the vocabulary of all the "
            f"text, leave the {self.unit} out, or have a token for what is unknown: "
            f"from_text(text, specials=['{UNKNOWN}'])"
        )

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, _Vocabulary) and other.tokens == self.tokens

    def __hash__(self) -> int:
        return hash((self.kind, self.tokens))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} tokens)"


class CharVocabulary(_Vocabulary):
    """Characters and their numbers: str -> (n,) integers, and back.

    Parameters
    ----------
    tokens: the characters, all different, by their numbers. Some of ``<pad>``, ``<unk>``, ``<start>`` and ``<end>`` may
        be among them.

    Raises ArgumentError for other tokens, and for one that is there twice.

    Attributes
    ----------
    tokens: as given, a tuple.

    >>> vocabulary = CharVocabulary.from_text("to be or not to be")
    >>> vocabulary.tokens
    (' ', 'b', 'e', 'n', 'o', 'r', 't')
    >>> vocabulary.encode("not")
    array([3, 4, 6])
    >>> vocabulary.decode([6, 4, 5, 2])
    'tore'
    """

    kind = "characters"
    unit = "character"
    form = "a single one"
    between = ""

    def __init__(self, tokens: Iterable[str]) -> None:
        super().__init__(tokens)
        points = [(ord(token), id) for token, id in self._ids.items() if token not in SPECIALS]
        # By code point; the last entry is for all that are larger.
        self._table = np.full(max((point for point, _ in points), default=0) + 2, self._unknown, np.int64)
        for point, id in points:
            self._table[point] = id

    @classmethod
    def from_text(cls, text: str, *, specials: Sequence[str] = (), min_count: int = 1) -> Self:
        """The vocabulary of a text: the special tokens in their order, then its characters in Unicode's.

        Parameters
        ----------
        text: what will be encoded, or is like it.
        specials: of ``<pad>``, ``<unk>``, ``<start>`` and ``<end>`` those that are wanted.
        min_count: characters that the text has less often are left out; then ``<unk>`` should be among the specials.

        >>> CharVocabulary.from_text("abba!", specials=["<pad>", "<unk>"], min_count=2).tokens
        ('<pad>', '<unk>', 'a', 'b')
        """
        cls._check_text("from_text", text)
        counts = Counter(text)
        return cls([*specials, *sorted(char for char, count in counts.items() if count >= min_count)])

    def encode(self, text: str) -> NDArray[np.int64]:
        """The numbers of a text's characters: str -> (n,), int64.

        Characters that are not in the vocabulary become ``<unk>``; where it has none, they raise an ArgumentError that
        names the first.

        >>> CharVocabulary(["<unk>", "a", "b"]).encode("abc")
        array([1, 2, 0])
        """
        self._check_text("encode", text)
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        ids: NDArray[np.int64] = self._table[np.minimum(points, len(self._table) - 1)]
        if self._unknown < 0 and ids.size and ids.min() < 0:
            where = int(ids.argmin())
            raise self._no_id(text[where], f" at {where:,}")
        return ids

    @staticmethod
    def _fits(token: str) -> bool:
        return len(token) == 1


class WordVocabulary(_Vocabulary):
    """Words and their numbers: str -> (n,) integers, and back with a space between any two.

    Words are those of `nn.data.tokenize`: in small letters, with punctuation as words of their own.

    Parameters
    ----------
    tokens: the words, all different, by their numbers. Some of ``<pad>``, ``<unk>``, ``<start>`` and ``<end>`` may be
        among them.

    Raises ArgumentError for other tokens, and for one that is there twice.

    Attributes
    ----------
    tokens: as given, a tuple.

    >>> vocabulary = WordVocabulary.from_text(["A good film.", "Good, good!"])
    >>> vocabulary.tokens
    ('<pad>', '<unk>', 'good', '!', ',', '.', 'a', 'film')
    >>> vocabulary.encode("A bad film")
    array([6, 1, 7])
    >>> vocabulary.decode([6, 1, 7])
    'a <unk> film'
    """

    kind = "words"
    unit = "word"
    form = "in small letters, as tokenize gives them"
    between = " "

    @classmethod
    def from_text(
        cls,
        text: str | Iterable[str],
        *,
        specials: Sequence[str] = (PAD, UNKNOWN),
        min_count: int = 1,
        max_size: int | None = None,
    ) -> Self:
        """The vocabulary of a text or several: the special tokens in their order, then the words, frequent ones first.

        Parameters
        ----------
        text: what will be encoded, or is like it.
        specials: of ``<pad>``, ``<unk>``, ``<start>`` and ``<end>`` those that are wanted.
        min_count: words that are rarer are left out. Words that are equally frequent are in alphabetical order.
        max_size: of the vocabulary, the special tokens included; None for no limit.

        >>> WordVocabulary.from_text("the cat and the dog and the bird", specials=["<unk>"], max_size=3).tokens
        ('<unk>', 'the', 'and')
        """
        counts: Counter[str] = Counter()
        for part in [text] if isinstance(text, str) else text:
            counts.update(tokenize(part))
        if max_size is not None and max_size < len(specials):
            raise cls._error(f"max_size={max_size} has no room for {len(specials)} special tokens")
        words = sorted((word for word in counts if counts[word] >= min_count), key=lambda word: (-counts[word], word))
        return cls([*specials, *words][:max_size])

    def encode(self, text: str) -> NDArray[np.int64]:
        """The numbers of a text's words: str -> (n,), int64.

        Words that are not in the vocabulary become ``<unk>``; where it has none, they raise an ArgumentError that names
        the first.

        >>> WordVocabulary(["hello", "world", "!"]).encode("Hello, world!")
        Traceback (most recent call last):
            ...
        autograd.errors.ArgumentError: WordVocabulary: the word ',' is not among its 3 tokens. ...
        """
        self._check_text("encode", text)
        words = tokenize(text)
        ids = np.array([self._ids.get(word, self._unknown) for word in words], np.int64)
        if self._unknown < 0 and ids.size and ids.min() < 0:
            raise self._no_id(words[int(ids.argmin())], "")
        return ids

    @staticmethod
    def _fits(token: str) -> bool:
        return tokenize(token) == [token]
