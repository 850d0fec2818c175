"""The one list of what is differentiable: Tensor's methods, the NumPy protocols and the tests all read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.errors import RuleError
from autograd.methods import RegisteredMethods

if TYPE_CHECKING:
    from autograd.primitives import Primitive
    from autograd.tensors import Tensor

Function = Callable[..., Any]


class Registry(Mapping[str, "Primitive"]):
    """All primitives by name: ``ag.ops``. The library's go by their own name, others by module and name.

    >>> import autograd as ag
    >>> "tanh" in ag.ops
    True
    >>> ag.ops["tanh"].parameters
    ('x',)
    """

    def __init__(self) -> None:
        self._primitives: dict[str, Primitive] = {}
        self.functions: dict[str, Callable[..., Tensor]] = {}  # the public functions of `autograd`
        self.by_numpy: dict[Function, Function] = {}  # NumPy's function -> ours
        self.by_method: dict[tuple[np.ufunc, str], Function] = {}  # such as (np.add, "reduce") -> ours
        self.late: list[Callable[[], bool]] = []  # tables for libraries that users may import: see `add_late`
        self.plain: set[Function] = set()  # NumPy's functions whose results have no gradient by nature
        self.plain_in_first: set[Function] = set()  # those of them that would have one in another argument
        self.backward: Function  # the pass, entered by `autograd.backward`
        self.gradients: Function

    def __getitem__(self, name: str) -> Primitive:
        return self._primitives[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._primitives)

    def __len__(self) -> int:
        return len(self._primitives)

    def enter(self, primitive: Primitive, is_method: bool, is_public: bool = True) -> None:
        """Add a primitive; one of the same name and module is replaced, as when a notebook cell runs again."""
        self._primitives[primitive.key] = primitive
        if primitive.is_ours and is_public:
            self.enter_function(primitive.name, primitive.function, is_method)
        if primitive.numpy is not None:
            self.by_numpy[primitive.numpy] = primitive.function
        for function in filter(None, map(numpy_function, primitive.also)):
            self.by_numpy[function] = primitive.function

    def enter_function(self, name: str, function: Function, is_method: bool) -> None:
        """Add a public function of ``autograd``, which may be a method of Tensor too."""
        if name in self.functions:
            raise RuleError(f"autograd.{name} exists already, in {self.functions[name].__module__}.")
        self.functions[name] = function
        if is_method:
            setattr(RegisteredMethods, name, function)

    def enter_operator(self, name: str, function: Function, reflected: Function | None = None) -> None:
        """Make ``function`` a Tensor's operator: ``"mul"`` is ``__mul__`` and, reflected, ``__rmul__``."""
        setattr(RegisteredMethods, f"__{name}__", function)
        if reflected is not None:
            setattr(RegisteredMethods, f"__r{name}__", reflected)

    def enter_ufunc_method(self, ufunc: np.ufunc, method: str, function: Function) -> None:
        """Let ``function`` answer ``ufunc.reduce`` or ``.accumulate`` on a Tensor: it takes NumPy's arguments."""
        self.by_method[ufunc, method] = function

    def add_late(self, declare: Callable[[], bool]) -> None:
        """Let ``declare`` enter primitives when an unknown ufunc is met: it returns whether it has done so for good.

        For ufuncs of libraries that we do not import ourselves.
        """
        self.late.append(declare)

    def find_late(self, ufunc: np.ufunc) -> Function | None:
        """The function for a ufunc that is known once the late tables are declared; None if there is none."""
        if self.late and ufunc not in self.plain:
            self.late = [declare for declare in self.late if not declare()]
            return self.by_numpy.get(ufunc)
        return None

    def add_plain(self, *names: str, in_first: bool = False) -> None:
        """Let functions of ``numpy``, such as ``"argmax"``, see a Tensor's values and return plain results.

        ``in_first``: only the first argument has no gradient by nature; others, such as weights, would have one.
        """
        functions = [function for name in names if (function := numpy_function(name)) is not None]
        self.plain.update(functions)
        if in_first:
            self.plain_in_first.update(functions)


def numpy_function(name: str) -> Function | None:
    """The function of NumPy called ``name``, such as ``"linalg.outer"``; None where this version has none.

    >>> numpy_function("linalg.outer").__name__, numpy_function("linalg.no_such_thing")
    ('outer', None)
    """
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found  # type: ignore[no-any-return]


ops = Registry()
