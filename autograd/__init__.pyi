# Generated from the registry by `python -m autograd.stubs`; do not edit.

from typing import Any

from autograd import elsewhere as elsewhere, errors as errors, spec as spec
from autograd import rules as rules
from autograd.allocation import keep_memory as keep_memory
from autograd.backward import gradients as gradients
from autograd.creation import (
    arange as arange,
    default_generator as default_generator,
    eye as eye,
    from_dlpack as from_dlpack,
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
from autograd.modes import call_in_scope as call_in_scope, current_scope as current_scope, enable_grad as enable_grad, is_grad_enabled as is_grad_enabled, no_grad as no_grad, scope as scope, set_grad_enabled as set_grad_enabled
from autograd.nodes import Leaf as Leaf, Node as Node, mark_written as mark_written
from autograd.parallel import get_num_threads as get_num_threads, set_num_threads as set_num_threads
from autograd.primitives import elementwise as elementwise, primitive as primitive
from autograd.registry import ops as ops
from autograd.tensors import Tensor as Tensor
from autograd.values import value_of as value_of
from autograd.explaining import Explanation as Explanation
from autograd.graphs import Graph as Graph
from autograd.recording import Recording as Recording
from autograd.segments import checkpoint as checkpoint
from autograd.segments import custom_vjp as custom_vjp
from autograd.debugging import debug as debug
from autograd import distributions as distributions
from autograd.explaining import explain as explain
from autograd.transforms import grad as grad
from autograd.testing.gradchecking import gradcheck as gradcheck
from autograd.graphs import graph as graph
from autograd.transforms import hessian as hessian
from autograd.transforms import hvp as hvp
from autograd.transforms import jacobian as jacobian
from autograd.transforms import jvp as jvp
from autograd.recording import record as record
from autograd import testing as testing
from autograd.transforms import value_and_grad as value_and_grad
from autograd import viz as viz
from autograd.transforms import vjp as vjp
from autograd.files import write_whole as write_whole
LAZY: dict[str, str]
def abs(x: Any, /) -> Tensor:
    """Absolute value; its derivative at 0 is taken as 0."""

def add(x: Any, y: Any, /) -> Tensor:
    """Sum, `x + y`."""

def add_at(x: Any, index: Any, shape: Any) -> Tensor:
    """Zeros of ``shape`` with x added at ``index``; where an index repeats, all its values add up."""

def angle(x: Any, deg: Any = False) -> Tensor:
    """Angle in the complex plane, of a real number 0 or pi (180 with ``deg``): (...) -> (...); its derivative is 0."""

def append(arr: Any, values: Any, axis: Any = None) -> Tensor:
    """``arr`` with ``values`` behind it along an axis; both flattened first, where that is None."""

def arccos(x: Any, /) -> Tensor:
    """Inverse cosine, for -1 < x < 1."""

def arccosh(x: Any, /) -> Tensor:
    """Inverse hyperbolic cosine, for x > 1."""

def arccot(x: Any, /) -> Tensor:
    """Inverse cotangent, ``arctan(1 / x)``, which jumps from -pi / 2 to pi / 2 at 0, where the sign of 0 counts."""

def arccoth(x: Any, /) -> Tensor:
    """Inverse hyperbolic cotangent, ``arctanh(1 / x)``, for |x| > 1."""

def arccsc(x: Any, /) -> Tensor:
    """Inverse cosecant, ``arcsin(1 / x)``, from -pi / 2 to pi / 2, for |x| > 1."""

def arccsch(x: Any, /) -> Tensor:
    """Inverse hyperbolic cosecant, ``arcsinh(1 / x)``."""

def arcsec(x: Any, /) -> Tensor:
    """Inverse secant, ``arccos(1 / x)``, from 0 to pi, for |x| > 1."""

def arcsech(x: Any, /) -> Tensor:
    """Inverse hyperbolic secant, ``arccosh(1 / x)``, for 0 < x < 1."""

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

def array_split(x: Any, indices_or_sections: Any, axis: Any = 0) -> list[Tensor]:
    """Parts along an axis, as `split` makes them, of which a number of parts may be unequal: longer ones come first."""

def astype(x: Any, dtype: Any, copy: Any = True) -> Tensor:
    """The values converted to ``dtype``: (...) -> (...). To an integer or boolean dtype, nothing is recorded."""

def atleast_1d(*arrays: Any) -> Tensor:
    """A number as an array of one axis: () -> (1,). Others stay as they are; several arrays give a tuple."""

def atleast_2d(*arrays: Any) -> Tensor:
    """With two axes, new ones in front: () -> (1, 1), (n,) -> (1, n). Several arrays give a tuple."""

def atleast_3d(*arrays: Any) -> Tensor:
    """With three axes: () -> (1, 1, 1), (n,) -> (1, n, 1), (m, n) -> (m, n, 1). Several arrays give a tuple."""

def average(x: Any, axis: Any = None, weights: Any = None, returned: Any = False, keepdims: Any = False) -> Tensor:
    """Weighted mean over axes, differentiable in x and in the weights; the mean where there are none."""

def block(arrays: Any) -> Tensor:
    """An array of blocks in nested lists: innermost lists join along the last axis, those around along the one before."""

def broadcast_arrays(*arrays: Any) -> tuple[Tensor, ...]:
    """The arrays, each broadcast to the shape that they have together."""

def broadcast_to(x: Any, shape: Any) -> Tensor:
    """Repeated along new axes and those of length 1, as broadcasting does, without copying: (...) -> ``shape``."""

def cbrt(x: Any, /) -> Tensor:
    """Cube root; its derivative at 0 is infinite."""

def ceil(x: Any, /) -> Tensor:
    """Rounded up; its derivative is 0."""

def cholesky(a: Any, upper: Any = False) -> Tensor:
    """The lower triangular L with ``L @ L.mT = a``, or the upper U with ``U.mT @ U = a``: (..., n, n) -> (..., n, n)."""

def choose(x: Any, choices: Any, mode: Any = 'raise') -> Tensor:
    """Element by element, the one of the choices whose number x, an array of integers, gives."""

def clip(x: Any, min: Any = None, max: Any = None) -> Tensor:
    """``x`` limited to ``[min, max]``, either may be None: (...) -> (...)."""

def column_stack(arrays: Any) -> Tensor:
    """Arrays beside each other, along the second axis; those of fewer than two axes are columns."""

def compress(condition: Any, x: Any, axis: Any = None) -> Tensor:
    """The slices of x along an axis for which the condition holds; elements of the flattened x, if that is None."""

def concatenate(arrays: Any, axis: Any = 0, *, dtype: Any = None) -> Tensor:
    """Arrays joined along an existing axis; flattened first, if that is None."""

def cond(x: Any, p: Any = None) -> Tensor:
    """Condition numbers of matrices: (..., m, n) -> (...)."""

def conjugate(x: Any, /) -> Tensor:
    """The complex conjugate: of a real number the same."""

def convolve(a: Any, v: Any, mode: Any = 'full') -> Tensor:
    """Convolution of two sequences, out[k] = sum over i of a[i] v[k - i]: (n,), (m,) -> (length,)."""

def copy(x: Any) -> Tensor:
    """The same values in memory of their own: (...) -> (...)."""

def copysign(x: Any, y: Any, /) -> Tensor:
    """The size of x with the sign of y; its derivative at x = 0 is taken as 0."""

def corrcoef(x: Any, y: Any = None, rowvar: Any = True, *, dtype: Any = None) -> Tensor:
    """Correlation coefficients of variables, in [-1, 1]: (variables, count) -> (variables, variables)."""

def correlate(a: Any, v: Any, mode: Any = 'valid') -> Tensor:
    """Correlation of two sequences, out[k] = sum over i of a[i + k] v[i]: (n,), (m,) -> (length,)."""

def cos(x: Any, /) -> Tensor:
    """Cosine, of radians."""

def cosh(x: Any, /) -> Tensor:
    """Hyperbolic cosine."""

def cot(x: Any, /) -> Tensor:
    """Cotangent, ``1 / tan(x)``."""

def coth(x: Any, /) -> Tensor:
    """Hyperbolic cotangent, ``1 / tanh(x)``."""

def cov(x: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None, fweights: Any = None, aweights: Any = None, *, dtype: Any = None) -> Tensor:
    """Covariance of variables of which there are observations: (variables, count) -> (variables, variables)."""

def cross(x: Any, y: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None) -> Tensor:
    """Vector product of three-dimensional vectors: (..., 3), (..., 3) -> (..., 3); the other axes broadcast."""

def csc(x: Any, /) -> Tensor:
    """Cosecant, ``1 / sin(x)``."""

def csch(x: Any, /) -> Tensor:
    """Hyperbolic cosecant, ``1 / sinh(x)``."""

def cummax(x: Any, axis: Any = None) -> Tensor:
    """The largest element so far along an axis, (...) -> (...); flattened, (...) -> (n,), where that is None."""

def cummin(x: Any, axis: Any = None) -> Tensor:
    """The smallest element so far along an axis, (...) -> (...); flattened, (...) -> (n,), where that is None."""

def cumprod(x: Any, axis: Any = None, dtype: Any = None) -> Tensor:
    """Running product along an axis, (...) -> (...); of the flattened array, (...) -> (n,), where that is None."""

def cumsum(x: Any, axis: Any = None, dtype: Any = None) -> Tensor:
    """Running sum along an axis, (...) -> (...); of the flattened array, (...) -> (n,), where that is None."""

def cumulative_prod(x: Any, *, axis: Any = None, dtype: Any = None, include_initial: Any = False) -> Tensor:
    """Running product along an axis, which only a vector may leave out; ``include_initial`` starts it with a 1."""

def cumulative_sum(x: Any, *, axis: Any = None, dtype: Any = None, include_initial: Any = False) -> Tensor:
    """Running sum along an axis, which only a vector may leave out; ``include_initial`` starts it with a 0."""

def deg2rad(x: Any, /) -> Tensor:
    """Radians of degrees."""

def degrees(x: Any, /) -> Tensor:
    """Degrees of radians."""

def delete(arr: Any, obj: Any, axis: Any = None) -> Tensor:
    """``arr`` without the places ``obj`` of an axis, of the flattened array where that is None."""

def det(a: Any) -> Tensor:
    """Determinants: (..., n, n) -> (...)."""

def diag(x: Any, k: Any = 0) -> Tensor:
    """The ``k``-th diagonal of a matrix, (m, n) -> (p,), or the matrix that has a vector there, (n,) -> (n, n)."""

def diagflat(x: Any, k: Any = 0) -> Tensor:
    """A matrix with the elements of x on its ``k``-th diagonal, and zeros elsewhere: (...) -> (n + |k|, n + |k|)."""

def diagonal(x: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Tensor:
    """Diagonals of the matrices that two axes make, along the last axis of the result: (n, m, ...) -> (..., length)."""

def diff(x: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """Differences of neighbours along an axis, ``n`` times over: (..., length) -> (..., length - n)."""

def divide(x: Any, y: Any, /) -> Tensor:
    """Quotient, `x / y`."""

def divmod(x: Any, y: Any) -> Tensor:
    """Quotient rounded down and remainder, `(x // y, x % y)`: (...), (...) -> (...), (...)."""

def dot(x: Any, y: Any) -> Tensor:
    """Product over the last axis of x and the last but one of y (a vector's only one): (n, k), (l, k, m) -> (n, l, m)."""

def dsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts behind each other: `split` along the third axis."""

def dstack(arrays: Any) -> Tensor:
    """Arrays behind each other, along the third axis; those of fewer than three take new ones as `atleast_3d` does."""

def ediff1d(x: Any, to_end: Any = None, to_begin: Any = None) -> Tensor:
    """Differences of neighbours in the flattened array, with ``to_begin`` before and ``to_end`` after them."""

def eigh(a: Any, UPLO: Any = 'L') -> Any:
    """Eigenvalues, rising, and eigenvectors, in columns, of symmetric matrices: (..., n, n) -> (..., n), (..., n, n)."""

def eigvalsh(a: Any, UPLO: Any = 'L') -> Tensor:
    """Eigenvalues of symmetric matrices, rising: (..., n, n) -> (..., n)."""

def einsum(subscripts: Any, *operands: Any, optimize: Any = True) -> Tensor:
    """Sum of products over named axes: ``einsum("ij,jk->ik", x, y)`` is ``x @ y``."""

def entr(x: Any, /) -> Tensor:
    """Entropy's summand ``-x * log(x)``, 0 at 0, where its derivative is infinite, and -inf below."""

def erf(x: Any, /) -> Tensor:
    """Error function, ``2 / sqrt(pi)`` times the integral of ``exp(-t * t)`` from 0 to x."""

def exp(x: Any, /) -> Tensor:
    """Exponential, e ** x."""

def exp2(x: Any, /) -> Tensor:
    """Power of two, 2 ** x."""

def expand_dims(x: Any, axis: Any) -> Tensor:
    """With a new axis of length 1 at ``axis`` of the result, or several: (n, m) -> (n, 1, m) for axis 1."""

def expit(x: Any, /) -> Tensor:
    """Logistic function, ``1 / (1 + exp(-x))``."""

def expm(a: Any) -> Tensor:
    """The exponential of matrices, ``eye(n) + a + a @ a / 2 + a @ a @ a / 6 + ...``: (..., n, n) -> (..., n, n)."""

def expm1(x: Any, /) -> Tensor:
    """e ** x - 1, exact for small x."""

def extract(condition: Any, x: Any) -> Tensor:
    """The elements of x for which the condition, of the same size, holds: (...), (...) -> (n,)."""

def fabs(x: Any, /) -> Tensor:
    """Absolute value, of floats alone; its derivative at 0 is taken as 0."""

def fix(x: Any) -> Tensor:
    """Rounded towards 0: (...) -> (...); its derivative is 0."""

def flatten(x: Any, order: Any = 'C') -> Tensor:
    """All elements along one axis, in memory of their own: (...) -> (n,)."""

def flip(x: Any, axis: Any = None) -> Tensor:
    """The order along axes reversed, along all if None: (...) -> (...)."""

def fliplr(x: Any) -> Tensor:
    """Left to right: the order along the second axis reversed, (n, m, ...) -> (n, m, ...)."""

def flipud(x: Any) -> Tensor:
    """Upside down: the order along the first axis reversed, (n, ...) -> (n, ...)."""

def float_power(x: Any, y: Any, dtype: Any = Ellipsis) -> Tensor:
    """``x ** y`` in double precision, whatever the operands are: (...), (...) -> (...)."""

def floor(x: Any, /) -> Tensor:
    """Rounded down; its derivative is 0."""

def floor_divide(x: Any, y: Any, /) -> Tensor:
    """Quotient rounded down, `x // y`."""

def fmax(x: Any, y: Any, /) -> Tensor:
    """The larger of x and y, or that which is not nan; a tie shares the gradient evenly."""

def fmin(x: Any, y: Any, /) -> Tensor:
    """The smaller of x and y, or that which is not nan; a tie shares the gradient evenly."""

def fmod(x: Any, y: Any, /) -> Tensor:
    """What division rounded towards 0 leaves, with the sign of x."""

def gather(x: Any, indices: Any, axis: Any = -1) -> Tensor:
    """Along an axis, the elements that ``indices`` names place by place: `take_along_axis` by its other name."""

def getitem(x: Any, index: Any) -> Tensor:
    """``x[index]``, with NumPy's basic, advanced and boolean indices: (n, m) -> (k, m) for an index of (k,)."""

def gradient(f: Any, *spacing: Any, axis: Any = None, edge_order: Any = 1) -> Tensor:
    """The slope of sampled values, by central differences; by one-sided ones at both ends: (...) -> (...)."""

def heaviside(x: Any, y: Any, /) -> Tensor:
    """0 for x < 0, 1 for x > 0, and y at 0; its derivative in x is 0, at the step too."""

def hsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts beside each other: `split` along the second axis, the first where there is only one."""

def hstack(arrays: Any, *, dtype: Any = None) -> Tensor:
    """Arrays beside each other: along the second axis, the first where they have only one; numbers are arrays of one."""

def hypot(x: Any, y: Any, /) -> Tensor:
    """Length of the hypotenuse, sqrt(x ** 2 + y ** 2), without overflow."""

def imag(x: Any) -> Tensor:
    """The imaginary part, 0: (...) -> (...); its derivative is 0."""

def inner(x: Any, y: Any) -> Tensor:
    """Product over the last axes of both: (..., n), (..., n) -> the leading axes of x, then those of y."""

def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Tensor:
    """``arr`` with ``values`` put in before the places ``obj`` of an axis, of the flattened array where that is None."""

def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Tensor:
    """Values at ``x`` of the lines that join points ``(xp, fp)``: (...), (points,), (points,) -> (...)."""

def inv(a: Any) -> Tensor:
    """Inverses: (..., n, n) -> (..., n, n)."""

def kron(x: Any, y: Any) -> Tensor:
    """Kronecker product: x with each element replaced by its product with y; (n, m), (k, l) -> (n k, m l)."""

def lerp(x: Any, y: Any, weight: Any) -> Tensor:
    """``(1 - weight) * x + weight * y``, the straight line from x to y: (...), (...), (...) -> (...)."""

def log(x: Any, /) -> Tensor:
    """Natural logarithm, for x > 0."""

def log10(x: Any, /) -> Tensor:
    """Logarithm to base 10, for x > 0."""

def log1p(x: Any, /) -> Tensor:
    """log(1 + x), exact for small x, for x > -1."""

def log2(x: Any, /) -> Tensor:
    """Logarithm to base 2, for x > 0."""

def log_softmax(x: Any, axis: Any = -1) -> Tensor:
    """``x - log(sum(exp(x)))`` over axes, without overflow: (...) -> (...), at most 0."""

def logaddexp(x: Any, y: Any, /) -> Tensor:
    """log(exp(x) + exp(y)), without overflow; of two -inf, with derivatives 0."""

def logaddexp2(x: Any, y: Any, /) -> Tensor:
    """log2(2 ** x + 2 ** y), without overflow; of two -inf, with derivatives 0."""

def logcumsumexp(x: Any, axis: Any = None) -> Tensor:
    """``log(cumsum(exp(x)))`` along an axis, without overflow; of the flattened array where that is None."""

def logit(x: Any, /) -> Tensor:
    """``log(x / (1 - x))``, the inverse of the logistic function, for 0 < x < 1."""

def logsigmoid(x: Any, /) -> Tensor:
    """Logarithm of the logistic function, ``-log(1 + exp(-x))``."""

def logsumexp(x: Any, axis: Any = None, keepdims: Any = False) -> Tensor:
    """``log(sum(exp(x)))`` over axes, without overflow, as `scipy.special.logsumexp`: (..., n) -> (...)."""

def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Tensor, ...]:
    """Least squares: the shortest x for which ``|b - a @ x|`` is least: (m, n), (m,) -> (n,) or (m, k) -> (n, k)."""

def masked_fill(x: Any, mask: Any, value: Any) -> Tensor:
    """x with one number in place of the elements for which the mask, broadcast against x, holds."""

def matmul(x: Any, y: Any, /) -> Tensor:
    """Matrix product, ``x @ y``: (..., n, k), (..., k, m) -> (..., n, m); the leading axes broadcast."""

def matrix_norm(x: Any, keepdims: Any = False, ord: Any = 'fro') -> Tensor:
    """Norms of the matrices in the last two axes: (..., n, m) -> (...)."""

def matrix_power(x: Any, n: Any) -> Tensor:
    """Product of n copies of a square matrix, by repeated squaring: (..., k, k) -> (..., k, k)."""

def matrix_transpose(x: Any) -> Tensor:
    """The last two axes exchanged: (..., m, n) -> (..., n, m). It is ``x.mT``."""

def matvec(x: Any, y: Any) -> Tensor:
    """Matrices times vectors: (..., n, k), (..., k) -> (..., n); the leading axes broadcast."""

def max(x: Any, axis: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
    """The largest element over axes; a tie shares the gradient evenly."""

def maximum(x: Any, y: Any, /) -> Tensor:
    """The larger of x and y; a tie shares the gradient evenly."""

def mean(x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True) -> Tensor:
    """Arithmetic mean over axes, of the elements that a boolean array ``where`` marks."""

def median(x: Any, axis: Any = None, keepdims: Any = False) -> Tensor:
    """Median over axes: the middle element in order, or the mean of the two in the middle, which share the gradient."""

def meshgrid(*arrays: Any, copy: Any = True, sparse: Any = False, indexing: Any = 'xy') -> tuple[Tensor, ...]:
    """Coordinates of a grid: for each vector an array that holds it along an axis of its own."""

def min(x: Any, axis: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
    """The smallest element over axes; a tie shares the gradient evenly."""

def minimum(x: Any, y: Any, /) -> Tensor:
    """The smaller of x and y; a tie shares the gradient evenly."""

def modf(x: Any) -> Tensor:
    """Fractional and whole part, both with the sign of x: (...) -> (...), (...); the whole part has the gradient 0."""

def moveaxis(x: Any, source: Any, destination: Any) -> Tensor:
    """Axes moved to other places, the rest in their order: (n, m, k) -> (m, k, n) from 0 to -1."""

def multi_dot(arrays: Any) -> Tensor:
    """Product of two or more matrices, in the order with the fewest multiplications: (n, m), ..., (p, q) -> (n, q)."""

def multigammaln(a: Any, d: Any) -> Tensor:
    """Logarithm of the gamma function of ``d`` dimensions: (...) -> (...), for a > (d - 1) / 2 and d = 1, 2, ..."""

def multiply(x: Any, y: Any, /) -> Tensor:
    """Product, `x * y`."""

def nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
    """``x`` with finite numbers for nan and infinities: (...) -> (...); what was replaced has the gradient 0."""

def nancumprod(x: Any, axis: Any = None, dtype: Any = None) -> Tensor:
    """Running product along an axis, with nan as 1, which has the gradient 0; shapes as of `cumprod`, (...) -> (...)."""

def nancumsum(x: Any, axis: Any = None, dtype: Any = None) -> Tensor:
    """Running sum along an axis, with nan as 0, which has the gradient 0; shapes as of `cumsum`, (...) -> (...)."""

def nanmax(x: Any, axis: Any = None, keepdims: Any = False) -> Tensor:
    """The largest element over axes that is not nan, and nan if all are; a tie shares the gradient evenly."""

def nanmean(x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True) -> Tensor:
    """Mean over axes of the elements that are not nan, (..., n) -> (...); nan if there are none."""

def nanmedian(x: Any, axis: Any = None, keepdims: Any = False) -> Tensor:
    """Median over axes of the elements that are not nan, (..., n) -> (...); nan if there are none."""

def nanmin(x: Any, axis: Any = None, keepdims: Any = False) -> Tensor:
    """The smallest element over axes that is not nan, and nan if all are; a tie shares the gradient evenly."""

def nanpercentile(x: Any, q: Any, axis: Any = None, method: Any = 'linear', keepdims: Any = False) -> Tensor:
    """`percentile` of the elements that are not nan; nan if there are none."""

def nanprod(x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
    """Product over axes, with nan as 1, which has the gradient 0: (..., n) -> (...)."""

def nanquantile(x: Any, q: Any, axis: Any = None, method: Any = 'linear', keepdims: Any = False) -> Tensor:
    """`quantile` of the elements that are not nan, which have no gradient; nan if there are none."""

def nanstd(x: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False, where: Any = True) -> Tensor:
    """Standard deviation over axes of the elements that are not nan, (..., n) -> (...); nan if there are none."""

def nansum(x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
    """Sum over axes, with nan as 0, which has the gradient 0: (..., n) -> (...)."""

def nanvar(x: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False, where: Any = True) -> Tensor:
    """Variance over axes of the elements that are not nan, (..., n) -> (...); nan if there are none."""

def negative(x: Any, /) -> Tensor:
    """The opposite, `-x`."""

def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Tensor:
    """Norm of a vector, a matrix, or many of them; by default the root of the sum of all squares."""

def outer(x: Any, y: Any) -> Tensor:
    """All products of an element of x and one of y, both flattened: (...), (...) -> (n, m)."""

def pad(x: Any, pad_width: Any, mode: Any = 'constant', constant_values: Any = 0) -> Tensor:
    """With margins around: ``pad_width`` is a number, a pair (before, after), or a pair for each axis."""

def partition(x: Any, kth: Any, axis: Any = -1, kind: Any = 'introselect') -> Tensor:
    """With the kth element along an axis in its sorted place, no larger ones before and no smaller ones after it."""

def percentile(x: Any, q: Any, axis: Any = None, method: Any = 'linear', keepdims: Any = False) -> Tensor:
    """What q percent of the elements over axes lie below: `quantile` with levels from 0 to 100."""

def piecewise(x: Any, condlist: Any, funclist: Any) -> Tensor:
    """A function made of pieces: each is called with those elements of x for which its condition holds."""

def pinv(a: Any, rcond: Any = None, hermitian: Any = False, rtol: Any = Ellipsis) -> Tensor:
    """Pseudo-inverses: (..., m, n) -> (..., n, m)."""

def polygamma(n: Any, x: Any) -> Tensor:
    """The ``n``-th derivative of the digamma function, for integers n >= 0: (...), (...) -> (...)."""

def polyval(p: Any, x: Any) -> Tensor:
    """Values of the polynomial p[0] x**(n - 1) + ... + p[n - 1], by Horner's rule: (n,), (...) -> (...)."""

def positive(x: Any, /) -> Tensor:
    """The same, `+x`."""

def power(x: Any, y: Any, /) -> Tensor:
    """Power, `x ** y`, for x > 0 or an integer y."""

def prod(x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
    """Product over axes, of the elements that a boolean array ``where`` marks, times ``initial``."""

def ptp(x: Any, axis: Any = None, keepdims: Any = False) -> Tensor:
    """Range over axes, the largest less the smallest element, (..., n) -> (...); a tie shares the gradient evenly."""

def qr(a: Any, mode: Any = 'reduced') -> Any:
    """Factors ``a = Q @ R``, orthonormal columns and upper triangular: (..., m, n) -> (..., m, k), (..., k, n)."""

def quantile(x: Any, q: Any, axis: Any = None, method: Any = 'linear', keepdims: Any = False) -> Tensor:
    """What a share q of the elements over axes lies below: (...) -> (...), or (k, ...) for k levels."""

def rad2deg(x: Any, /) -> Tensor:
    """Degrees of radians."""

def radians(x: Any, /) -> Tensor:
    """Radians of degrees."""

def ravel(x: Any, order: Any = 'C') -> Tensor:
    """All elements along one axis: (...) -> (n,). Where memory allows, it is a view; `flatten` copies."""

def real(x: Any) -> Tensor:
    """The real part, which is all of a real number: (...) -> (...)."""

def real_if_close(x: Any) -> Tensor:
    """The real part, since there is no other: (...) -> (...)."""

def reciprocal(x: Any, /) -> Tensor:
    """Reciprocal, `1 / x`; of an integer an integer."""

def relu(x: Any, /) -> Tensor:
    """Rectifier, ``max(x, 0)``, as `torch.relu`; its derivative at 0 is taken as 0."""

def remainder(x: Any, y: Any, /) -> Tensor:
    """What floor division leaves, `x % y`, with the sign of y."""

def repeat(x: Any, repeats: Any, axis: Any = None) -> Tensor:
    """Each element ``repeats`` times in a row along an axis, of the flattened array where that is None."""

def reshape(x: Any, shape: Any, order: Any = 'C', copy: Any = None) -> Tensor:
    """The same elements in another shape; one length may be -1, which is what remains."""

def resize(x: Any, new_shape: Any) -> Tensor:
    """The elements in C order, as often as it takes to fill a new shape; zeros if there are none."""

def rint(x: Any, /) -> Tensor:
    """Rounded to the nearest integer, halves to even; its derivative is 0."""

def roll(x: Any, shift: Any, axis: Any = None) -> Tensor:
    """Elements moved on by ``shift`` places along an axis, those that fall off coming in again at the front."""

def rollaxis(x: Any, axis: Any, start: Any = 0) -> Tensor:
    """One axis moved back until it stands before the axis that is at ``start``; `moveaxis` is clearer."""

def rot90(x: Any, k: Any = 1, axes: Any = (0, 1)) -> Tensor:
    """Turned by 90 degrees ``k`` times, from the first of two axes towards the second."""

def round(x: Any, decimals: Any = 0) -> Tensor:
    """Rounded to ``decimals`` places, halves to even: (...) -> (...); its derivative is 0."""

def scatter(x: Any, indices: Any, values: Any, axis: Any = -1) -> Tensor:
    """A copy of x with values written where ``indices`` say along an axis: what ``numpy.put_along_axis`` makes of x."""

def scatter_add(x: Any, indices: Any, values: Any, axis: Any = -1) -> Tensor:
    """A copy of x with values added where ``indices`` say along an axis; where these repeat, all are added."""

def sec(x: Any, /) -> Tensor:
    """Secant, ``1 / cos(x)``."""

def sech(x: Any, /) -> Tensor:
    """Hyperbolic secant, ``1 / cosh(x)``."""

def select(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """Element by element, the first of the choices whose condition holds, and the default where none does."""

def setitem(x: Any, index: Any, value: Any) -> Tensor:
    """A copy of x with ``copy[index] = value``: what `x[index] = value` does to a tensor in a graph."""

def sigmoid(x: Any, /) -> Tensor:
    """Logistic function, ``1 / (1 + exp(-x))``."""

def sign(x: Any, /) -> Tensor:
    """-1, 0 or 1; its derivative is 0."""

def sin(x: Any, /) -> Tensor:
    """Sine, of radians."""

def sinc(x: Any, n: Any = 0) -> Tensor:
    """sin(pi x) / (pi x), and 1 at 0, or its ``n``-th derivative: (...) -> (...), smooth at 0 at every order."""

def sinh(x: Any, /) -> Tensor:
    """Hyperbolic sine."""

def sliding_window_view(x: Any, window_shape: Any, axis: Any = None) -> Tensor:
    """All windows of a shape, as a view: each axis that they slide along is shorter, theirs come last."""

def slogdet(a: Any) -> Any:
    """Sign and logarithm of determinants, which may overflow themselves: (..., n, n) -> (...), (...)."""

def softmax(x: Any, axis: Any = -1) -> Tensor:
    """``exp(x) / sum(exp(x))`` over axes, without overflow: (...) -> (...), positive and adding up to 1."""

def softplus(x: Any, /) -> Tensor:
    """``log(1 + exp(x))``, a smooth rectifier."""

def solve(a: Any, b: Any) -> Tensor:
    """Solutions x of ``a @ x = b``: (..., n, n), (..., n, k) -> (..., n, k); the leading axes broadcast."""

def solve_banded(l_and_u: Any, ab: Any, b: Any) -> Tensor:
    """Solutions x of ``a @ x = b`` with a band matrix: (l + u + 1, n), (n,) -> (n,) or ..., (n, k) -> (n, k)."""

def solve_sylvester(a: Any, b: Any, q: Any) -> Tensor:
    """The solution x of ``a @ x + x @ b = q``, by Bartels and Stewart: (m, m), (n, n), (m, n) -> (m, n)."""

def solve_triangular(a: Any, b: Any, trans: Any = 0, lower: Any = False, unit_diagonal: Any = False) -> Tensor:
    """Solutions x of ``a @ x = b`` with triangular ``a``, whose other triangle is not read."""

def sort(x: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Tensor:
    """The elements in rising order along an axis, (...) -> (...); of the flattened array, (n,), where that is None."""

def split(x: Any, indices_or_sections: Any, axis: Any = 0) -> list[Tensor]:
    """Parts along an axis: a number of equal ones, or those that end at the given indices."""

def sqrt(x: Any, /) -> Tensor:
    """Square root, for x > 0."""

def sqrtm(a: Any) -> Tensor:
    """The principal square root of a matrix, s with ``s @ s = a``: (n, n) -> (n, n), real."""

def square(x: Any, /) -> Tensor:
    """Square, `x * x`."""

def squeeze(x: Any, axis: Any = None) -> Tensor:
    """Without the axes of length 1, or without those of them that ``axis`` names: (1, n, 1) -> (n,)."""

def stack(arrays: Any, axis: Any = 0, *, dtype: Any = None) -> Tensor:
    """Arrays of one shape joined along a new axis."""

def std(x: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False, correction: Any = None, where: Any = True) -> Tensor:
    """Standard deviation over axes, the root of `var`, (..., n) -> (...); where it is 0, its derivative is taken as 0."""

def subtract(x: Any, y: Any, /) -> Tensor:
    """Difference, `x - y`."""

def sum(x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Tensor:
    """Sum over axes, of the elements that a boolean array ``where`` marks, on top of ``initial``."""

def svd(a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False) -> Any:
    """Factors ``a = U @ diag(S) @ Vh``, singular values falling: (..., m, n) -> (..., m, k), (..., k), (..., k, n)."""

def svdvals(x: Any) -> Tensor:
    """Singular values, falling: (..., m, n) -> (..., min(m, n))."""

def swapaxes(x: Any, axis1: Any, axis2: Any) -> Tensor:
    """Two axes exchanged: (n, m, k) -> (k, m, n) for 0 and 2."""

def take(x: Any, indices: Any, axis: Any = None, mode: Any = 'raise') -> Tensor:
    """Elements at ``indices`` along an axis, of the flattened array where that is None."""

def take_along_axis(x: Any, indices: Any, axis: Any = -1) -> Tensor:
    """Along an axis, the elements that ``indices``, an array of as many axes as x, names place by place."""

def tan(x: Any, /) -> Tensor:
    """Tangent, of radians."""

def tanh(x: Any, /) -> Tensor:
    """Hyperbolic tangent."""

def tensordot(x: Any, y: Any, axes: Any = 2) -> Tensor:
    """Sum of products over axes of x and axes of y; what is left of x's axes comes first."""

def tensorinv(a: Any, ind: Any = 2) -> Tensor:
    """Inverse with respect to `tensordot` of ``ind`` axes, whose lengths' product is that of the others."""

def tensorsolve(a: Any, b: Any, axes: Any = None) -> Tensor:
    """Solution x of ``tensordot(a, x, x.ndim) = b``; ``axes`` of ``a`` are moved to its end first."""

def tile(x: Any, reps: Any) -> Tensor:
    """Copies side by side, ``reps`` along each axis: (n, m) -> (n * k, m * l) for ``(k, l)``, (n, m * k) for ``k``."""

def topk(x: Any, k: Any, axis: Any = -1, largest: Any = True) -> tuple[Tensor, ...]:
    """The k largest (or smallest) elements along an axis, the first of them first, and their indices, a plain array."""

def trace(x: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None) -> Tensor:
    """The sum of a `diagonal`: (n, n) -> ()."""

def transpose(x: Any, axes: Any = None) -> Tensor:
    """The axes in the order ``axes``, or reversed: (n, m, k) -> (k, m, n)."""

def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Tensor:
    """The integral of sampled values along an axis by the trapezoidal rule: (..., length) -> (...)."""

def tril(x: Any, k: Any = 0) -> Tensor:
    """The lower triangle of matrices, zeros above the ``k``-th diagonal: (..., m, n) -> (..., m, n)."""

def triu(x: Any, k: Any = 0) -> Tensor:
    """The upper triangle of matrices, zeros below the ``k``-th diagonal: (..., m, n) -> (..., m, n)."""

def trunc(x: Any, /) -> Tensor:
    """Rounded towards 0; its derivative is 0."""

def unstack(x: Any, *, axis: Any = 0) -> tuple[Tensor, ...]:
    """The slices along an axis, which they lose: the opposite of `stack`."""

def var(x: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False, correction: Any = None, where: Any = True) -> Tensor:
    """Variance over axes: the sum of squared deviations from the mean, divided by the count less ``ddof``."""

def vdot(x: Any, y: Any) -> Tensor:
    """Sum of the products of the elements of two arrays of one size, in C order: (...), (...) -> ()."""

def vecdot(x: Any, y: Any, axis: Any = -1) -> Tensor:
    """Inner products of the vectors along an axis: (..., n), (..., n) -> (...); the other axes broadcast."""

def vecmat(x: Any, y: Any) -> Tensor:
    """Vectors times matrices: (..., k), (..., k, m) -> (..., m); the leading axes broadcast."""

def vector_norm(x: Any, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Tensor:
    """Length of the vector along an axis, or several as one, ``sum(abs(x) ** ord) ** (1 / ord)``: (..., n) -> (...)."""

def vsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts below each other: `split` along the first axis of at least two."""

def vstack(arrays: Any, *, dtype: Any = None) -> Tensor:
    """Arrays below each other, along the first axis; those of fewer than two axes are rows."""

def where(condition: Any, x: Any = None, y: Any = None) -> Tensor:
    """``x`` where the condition holds and ``y`` elsewhere, all three broadcast: (...), (...), (...) -> (...)."""

def xlog1py(x: Any, y: Any, /) -> Tensor:
    """``x * log(1 + y)``, and 0 where x is 0; of x = 0, y = -1 with derivatives 0."""

def xlogy(x: Any, y: Any, /) -> Tensor:
    """``x * log(y)``, and 0 where x is 0; of x = y = 0 with derivatives 0."""
