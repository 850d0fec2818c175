"""Parameters that are computed from others: weight normalization."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import autograd as ag
from nn.module import Module, Parameter

M = TypeVar("M", bound=Module)


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Let a parameter of ``module`` be learned as length and direction: ``weight_g * weight_v / norm(weight_v)``.

    Its place is taken by two parameters: ``weight_g``, the lengths, and ``weight_v``, whose own lengths do not matter.
    Their names and shapes in the state dict are those of ``torch.nn.utils.weight_norm``, which most published weights
    have; in PyTorch's newer parametrizations they are called ``parametrizations.weight.original0`` and ``original1``.
    ``module.weight`` is computed anew each time it is read. Salimans and Kingma, 2016.

    Parameters
    ----------
    module: any module; it is changed, and returned.
    name: of the parameter.
    dim: the axis along which each element has a length of its own, 0 for one an output; None for one length in all.

    Raises ArgumentError for a name that is not a parameter's, one that is normalized already, and an axis that the
    parameter does not have.

    >>> import autograd as ag, nn
    >>> layer = nn.weight_norm(nn.Linear(3, 2))
    >>> {name: p.shape for name, p in layer.named_parameters()}
    {'bias': (2,), 'weight_g': (2, 1), 'weight_v': (2, 3)}
    >>> layer(ag.ones(4, 3)).shape
    (4, 2)
    """
    weight = vars(module).get(name)
    if not isinstance(weight, Parameter):
        known = ", ".join(key for key, _ in module.named_parameters(recurse=False)) or "none"
        raise ag.errors.ArgumentError(
            f"weight_norm: {type(module).__name__} has no parameter {name!r} of its own to normalize; it has {known}."
        )
    if dim is not None and not 0 <= dim < weight.ndim:
        raise ag.errors.ArgumentError(
            f"weight_norm: dim={dim}; {name} of shape {weight.shape} has axes 0 to {weight.ndim - 1}; or dim=None."
        )
    delattr(module, name)
    module.register_parameter(f"{name}_g", Parameter(_lengths(weight.data, dim), weight.requires_grad))
    module.register_parameter(f"{name}_v", Parameter(weight.data, weight.requires_grad))
    _compute(module, {**_computed(module), name: dim})
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make a parameter of what `weight_norm` let be computed, with the value that it has now; returns the module.

    Raises ArgumentError for a name that is not normalized.

    >>> import nn
    >>> layer = nn.remove_weight_norm(nn.weight_norm(nn.Linear(3, 2)))
    >>> [name for name, p in layer.named_parameters()]
    ['bias', 'weight']
    """
    computed = _computed(module)
    if name not in computed:
        raise ag.errors.ArgumentError(
            f"remove_weight_norm: {name!r} of {type(module).__name__} is not normalized; of it are "
            f"{', '.join(computed) or 'none'}."
        )
    with ag.no_grad():
        weight = Parameter(ag.value_of(getattr(module, name)), getattr(module, f"{name}_v").requires_grad)
    del computed[name]
    _compute(module, computed)
    delattr(module, f"{name}_g")
    delattr(module, f"{name}_v")
    module.register_parameter(name, weight)
    return module


def _lengths(v: Any, dim: int | None) -> Any:
    axes = None if dim is None else tuple(axis for axis in range(v.ndim) if axis != dim)
    return ag.vector_norm(v, axes, dim is not None)


def _computed(module: Module) -> dict[str, int | None]:
    """The names that are computed, and for each the axis of its lengths."""
    return dict(vars(module).get("_weight_norms", {}))


def _compute(module: Module, computed: dict[str, int | None]) -> None:
    """Let these names be computed, by giving the module a class that has them as properties."""
    plain: Any = getattr(type(module), "_plain_class", type(module))
    object.__setattr__(module, "_weight_norms", computed)
    object.__setattr__(module, "__class__", _class_with(plain, tuple(computed)) if computed else plain)


@cache
def _class_with(plain: Any, names: tuple[str, ...]) -> type[Module]:
    """A class like ``plain``, and of its name, that computes these attributes."""

    def reduce(module: Module) -> tuple[Any, ...]:  # for pickle, which would look for the class in a file
        return _empty, (plain, names), vars(module)

    members = {name: _property(name) for name in names}
    about = {"__module__": plain.__module__, "__doc__": plain.__doc__, "__reduce__": reduce, "_plain_class": plain}
    return type(plain.__name__, (plain,), {**members, **about})


def _empty(plain: Any, names: tuple[str, ...]) -> Module:
    return object.__new__(_class_with(plain, names))


def _property(name: str) -> property:
    def computed(module: Any) -> Any:
        v = getattr(module, f"{name}_v")
        return v * (getattr(module, f"{name}_g") / _lengths(v, module._weight_norms[name]))

    def refuse(module: Any, value: Any) -> None:
        raise AttributeError(
            f"{type(module).__name__}.{name} is computed from {name}_g and {name}_v: change these, or call "
            f"nn.remove_weight_norm(module, {name!r}) first."
        )

    return property(computed, refuse)
