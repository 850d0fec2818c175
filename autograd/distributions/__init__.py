"""Probability distributions named and called as in ``scipy.stats``, differentiable in their real arguments.

SciPy's own are Python code that turns a Tensor into an array. These give the same values, of Tensors as of arrays::

    ag.distributions.norm.logpdf(x, loc=0, scale=1)

Arguments broadcast: (...), (...), ... -> (...), but for those of `dirichlet` and `multivariate_normal`, which say so
themselves. Densities are differentiable in all that is real. Distribution functions are in x, loc and scale; in the
shape parameters of `t`, `gamma`, `chi2` and `beta` theirs have no closed form: a GradientError where they are wanted.

Outside of the support a density is 0 and its logarithm -inf, with zero slopes; so it is at an end of the support
where the logarithm is infinite or the distribution function has a kink. A parameter that is not allowed gives nan, as
in SciPy. float32 stays float32, where SciPy returns float64. All but the normal densities need SciPy itself.
"""

from autograd.distributions.continuous import beta, chi2, gamma, norm, t
from autograd.distributions.discrete import poisson
from autograd.distributions.multivariate import dirichlet, multivariate_normal

__all__ = ["beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"]
