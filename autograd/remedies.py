"""What `ag.debug` and `ag.explain` know about primitives, as data: why values are not finite and gradients 0."""

_POSITIVE = "np.maximum(x, 1e-8), or a formula in logarithms such as ag.log_softmax or ag.logsumexp"

# A value became NaN or infinite though the operands were finite.
NOT_FINITE_VALUE = {
    "arccosh": "It is defined from 1 on.",
    "arcsin": "It is defined from -1 to 1, and rounding may lead out of that: clip the argument.",
    "arccos": "It is defined from -1 to 1, and rounding may lead out of that: clip the argument.",
    "arctanh": "It is infinite at -1 and 1 and not defined beyond: clip the argument.",
    "cosh": "It overflows from about 89 on in float32, from 710 on in float64.",
    "divide": "x / 0 is infinite and 0 / 0 is NaN. Keep the divisor away from 0: x / (y + 1e-8) where y >= 0.",
    "exp": "It overflows from about 89 on in float32, from 710 on in float64. Subtract the maximum first, or use "
    "ag.softmax, ag.logsumexp, ag.sigmoid or ag.softplus, which do.",
    "exp2": "It overflows from 128 on in float32, from 1024 on in float64.",
    "expm1": "It overflows from about 89 on in float32, from 710 on in float64.",
    "log": f"The logarithm of 0 is -inf, of negative numbers NaN. Keep the argument above 0: {_POSITIVE}.",
    "log10": f"The logarithm of 0 is -inf, of negative numbers NaN. Keep the argument above 0: {_POSITIVE}.",
    "log1p": "log(1 + x) is -inf at -1 and NaN below: keep x above -1.",
    "log2": f"The logarithm of 0 is -inf, of negative numbers NaN. Keep the argument above 0: {_POSITIVE}.",
    "logit": "It is infinite at 0 and 1: clip the argument, or compute from logits.",
    "power": "A negative number to a fractional power is NaN, 0 to a negative one infinite, and large ones overflow.",
    "reciprocal": "1 / 0 is infinite: keep the argument away from 0.",
    "remainder": "The remainder of a division by 0 is NaN.",
    "sinh": "It overflows from about 89 on in float32, from 710 on in float64.",
    "sqrt": "The square root of a negative number is NaN; rounding may have made it so: np.sqrt(np.maximum(x, 0)).",
    "square": "It overflows: the values have grown too large.",
    "tan": "It is infinite at odd multiples of pi/2.",
}
_OVERFLOW = "The values have grown too large for their dtype: is the learning rate too high, or a scale missing?"
NOT_FINITE_VALUE |= dict.fromkeys(
    ["add", "cumprod", "dot", "einsum", "linear", "matmul", "mean", "multiply", "prod", "subtract", "sum", "var"],
    _OVERFLOW,
)

# A gradient became NaN or infinite though the one that came in was finite.
NOT_FINITE_GRADIENT = {
    "arccos": "Its slope is infinite at -1 and 1.",
    "arccosh": "Its slope is infinite at 1.",
    "arcsin": "Its slope is infinite at -1 and 1.",
    "arctanh": "Its slope is infinite at -1 and 1.",
    "cbrt": "Its slope is infinite at 0.",
    "divide": "Its slope in the divisor is -x / y**2, which overflows where y is almost 0.",
    "hypot": "It has no slope at (0, 0).",
    "log": "Its slope, 1 / x, overflows where x is almost 0.",
    "norm": "The norm has no slope where all elements are 0.",
    "power": "x ** p with p below 1 has an infinite slope at 0; in the exponent the slope needs log(x), so x > 0.",
    "reciprocal": "Its slope is -1 / x**2, which overflows where x is almost 0.",
    "sqrt": "Its slope is infinite at 0, and 0 times that is NaN, also where the result is masked out afterwards. Keep "
    "the argument above 0, np.sqrt(x + 1e-12), or choose it before: np.sqrt(np.where(mask, x, 1)).",
}

# A gradient came in and nothing went out.
LOST = {
    "abs": "Its slope at 0 is taken as 0, and all elements are 0.",
    "clip": "All elements lie outside of the limits, where the slope is 0.",
    "copysign": "It takes only the sign from y, so the slope in y is 0.",
    "getitem": "The elements that were chosen get a gradient; here that is 0.",
    "max": "Only the largest elements get a gradient, and it is 0 here.",
    "maximum": "It chose the other argument everywhere; only what is chosen gets a gradient.",
    "min": "Only the smallest elements get a gradient, and it is 0 here.",
    "minimum": "It chose the other argument everywhere; only what is chosen gets a gradient.",
    "multiply": "The other factor is 0.",
    "power": "The exponent is 0, or x is 0.",
    "relu": "Its input is 0 or below everywhere, where the slope is 0: the units are dead. Smaller learning rates, "
    "other initial values or a leaky rectifier keep units alive.",
    "sigmoid": "It is saturated: far from 0 its slope rounds to 0. Scale its input down; a loss should take logits.",
    "softmax": "It is saturated: one probability is 1 and the slope rounds to 0. A loss should take logits.",
    "square": "The argument is 0.",
    "tanh": "It is saturated: far from 0 its slope rounds to 0. Scale its input down.",
    "where": "The condition chose the other argument everywhere; only what is chosen gets a gradient.",
}
_STEPS = (
    "It is piecewise constant: its slope is 0 wherever it has one. A smooth function in its place has a gradient, such "
    "as tanh for sign or sigmoid for a step."
)
LOST |= dict.fromkeys(["ceil", "fix", "floor", "floor_divide", "heaviside", "rint", "round", "sign", "trunc"], _STEPS)
LOST |= dict.fromkeys(["fmax"], LOST["maximum"]) | dict.fromkeys(["fmin"], LOST["minimum"])
