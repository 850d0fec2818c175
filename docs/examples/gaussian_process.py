"""Regression by a Gaussian process: its likelihood, in plain NumPy, is maximized over the kernel's parameters."""

import numpy as np

import autograd as ag


def kernel(x, y, parameters):
    """Squared-exponential covariances: (n,), (m,) -> (n, m)."""
    distance = (x[:, None] - y[None, :]) / np.exp(parameters["log_length"])
    return np.exp(2 * parameters["log_height"]) * np.exp(-0.5 * distance**2)


def log_likelihood(parameters, x, y):
    """Of observations y at x, of a process observed with noise (Rasmussen and Williams 2006, eq. 2.30)."""
    noise = np.exp(2 * parameters["log_noise"]) * np.eye(len(x))
    factor = np.linalg.cholesky(kernel(x, x, parameters) + noise)
    white = np.linalg.solve(factor, y)
    return -0.5 * white @ white - np.sum(np.log(np.diagonal(factor))) - 0.5 * len(x) * np.log(2 * np.pi)


def log_likelihood_by_determinant(parameters, x, y):
    """The same number, by the determinant and a solution in place of a factor."""
    covariance = kernel(x, x, parameters) + np.exp(2 * parameters["log_noise"]) * np.eye(len(x))
    _, log_determinant = np.linalg.slogdet(covariance)
    return -0.5 * y @ np.linalg.solve(covariance, y) - 0.5 * log_determinant - 0.5 * len(x) * np.log(2 * np.pi)


def predict(parameters, x, y, at):
    """Mean and standard deviation of the process, without noise, at new points."""
    covariance = kernel(x, x, parameters) + np.exp(2 * parameters["log_noise"]) * np.eye(len(x))
    weights = np.linalg.solve(covariance, kernel(x, at, parameters))
    variance = np.exp(2 * parameters["log_height"]) - np.sum(weights * kernel(x, at, parameters), axis=0)
    return weights.T @ y, np.sqrt(variance)


def data(count=40, noise=0.2):
    """Noisy values of a sine."""
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(0, 6, count))
    return x, np.sin(x) + noise * rng.standard_normal(count)


def fit(x, y, steps=200, rate=0.01):
    """Parameters of greatest likelihood, by gradient ascent; and the likelihood before each step."""
    parameters = {"log_length": np.float64(0.0), "log_height": np.float64(0.0), "log_noise": np.float64(-1.0)}
    climb = ag.value_and_grad(log_likelihood)
    history = []
    for _ in range(steps):
        value, slope = climb(parameters, x, y)
        history.append(value)
        parameters = {name: parameters[name] + rate * slope[name] for name in parameters}
    return parameters, history


def main():
    """Fit, and print what was found."""
    x, y = data()
    parameters, history = fit(x, y)
    print(f"log-likelihood: {history[0]:.3f} at first, {history[-1]:.3f} after {len(history)} steps")
    for name, value in parameters.items():
        print(f"{name.removeprefix('log_'):6s} {np.exp(value):.3f}")
    mean, deviation = predict(parameters, x, y, np.array([1.5, 3.0, 4.5]))
    for at, m, s in zip((1.5, 3.0, 4.5), mean, deviation, strict=True):
        print(f"f({at}) = {m:6.3f} +- {s:.3f}     sine: {np.sin(at):6.3f}")


if __name__ == "__main__":
    main()
