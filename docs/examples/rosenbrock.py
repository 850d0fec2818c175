"""Newton's method on the Rosenbrock function: its gradient and Hessian from a function written in plain NumPy."""

import numpy as np

import autograd as ag


def rosenbrock(x):
    """A curved valley whose floor falls slowly towards (1, ..., 1), where the value is 0: (n,) -> ()."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def newton(f, x, steps):
    """Every point that Newton's method visits, from ``x``."""
    gradient, hessian = ag.grad(f), ag.hessian(f)
    points = [x]
    for _ in range(steps):
        points.append(points[-1] - np.linalg.solve(hessian(points[-1]), gradient(points[-1])))
    return points


def main():
    """Print the path: near the minimum, each step doubles the number of right digits."""
    for x in newton(rosenbrock, np.array([-1.2, 1.0]), steps=7):
        print(f"x = {np.array2string(x, precision=6):24s} f = {rosenbrock(x):11.8f}")


if __name__ == "__main__":
    main()
