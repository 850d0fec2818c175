"""Aim a throw: a simulation in plain NumPy, which assigns into its arrays, is differentiated in how it starts."""

import numpy as np

import autograd as ag

STEP = 0.02
GRAVITY = np.array([0.0, -9.81])
TARGET = np.array([5.9, 0.1])


def simulate(velocity, steps=70):
    """Positions of a ball with air drag that bounces off the ground: (2,) -> (steps, 2)."""
    path = np.zeros_like(velocity, shape=(steps, 2))
    state = np.zeros_like(velocity, shape=(2, 2))  # position and velocity
    state[1] = velocity
    for i in range(steps):
        speed = np.sqrt(np.sum(state[1] ** 2))
        state[1] += STEP * (GRAVITY - 0.05 * speed * state[1])
        state[0] += STEP * state[1]
        if state[0, 1] < 0:
            state[0, 1] = -state[0, 1]
            state[1, 1] *= -0.8
        path[i] = state[0]
    return path


def miss(velocity):
    """The squared distance of the last position from the target."""
    return np.sum((simulate(velocity)[-1] - TARGET) ** 2)


def aim(velocity, steps=40, rate=0.2):
    """Gradient descent on the miss; returns the velocity and all misses."""
    descend = ag.value_and_grad(miss)
    misses = []
    for _ in range(steps):
        value, slope = descend(velocity)
        misses.append(value)
        velocity = velocity - rate * slope
    return velocity, misses


def main():
    """Aim, and print how the miss shrinks."""
    velocity, misses = aim(np.array([4.0, 4.0]))
    for step in range(0, len(misses), 8):
        print(f"step {step:2d}: misses by {np.sqrt(misses[step]):.6f} m")
    print(f"throw at {velocity.round(3)} m/s; it arrives at {simulate(velocity)[-1].round(3)}")


if __name__ == "__main__":
    main()
