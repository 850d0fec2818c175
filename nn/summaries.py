"""What a model consists of, as a table: `summary`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd as ag
from nn.effects import unchanged
from nn.layers import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from nn.module import Module, in_use

Sizes = tuple[int, ...]

# --- the table --------------------------------------------------------------------------------------------


@dataclass
class LayerSummary:
    """A line of a `Summary`: what is the module's own, without what belongs to its submodules.

    Attributes
    ----------
    path: in the model, as `Module.get_submodule` takes it.
    layer: class and settings.
    calls: how often it was called.
    output_shape: of the last call's result: a shape, a tuple of them where there are several, or None.
    parameters, frozen: numbers that it has, and how many of these do not learn; shared ones count at their first place.
    multiply_adds: of matrix products and convolutions, in all of its calls; a bias is not counted.
    output_bytes: memory of its results, if it has no submodules; a view of its input takes none.
    receptive_field, stride: of the last call, for each axis of an image: the size of the part of the model's input that
        one element of the result depends on, and how far apart those of two neighbours lie. Layers that keep the
        shape, normalizations too, are taken to act on each place alone. None where images have been flattened, or
        their places mixed otherwise than by convolution and pooling.

    >>> import nn
    >>> line = nn.summary(nn.Sequential(nn.Linear(64, 10)), (1, 64)).layers[1]
    >>> line.path, line.output_shape, line.multiply_adds
    ('0', (1, 10), 640)
    """

    path: str
    layer: str
    calls: int = 0
    output_shape: Any = None
    parameters: int = 0
    frozen: int = 0
    multiply_adds: int = 0
    output_bytes: int = 0
    receptive_field: Sizes | None = None
    stride: Sizes | None = None


@dataclass(frozen=True)
class Summary:
    """What `summary` found: printed, it is a table.

    Attributes
    ----------
    layers: a `LayerSummary` for each module, parents first.
    parameters, frozen, multiply_adds, output_bytes: the sums of these.
    uncounted: names of operations with products that ``multiply_adds`` does not have.

    >>> import nn
    >>> found = nn.summary(nn.Linear(64, 10), (1, 64))
    >>> found.parameters, found.output_bytes
    (650, 40)
    """

    layers: list[LayerSummary]
    uncounted: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """How many numbers the model has to learn or keeps frozen."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def frozen(self) -> int:
        """How many of the parameters do not learn."""
        return sum(layer.frozen for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Of the whole call, with the batch that it was given."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def output_bytes(self) -> int:
        """Memory of all layers' results: about what the graph keeps for the backward pass."""
        return sum(layer.output_bytes for layer in self.layers)

    def _table(self) -> list[list[str]]:
        """Heads and rows; columns that would be empty are left out."""
        heads = ["path", "layer", "output", "calls", "parameters", "frozen", "multiply-adds", "field", "stride"]
        rows = [
            [
                layer.path,
                "  " * (layer.path.count(".") + 1 if layer.path else 0) + layer.layer,
                "" if layer.output_shape is None else str(layer.output_shape),
                str(layer.calls) if layer.calls > 1 else "",
                f"{layer.parameters:,}" if layer.parameters else "",
                f"{layer.frozen:,}" if layer.frozen else "",
                f"{layer.multiply_adds:,}" if layer.multiply_adds else "",
                _by(layer.receptive_field),
                _by(layer.stride),
            ]
            for layer in self.layers
        ]
        used = [i for i in range(len(heads)) if i < 3 or any(row[i] for row in rows)]
        return [[row[i] for i in used] for row in (heads, *rows)]

    def _totals(self) -> list[tuple[str, str]]:
        learned = f", {self.parameters - self.frozen:,} of them to learn" if self.frozen else ""
        missing = f", without {', '.join(self.uncounted)}" if self.uncounted else ""
        return [
            ("parameters", f"{self.parameters:,}{learned}"),
            ("multiply-adds", f"{self.multiply_adds:,}{missing}"),
            ("memory of outputs", _bytes(self.output_bytes)),
        ]

    def __str__(self) -> str:
        table = self._table()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(f"{cell:{'<' if i < 3 else '>'}{width}}" for i, (cell, width) in enumerate(zip(row, widths)))  # noqa: B905 - of one length
            for row in table
        ]
        totals = self._totals()
        lines += [f"{name:{max(len(name) for name, _ in totals)}}  {value}" for name, value in totals]
        return "\n".join([line.rstrip() for line in lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        import html

        head, *rows = self._table()
        cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
        lines = [
            "".join(f"<td style='text-align:left;white-space:pre'>{html.escape(cell)}</td>" for cell in row[:3])
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[3:])
            for row in rows
        ]
        body = "".join(f"<tr>{line}</tr>" for line in (cells, *lines))
        totals = "<br>".join(f"{name}: {html.escape(value)}" for name, value in self._totals())
        return f"<table>{body}</table><p>{totals}</p>"


def _by(sizes: Sizes | None) -> str:
    return "" if sizes is None else "x".join(map(str, sizes))


def _bytes(count: int) -> str:
    unit = 0 if count < 1000 else min(3, int(math.log10(count)) // 3)
    return f"{count / 1000**unit:.3g} {('bytes', 'kB', 'MB', 'GB')[unit]}"


# --- running the model ------------------------------------------------------------------------------------


def summary(model: Module, input: Any) -> Summary:
    """A table of a model's layers: output shapes, parameters, multiply-adds and receptive fields.

    The model is called once, as in use (``eval``) and without a graph, and is then as it was before. Whatever it
    computes is counted, in layers and out of them.

    Parameters
    ----------
    model: any module.
    input: an array or Tensor; a shape such as ``(1, 3, 32, 32)``, for zeros of the model's dtype; or a tuple of
        these, one for each argument. The batch that it has is what shapes and numbers are for.

    Raises TypeError for what is no module and for another form of input, and what the model raises for such an input.

    >>> import nn
    >>> print(nn.summary(nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.ReLU()), (1, 8, 8)))
    path  layer                                                  output   parameters  multiply-adds
          Sequential                                             (1, 10)
    0       Flatten(start_dim=1, end_dim=-1)                     (1, 64)
    1       Linear(in_features=64, out_features=10, bias=True)   (1, 10)         650            640
    2       ReLU()                                               (1, 10)
    parameters         650
    multiply-adds      640
    memory of outputs  80 bytes
    """
    if not isinstance(model, Module):
        raise TypeError(f"summary: want a module, not a {type(model).__name__}.")
    watch = _Watch(model)
    with in_use(model), unchanged(model), ag.no_grad(), watch.recording:
        inputs = [watch.entered(x) for x in _inputs(model, input)]
        with watch:
            model(*inputs)
    watch.count_parameters()
    return Summary(list(watch.rows.values()), tuple(sorted(watch.uncounted)))


def _inputs(model: Module, given: Any) -> Iterator[ag.Tensor]:
    """The arguments that were given or described, as Tensors."""
    one = not isinstance(given, (tuple, list)) or all(isinstance(size, (int, np.integer)) for size in given)
    floats = [p.dtype for p in model.parameters() if p.dtype.kind == "f"]
    for x in (given,) if one else given:
        if isinstance(x, (tuple, list)):
            yield ag.zeros(tuple(x), dtype=floats[0] if floats else None)
        elif isinstance(x, (ag.Tensor, np.ndarray)):
            yield x if isinstance(x, ag.Tensor) else ag.Tensor(x)
        else:
            raise TypeError(f"summary: want an array, a shape such as (1, 3, 32, 32) or a tuple of these, not {x!r}.")


@dataclass
class _Field:
    """A receptive field and its stride along every axis; ``count`` last axes are those of an image."""

    size: Sizes
    stride: Sizes
    count: int = 0

    def through(self, kernel: Sizes, stride: Sizes, dilation: Sizes) -> _Field:
        """The field behind windows on the last axes."""
        first = len(self.size) - len(kernel)
        kernel, dilation, stride = ((1,) * first + sizes for sizes in (kernel, dilation, stride))
        size = [n + (k - 1) * d * s for n, k, d, s in zip(self.size, kernel, dilation, self.stride, strict=True)]
        steps = [s * step for s, step in zip(self.stride, stride, strict=True)]
        return _Field(tuple(size), tuple(steps), len(self.size) - first)


class _Watch:
    """Hooks on every module of a model that say to whom each recorded operation belongs."""

    def __init__(self, model: Module) -> None:
        self.model = model
        self.rows = {module: LayerSummary(path, _named(module)) for path, module in model.named_modules()}
        self.recording = ag.record(limit=1_000_000)
        self.uncounted: set[str] = set()
        self._fields: dict[int, _Field] = {}  # number of an operation -> field of its result
        self._elementwise = {primitive.name for primitive in ag.ops.values() if primitive.elementwise}
        self._stack: list[Module] = []
        self._seen = 0  # operations so far

    def __enter__(self) -> None:
        self._handles = [
            handle
            for module in self.rows
            for handle in (
                module.register_forward_pre_hook(self._before),
                module.register_forward_hook(self._after, with_kwargs=True),
            )
        ]

    def __exit__(self, *exception: Any) -> None:
        for handle in self._handles:
            handle.remove()

    def entered(self, x: ag.Tensor) -> ag.Tensor:
        """The model's input, known to the recording."""
        x = ag.copy(x)
        if x.dtype.kind == "f" and x.ndim > 1:
            self._fields[self.recording[x].number] = _Field((1,) * x.ndim, (1,) * x.ndim)
        return x

    def count_parameters(self) -> None:
        """Enter each parameter where it comes first."""
        for path, parameter in self.model.named_parameters():
            row = self.rows[self.model.get_submodule(path.rpartition(".")[0])]
            row.parameters += parameter.size
            row.frozen += 0 if parameter.requires_grad else parameter.size

    # --- hooks ----------------------------------------------------------------------------------------

    def _before(self, module: Module, args: tuple[Any, ...]) -> None:
        self._attribute()
        self._stack.append(module)

    def _after(self, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        products_before = self.rows[module].multiply_adds
        self._attribute()
        self._stack.pop()
        row = self.rows[module]
        row.calls += 1
        row.output_shape = _shapes(result)
        out = result[0] if isinstance(result, (tuple, list)) and result else result
        x = next((value for value in (*args, *kwargs.values()) if isinstance(value, ag.Tensor)), None)
        if not list(module.children()):
            row.output_bytes += sum(_own_bytes(part, x) for part in _tensors(result))
            if x is not None and isinstance(out, ag.Tensor):
                self._pass_on(module, x, out, row.multiply_adds > products_before)
        found = self._field(out)
        row.receptive_field = row.stride = None
        if found is not None and found.count:
            row.receptive_field, row.stride = found.size[-found.count :], found.stride[-found.count :]

    def _attribute(self) -> None:
        """Enter the operations since the last time for the module that is running."""
        operations = self.recording.operations[self._seen :]
        self._seen += len(operations)
        for operation in operations:
            if operation.kind != "operation" or operation.line is None:  # without a line it was computed earlier
                continue
            if operation.multiply_adds is None:
                self.uncounted.add(operation.name)
            elif self._stack:
                self.rows[self._stack[-1]].multiply_adds += operation.multiply_adds
            self._follow(operation)

    # --- receptive fields -----------------------------------------------------------------------------

    def _follow(self, operation: Any) -> None:
        """The field of an elementwise operation's result: the widest one of its operands."""
        ndim = len(operation.results[0].shape)
        fields = [self._fields[entry.source] for entry in operation.inputs if entry.source in self._fields]
        fields = [found for found in fields if len(found.size) == ndim]
        if fields and operation.name in self._elementwise:
            sizes, strides = zip(*[found.size for found in fields], strict=True), (found.stride for found in fields)
            self._fields[operation.number] = _Field(
                tuple(map(max, sizes)), tuple(map(max, zip(*strides, strict=True))), max(f.count for f in fields)
            )

    def _pass_on(self, module: Module, x: ag.Tensor, out: ag.Tensor, has_products: bool) -> None:
        """The field of what a layer without submodules returned."""
        before = self._field(x)
        if before is None or out.ndim != x.ndim:
            return
        number = self.recording[out].number
        if hasattr(module, "kernel_size") and hasattr(module, "stride"):
            if not isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)):
                self._fields[number] = before.through(*_windows(module, x.ndim))
        elif (out.shape == x.shape and not has_products) or (hasattr(module, "padding") and not has_products):
            self._fields[number] = before

    def _field(self, x: Any) -> _Field | None:
        if not isinstance(x, ag.Tensor):
            return None
        try:
            return self._fields.get(self.recording[x].number)
        except KeyError:  # it was made before, or out of NumPy
            return None


def _windows(module: Any, ndim: int) -> tuple[Sizes, Sizes, Sizes]:
    """Kernel, stride and dilation of a convolution or pooling, for each axis that its windows move along."""
    suffix = type(module).__name__[-2:]
    axes = int(suffix[0]) if suffix in ("1d", "2d", "3d") else ndim - 2
    stride = module.kernel_size if module.stride is None else module.stride
    sizes = (module.kernel_size, stride, getattr(module, "dilation", 1))
    kernel, steps, dilation = (tuple(n) if isinstance(n, (tuple, list)) else (int(n),) * axes for n in sizes)
    return kernel, steps, dilation


# --- results ----------------------------------------------------------------------------------------------


def _named(module: Module) -> str:
    settings = module.extra_repr()
    own_line = list(module.children()) and not settings
    return type(module).__name__ if own_line else f"{type(module).__name__}({settings})"


def _tensors(result: Any) -> Iterable[ag.Tensor]:
    if isinstance(result, ag.Tensor):
        yield result
    elif isinstance(result, (tuple, list, Mapping)):
        for part in result.values() if isinstance(result, Mapping) else result:
            yield from _tensors(part)


def _shapes(result: Any) -> Any:
    shapes = [tensor.shape for tensor in _tensors(result)]
    return shapes[0] if len(shapes) == 1 else tuple(shapes) or None


def _own_bytes(out: ag.Tensor, x: ag.Tensor | None) -> int:
    is_view = x is not None and np.may_share_memory(out.data, x.data)
    return 0 if is_view else out.nbytes
