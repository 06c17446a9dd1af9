"""The noise of a round: discrete Gaussian numbers (Canonne, Kamath & Steinke 2020, "The Discrete Gaussian for Differential Privacy"), number for number
what the other clients draw from the same seed. Only whole numbers decide: no floating-point number could tell what noise was added."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from .secrets import key_stream

CHUNK_WORDS = 16_384
# a comparison of 48 random bits with a double is decided by itself when they are further apart than any rounding
MARGIN = 2.0**-40
Exact = Callable[[], tuple[int, int]]


def words_from(seed: bytes) -> Iterator[int]:
    """Each chunk has a key of its own, and the seed's stream is nothing but those keys."""
    chunk = 0
    while True:
        key = key_stream(seed, 32 * (chunk + 1))[32 * chunk :]
        yield from np.frombuffer(key_stream(key, 4 * CHUNK_WORDS), dtype="<u4").tolist()
        chunk += 1


def below(bound: int, words: Iterator[int]) -> int:
    limit = 2**32 - 2**32 % bound
    return next(word for word in words if word < limit) % bound


def bernoulli(p: float, exact: Exact, words: Iterator[int]) -> bool:
    """True with the probability that `exact` says, whose double is `p`."""
    high = next(words) * 2**16 + (next(words) >> 16)
    uniform = high / 2**48
    if abs(uniform - p) > MARGIN:
        return uniform < p
    for _ in range(4):
        high = high << 32 | next(words)
    numerator, denominator = exact()
    return high * denominator < numerator << 176


def exp_minus(x: float, exact: Exact, words: Iterator[int]) -> bool:
    """True with probability e^-x for 0 <= x <= 1 (algorithm 1)."""

    def part() -> tuple[int, int]:
        numerator, denominator = exact()
        return numerator, denominator * k

    k = 1
    while bernoulli(x / k, part, words):
        k += 1
    return k % 2 == 1


def one() -> tuple[int, int]:
    return 1, 1


def laplace(t: int, words: Iterator[int]) -> int:
    """A discrete Laplace number of scale t (algorithm 2)."""
    while True:
        part, whole = below(t, words), 0
        if not exp_minus(part / t, lambda: (part, t), words):  # noqa: B023
            continue
        while exp_minus(1.0, one, words):
            whole += 1
        size, negative = part + t * whole, below(2, words) == 1
        if not (negative and size == 0):
            return -size if negative else size


def discrete_gaussian(deviation: int, words: Iterator[int]) -> int:
    """A whole number with P(x) in proportion to e^(-x^2 / 2 deviation^2) (algorithm 3)."""
    t = deviation + 1
    while True:
        y = laplace(t, words)
        x = (abs(y) - deviation**2 / t) ** 2 / (2 * deviation**2)
        numerator, denominator = (abs(y) * t - deviation**2) ** 2, 2 * (deviation * t) ** 2
        # the whole part by whole numbers alone where the double is too close to tell
        whole = numerator // denominator if abs(x - round(x)) < 1e-6 else math.floor(x)
        rest = numerator - whole * denominator, denominator
        if all(exp_minus(1.0, one, words) for _ in range(whole)) and exp_minus(max(0.0, x - whole), lambda: rest, words):  # noqa: B023
            return y


def gaussians(deviation: float, seed: bytes, count: int) -> np.ndarray:
    """So many numbers, modulo 2^32."""
    words = words_from(seed)
    drawn = [discrete_gaussian(math.ceil(deviation), words) for _ in range(count)]
    return np.array(drawn, np.int64).astype(np.uint32)
