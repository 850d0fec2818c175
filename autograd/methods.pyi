# Generated from the registry by `python -m autograd.stubs`; do not edit.

from typing import Any

from autograd.tensors import Tensor

class RegisteredMethods:
    def __abs__(self, /) -> Tensor:
        """Absolute value; its derivative at 0 is taken as 0."""

    def __add__(self, y: Any, /) -> Tensor:
        """Sum, `x + y`."""

    def __divmod__(self, y: Any) -> Tensor:
        """Quotient rounded down and remainder, `(x // y, x % y)`: (...), (...) -> (...), (...)."""

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

    def __matmul__(self, y: Any, /) -> Tensor:
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

    def __rdivmod__(self, x: Any) -> Tensor: ...

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

    def angle(self, deg: Any = False) -> Tensor:
        """Angle in the complex plane, of a real number 0 or pi (180 with ``deg``): (...) -> (...); its derivative is 0."""

    def arccos(self, /) -> Tensor:
        """Inverse cosine, for -1 < x < 1."""

    def arccosh(self, /) -> Tensor:
        """Inverse hyperbolic cosine, for x > 1."""

    def arccot(self, /) -> Tensor:
        """Inverse cotangent, ``arctan(1 / x)``, which jumps from -pi / 2 to pi / 2 at 0, where the sign of 0 counts."""

    def arccoth(self, /) -> Tensor:
        """Inverse hyperbolic cotangent, ``arctanh(1 / x)``, for |x| > 1."""

    def arccsc(self, /) -> Tensor:
        """Inverse cosecant, ``arcsin(1 / x)``, from -pi / 2 to pi / 2, for |x| > 1."""

    def arccsch(self, /) -> Tensor:
        """Inverse hyperbolic cosecant, ``arcsinh(1 / x)``."""

    def arcsec(self, /) -> Tensor:
        """Inverse secant, ``arccos(1 / x)``, from 0 to pi, for |x| > 1."""

    def arcsech(self, /) -> Tensor:
        """Inverse hyperbolic secant, ``arccosh(1 / x)``, for 0 < x < 1."""

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

    def array_split(self, indices_or_sections: Any, axis: Any = 0) -> list[Tensor]:
        """Parts along an axis, as `split` makes them, of which a number of parts may be unequal: longer ones come first."""

    def astype(self, dtype: Any, copy: Any = True) -> Tensor:
        """The values converted to ``dtype``: (...) -> (...). To an integer or boolean dtype, nothing is recorded."""

    def average(self, axis: Any = None, weights: Any = None, returned: Any = False, keepdims: Any = False) -> Tensor:
        """Weighted mean over axes, differentiable in x and in the weights; the mean where there are none."""

    def broadcast_to(self, shape: Any) -> Tensor:
        """Repeated along new axes and those of length 1, as broadcasting does, without copying: (...) -> ``shape``."""

    def cbrt(self, /) -> Tensor:
        """Cube root; its derivative at 0 is infinite."""

    def ceil(self, /) -> Tensor:
        """Rounded up; its derivative is 0."""

    def choose(self, choices: Any, mode: Any = 'raise') -> Tensor:
        """Element by element, the one of the choices whose number x, an array of integers, gives."""

    def clip(self, min: Any = None, max: Any = None) -> Tensor:
        """``x`` limited to ``[min, max]``, either may be None: (...) -> (...)."""

    def conjugate(self, /) -> Tensor:
        """The complex conjugate: of a real number the same."""

    def copy(self) -> Tensor:
        """The same values in memory of their own: (...) -> (...)."""

    def copysign(self, y: Any, /) -> Tensor:
        """The size of x with the sign of y; its derivative at x = 0 is taken as 0."""

    def corrcoef(self, y: Any = None, rowvar: Any = True, *, dtype: Any = None) -> Tensor:
        """Correlation coefficients of variables, in [-1, 1]: (variables, count) -> (variables, variables)."""

    def cos(self, /) -> Tensor:
        """Cosine, of radians."""

    def cosh(self, /) -> Tensor:
        """Hyperbolic cosine."""

    def cot(self, /) -> Tensor:
        """Cotangent, ``1 / tan(x)``."""

    def coth(self, /) -> Tensor:
        """Hyperbolic cotangent, ``1 / tanh(x)``."""

    def cov(self, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None, fweights: Any = None, aweights: Any = None, *, dtype: Any = None) -> Tensor:
        """Covariance of variables of which there are observations: (variables, count) -> (variables, variables)."""

    def cross(self, y: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None) -> Tensor:
        """Vector product of three-dimensional vectors: (..., 3), (..., 3) -> (..., 3); the other axes broadcast."""

    def csc(self, /) -> Tensor:
        """Cosecant, ``1 / sin(x)``."""

    def csch(self, /) -> Tensor:
        """Hyperbolic cosecant, ``1 / sinh(x)``."""

    def cummax(self, axis: Any = None) -> Tensor:
        """The largest element so far along an axis, (...) -> (...); flattened, (...) -> (n,), where that is None."""

    def cummin(self, axis: Any = None) -> Tensor:
        """The smallest element so far along an axis, (...) -> (...); flattened, (...) -> (n,), where that is None."""

    def cumprod(self, axis: Any = None, dtype: Any = None) -> Tensor:
        """Running product along an axis, (...) -> (...); of the flattened array, (...) -> (n,), where that is None."""

    def cumsum(self, axis: Any = None, dtype: Any = None) -> Tensor:
        """Running sum along an axis, (...) -> (...); of the flattened array, (...) -> (n,), where that is None."""

    def cumulative_prod(self, *, axis: Any = None, dtype: Any = None, include_initial: Any = False) -> Tensor:
        """Running product along an axis, which only a vector may leave out; ``include_initial`` starts it with a 1."""

    def cumulative_sum(self, *, axis: Any = None, dtype: Any = None, include_initial: Any = False) -> Tensor:
        """Running sum along an axis, which only a vector may leave out; ``include_initial`` starts it with a 0."""

    def deg2rad(self, /) -> Tensor:
        """Radians of degrees."""

    def degrees(self, /) -> Tensor:
        """Degrees of radians."""

    def diag(self, k: Any = 0) -> Tensor:
        """The ``k``-th diagonal of a matrix, (m, n) -> (p,), or the matrix that has a vector there, (n,) -> (n, n)."""

    def diagflat(self, k: Any = 0) -> Tensor:
        """A matrix with the elements of x on its ``k``-th diagonal, and zeros elsewhere: (...) -> (n + |k|, n + |k|)."""

    def diagonal(self, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Tensor:
        """Diagonals of the matrices that two axes make, along the last axis of the result: (n, m, ...) -> (..., length)."""

    def diff(self, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Tensor:
        """Differences of neighbours along an axis, ``n`` times over: (..., length) -> (..., length - n)."""

    def divide(self, y: Any, /) -> Tensor:
        """Quotient, `x / y`."""

    def divmod(self, y: Any) -> Tensor:
        """Quotient rounded down and remainder, `(x // y, x % y)`: (...), (...) -> (...), (...)."""

    def dot(self, y: Any) -> Tensor:
        """Product over the last axis of x and the last but one of y (a vector's only one): (n, k), (l, k, m) -> (n, l, m)."""

    def dsplit(self, indices_or_sections: Any) -> list[Tensor]:
        """Parts behind each other: `split` along the third axis."""

    def entr(self, /) -> Tensor:
        """Entropy's summand ``-x * log(x)``, 0 at 0, where its derivative is infinite, and -inf below."""

    def erf(self, /) -> Tensor:
        """Error function, ``2 / sqrt(pi)`` times the integral of ``exp(-t * t)`` from 0 to x."""

    def exp(self, /) -> Tensor:
        """Exponential, e ** x."""

    def exp2(self, /) -> Tensor:
        """Power of two, 2 ** x."""

    def expand_dims(self, axis: Any) -> Tensor:
        """With a new axis of length 1 at ``axis`` of the result, or several: (n, m) -> (n, 1, m) for axis 1."""

    def expm1(self, /) -> Tensor:
        """e ** x - 1, exact for small x."""

    def fabs(self, /) -> Tensor:
        """Absolute value, of floats alone; its derivative at 0 is taken as 0."""

    def fix(self) -> Tensor:
        """Rounded towards 0: (...) -> (...); its derivative is 0."""

    def flatten(self, order: Any = 'C') -> Tensor:
        """All elements along one axis, in memory of their own: (...) -> (n,)."""

    def flip(self, axis: Any = None) -> Tensor:
        """The order along axes reversed, along all if None: (...) -> (...)."""

    def fliplr(self) -> Tensor:
        """Left to right: the order along the second axis reversed, (n, m, ...) -> (n, m, ...)."""

    def flipud(self) -> Tensor:
        """Upside down: the order along the first axis reversed, (n, ...) -> (n, ...)."""

    def float_power(self, y: Any, dtype: Any = Ellipsis) -> Tensor:
        """``x ** y`` in double precision, whatever the operands are: (...), (...) -> (...)."""

    def floor(self, /) -> Tensor:
        """Rounded down; its derivative is 0."""

    def floor_divide(self, y: Any, /) -> Tensor:
        """Quotient rounded down, `x // y`."""

    def fmax(self, y: Any, /) -> Tensor:
        """The larger of x and y, or that which is not nan; a tie shares the gradient evenly."""

    def fmin(self, y: Any, /) -> Tensor:
        """The smaller of x and y, or that which is not nan; a tie shares the gradient evenly."""

    def fmod(self, y: Any, /) -> Tensor:
        """What division rounded towards 0 leaves, with the sign of x."""

    def gather(self, indices: Any, axis: Any = -1) -> Tensor:
        """Along an axis, the elements that ``indices`` names place by place: `take_along_axis` by its other name."""

    def getitem(self, index: Any) -> Tensor:
        """``x[index]``, with NumPy's basic, advanced and boolean indices: (n, m) -> (k, m) for an index of (k,)."""

    def heaviside(self, y: Any, /) -> Tensor:
        """0 for x < 0, 1 for x > 0, and y at 0; its derivative in x is 0, at the step too."""

    def hsplit(self, indices_or_sections: Any) -> list[Tensor]:
        """Parts beside each other: `split` along the second axis, the first where there is only one."""

    def hypot(self, y: Any, /) -> Tensor:
        """Length of the hypotenuse, sqrt(x ** 2 + y ** 2), without overflow."""

    def inner(self, y: Any) -> Tensor:
        """Product over the last axes of both: (..., n), (..., n) -> the leading axes of x, then those of y."""

    def interp(self, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Tensor:
        """Values at ``x`` of the lines that join points ``(xp, fp)``: (...), (points,), (points,) -> (...)."""

    def kron(self, y: Any) -> Tensor:
        """Kronecker product: x with each element replaced by its product with y; (n, m), (k, l) -> (n k, m l)."""

    def lerp(self, y: Any, weight: Any) -> Tensor:
        """``(1 - weight) * x + weight * y``, the straight line from x to y: (...), (...), (...) -> (...)."""

    def log(self, /) -> Tensor:
        """Natural logarithm, for x > 0."""

    def log10(self, /) -> Tensor:
        """Logarithm to base 10, for x > 0."""

    def log1p(self, /) -> Tensor:
        """log(1 + x), exact for small x, for x > -1."""

    def log2(self, /) -> Tensor:
        """Logarithm to base 2, for x > 0."""

    def log_softmax(self, axis: Any = -1) -> Tensor:
        """``x - log(sum(exp(x)))`` over axes, without overflow: (...) -> (...), at most 0."""

    def logaddexp(self, y: Any, /) -> Tensor:
        """log(exp(x) + exp(y)), without overflow; of two -inf, with derivatives 0."""

    def logaddexp2(self, y: Any, /) -> Tensor:
        """log2(2 ** x + 2 ** y), without overflow; of two -inf, with derivatives 0."""

    def logcumsumexp(self, axis: Any = None) -> Tensor:
        """``log(cumsum(exp(x)))`` along an axis, without overflow; of the flattened array where that is None."""

    def logit(self, /) -> Tensor:
        """``log(x / (1 - x))``, the inverse of the logistic function, for 0 < x < 1."""

    def logsigmoid(self, /) -> Tensor:
        """Logarithm of the logistic function, ``-log(1 + exp(-x))``."""

    def logsumexp(self, axis: Any = None, keepdims: Any = False) -> Tensor:
        """``log(sum(exp(x)))`` over axes, without overflow, as `scipy.special.logsumexp`: (..., n) -> (...)."""

    def masked_fill(self, mask: Any, value: Any) -> Tensor:
        """x with one number in place of the elements for which the mask, broadcast against x, holds."""

    def matmul(self, y: Any, /) -> Tensor:
        """Matrix product, ``x @ y``: (..., n, k), (..., k, m) -> (..., n, m); the leading axes broadcast."""

    def matrix_norm(self, keepdims: Any = False, ord: Any = 'fro') -> Tensor:
        """Norms of the matrices in the last two axes: (..., n, m) -> (...)."""

    def matrix_power(self, n: Any) -> Tensor:
        """Product of n copies of a square matrix, by repeated squaring: (..., k, k) -> (..., k, k)."""

    def matrix_transpose(self) -> Tensor:
        """The last two axes exchanged: (..., m, n) -> (..., n, m). It is ``x.mT``."""

    def matvec(self, y: Any) -> Tensor:
        """Matrices times vectors: (..., n, k), (..., k) -> (..., n); the leading axes broadcast."""

    def max(self, axis: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
        """The largest element over axes; a tie shares the gradient evenly."""

    def maximum(self, y: Any, /) -> Tensor:
        """The larger of x and y; a tie shares the gradient evenly."""

    def mean(self, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True) -> Tensor:
        """Arithmetic mean over axes, of the elements that a boolean array ``where`` marks."""

    def median(self, axis: Any = None, keepdims: Any = False) -> Tensor:
        """Median over axes: the middle element in order, or the mean of the two in the middle, which share the gradient."""

    def min(self, axis: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
        """The smallest element over axes; a tie shares the gradient evenly."""

    def minimum(self, y: Any, /) -> Tensor:
        """The smaller of x and y; a tie shares the gradient evenly."""

    def modf(self) -> Tensor:
        """Fractional and whole part, both with the sign of x: (...) -> (...), (...); the whole part has the gradient 0."""

    def moveaxis(self, source: Any, destination: Any) -> Tensor:
        """Axes moved to other places, the rest in their order: (n, m, k) -> (m, k, n) from 0 to -1."""

    def multiply(self, y: Any, /) -> Tensor:
        """Product, `x * y`."""

    def nan_to_num(self, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
        """``x`` with finite numbers for nan and infinities: (...) -> (...); what was replaced has the gradient 0."""

    def nancumprod(self, axis: Any = None, dtype: Any = None) -> Tensor:
        """Running product along an axis, with nan as 1, which has the gradient 0; shapes as of `cumprod`, (...) -> (...)."""

    def nancumsum(self, axis: Any = None, dtype: Any = None) -> Tensor:
        """Running sum along an axis, with nan as 0, which has the gradient 0; shapes as of `cumsum`, (...) -> (...)."""

    def nanmax(self, axis: Any = None, keepdims: Any = False) -> Tensor:
        """The largest element over axes that is not nan, and nan if all are; a tie shares the gradient evenly."""

    def nanmean(self, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True) -> Tensor:
        """Mean over axes of the elements that are not nan, (..., n) -> (...); nan if there are none."""

    def nanmedian(self, axis: Any = None, keepdims: Any = False) -> Tensor:
        """Median over axes of the elements that are not nan, (..., n) -> (...); nan if there are none."""

    def nanmin(self, axis: Any = None, keepdims: Any = False) -> Tensor:
        """The smallest element over axes that is not nan, and nan if all are; a tie shares the gradient evenly."""

    def nanpercentile(self, q: Any, axis: Any = None, method: Any = 'linear', keepdims: Any = False) -> Tensor:
        """`percentile` of the elements that are not nan; nan if there are none."""

    def nanprod(self, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
        """Product over axes, with nan as 1, which has the gradient 0: (..., n) -> (...)."""

    def nanquantile(self, q: Any, axis: Any = None, method: Any = 'linear', keepdims: Any = False) -> Tensor:
        """`quantile` of the elements that are not nan, which have no gradient; nan if there are none."""

    def nanstd(self, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False, where: Any = True) -> Tensor:
        """Standard deviation over axes of the elements that are not nan, (..., n) -> (...); nan if there are none."""

    def nansum(self, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
        """Sum over axes, with nan as 0, which has the gradient 0: (..., n) -> (...)."""

    def nanvar(self, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False, where: Any = True) -> Tensor:
        """Variance over axes of the elements that are not nan, (..., n) -> (...); nan if there are none."""

    def negative(self, /) -> Tensor:
        """The opposite, `-x`."""

    def norm(self, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Tensor:
        """Norm of a vector, a matrix, or many of them; by default the root of the sum of all squares."""

    def outer(self, y: Any) -> Tensor:
        """All products of an element of x and one of y, both flattened: (...), (...) -> (n, m)."""

    def pad(self, pad_width: Any, mode: Any = 'constant', constant_values: Any = 0) -> Tensor:
        """With margins around: ``pad_width`` is a number, a pair (before, after), or a pair for each axis."""

    def percentile(self, q: Any, axis: Any = None, method: Any = 'linear', keepdims: Any = False) -> Tensor:
        """What q percent of the elements over axes lie below: `quantile` with levels from 0 to 100."""

    def positive(self, /) -> Tensor:
        """The same, `+x`."""

    def power(self, y: Any, /) -> Tensor:
        """Power, `x ** y`, for x > 0 or an integer y."""

    def prod(self, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
        """Product over axes, of the elements that a boolean array ``where`` marks, times ``initial``."""

    def ptp(self, axis: Any = None, keepdims: Any = False) -> Tensor:
        """Range over axes, the largest less the smallest element, (..., n) -> (...); a tie shares the gradient evenly."""

    def quantile(self, q: Any, axis: Any = None, method: Any = 'linear', keepdims: Any = False) -> Tensor:
        """What a share q of the elements over axes lies below: (...) -> (...), or (k, ...) for k levels."""

    def rad2deg(self, /) -> Tensor:
        """Degrees of radians."""

    def radians(self, /) -> Tensor:
        """Radians of degrees."""

    def ravel(self, order: Any = 'C') -> Tensor:
        """All elements along one axis: (...) -> (n,). Where memory allows, it is a view; `flatten` copies."""

    def reciprocal(self, /) -> Tensor:
        """Reciprocal, `1 / x`; of an integer an integer."""

    def relu(self, /) -> Tensor:
        """Rectifier, ``max(x, 0)``, as `torch.relu`; its derivative at 0 is taken as 0."""

    def remainder(self, y: Any, /) -> Tensor:
        """What floor division leaves, `x % y`, with the sign of y."""

    def repeat(self, repeats: Any, axis: Any = None) -> Tensor:
        """Each element ``repeats`` times in a row along an axis, of the flattened array where that is None."""

    def reshape(self, shape: Any, order: Any = 'C', copy: Any = None) -> Tensor:
        """The same elements in another shape; one length may be -1, which is what remains."""

    def rint(self, /) -> Tensor:
        """Rounded to the nearest integer, halves to even; its derivative is 0."""

    def roll(self, shift: Any, axis: Any = None) -> Tensor:
        """Elements moved on by ``shift`` places along an axis, those that fall off coming in again at the front."""

    def rollaxis(self, axis: Any, start: Any = 0) -> Tensor:
        """One axis moved back until it stands before the axis that is at ``start``; `moveaxis` is clearer."""

    def rot90(self, k: Any = 1, axes: Any = (0, 1)) -> Tensor:
        """Turned by 90 degrees ``k`` times, from the first of two axes towards the second."""

    def round(self, decimals: Any = 0) -> Tensor:
        """Rounded to ``decimals`` places, halves to even: (...) -> (...); its derivative is 0."""

    def scatter(self, indices: Any, values: Any, axis: Any = -1) -> Tensor:
        """A copy of x with values written where ``indices`` say along an axis: what ``numpy.put_along_axis`` makes of x."""

    def scatter_add(self, indices: Any, values: Any, axis: Any = -1) -> Tensor:
        """A copy of x with values added where ``indices`` say along an axis; where these repeat, all are added."""

    def sec(self, /) -> Tensor:
        """Secant, ``1 / cos(x)``."""

    def sech(self, /) -> Tensor:
        """Hyperbolic secant, ``1 / cosh(x)``."""

    def setitem(self, index: Any, value: Any) -> Tensor:
        """A copy of x with ``copy[index] = value``: what `x[index] = value` does to a tensor in a graph."""

    def sigmoid(self, /) -> Tensor:
        """Logistic function, ``1 / (1 + exp(-x))``."""

    def sign(self, /) -> Tensor:
        """-1, 0 or 1; its derivative is 0."""

    def sin(self, /) -> Tensor:
        """Sine, of radians."""

    def sinc(self, n: Any = 0) -> Tensor:
        """sin(pi x) / (pi x), and 1 at 0, or its ``n``-th derivative: (...) -> (...), smooth at 0 at every order."""

    def sinh(self, /) -> Tensor:
        """Hyperbolic sine."""

    def sliding_window_view(self, window_shape: Any, axis: Any = None) -> Tensor:
        """All windows of a shape, as a view: each axis that they slide along is shorter, theirs come last."""

    def softmax(self, axis: Any = -1) -> Tensor:
        """``exp(x) / sum(exp(x))`` over axes, without overflow: (...) -> (...), positive and adding up to 1."""

    def softplus(self, /) -> Tensor:
        """``log(1 + exp(x))``, a smooth rectifier."""

    def split(self, indices_or_sections: Any, axis: Any = 0) -> list[Tensor]:
        """Parts along an axis: a number of equal ones, or those that end at the given indices."""

    def sqrt(self, /) -> Tensor:
        """Square root, for x > 0."""

    def square(self, /) -> Tensor:
        """Square, `x * x`."""

    def squeeze(self, axis: Any = None) -> Tensor:
        """Without the axes of length 1, or without those of them that ``axis`` names: (1, n, 1) -> (n,)."""

    def std(self, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False, correction: Any = None, where: Any = True) -> Tensor:
        """Standard deviation over axes, the root of `var`, (..., n) -> (...); where it is 0, its derivative is taken as 0."""

    def subtract(self, y: Any, /) -> Tensor:
        """Difference, `x - y`."""

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
        """Sum over axes, of the elements that a boolean array ``where`` marks, on top of ``initial``."""

    def swapaxes(self, axis1: Any, axis2: Any) -> Tensor:
        """Two axes exchanged: (n, m, k) -> (k, m, n) for 0 and 2."""

    def take(self, indices: Any, axis: Any = None, mode: Any = 'raise') -> Tensor:
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
        """Copies side by side, ``reps`` along each axis: (n, m) -> (n * k, m * l) for ``(k, l)``, (n, m * k) for ``k``."""

    def topk(self, k: Any, axis: Any = -1, largest: Any = True) -> tuple[Tensor, ...]:
        """The k largest (or smallest) elements along an axis, the first of them first, and their indices, a plain array."""

    def trace(self, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None) -> Tensor:
        """The sum of a `diagonal`: (n, n) -> ()."""

    def transpose(self, axes: Any = None) -> Tensor:
        """The axes in the order ``axes``, or reversed: (n, m, k) -> (k, m, n)."""

    def tril(self, k: Any = 0) -> Tensor:
        """The lower triangle of matrices, zeros above the ``k``-th diagonal: (..., m, n) -> (..., m, n)."""

    def triu(self, k: Any = 0) -> Tensor:
        """The upper triangle of matrices, zeros below the ``k``-th diagonal: (..., m, n) -> (..., m, n)."""

    def trunc(self, /) -> Tensor:
        """Rounded towards 0; its derivative is 0."""

    def unstack(self, *, axis: Any = 0) -> tuple[Tensor, ...]:
        """The slices along an axis, which they lose: the opposite of `stack`."""

    def var(self, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False, correction: Any = None, where: Any = True) -> Tensor:
        """Variance over axes: the sum of squared deviations from the mean, divided by the count less ``ddof``."""

    def vdot(self, y: Any) -> Tensor:
        """Sum of the products of the elements of two arrays of one size, in C order: (...), (...) -> ()."""

    def vecdot(self, y: Any, axis: Any = -1) -> Tensor:
        """Inner products of the vectors along an axis: (..., n), (..., n) -> (...); the other axes broadcast."""

    def vecmat(self, y: Any) -> Tensor:
        """Vectors times matrices: (..., k), (..., k, m) -> (..., m); the leading axes broadcast."""

    def vector_norm(self, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Tensor:
        """Length of the vector along an axis, or several as one, ``sum(abs(x) ** ord) ** (1 / ord)``: (..., n) -> (...)."""

    def vsplit(self, indices_or_sections: Any) -> list[Tensor]:
        """Parts below each other: `split` along the first axis of at least two."""

    def xlog1py(self, y: Any, /) -> Tensor:
        """``x * log(1 + y)``, and 0 where x is 0; of x = 0, y = -1 with derivatives 0."""

    def xlogy(self, y: Any, /) -> Tensor:
        """``x * log(y)``, and 0 where x is 0; of x = y = 0 with derivatives 0."""
