"""`@primitive` and `elementwise`: functions with derivative rules, and how a call of one is recorded.

A rule is written once, in NumPy. Its parameters say what is kept for it:

- ``g`` the incoming gradient, ``out`` the result (tuples of both, where there are several results),
- an argument of the forward function by its name, ``x_shape`` and ``x_dtype`` only that of ``x``,
- ``saved`` what the forward function handed on by returning ``(out, saved)``,
- ``wanted``, in a joint rule, which of its gradients are.
"""

from __future__ import annotations

import inspect
import operator as operators
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.calls import binary_call, general_call, unary_call
from autograd.docstrings import completed, of_a_row
from autograd.errors import RuleError, operation_failed
from autograd.pullbacks import Pullback, Rule, declared, parameter_names
from autograd.registry import ops
from autograd.tensors import Tensor


class Primitive:
    """A differentiable function: how it is computed, its rules, and what property tests must know of it.

    Attributes
    ----------
    name, key: its own name, and the one it has in ``ag.ops``.
    function: what users call.
    forward: what computes it from arrays.
    parameters, defaults: of ``forward``.
    rules: argument name -> its Rule, or None where it has no derivative.
    recorded: the Rule that `recorded_vjp` gave for passes that are recorded, or None.
    numpy, also: the NumPy function that it answers for, if any, and the names of others of the same meaning.
    elementwise: whether arguments broadcast, so that the engine sums gradients back to their shapes.
    reference: the same function composed of other primitives, for one whose rules work on arrays alone.
    surrogate: a function whose derivative the rules are meant to have in place of its own.
    sequences, variadic, by_name: arguments that are lists of tensors, whether one is ``*operands``, keyword-only ones.
    view: whether a result lies in an argument's memory, a function of what is kept that says so, or None: look.
    operands: each argument's place and name, and whether it has a rule: None where that was not declared.
    multiply_adds: counts those of products of arrays, from shapes; None where there are no such products.
    domain, arguments, samples, example: what tests and documentation feed it (see ``autograd.spec``).
    """

    def __init__(self, forward: Callable[..., Any], name: str, parameters: Mapping[str, Any], **facts: Any) -> None:
        self.forward = forward
        self.name = name
        self.module = facts.pop("module")
        self.parameters = tuple(parameters)
        self.defaults = {key: value for key, value in parameters.items() if value is not inspect.Parameter.empty}
        self.numpy: Callable[..., Any] | None = facts.pop("numpy", None)
        self.also: tuple[str, ...] = facts.pop("also", ())
        self.elementwise: bool = facts.pop("elementwise", False)
        self.sequences: frozenset[str] = frozenset(facts.pop("sequences", ()))
        self.variadic: bool = facts.pop("variadic", False)
        self.reference: Callable[..., Any] | None = facts.pop("reference", None)
        self.surrogate: Callable[..., Any] | None = facts.pop("surrogate", None)
        self.multiply_adds: Callable[..., int | None] | None = facts.pop("multiply_adds", None)
        self.domain: Any = facts.pop("domain", None)
        self.arguments: dict[str, Any] = facts.pop("arguments", None) or {}
        self.samples: Callable[..., Any] | None = facts.pop("samples", None)
        self.example: tuple[Any, ...] | None = facts.pop("example", None)
        self.rules: dict[str, Rule | None] = {}
        self.recorded: Rule | None = None
        self.saves = False
        self.by_name: frozenset[str] = frozenset(facts.pop("by_name", ()))
        self.view: bool | Callable[[dict[str, Any]], bool] | None = facts.pop("view", False if self.is_ours else None)
        self.operands: list[tuple[int, str, bool | None]] = []
        self.function: Callable[..., Any]
        self._pullbacks: dict[tuple[tuple[str, ...], tuple[str, ...] | None], Pullback] = {}
        if not self.parameters:
            raise RuleError(
                f"primitive {name}: it takes no arguments; want a function of arrays, such as lambda x: x * x."
            )
        if facts:
            raise RuleError(f"primitive {name}: no option {', '.join(facts)}.")
        for reserved in ("g", "out", "saved", "wanted"):
            if reserved in self.parameters:
                raise RuleError(
                    f"primitive {name}: rules give {reserved!r} a meaning of their own; rename the argument, or "
                    f"wrap the function: lambda x: {name}(x)."
                )
        self._check_reference()
        self._check_multiply_adds()
        self._declared()

    @property
    def is_ours(self) -> bool:
        """Whether it belongs to the library's own tables, so that it is a function of ``autograd``."""
        return str(self.module).startswith("autograd.rules.")

    @property
    def key(self) -> str:
        """Its name in ``ag.ops``."""
        return self.name if self.is_ours else f"{self.module}.{self.name}"

    def __repr__(self) -> str:
        return f"<primitive {self.name}({', '.join(self.parameters)})>"

    # --- declaring rules ------------------------------------------------------------------------------

    def vjp(self, **rules: Callable[..., Any] | None) -> None:
        """Give each argument its rule, or None where it has no derivative.

        Raises RuleError for a misspelt or missing argument and for a rule's unknown parameter.
        """
        for argument, rule in rules.items():
            self._check_argument(argument)
            self.rules[argument] = None if rule is None else self._checked(rule, (argument,), joint=False)
        missing = [p for p in self.parameters if p not in self.rules and p not in self.defaults]
        if missing:
            raise RuleError(
                f"{self.name}.vjp: no rule for {', '.join(missing)}; give one, or write {missing[0]}=None if it "
                "has no derivative."
            )
        self._declared()

    def joint_vjp(
        self, *arguments: str, **others: Callable[..., Any] | None
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate one rule that returns the gradients of several arguments, in the order named.

        Its parameter ``wanted`` is a tuple of booleans; an unwanted gradient may be returned as None. ``others``
        are rules of the remaining arguments, which may also be given by `vjp` afterwards.
        """

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            for argument in arguments:
                self._check_argument(argument)
            self.rules.update(dict.fromkeys(arguments, self._checked(function, arguments, joint=True)))
            if others:
                self.vjp(**others)
            self._declared()
            return function

        return declare

    def recorded_vjp(self, argument: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate a rule of one argument that works on Tensors, for a primitive whose other rules work on arrays.

        Where a pass is recorded and no other gradient is wanted, it is used in place of the reference, whose derivative
        may take many more operations than the formula of the gradient does. Raises RuleError as `vjp` does.

        >>> import autograd as ag, numpy as np
        >>> @ag.primitive(reference=lambda x: x * x * x)
        ... def cube(x):
        ...     return np.power(x, 3)
        >>> cube.vjp(x=lambda g, x: np.multiply(3 * g, np.square(x)))
        >>> again = cube.recorded_vjp("x")(lambda g, x: 3 * g * x * x)
        >>> ag.hvp(cube, (2.0,), (1.0,))
        (np.float32(12.0),)
        """

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            self._check_argument(argument)
            self.recorded = self._checked(function, (argument,), joint=False)
            return function

        return declare

    def _declared(self) -> None:
        """Take note of each argument's place, and whether it has a rule: None where that was not declared."""
        self._pullbacks.clear()
        self.operands = [
            (place, name, self.rules[name] is not None if name in self.rules else None)
            for place, name in enumerate(self.parameters)
        ]

    def _check_reference(self) -> None:
        if self.reference is None:
            return
        missing = [name for name in self.parameters if name not in parameter_names(self.reference)]
        if missing:
            raise RuleError(
                f"primitive {self.name}: its reference does not take {', '.join(missing)}; it must take the same "
                f"arguments by the same names: {', '.join(self.parameters)}."
            )

    def _check_multiply_adds(self) -> None:
        known = {"out_shape", *self.parameters, *(f"{name}_shape" for name in self.parameters)}
        for parameter in () if self.multiply_adds is None else parameter_names(self.multiply_adds):
            if parameter not in known:
                raise RuleError(
                    f"primitive {self.name}: multiply_adds asks for {parameter!r}. It may ask for out_shape, "
                    f"{self.parameters[0]}_shape and the shapes of other arguments, or for an option by its name: "
                    f"{', '.join(self.parameters)}."
                )

    def _check_argument(self, argument: str) -> None:
        if argument not in self.parameters:
            raise RuleError(
                f"{self.name}.vjp: no argument {argument!r}; its arguments are {', '.join(self.parameters)}."
            )

    def _checked(self, function: Callable[..., Any], of: tuple[str, ...], joint: bool) -> Rule:
        parameters = parameter_names(function)
        facts = [f"{p}_{fact}" for p in self.parameters for fact in ("shape", "dtype")]
        known = {"g", "out", "saved", *self.parameters, *facts, *(("wanted",) if joint else ())}
        for parameter in parameters:
            if parameter not in known:
                raise RuleError(
                    f"{self.name}.vjp({of[0]}=...): the rule asks for {parameter!r}, which is not kept for it. It may "
                    f"ask for g, out, saved, {', '.join(self.parameters)}, and {self.parameters[0]}_shape or _dtype."
                )
        self.saves = self.saves or "saved" in parameters
        return Rule(function, parameters, of, joint)

    # --- what a call costs ----------------------------------------------------------------------------

    def count_multiply_adds(self, arguments: Mapping[str, Any], out_shape: tuple[int, ...]) -> int | None:
        """How many multiply-adds of products of arrays a call makes; None where what is given does not tell.

        Parameters
        ----------
        arguments: by name, the shape of each array, and a list of shapes for a sequence of arrays; options, such as
            the subscripts of `einsum`, as they are. What was left out of the call, or is None, is left out.
        out_shape: of the result, or of the first of several.

        >>> import autograd as ag
        >>> ag.ops["matmul"].count_multiply_adds({"x": (2, 3), "y": (3, 4)}, (2, 4))
        24
        >>> ag.ops["tanh"].count_multiply_adds({"x": (2, 3)}, (2, 3))
        0
        """
        if self.multiply_adds is None:
            return 0
        known = {**arguments, **{f"{name}_shape": shape for name, shape in arguments.items()}, "out_shape": out_shape}
        asked = {name: known[name] for name in parameter_names(self.multiply_adds) if name in known}
        try:
            return self.multiply_adds(**asked)
        except (ArithmeticError, LookupError, TypeError, ValueError):  # too little, or shapes of something else
            return None

    # --- what a backward pass needs -------------------------------------------------------------------

    def pullback(self, wanted: tuple[str, ...], keeps: tuple[str, ...] | None = None) -> Pullback:
        """The derivative with respect to the ``wanted`` arguments, compiled once."""
        found = self._pullbacks.get((wanted, keeps))
        if found is None:
            found = self._pullbacks[wanted, keeps] = Pullback(self, wanted, keeps)
        return found

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Sequence[Any]:
        """The arguments of a call in the order of ``parameters``, defaults filled in."""
        parameters = self.parameters
        values = list(args)
        if self.variadic:
            fixed = next(i for i, name in enumerate(parameters) if name in self.sequences)
            values = [*args[:fixed], args[fixed:]]
        rest = parameters[len(values) :]
        if len(values) > len(parameters) - len(self.by_name) or not kwargs.keys() <= set(rest):
            wrong = ", ".join(f"{name}=" for name in kwargs if name not in rest) or f"{len(args)} arguments"
            is_torch = not kwargs.keys().isdisjoint(("dim", "keepdim"))
            also = " Their names are NumPy's: axis= for dim=, keepdims= for keepdim=." if is_torch else ""
            raise TypeError(f"{self.name}() takes {', '.join(parameters)}; it was given {wrong}.{also}")
        for name in rest:
            if name in kwargs:
                values.append(kwargs[name])
            elif name in self.defaults:
                values.append(self.defaults[name])
            else:
                raise TypeError(f"{self.name}() misses its argument {name!r}: it takes {', '.join(parameters)}.")
        for place, name in enumerate(parameters):
            if name in self.sequences and isinstance(values[place], Tensor):
                values[place] = list(values[place])  # a Tensor is the sequence of its rows, as for NumPy
        return values

    def failed(self, values: Sequence[Any], error: Exception) -> Exception:
        """The error to raise where ``forward`` refused ``values``."""
        return operation_failed(self.name, dict(zip(self.parameters, values, strict=False)), error)


# --- declaring ------------------------------------------------------------------------------------------


def primitive(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a function of arrays a primitive: a function of Tensors, to be given derivative rules by ``.vjp``.

    Given Tensors it returns Tensors; given arrays alone, what the function itself returns.

    Parameters
    ----------
    function: computes the result from arrays; it may return a tuple of several, or ``(out, saved)`` where a
        rule asks for ``saved``. What is saved is a constant to a second derivative: a rule that computes with saved
        values of its arguments needs a ``reference``.
    options: by name, any of those that follow.
    numpy: the NumPy function whose calls on Tensors it shall answer.
    also: names of further functions of NumPy of the same meaning, such as ``"linalg.outer"``.
    is_method: whether a function of the library is a method of Tensor; by default if its first parameter is ``x``.
    is_public: whether it is a function of ``autograd``, if it is the library's; False for what only rules call.
    elementwise: whether its arguments broadcast against each other.
    sequences: names of the arguments that are lists of tensors; ``*operands`` is one by itself.
    view: whether the result is a view of an argument's memory, or a function of what is kept that says so; where it is
        None, as it is by default, each call looks.
    reference: the same function composed of other primitives. It makes the rules arrays-only: under
        ``create_graph`` the reference is differentiated in their place.
    surrogate: a function whose derivative the rules are meant to have, as those of a straight-through estimator; checks
        take their differences of it.
    arrays_only: says that the rules work on arrays alone; without a ``reference`` this is an error.
    domain, arguments, samples: what property tests may feed it, see ``autograd.spec``.
    multiply_adds: how many a call makes in products of arrays, for ``count_multiply_adds`` of a `Primitive`: a function
        whose parameters say what it is told, ``x_shape`` of an argument, ``out_shape``, an option by its name; one
        that a call may leave out needs a default. It returns None where these do not tell. By default there are none.
    operator: name of the operator that it is for Tensors, such as ``"matmul"``.

    Raises RuleError where the declaration is wrong, when the module is imported.

    >>> import autograd as ag, numpy as np
    >>> @ag.primitive
    ... def cube(x):
    ...     return x ** 3
    >>> cube.vjp(x=lambda g, x: g * 3 * x ** 2)
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> cube(x).backward(); x.grad
    Tensor(12., dtype=float32)
    """
    if function is None:
        return lambda function: primitive(function, **options)
    if not callable(function) or not hasattr(function, "__name__"):
        raise RuleError(f"primitive({function!r:.60}): want a function of arrays that has a name, as def gives it.")
    operator, is_method = options.pop("operator", None), options.pop("is_method", None)
    is_public = options.pop("is_public", True)
    if options.pop("arrays_only", False) and options.get("reference") is None:
        raise RuleError(
            f"primitive {function.__name__}: rules that work on arrays alone need a reference=, the same function "
            "composed of other primitives, for derivatives of higher order and for tests."
        )
    parameters, variadic, options["by_name"] = declared(function)
    if variadic:
        options |= {"variadic": True, "sequences": (*options.get("sequences", ()), *variadic)}
    record = Primitive(function, function.__name__, parameters, module=function.__module__, **options)
    # The product of two arrays, which both have a rule, is called as operators are: quicker.
    is_product = record.is_ours and record.multiply_adds is not None and len(parameters) == 2 and not record.defaults
    call = binary_call(record) if is_product else general_call(record)
    call.__wrapped__ = function  # type: ignore[attr-defined]
    return publish(record, call, function.__doc__, operator, is_method, is_public)


def elementwise(
    function: Callable[..., Any],
    summary: str = "",
    *,
    operator: str | None = None,
    name: str | None = None,
    domain: Any = None,
    example: tuple[Any, ...] | None = None,
    module: str | None = None,
    surrogate: Callable[..., Any] | None = None,
    **rules: Callable[..., Any] | None,
) -> Any:
    """Make a ufunc of one or two arguments, ``x`` and ``y``, a primitive: one row of a table.

    Parameters
    ----------
    function: the ufunc, or a function of arrays that works elementwise, with arguments ``x`` (and ``y``). A ufunc
        that the library has no rules for answers to its own name from now on, ``np.f(tensor)``.
    summary: one line of what it computes.
    operator: name of the operator that it is for Tensors, such as ``"mul"``; the operator also computes it,
        since on NumPy's scalars it is eight times as fast as the ufunc.
    name: what to call it, if not by the ufunc's own name.
    domain: where property tests may sample, see ``autograd.spec``; a tuple gives each argument its own.
    example: arguments, value and derivatives at a point, for the docstring (and its doctest).
    module: where it belongs, if not to the module that declares it.
    surrogate: a function whose derivative the rules are meant to have in place of its own, for checks.
    rules: for each argument, by its name; None where it has no derivative.

    Raises RuleError for a function without a name that can be written, one of other than one or two arguments or of
    several results, a name of no operator, and for a rule that is missing, that belongs to no argument, or that asks
    for what is not kept.

    >>> import autograd as ag, numpy as np
    >>> softsign = ag.elementwise(
    ...     lambda x: x / (1 + np.abs(x)), name="softsign", x=lambda g, out: g * (1 - np.abs(out)) ** 2
    ... )
    >>> x = ag.tensor(1.0, requires_grad=True)
    >>> softsign(x).backward(); x.grad
    Tensor(0.25, dtype=float32)
    """
    is_ufunc = isinstance(function, np.ufunc)
    name = name or str(getattr(function, "__name__", function))
    if not name.isidentifier():
        raise RuleError(f"elementwise({name}): a function without a name of its own needs one, name=.")
    parameters = _of_each_element(function, name)
    module = module or _caller()
    record = Primitive(
        getattr(operators, operator, function) if operator else function,
        name,
        dict.fromkeys(parameters, inspect.Parameter.empty),
        module=module,
        numpy=function if is_ufunc and _may_answer_for(function, module) else None,
        elementwise=True,
        domain=domain,
        example=example,
        surrogate=surrogate,
    )
    record.vjp(**rules)
    if None in record.rules.values():
        call = general_call(record)
    else:
        call = unary_call(record) if len(parameters) == 1 else binary_call(record)
    return publish(record, call, of_a_row(record, summary), operator)


def _of_each_element(function: Callable[..., Any], name: str) -> tuple[str, ...]:
    """The arguments of a function that can be elementwise: one or two of them, and one result."""
    if not callable(function):
        raise RuleError(f"elementwise({name}): {function!r:.60} is no function; want a ufunc, or a function of arrays.")
    if not isinstance(function, np.ufunc):
        parameters = parameter_names(function)
    elif function.nout > 1 or function.signature:
        what = f"has {function.nout} results" if function.nout > 1 else f"takes whole axes, {function.signature}"
        raise RuleError(f"elementwise({name}): the ufunc {what}; declare a function that calls it by @ag.primitive.")
    else:
        parameters = ("x", "y", "z")[: function.nin]
    if len(parameters) not in (1, 2):
        raise RuleError(
            f"elementwise({name}): it takes {len(parameters)} arguments; want x, or x and y. Declare a function of "
            "others by @ag.primitive(elementwise=True)."
        )
    return parameters


def _may_answer_for(ufunc: Callable[..., Any], module: str) -> bool:
    """Whether Tensors may go by rules of ``module`` for a ufunc: not where the library has its own for it."""
    known: Any = ops.by_numpy.get(ufunc)
    return known is None or module.startswith("autograd.rules.") or not known.primitive.is_ours


def _caller() -> str:
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None and frame.f_back.f_back is not None
    return str(frame.f_back.f_back.f_globals["__name__"])


def publish(
    record: Primitive,
    call: Callable[..., Any],
    doc: str | None,
    operator: str | None,
    is_method: bool | None = None,
    is_public: bool = True,
) -> Callable[..., Any]:
    """Dress a call as the function that users see, and enter it in the registry."""
    if operator is not None and not hasattr(operators, f"__{operator}__"):
        raise RuleError(
            f"{record.name}: operator={operator!r} is none of Python's; want one such as 'mul' or 'matmul'."
        )
    function: Any = call
    function.__name__ = function.__qualname__ = record.name
    function.__module__ = record.module
    function.__doc__ = completed(doc, record) if doc and record.is_ours else doc
    function.primitive = record
    function.vjp = record.vjp
    function.joint_vjp = record.joint_vjp
    function.recorded_vjp = record.recorded_vjp
    record.function = function
    ops.enter(record, record.parameters[0] == "x" if is_method is None else is_method, is_public)
    if operator is not None:
        _enter_operator(record, operator)
    return call


def _enter_operator(record: Primitive, operator: str) -> None:
    function = record.function
    if len(record.parameters) == 1:
        ops.enter_operator(operator, function)
        return

    def reflected(y: Any, x: Any) -> Any:
        return function(x, y)

    ops.enter_operator(operator, function, reflected)
    ufunc = record.numpy
    if isinstance(ufunc, np.ufunc):

        def in_place(x: Tensor, y: Any) -> Tensor:
            return x.update_in_place(function, ufunc, y)

        ops.enter_operator(f"i{operator}", in_place)


# --- the identity ---------------------------------------------------------------------------------------


def _alias(x: Any) -> Any:
    return x


alias = elementwise(_alias, name="alias", x=lambda g: g)
