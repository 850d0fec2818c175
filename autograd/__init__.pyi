# Generated from the registry by `python -m autograd.stubs`; do not edit.

from typing import Any

from autograd import errors as errors, spec as spec
from autograd import rules as rules
from autograd.backward import gradients as gradients
from autograd.creation import (
    arange as arange,
    default_generator as default_generator,
    eye as eye,
    full as full,
    full_like as full_like,
    linspace as linspace,
    manual_seed as manual_seed,
    ones as ones,
    ones_like as ones_like,
    rand as rand,
    rand_like as rand_like,
    randn as randn,
    randn_like as randn_like,
    tensor as tensor,
    zeros as zeros,
    zeros_like as zeros_like,
)
from autograd.dtypes import get_default_dtype as get_default_dtype, set_default_dtype as set_default_dtype
from autograd.files import write_whole as write_whole
from autograd.modes import call_in_scope as call_in_scope, current_scope as current_scope, enable_grad as enable_grad, is_grad_enabled as is_grad_enabled, no_grad as no_grad, scope as scope, set_grad_enabled as set_grad_enabled
from autograd.nodes import Leaf as Leaf, Node as Node, mark_written as mark_written
from autograd.primitives import elementwise as elementwise, primitive as primitive
from autograd.registry import ops as ops
from autograd.tensors import Tensor as Tensor
from autograd.values import value_of as value_of
from autograd import testing as testing, viz as viz
from autograd.graphs import Graph as Graph, graph as graph

def abs(x: Any, /) -> Tensor:
    """Absolute value; its derivative at 0 is taken as 0."""

def add(x: Any, y: Any, /) -> Tensor:
    """Sum, `x + y`."""

def add_at(x: Any, index: Any, shape: Any) -> Tensor:
    """Zeros of ``shape`` with x added at ``index``; where an index repeats, all its values add up."""

def arccos(x: Any, /) -> Tensor:
    """Inverse cosine, for -1 < x < 1."""

def arccosh(x: Any, /) -> Tensor:
    """Inverse hyperbolic cosine, for x > 1."""

def arcsin(x: Any, /) -> Tensor:
    """Inverse sine, for -1 < x < 1."""

def arcsinh(x: Any, /) -> Tensor:
    """Inverse hyperbolic sine."""

def arctan(x: Any, /) -> Tensor:
    """Inverse tangent."""

def arctan2(x: Any, y: Any, /) -> Tensor:
    """Angle of the point with ordinate x and abscissa y, `arctan(x / y)` in all four quadrants."""

def arctanh(x: Any, /) -> Tensor:
    """Inverse hyperbolic tangent, for -1 < x < 1."""

def astype(x: Any, dtype: Any, copy: Any = True) -> Tensor:
    """The values converted to ``dtype``: (...) -> (...). To an integer or boolean dtype, nothing is recorded."""

def broadcast_to(x: Any, shape: Any) -> Tensor:
    """Repeated along new axes and those of length 1, as broadcasting does, without copying."""

def ceil(x: Any, /) -> Tensor:
    """Rounded up; its derivative is 0."""

def clip(x: Any, min: Any = None, max: Any = None) -> Tensor:
    """``x`` limited to ``[min, max]``, either may be None: (...) -> (...)."""

def concatenate(arrays: Any, axis: Any = 0) -> Tensor:
    """Arrays joined along an existing axis; flattened first, if that is None."""

def copy(x: Any) -> Tensor:
    """The same values in memory of their own: (...) -> (...)."""

def cos(x: Any, /) -> Tensor:
    """Cosine, of radians."""

def cosh(x: Any, /) -> Tensor:
    """Hyperbolic cosine."""

def cumsum(x: Any, axis: Any = None) -> Tensor:
    """Running sum along an axis, of the flattened array where that is None."""

def divide(x: Any, y: Any, /) -> Tensor:
    """Quotient, `x / y`."""

def dot(x: Any, y: Any) -> Tensor:
    """Product over the last axis of x and the last but one of y (a vector's only one), as NumPy's ``dot``."""

def einsum(subscripts: Any, *operands: Any, optimize: Any = True) -> Tensor:
    """Sum of products over named axes: ``einsum("ij,jk->ik", x, y)`` is ``x @ y``."""

def erf(x: Any, /) -> Tensor:
    """Error function, 2 / sqrt(pi) times the integral of exp(-t * t) from 0 to x."""

def exp(x: Any, /) -> Tensor:
    """Exponential, e ** x."""

def exp2(x: Any, /) -> Tensor:
    """Power of two, 2 ** x."""

def expand_dims(x: Any, axis: Any) -> Tensor:
    """With a new axis of length 1 at ``axis`` of the result, or several."""

def expm1(x: Any, /) -> Tensor:
    """e ** x - 1, exact for small x."""

def flip(x: Any, axis: Any = None) -> Tensor:
    """The order along axes reversed; along all, if None."""

def floor(x: Any, /) -> Tensor:
    """Rounded down; its derivative is 0."""

def floor_divide(x: Any, y: Any, /) -> Tensor:
    """Quotient rounded down, `x // y`."""

def getitem(x: Any, index: Any) -> Tensor:
    """``x[index]``, with NumPy's basic, advanced and boolean indices."""

def hypot(x: Any, y: Any, /) -> Tensor:
    """Length of the hypotenuse, sqrt(x ** 2 + y ** 2), without overflow."""

def log(x: Any, /) -> Tensor:
    """Natural logarithm, for x > 0."""

def log10(x: Any, /) -> Tensor:
    """Logarithm to base 10, for x > 0."""

def log1p(x: Any, /) -> Tensor:
    """log(1 + x), exact for small x, for x > -1."""

def log2(x: Any, /) -> Tensor:
    """Logarithm to base 2, for x > 0."""

def logaddexp(x: Any, y: Any, /) -> Tensor:
    """log(exp(x) + exp(y)), without overflow."""

def logsumexp(x: Any, axis: Any = None, keepdims: Any = False) -> Tensor:
    """log(sum(exp(x))) over axes, without overflow."""

def matmul(x: Any, y: Any) -> Tensor:
    """Matrix product, ``x @ y``: (..., n, k), (..., k, m) -> (..., n, m); the leading axes broadcast."""

def max(x: Any, axis: Any = None, keepdims: Any = False) -> Tensor:
    """The largest element over axes; a tie shares the gradient evenly."""

def maximum(x: Any, y: Any, /) -> Tensor:
    """The larger of x and y; a tie shares the gradient evenly."""

def mean(x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Tensor:
    """Arithmetic mean over axes."""

def min(x: Any, axis: Any = None, keepdims: Any = False) -> Tensor:
    """The smallest element over axes; a tie shares the gradient evenly."""

def minimum(x: Any, y: Any, /) -> Tensor:
    """The smaller of x and y; a tie shares the gradient evenly."""

def moveaxis(x: Any, source: Any, destination: Any) -> Tensor:
    """Axes moved to other places, the rest in their order."""

def multiply(x: Any, y: Any, /) -> Tensor:
    """Product, `x * y`."""

def negative(x: Any, /) -> Tensor:
    """The opposite, `-x`."""

def outer(x: Any, y: Any) -> Tensor:
    """All products of an element of x and one of y, both flattened: (...), (...) -> (n, m)."""

def pad(x: Any, pad_width: Any, mode: Any = 'constant', constant_values: Any = 0) -> Tensor:
    """With margins around: ``pad_width`` is a number, a pair (before, after), or a pair for each axis."""

def positive(x: Any, /) -> Tensor:
    """The same, `+x`."""

def power(x: Any, y: Any, /) -> Tensor:
    """Power, `x ** y`, for x > 0 or an integer y."""

def prod(x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Tensor:
    """Product over axes; its derivatives are right where elements are 0, too."""

def relu(x: Any, /) -> Tensor:
    """Rectifier, max(x, 0); its derivative at 0 is taken as 0."""

def remainder(x: Any, y: Any, /) -> Tensor:
    """What floor division leaves, `x % y`, with the sign of y."""

def repeat(x: Any, repeats: Any, axis: Any = None) -> Tensor:
    """Each element ``repeats`` times in a row along an axis, of the flattened array where that is None."""

def reshape(x: Any, shape: Any) -> Tensor:
    """The same elements in another shape, in C order; one length may be -1, which is what remains."""

def rint(x: Any, /) -> Tensor:
    """Rounded to the nearest integer, halves to even; its derivative is 0."""

def roll(x: Any, shift: Any, axis: Any = None) -> Tensor:
    """Elements moved on by ``shift`` places along an axis, those that fall off coming in again at the front."""

def round(x: Any, decimals: Any = 0) -> Tensor:
    """Rounded to ``decimals`` places, halves to even: (...) -> (...); its derivative is 0."""

def setitem(x: Any, index: Any, value: Any) -> Tensor:
    """A copy of x with ``copy[index] = value``: what `x[index] = value` does to a tensor in a graph."""

def sigmoid(x: Any, /) -> Tensor:
    """Logistic function, 1 / (1 + exp(-x))."""

def sign(x: Any, /) -> Tensor:
    """-1, 0 or 1; its derivative is 0."""

def sin(x: Any, /) -> Tensor:
    """Sine, of radians."""

def sinh(x: Any, /) -> Tensor:
    """Hyperbolic sine."""

def softplus(x: Any, /) -> Tensor:
    """log(1 + exp(x)), a smooth rectifier."""

def split(x: Any, indices_or_sections: Any, axis: Any = 0) -> tuple[Tensor, ...]:
    """Parts along an axis: a number of equal ones, or those that end at the given indices."""

def sqrt(x: Any, /) -> Tensor:
    """Square root, for x > 0."""

def squeeze(x: Any, axis: Any = None) -> Tensor:
    """Without the axes of length 1, or without those of them that ``axis`` names."""

def stack(arrays: Any, axis: Any = 0) -> Tensor:
    """Arrays of one shape joined along a new axis."""

def std(x: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False, correction: Any = None) -> Tensor:
    """Standard deviation over axes, the root of ``var``; where it is 0, its derivative is taken as 0."""

def subtract(x: Any, y: Any, /) -> Tensor:
    """Difference, `x - y`."""

def sum(x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Tensor:
    """Sum over axes."""

def swapaxes(x: Any, axis1: Any, axis2: Any) -> Tensor:
    """Two axes exchanged."""

def take(x: Any, indices: Any, axis: Any = None) -> Tensor:
    """Elements at ``indices`` along an axis, of the flattened array where that is None."""

def take_along_axis(x: Any, indices: Any, axis: Any = -1) -> Tensor:
    """Along an axis, the elements that ``indices``, an array of as many axes as x, names place by place."""

def tan(x: Any, /) -> Tensor:
    """Tangent, of radians."""

def tanh(x: Any, /) -> Tensor:
    """Hyperbolic tangent."""

def tensordot(x: Any, y: Any, axes: Any = 2) -> Tensor:
    """Sum of products over axes of x and axes of y; what is left of x's axes comes first."""

def tile(x: Any, reps: Any) -> Tensor:
    """Copies side by side, ``reps`` along each axis."""

def transpose(x: Any, axes: Any = None) -> Tensor:
    """The axes in the order ``axes``, or reversed."""

def trunc(x: Any, /) -> Tensor:
    """Rounded towards 0; its derivative is 0."""

def var(x: Any, axis: Any = None, ddof: Any = 0, keepdims: Any = False, correction: Any = None) -> Tensor:
    """Variance over axes: the sum of squared deviations from the mean, divided by the count less ``ddof``."""

def where(condition: Any, x: Any, y: Any) -> Tensor:
    """``x`` where the condition holds and ``y`` elsewhere, all three broadcast: (...), (...), (...) -> (...)."""
