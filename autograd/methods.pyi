# Generated from the registry by `python -m autograd.stubs`; do not edit.

from typing import Any

from autograd.tensors import Tensor

class RegisteredMethods:
    def __abs__(self, /) -> Tensor:
        """Absolute value; its derivative at 0 is taken as 0."""

    def __add__(self, y: Any, /) -> Tensor:
        """Sum, `x + y`."""

    def __floordiv__(self, y: Any, /) -> Tensor:
        """Quotient rounded down, `x // y`."""

    def __iadd__(self, y: Any) -> Tensor: ...

    def __ifloordiv__(self, y: Any) -> Tensor: ...

    def __imatmul__(self, y: Any) -> Tensor: ...

    def __imod__(self, y: Any) -> Tensor: ...

    def __imul__(self, y: Any) -> Tensor: ...

    def __ipow__(self, y: Any) -> Tensor: ...

    def __isub__(self, y: Any) -> Tensor: ...

    def __itruediv__(self, y: Any) -> Tensor: ...

    def __matmul__(self, y: Any) -> Tensor:
        """Matrix product, ``x @ y``: (..., n, k), (..., k, m) -> (..., n, m); the leading axes broadcast."""

    def __mod__(self, y: Any, /) -> Tensor:
        """What floor division leaves, `x % y`, with the sign of y."""

    def __mul__(self, y: Any, /) -> Tensor:
        """Product, `x * y`."""

    def __neg__(self, /) -> Tensor:
        """The opposite, `-x`."""

    def __pos__(self, /) -> Tensor:
        """The same, `+x`."""

    def __pow__(self, y: Any, /) -> Tensor:
        """Power, `x ** y`, for x > 0 or an integer y."""

    def __radd__(self, x: Any) -> Tensor: ...

    def __rfloordiv__(self, x: Any) -> Tensor: ...

    def __rmatmul__(self, x: Any) -> Tensor: ...

    def __rmod__(self, x: Any) -> Tensor: ...

    def __rmul__(self, x: Any) -> Tensor: ...

    def __rpow__(self, x: Any) -> Tensor: ...

    def __rsub__(self, x: Any) -> Tensor: ...

    def __rtruediv__(self, x: Any) -> Tensor: ...

    def __sub__(self, y: Any, /) -> Tensor:
        """Difference, `x - y`."""

    def __truediv__(self, y: Any, /) -> Tensor:
        """Quotient, `x / y`."""

    def abs(self, /) -> Tensor:
        """Absolute value; its derivative at 0 is taken as 0."""

    def add(self, y: Any, /) -> Tensor:
        """Sum, `x + y`."""

    def add_at(self, index: Any, shape: Any) -> Tensor:
        """Zeros of ``shape`` with x added at ``index``; where an index repeats, all its values add up."""

    def arccos(self, /) -> Tensor:
        """Inverse cosine, for -1 < x < 1."""

    def arccosh(self, /) -> Tensor:
        """Inverse hyperbolic cosine, for x > 1."""

    def arcsin(self, /) -> Tensor:
        """Inverse sine, for -1 < x < 1."""

    def arcsinh(self, /) -> Tensor:
        """Inverse hyperbolic sine."""

    def arctan(self, /) -> Tensor:
        """Inverse tangent."""

    def arctan2(self, y: Any, /) -> Tensor:
        """Angle of the point with ordinate x and abscissa y, `arctan(x / y)` in all four quadrants."""

    def arctanh(self, /) -> Tensor:
        """Inverse hyperbolic tangent, for -1 < x < 1."""

    def astype(self, dtype: Any, copy: Any = True) -> Tensor:
        """The values converted to ``dtype``: (...) -> (...). To an integer or boolean dtype, nothing is recorded."""

    def broadcast_to(self, shape: Any) -> Tensor:
        """Repeated along new axes and those of length 1, as broadcasting does, without copying."""

    def ceil(self, /) -> Tensor:
        """Rounded up; its derivative is 0."""

    def clip(self, min: Any = None, max: Any = None) -> Tensor:
        """``x`` limited to ``[min, max]``, either may be None: (...) -> (...)."""

    def copy(self) -> Tensor:
        """The same values in memory of their own: (...) -> (...)."""

    def cos(self, /) -> Tensor:
        """Cosine, of radians."""

    def cosh(self, /) -> Tensor:
        """Hyperbolic cosine."""

    def cumsum(self, axis: Any = None) -> Tensor:
        """Running sum along an axis, of the flattened array where that is None."""

    def divide(self, y: Any, /) -> Tensor:
        """Quotient, `x / y`."""

    def dot(self, y: Any) -> Tensor:
        """Product over the last axis of x and the last but one of y (a vector's only one), as NumPy's ``dot``."""

    def erf(self, /) -> Tensor:
        """Error function, 2 / sqrt(pi) times the integral of exp(-t * t) from 0 to x."""

    def exp(self, /) -> Tensor:
        """Exponential, e ** x."""

    def exp2(self, /) -> Tensor:
        """Power of two, 2 ** x."""

    def expand_dims(self, axis: Any) -> Tensor:
        """With a new axis of length 1 at ``axis`` of the result, or several."""

    def expm1(self, /) -> Tensor:
        """e ** x - 1, exact for small x."""

    def flip(self, axis: Any = None) -> Tensor:
        """The order along axes reversed; along all, if None."""

    def floor(self, /) -> Tensor:
        """Rounded down; its derivative is 0."""

    def floor_divide(self, y: Any, /) -> Tensor:
        """Quotient rounded down, `x // y`."""

    def getitem(self, index: Any) -> Tensor:
        """``x[index]``, with NumPy's basic, advanced and boolean indices."""

    def hypot(self, y: Any, /) -> Tensor:
        """Length of the hypotenuse, sqrt(x ** 2 + y ** 2), without overflow."""

    def log(self, /) -> Tensor:
        """Natural logarithm, for x > 0."""

    def log10(self, /) -> Tensor:
        """Logarithm to base 10, for x > 0."""

    def log1p(self, /) -> Tensor:
        """log(1 + x), exact for small x, for x > -1."""

    def log2(self, /) -> Tensor:
        """Logarithm to base 2, for x > 0."""

    def logaddexp(self, y: Any, /) -> Tensor:
        """log(exp(x) + exp(y)), without overflow."""

    def logsumexp(self, axis: Any = None, keepdims: Any = False) -> Tensor:
        """log(sum(exp(x))) over axes, without overflow."""

    def matmul(self, y: Any) -> Tensor:
        """Matrix product, ``x @ y``: (..., n, k), (..., k, m) -> (..., n, m); the leading axes broadcast."""

    def max(self, axis: Any = None, keepdims: Any = False) -> Tensor:
        """The largest element over axes; a tie shares the gradient evenly."""

    def maximum(self, y: Any, /) -> Tensor:
        """The larger of x and y; a tie shares the gradient evenly."""

    def mean(self, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Tensor:
        """Arithmetic mean over axes."""

    def min(self, axis: Any = None, keepdims: Any = False) -> Tensor:
        """The smallest element over axes; a tie shares the gradient evenly."""

    def minimum(self, y: Any, /) -> Tensor:
        """The smaller of x and y; a tie shares the gradient evenly."""

    def moveaxis(self, source: Any, destination: Any) -> Tensor:
        """Axes moved to other places, the rest in their order."""

    def multiply(self, y: Any, /) -> Tensor:
        """Product, `x * y`."""

    def negative(self, /) -> Tensor:
        """The opposite, `-x`."""

    def outer(self, y: Any) -> Tensor:
        """All products of an element of x and one of y, both flattened: (...), (...) -> (n, m)."""

    def pad(self, pad_width: Any, mode: Any = 'constant', constant_values: Any = 0) -> Tensor:
        """With margins around: ``pad_width`` is a number, a pair (before, after), or a pair for each axis."""

    def positive(self, /) -> Tensor:
        """The same, `+x`."""

    def power(self, y: Any, /) -> Tensor:
        """Power, `x ** y`, for x > 0 or an integer y."""

    def prod(self, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Tensor:
        """Product over axes; its derivatives are right where elements are 0, too."""

    def relu(self, /) -> Tensor:
        """Rectifier, max(x, 0); its derivative at 0 is taken as 0."""

    def remainder(self, y: Any, /) -> Tensor:
        """What floor division leaves, `x % y`, with the sign of y."""

    def repeat(self, repeats: Any, axis: Any = None) -> Tensor:
        """Each element ``repeats`` times in a row along an axis, of the flattened array where that is None."""

    def reshape(self, shape: Any) -> Tensor:
        """The same elements in another shape, in C order; one length may be -1, which is what remains."""

    def rint(self, /) -> Tensor:
        """Rounded to the nearest integer, halves to even; its derivative is 0."""

    def roll(self, shift: Any, axis: Any = None) -> Tensor:
        """Elements moved on by ``shift`` places along an axis, those that fall off coming in again at the front."""

    def round(self, decimals: Any = 0) -> Tensor:
        """Rounded to ``decimals`` places, halves to even: (...) -> (...); its derivative is 0."""

    def setitem(self, index: Any, value: Any) -> Tensor:
        """A copy of x with ``copy[index] = value``: what `x[index] = value` does to a tensor in a graph."""

    def sigmoid(self, /) -> Tensor:
        """Logistic function, 1 / (1 + exp(-x))."""

    def sign(self, /) -> Tensor:
        """-1, 0 or 1; its derivative is 0."""

    def sin(self, /) -> Tensor:
        """Sine, of radians."""

    def sinh(self, /) -> Tensor:
        """Hyperbolic sine."""

    def softplus(self, /) -> Tensor:
        """log(1 + exp(x)), a smooth rectifier."""

    def split(self, indices_or_sections: Any, axis: Any = 0) -> tuple[Tensor, ...]:
        """Parts along an axis: a number of equal ones, or those that end at the given indices."""

    def sqrt(self, /) -> Tensor:
        """Square root, for x > 0."""

    def squeeze(self, axis: Any = None) -> Tensor:
        """Without the axes of length 1, or without those of them that ``axis`` names."""

    def std(self, axis: Any = None, ddof: Any = 0, keepdims: Any = False, correction: Any = None) -> Tensor:
        """Standard deviation over axes, the root of ``var``; where it is 0, its derivative is taken as 0."""

    def subtract(self, y: Any, /) -> Tensor:
        """Difference, `x - y`."""

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Tensor:
        """Sum over axes."""

    def swapaxes(self, axis1: Any, axis2: Any) -> Tensor:
        """Two axes exchanged."""

    def take(self, indices: Any, axis: Any = None) -> Tensor:
        """Elements at ``indices`` along an axis, of the flattened array where that is None."""

    def take_along_axis(self, indices: Any, axis: Any = -1) -> Tensor:
        """Along an axis, the elements that ``indices``, an array of as many axes as x, names place by place."""

    def tan(self, /) -> Tensor:
        """Tangent, of radians."""

    def tanh(self, /) -> Tensor:
        """Hyperbolic tangent."""

    def tensordot(self, y: Any, axes: Any = 2) -> Tensor:
        """Sum of products over axes of x and axes of y; what is left of x's axes comes first."""

    def tile(self, reps: Any) -> Tensor:
        """Copies side by side, ``reps`` along each axis."""

    def transpose(self, axes: Any = None) -> Tensor:
        """The axes in the order ``axes``, or reversed."""

    def trunc(self, /) -> Tensor:
        """Rounded towards 0; its derivative is 0."""

    def var(self, axis: Any = None, ddof: Any = 0, keepdims: Any = False, correction: Any = None) -> Tensor:
        """Variance over axes: the sum of squared deviations from the mean, divided by the count less ``ddof``."""
