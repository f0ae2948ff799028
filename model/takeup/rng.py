"""The random numbers: each is a function of (seed, person, month, purpose), and of nothing else.

All come from the one sequence of SplitMix64 (Steele, Lea and Flood 2014). A seed, a month and a stream choose
a place in it, as good as at random among 2^64; a person is so many steps on from there. Nothing is shared
and nothing is consumed, so neither the order in which people are asked, nor what happens to others, nor a policy
that makes someone draw more often, changes anybody's luck.

A stream is one 64-bit word a person and month. Where 21 bits are enough, a word serves three purposes:

    LIVING    leave and settle · register and move · hear
    ACTING    act · complete · lot
    TRAITS    trust · insurance · knowledge on arrival      for life: the same in whatever month a person comes
    PROFILE, TASTE                                          for life
    RESIDENCE, REGISTRATION                                 of those who live here at the start
    RANK, REWIRE, TIE                                       of the world: which slots are open, who listens to whom
    TRIAL                                                   whom a trial treats
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.compilation import njit_cached

LIVING: Final = 1
ACTING: Final = 2
TRAITS: Final = 3
PROFILE: Final = 4
TASTE: Final = 5
RESIDENCE: Final = 6
REGISTRATION: Final = 7
RANK: Final = 8
REWIRE: Final = 9
TIE: Final = 10
TRIAL: Final = 11

FOR_LIFE: Final = 0
"""The month of a draw that does not depend on the month."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)
_LANE_BITS = 21
_LANE = np.uint64(2**_LANE_BITS - 1)
_SECOND_LANE, _THIRD_LANE = np.uint64(_LANE_BITS), np.uint64(2 * _LANE_BITS)
_LANE_UNIT = 2.0**-_LANE_BITS
_TO_53_BITS, _UNIT_53 = np.uint64(11), 2.0**-53


@njit_cached
def mix64(word: np.uint64) -> np.uint64:
    """SplitMix64's finaliser: every bit of the result depends on every bit of the word."""
    bits = np.uint64(word)
    bits = (bits ^ (bits >> _30)) * _FIRST
    bits = (bits ^ (bits >> _27)) * _SECOND
    return bits ^ (bits >> _31)


def stream_start(seed: int, month: int, stream: int) -> np.uint64:
    """Where in the sequence a seed's month and stream begin."""
    return np.uint64(_start_of(seed, month, stream))


@njit_cached
def _start_of(seed: int, month: int, stream: int) -> np.uint64:
    place = mix64(np.uint64(seed) * _GOLDEN + _FIRST)
    place = mix64(place + np.uint64(month) * _GOLDEN)
    return mix64(place + np.uint64(stream) * _GOLDEN)


@njit_cached
def random_word(start: np.uint64, person: int) -> np.uint64:
    """A person's 64 random bits of the stream that starts there."""
    return mix64(np.uint64(start) + np.uint64(person) * _GOLDEN)


@njit_cached
def split_uniforms(bits: np.uint64) -> tuple[float, float, float]:
    """Three independent uniforms on [0, 1), 21 bits each, of one word."""
    lanes = np.uint64(bits)
    return (
        np.float64(np.int64(lanes & _LANE)) * _LANE_UNIT,
        np.float64(np.int64((lanes >> _SECOND_LANE) & _LANE)) * _LANE_UNIT,
        np.float64(np.int64((lanes >> _THIRD_LANE) & _LANE)) * _LANE_UNIT,
    )


@njit_cached
def uniform_from_word(bits: np.uint64) -> float:
    """One uniform on [0, 1) with 53 bits, of one word."""
    return np.float64(np.int64(np.uint64(bits) >> _TO_53_BITS)) * _UNIT_53


@njit_cached
def uniforms(start: np.uint64, person: int) -> tuple[float, float, float]:
    """A person's three uniforms of the stream that starts there."""
    return split_uniforms(random_word(start, person))


@njit_cached
def uniform(start: np.uint64, person: int) -> float:
    """A person's one uniform of the stream that starts there."""
    return uniform_from_word(random_word(start, person))


@njit_cached
def random_words(start: np.uint64, first: int, count: int) -> NDArray[np.uint64]:
    """The words of `count` persons from `first` on, shape (count,)."""
    bits = np.empty(count, np.uint64)
    for i in range(count):
        bits[i] = random_word(start, first + i)
    return bits
