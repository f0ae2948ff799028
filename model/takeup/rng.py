"""Random numbers as functions of seed, person, month and stream.

All random numbers come from the sequence of SplitMix64 (Steele, Lea and Flood 2014). A seed, a month and a stream
select a start in it, practically at random among 2^64. The random word of person `n` is `n` steps after the start. No
generator state is shared or consumed. So the order in which persons are processed, what happens to other persons, or
a policy that makes a person use more random numbers never changes the random numbers of any other person.

A stream has one 64-bit word per person and month. Where 21 bits are enough, a word serves three purposes:

    EVENTS      leave and settle · register and move · information
    DECISIONS   consider · completeness · order among the applicants of a month
    TRAITS      trust · insurance · knowledge on arrival      permanent: the same whenever the person arrives
    PROFILE                                                   permanent
    TASTE       taste (16 bits) · attentiveness (8 bits)      permanent
    RESIDENCE, REGISTRATION                                   of the residents at the start
    RANK, REWIRE, TIE                                         of the world: order of slots, contact network
    TRIAL                                                     assignment to the arms of a trial
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.compilation import njit_cached

EVENTS: Final = 1
DECISIONS: Final = 2
TRAITS: Final = 3
PROFILE: Final = 4
TASTE: Final = 5
RESIDENCE: Final = 6
REGISTRATION: Final = 7
RANK: Final = 8
REWIRE: Final = 9
TIE: Final = 10
TRIAL: Final = 11

PERMANENT: Final = 0
"""Month of a random number that does not depend on the month."""

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
    """Mix the bits of a word with the finaliser of SplitMix64.

    Every bit of the result depends on every bit of the word.
    """
    bits = np.uint64(word)
    bits = (bits ^ (bits >> _30)) * _FIRST
    bits = (bits ^ (bits >> _27)) * _SECOND
    return bits ^ (bits >> _31)


def stream_start(seed: int, month: int, stream: int) -> np.uint64:
    """Return the start of a random stream, given a seed and a month."""
    return np.uint64(compiled_stream_start(seed, month, stream))


@njit_cached
def compiled_stream_start(seed: int, month: int, stream: int) -> np.uint64:
    """Return the start of a random stream, for compiled code.

    A call from Python returns an ordinary whole number: use `stream_start`.
    """
    start = mix64(np.uint64(seed) * _GOLDEN + _FIRST)
    start = mix64(start + np.uint64(month) * _GOLDEN)
    return mix64(start + np.uint64(stream) * _GOLDEN)


@njit_cached
def random_word(start: np.uint64, person: int) -> np.uint64:
    """Return the random word of a person, 64 bits, in the stream with this start."""
    return mix64(np.uint64(start) + np.uint64(person) * _GOLDEN)


@njit_cached
def split_uniforms(bits: np.uint64) -> tuple[float, float, float]:
    """Split a random word into three uniform numbers on [0, 1), 21 bits each."""
    lanes = np.uint64(bits)
    return (
        np.float64(np.int64(lanes & _LANE)) * _LANE_UNIT,
        np.float64(np.int64((lanes >> _SECOND_LANE) & _LANE)) * _LANE_UNIT,
        np.float64(np.int64((lanes >> _THIRD_LANE) & _LANE)) * _LANE_UNIT,
    )


@njit_cached
def uniform_from_word(bits: np.uint64) -> float:
    """Convert a random word to one uniform number on [0, 1) with 53 bits."""
    return np.float64(np.int64(np.uint64(bits) >> _TO_53_BITS)) * _UNIT_53


@njit_cached
def uniforms(start: np.uint64, person: int) -> tuple[float, float, float]:
    """Return three uniform numbers of a person in the stream with this start."""
    return split_uniforms(random_word(start, person))


@njit_cached
def uniform(start: np.uint64, person: int) -> float:
    """Return one uniform number of a person in the stream with this start."""
    return uniform_from_word(random_word(start, person))


@njit_cached
def random_words(start: np.uint64, first: int, count: int) -> NDArray[np.uint64]:
    """Return the random words of `count` persons from number `first` on."""
    bits = np.empty(count, np.uint64)
    for i in range(count):
        bits[i] = random_word(start, first + i)
    return bits
