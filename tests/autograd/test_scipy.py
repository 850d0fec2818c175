"""SciPy's ufuncs on Tensors: their rules, and that SciPy is never imported on the user's behalf."""

import subprocess
import sys
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mp

import autograd as ag
from autograd.composites import composite
from autograd.errors import DetachError, GradientError
from autograd.rules.scipy_special import ANSWERED, ROWS, Row, declare
from autograd.spec import Choice, Real
from autograd.testing import CONTRACTS, check

sp = pytest.importorskip("scipy.special")
declare()

RECORDS = {name: record for name in ROWS if (record := ag.ops.get(f"scipy.special.{name}")) is not None}
PARTIAL = {name: [a for a, rule in facts.rules.items() if rule is None] for name, facts in ROWS.items()}
WHOLE = [name for name in RECORDS if not PARTIAL[name]]
WIDENED = ("beta", "betaln")  # by a Python number: SciPy's own result is double precision then


def test_the_table_is_entered():
    assert RECORDS.keys() == {name for name in ROWS if hasattr(sp, name)}
    assert not any(name in ag.ops.functions for name in ("gammaln", "betainc", "jv"))


# --- every rule -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WHOLE)
def test_keeps_every_contract(name):
    check(RECORDS[name], contracts=tuple(c for c in CONTRACTS if name not in WIDENED or c != "keeps_float32"))


ORDERS = {  # what stands before the argument that can be differentiated in, and where to sample that
    "stdtr": ([0.5, 4.0], Real()),
    "zeta": ([2.0, 3.5], Real(0.3, 3.0)),
    "gammainc": ([0.5, 1.0, 2.5], Real(0.3, 3.0)),
    "gammaincc": ([0.5, 1.0, 2.5], Real(0.3, 3.0)),
    "gammaincinv": ([0.5, 1.0, 2.5], Real(0.1, 0.9)),
    "gammainccinv": ([0.5, 1.0, 2.5], Real(0.1, 0.9)),
    "betainc": ([(0.5, 2.0), (3.0, 1.0)], Real(0.1, 0.9)),
    "betaincc": ([(0.5, 2.0), (3.0, 1.0)], Real(0.1, 0.9)),
    "betaincinv": ([(0.5, 2.0), (3.0, 1.0)], Real(0.1, 0.9)),
    "jv": ([0.0, 0.5, 2.0], Real(0.3, 4.0)),
    "yv": ([0.0, 0.5, 2.0], Real(0.3, 4.0)),
    "yn": ([0.0, 1.0, 2.0], Real(0.3, 4.0)),
    "iv": ([0.0, 0.5, 2.0], Real(0.3, 4.0)),
    "ive": ([0.0, 0.5, 2.0], Real(0.3, 4.0)),
    "kv": ([0.0, 0.5, 2.0], Real(0.3, 4.0)),
    "kn": ([0.0, 1.0, 2.0], Real(0.3, 4.0)),
    "kve": ([0.0, 0.5, 2.0], Real(0.3, 4.0)),
    "hyp0f1": ([0.5, 2.0], Real()),
    "hyp1f1": ([(0.5, 2.0), (1.0, 1.5)], Real()),
    "hyp2f1": ([(0.5, 2.0, 1.5), (1.0, 1.0, 2.0)], Real(-2.0, 0.7)),
}


def test_every_partial_row_is_tested():
    assert ORDERS.keys() == {name for name in RECORDS if PARTIAL[name]}


def in_last(name):
    """The ufunc as a function of its last argument, through SciPy's own name for it."""
    orders, domain = ORDERS[name]

    @composite(domain=domain, arguments={"order": Choice(*orders)})
    def of_last(x: Any, order: Any) -> Any:
        order = order if isinstance(order, tuple) else (order,)
        return getattr(sp, name)(*[x.dtype.type(a) for a in order], x)

    return of_last


@pytest.mark.parametrize("name", ORDERS)
def test_keeps_every_contract_in_its_last_argument(name):
    check(in_last(name))


@pytest.mark.parametrize("name", ORDERS)
def test_a_derivative_without_closed_form_is_an_error_where_it_is_wanted(name):
    orders, _ = ORDERS[name]
    order = orders[-1] if isinstance(orders[-1], tuple) else (orders[-1],)
    before = [ag.Tensor(np.full(2, a), requires_grad=True) for a in order]
    x = ag.Tensor(np.full(2, 0.5), requires_grad=True)
    out = getattr(sp, name)(*before, x).sum()
    (alone,) = ag.gradients(out, [x], retain_graph=True)
    (wanted,) = ag.gradients(getattr(sp, name)(*order, x).sum(), [x])
    np.testing.assert_allclose(alone.numpy(), wanted.numpy(), rtol=1e-14)
    for argument, tensor in zip(PARTIAL[name], before, strict=True):
        with pytest.raises(GradientError, match=rf"scipy\.special\.{name}: its derivative in {argument} has no closed"):
            ag.gradients(out, [tensor], retain_graph=True)


@pytest.mark.parametrize("first", [[1.0, 2.0, 3.0], (1, 2, 3), np.array([1, 2, 3]), np.float64(2), 2, 2.0])
@pytest.mark.parametrize("name", ["jv", "gammainc", "betainc", "hyp1f1", "xlogy"])
def test_orders_may_be_anything_that_broadcasts(name, first):
    second = [2.0] if name in ("betainc", "hyp1f1") else []
    x = ag.Tensor(np.array([[0.3], [0.6]]), requires_grad=True)
    f = getattr(sp, name)
    out = f(first, *second, x)
    np.testing.assert_allclose(out.numpy(), f(first, *second, x.numpy()), rtol=1e-14)
    (slope,) = ag.gradients(out.sum(), [x])
    near = [f(first, *second, x.numpy() + h).reshape(2, -1).sum(1, keepdims=True) for h in (1e-6, -1e-6)]
    np.testing.assert_allclose(slope.numpy(), (near[0] - near[1]) / 2e-6, rtol=1e-7)


@pytest.mark.parametrize("name", [*WHOLE, *ANSWERED])
def test_float32_stays(name):
    f = getattr(sp, name)
    arguments = [ag.tensor([0.25, 0.5], requires_grad=True) for _ in range(f.nin)]
    out = f(*arguments)
    assert out.dtype == np.float32
    assert all(g.dtype == np.float32 for g in ag.gradients(out.sum(), arguments, create_graph=True))


# --- where a formula could lose its digits: against mpmath ----------------------------------------------

# fmt: off
DELICATE = {  # a ufunc as a function of its last argument, mpmath's, and points
    "exprel": (sp.exprel, lambda x: mp.expm1(x) / x if x else mp.one, [0.0, 1e-9, -1e-4, 0.5, 20.0]),
    "spence": (sp.spence, lambda x: mp.polylog(2, 1 - x), [1.0, 1 + 1e-9, 0.9999, 1e-3, 1.9]),
    "boxcox": (lambda y: sp.boxcox(3.0, y), lambda y: mp.log(3) * mp.hyp1f1(1, 2, y * mp.log(3)), [0.0, 1e-9, -1e-4]),
    "boxcox1p": (
        lambda y: sp.boxcox1p(1e-5, y), lambda y: mp.log1p(mp.mpf(1e-5)) * mp.hyp1f1(1, 2, y * mp.log1p(mp.mpf(1e-5))),
        [0.0, 1e-9, 0.5]
    ),
    "inv_boxcox": (
        lambda y: sp.inv_boxcox(1.5, y), lambda y: mp.exp(mp.mpf(1.5) * mp.hyp2f1(1, 1, 2, -y * mp.mpf(1.5))),
        [0.0, 1e-9, -1e-4]
    ),
    "j1": (sp.j1, mp.j1, [0.0, 1e-9, 1e-4]),
    "i1": (sp.i1, lambda x: mp.besseli(1, x), [0.0, 1e-9, 1e-4]),
    "gammaln": (sp.gammaln, lambda x: mp.log(abs(mp.gamma(x))), [1.0, 2.0, 1e-6, 100.5, -2.5]),
    "gamma": (sp.gamma, mp.gamma, [1.0, -0.5, 10.5]),
    "digamma": (sp.digamma, mp.digamma, [1e-3, 0.5, 50.0, -2.5]),
    "log_ndtr": (sp.log_ndtr, lambda x: mp.log(mp.ncdf(x)), [-20.0, -5.0, 0.0, 5.0, 30.0]),
    "pseudo_huber": (
        lambda d: sp.pseudo_huber(d, 1e-3), lambda d: d**2 * (mp.sqrt(1 + (mp.mpf(1e-3) / d) ** 2) - 1), [1.0, 0.5]
    ),
    "erfc": (sp.erfc, mp.erfc, [5.0, 10.0, -3.0]),
    "ellipk": (sp.ellipk, mp.ellipk, [0.0, 1e-9, -1e-4, 0.99]),
    "ellipe": (sp.ellipe, mp.ellipe, [0.0, 1e-9, -1e-4, 0.99]),
    "expit": (sp.expit, lambda x: 1 / (1 + mp.exp(-x)), [-30.0, 0.0, 5.0]),
    "log_expit": (sp.log_expit, lambda x: -mp.log1p(mp.exp(-x)), [-30.0, 0.0, 30.0]),
}
# fmt: on


@pytest.mark.parametrize("name", DELICATE)
def test_derivatives_keep_their_digits(name):
    f, exact, points = DELICATE[name]
    x = ag.Tensor(np.array(points), requires_grad=True)
    (first,) = ag.gradients(f(x).sum(), [x], create_graph=True)
    (second,) = ag.gradients(first.sum(), [x])
    for i, point in enumerate(points):
        with mpmath.workdps(60):
            wanted = [float(mp.diff(exact, mp.mpf(point), n)) for n in (1, 2)]
        got = [first.numpy()[i], second.numpy()[i]]
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-15, err_msg=str(point))


@pytest.mark.parametrize("name", ["rel_entr", "kl_div"])
def test_probabilities_of_0(name):
    x = ag.Tensor(np.array([0.0, 0.0, 0.5]), requires_grad=True)
    y = ag.Tensor(np.array([0.0, 0.5, 0.5]), requires_grad=True)
    out = getattr(sp, name)(x, y)
    (slope,) = ag.gradients(out.sum(), [y])
    np.testing.assert_array_equal(slope.numpy(), [0.0, 0.0, -1.0] if name == "rel_entr" else [1.0, 1.0, 0.0])


# --- which functions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in ANSWERED if hasattr(sp, name)])
def test_our_own_answer_with_scipys_values(name):
    x = np.concatenate([np.linspace(-0.9, 4.0, 50), [0.5, 0.0, 1.0, 0.3, 1e-9, -40.0, 40.0, np.nan, np.inf, -np.inf]])
    arguments = [x, *[x[:, None]] * (getattr(sp, name).nin - 1)]
    with np.errstate(all="ignore"):
        got = getattr(sp, name)(*map(ag.Tensor, arguments))
        wanted = getattr(sp, name)(*arguments)
    np.testing.assert_allclose(got.numpy(), wanted, rtol=2e-15, atol=1e-300)
    assert f"scipy.special.{name}" not in ag.ops


def test_functions_that_only_call_a_ufunc():
    x = ag.Tensor(np.array([0.5, 1.5]), requires_grad=True)
    for f in (sp.softplus, lambda x: sp.zeta(2, x), sp.sinc) if hasattr(sp, "softplus") else (sp.sinc,):
        out = f(x)
        assert out.requires_grad
        np.testing.assert_allclose(out.numpy(), f(x.numpy()), rtol=1e-14)


@pytest.mark.parametrize("f", [sp.softmax, sp.log_softmax, sp.logsumexp, lambda x: sp.polygamma(1, x)])
def test_plain_functions_refuse_what_they_would_cut(f):
    with pytest.raises(DetachError):
        f(ag.tensor([0.5, 1.5], requires_grad=True))


def test_a_users_own_rule_stays(monkeypatch):
    mine = object()
    monkeypatch.setitem(ag.ops.by_numpy, sp.gammaln, mine)
    assert declare()
    assert ag.ops.by_numpy[sp.gammaln] is mine


def test_what_this_scipy_lacks_is_left_out(monkeypatch):
    monkeypatch.setitem(ROWS, "no_such_function", Row("Nothing.", None, {"x": None}))
    assert declare()
    assert "scipy.special.no_such_function" not in ag.ops


# --- never imported -------------------------------------------------------------------------------------


def run(code):
    subprocess.run([sys.executable, "-c", f"import sys, numpy as np, autograd as ag\n{code}"], check=True)


def test_importing_and_using_the_library_does_not_import_scipy():
    run(
        "import nn\n"
        "x = ag.tensor([0.25, 0.5], requires_grad=True)\n"
        "for name in ('expit', 'logit', 'entr', 'softmax', 'log_softmax', 'softplus', 'logsigmoid', 'erf', 'sinc'):\n"
        "    getattr(ag, name)(x).sum().backward()\n"
        "try: np.spacing(x)\n"
        "except ag.errors.NoRuleError: pass\n"
        "assert not any(name.split('.')[0] == 'scipy' for name in sys.modules)\n"
    )


def test_rules_are_there_once_the_user_has_imported_scipy():
    run(
        "x = ag.Tensor(np.array([0.5, 2.0]), requires_grad=True)\n"
        "try: np.spacing(x)\n"  # a ufunc without a rule, before
        "except ag.errors.NoRuleError: pass\n"
        "import scipy.special\n"
        "assert 'scipy.special.gammaln' not in ag.ops\n"
        "y = scipy.special.gammaln(x)\n"
        "assert 'scipy.special.gammaln' in ag.ops\n"
        "(first,) = ag.gradients(y.sum(), [x], create_graph=True)\n"
        "(second,) = ag.gradients(first.sum(), [x])\n"
        "np.testing.assert_allclose(first.numpy(), scipy.special.digamma([0.5, 2.0]))\n"
        "np.testing.assert_allclose(second.numpy(), scipy.special.polygamma(1, [0.5, 2.0]))\n"
    )
