"""A Kalman filter in plain NumPy, whose noise levels are learned by a gradient that goes through all of its steps."""

import numpy as np

import autograd as ag


def predict(mean, covariance, motion, process_noise):
    """Where the state will be after one step, and how sure that is."""
    return motion @ mean, motion @ covariance @ motion.T + process_noise


def update(mean, covariance, seen, observation, observation_noise):
    """The state after an observation, and the observation's log-likelihood (Kalman 1960)."""
    surprise = seen - observation @ mean
    spread = observation @ covariance @ observation.T + observation_noise
    gain = np.linalg.solve(spread, observation @ covariance).T
    _, log_determinant = np.linalg.slogdet(2 * np.pi * spread)
    likelihood = -0.5 * (surprise @ np.linalg.solve(spread, surprise) + log_determinant)
    return mean + gain @ surprise, covariance - gain @ observation @ covariance, likelihood


MOTION = np.array([[1.0, 1.0], [0.0, 1.0]])  # position and velocity: position moves on by the velocity
OBSERVATION = np.array([[1.0, 0.0]])  # the position is seen


def log_likelihood(log_noise, positions):
    """Of observed positions (steps,), given logarithms of the noise of the velocity and of the observation (2,)."""
    noise = np.exp(2 * log_noise)
    process_noise = noise[0] * np.array([[0.25, 0.5], [0.5, 1.0]])  # of an acceleration that is constant in a step
    mean, covariance = np.zeros(2), 10.0 * np.eye(2)
    total = 0.0
    for position in positions:
        mean, covariance = predict(mean, covariance, MOTION, process_noise)
        mean, covariance, likelihood = update(
            mean, covariance, np.array([position]), OBSERVATION, np.reshape(noise[1], (1, 1))
        )
        total = total + likelihood
    return total


def data(steps=200, process=0.1, observation=2.0):
    """Positions of something that drifts, seen with noise."""
    rng = np.random.default_rng(0)
    acceleration = process * rng.standard_normal(steps)
    velocity = np.cumsum(acceleration)
    return np.cumsum(velocity - 0.5 * acceleration) + observation * rng.standard_normal(steps)


def fit(positions, steps=6):
    """Noise levels of greatest likelihood, by Newton's method; and the likelihood before each step."""
    log_noise = np.log([0.2, 3.0])
    climb, curvature = ag.value_and_grad(log_likelihood), ag.hessian(log_likelihood)
    history = []
    for _ in range(steps):
        value, slope = climb(log_noise, positions)
        history.append(value)
        log_noise = log_noise - np.linalg.solve(curvature(log_noise, positions), slope)
    return np.exp(log_noise), history


def main():
    """Learn the noise levels that the data were made with, 0.1 and 2."""
    noise, history = fit(data())
    for step, value in enumerate(history):
        print(f"step {step}: log-likelihood {value:.4f}")
    print(f"process noise {noise[0]:.3f}, observation noise {noise[1]:.3f}")


if __name__ == "__main__":
    main()
