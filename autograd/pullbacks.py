"""Derivative rules, made ready to be called: what a node keeps, and the gradients from it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from copy import copy
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd.errors import RuleError

if TYPE_CHECKING:
    from autograd.nodes import Node
    from autograd.primitives import Primitive


class Rule(NamedTuple):
    """A derivative rule, for one argument or jointly for several, and the names of its parameters."""

    function: Callable[..., Any]
    parameters: tuple[str, ...]
    of: tuple[str, ...]
    joint: bool


def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of a function's parameters: at once for Python functions, since an import asks it for every rule.

    >>> parameter_names(lambda g, x: g)
    ('g', 'x')
    """
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__"):
        return tuple(inspect.signature(function).parameters)
    return tuple(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def declared(function: Callable[..., Any]) -> tuple[dict[str, Any], list[str], list[str]]:
    """A function's parameters with their defaults, the name of ``*operands`` among them, the keyword-only ones.

    >>> declared(lambda x, *others, axis=0: x)
    ({'x': <class 'inspect._empty'>, 'others': <class 'inspect._empty'>, 'axis': 0}, ['others'], ['axis'])
    """
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__"):
        kinds = inspect.signature(function).parameters
        variadic = [name for name, p in kinds.items() if p.kind is p.VAR_POSITIONAL]
        by_name = [name for name, p in kinds.items() if p.kind is p.KEYWORD_ONLY]
        return {name: p.default for name, p in kinds.items()}, variadic, by_name
    names, count, by_name_count = code.co_varnames, code.co_argcount, code.co_kwonlyargcount
    positional, by_name = names[:count], list(names[count : count + by_name_count])
    variadic = [names[count + by_name_count]] if code.co_flags & inspect.CO_VARARGS else []
    parameters = dict.fromkeys((*positional, *variadic, *by_name), inspect.Parameter.empty)
    defaults = function.__defaults__ or ()
    parameters.update(zip(positional[count - len(defaults) :], defaults, strict=True))
    parameters.update(function.__kwdefaults__ or {})
    return parameters, variadic, by_name


def _shape(x: Any) -> tuple[int, ...]:
    return x.shape if x.__class__ is np.ndarray else np.shape(x)


_FACTS = {
    "_shape": _shape,
    "_dtype": np.result_type,
    "_each_shape": lambda arrays: tuple([np.shape(array) for array in arrays]),
    "_each_dtype": lambda arrays: tuple([np.result_type(array) for array in arrays]),
}


class Pullback:
    """One primitive's derivative with respect to some of its arguments, as the backward pass calls it.

    ``keep(*arguments, out, saved)`` gives the tuple that a node keeps, with the names ``keeps``; ``run(g, kept)``
    the gradients, one for each edge, in the order of ``wanted``. Both are compiled to plain expressions over
    positions, since calls with names would double the cost of a small operation.
    """

    __slots__ = ("_is_view", "_of_parts", "_of_view", "keep", "keeps", "primitive", "run", "takes_parts", "wanted")

    def __init__(self, primitive: Primitive, wanted: tuple[str, ...], keeps: tuple[str, ...] | None = None) -> None:
        self.primitive = primitive
        rules = list(dict.fromkeys(self._rule(name) for name in wanted))
        self.wanted = wanted
        if keeps is None:
            needs = [p for rule in rules for p in rule.parameters if p not in ("g", "wanted")]
            if primitive.reference is not None:
                needs += primitive.parameters  # the twin is differentiated under create_graph
            sequences = [f"{name}_mask" for name in wanted if name in primitive.sequences]
            keeps = tuple(dict.fromkeys([*needs, *sequences]))
        self.keeps = keeps
        self.keep = self._compile_keep()
        self.run = self._compile_run(rules)
        self.takes_parts = False
        self._is_view = False
        self._of_parts: Pullback | None = None
        self._of_view: Pullback | None = None

    def of_parts(self) -> Pullback:
        """The same for a primitive of several results: its rules get a tuple of gradients."""
        if self._of_parts is None:
            run = self.run
            self._of_parts = copy(self)
            self._of_parts.run = lambda g, kept: run(g.as_tuple(), kept)
            self._of_parts.takes_parts = True
        return self._of_parts

    def name_of(self, node: Node) -> str:
        """The name of the operation that made ``node``."""
        return self.primitive.name

    def of_view(self) -> Pullback:
        """The same for a result that was seen to lie in the memory of an argument."""
        if self._of_view is None:
            self._of_view = copy(self)
            self._of_view._of_parts = None
            self._of_view._is_view = True
        return self._of_view

    def makes_view(self, node: Node) -> bool:
        """Whether the result of ``node`` lies in the memory of an argument."""
        view = self.primitive.view
        if callable(view):
            return view(dict(zip(self.keeps, node.kept, strict=False)))
        return self._is_view if view is None else view

    def arguments_of(self, node: Node) -> tuple[str, ...]:
        """For each edge of ``node``, which argument of the primitive it feeds: a sequence of tensors has several."""
        extra = len(node.inputs) - len(self.wanted)
        if extra == 0:
            return self.wanted
        place = next(i for i, name in enumerate(self.wanted) if name in self.primitive.sequences)
        return (*self.wanted[:place], *([self.wanted[place]] * (extra + 1)), *self.wanted[place + 1 :])

    def narrowed(self, wanted: tuple[str, ...]) -> Pullback:
        """The same for some of the wanted arguments alone, for a node that keeps what this one asked for."""
        narrowed = self.primitive.pullback(wanted, self.keeps)
        return narrowed if not self.takes_parts else narrowed.of_parts()

    def _rule(self, argument: str) -> Rule:
        rule = self.primitive.rules.get(argument)
        if rule is None:
            name = self.primitive.name
            raise RuleError(
                f"{name}: a gradient is wanted for its argument {argument}, for which no rule is declared. Give one, "
                f"{name}.vjp({argument}=lambda g, ...: ...), or say that there is none, {name}.vjp({argument}=None)."
            )
        return rule

    def _title(self, rule: Rule) -> str:
        return f"{self.primitive.name}.vjp({', '.join(f'{name}=...' for name in rule.of)})"

    def _compile_keep(self) -> Callable[..., tuple[Any, ...]]:
        sources: dict[str, str] = {}
        for name in self.primitive.parameters:
            each = "_each" if name in self.primitive.sequences else ""
            sources |= {name: name, f"{name}_shape": f"{each}_shape({name})", f"{name}_dtype": f"{each}_dtype({name})"}
            sources[f"{name}_mask"] = f"{name}_mask"
        masks = [f"{name}_mask=None" for name in self.primitive.parameters if name in self.primitive.sequences]
        parameters = ", ".join([*self.primitive.parameters, "out", "saved", *masks])
        items = "".join(f"{sources.get(name, name)}, " for name in self.keeps)
        keep: Callable[..., tuple[Any, ...]] = eval(f"lambda {parameters}: ({items})", _FACTS)
        return keep

    def _compile_run(self, rules: list[Rule]) -> Callable[[Any, tuple[Any, ...]], Sequence[Any]]:
        names: dict[str, Any] = {"pick": _pick}
        parts = []
        for number, rule in enumerate(rules):
            names[f"rule{number}"] = rule.function
            arguments = []
            for parameter in rule.parameters:
                if parameter == "g":
                    arguments.append("g")
                elif parameter == "wanted":
                    arguments.append(repr(tuple(name in self.wanted for name in rule.of)))
                else:
                    arguments.append(f"kept[{self.keeps.index(parameter)}]")
            call = f"rule{number}({', '.join(arguments)})"
            if rule.joint:
                mask = tuple(name in self.wanted for name in rule.of)
                parts.append(f"*pick({call}, {mask}, {self._title(rule)!r})")
            elif rule.of[0] in self.primitive.sequences:
                mask_place = self.keeps.index(f"{rule.of[0]}_mask")
                parts.append(f"*pick({call}, kept[{mask_place}], {self._title(rule)!r})")
            else:
                parts.append(call)
        made = [name for rule in rules for name in rule.of if name in self.wanted]
        gradients = f"({', '.join(parts)},)"
        if made != list(self.wanted):  # a joint rule names its arguments in an order of its own
            names["reorder"] = itemgetter(*(made.index(name) for name in self.wanted))
            gradients = f"reorder({gradients})"
        run: Callable[[Any, tuple[Any, ...]], Sequence[Any]] = eval(f"lambda g, kept: {gradients}", names)
        return run


def _pick(gradients: Sequence[Any], mask: Sequence[bool], title: str) -> list[Any]:
    """Those of a rule's several gradients that are wanted."""
    if len(gradients) != len(mask):
        raise RuleError(f"{title}: the rule returned {len(gradients)} gradients for {len(mask)} arguments.")
    return [gradient for gradient, wanted in zip(gradients, mask, strict=True) if wanted]


class Parts(dict[int, Any]):
    """Gradients of some of a primitive's results, by place; those that nobody used are missing."""

    def __init__(self, gradients: dict[int, Any], count: int) -> None:
        super().__init__(gradients)
        self.count = count

    def __add__(self, other: Parts) -> Parts:
        both = {place: self[place] + other[place] for place in self.keys() & other.keys()}
        return Parts({**self, **other, **both}, self.count)

    def as_tuple(self) -> tuple[Any, ...]:
        """A gradient, or None, for each result."""
        return tuple([self.get(place) for place in range(self.count)])


class _Part:
    """Takes the place of a primitive in the nodes of single results of several."""

    name = "part"
    elementwise = False
    reference = None
    parameters = ("results",)
    sequences: frozenset[str] = frozenset()


class _PartPullback:
    """Hands the gradient of one result on to the node that made them all; ``kept`` is its place and their count."""

    primitive = _Part()
    wanted = ("results",)
    keeps = ("place", "count")

    @staticmethod
    def name_of(node: Node) -> str:
        return str(node.inputs[0].name)

    @staticmethod
    def makes_view(node: Node) -> bool:
        return bool(node.inputs[0].is_view)

    @classmethod
    def arguments_of(cls, node: Node) -> tuple[str, ...]:
        return cls.wanted

    @staticmethod
    def run(g: Any, kept: tuple[int, int]) -> tuple[Parts]:
        return (Parts({kept[0]: g}, kept[1]),)


PART: Any = _PartPullback()
