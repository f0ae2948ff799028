"""The random numbers: uniform, independent, and functions of seed, person, month and stream alone.

Seeds are fixed. Each chi-square may fail a right generator with probability 1e-6; there are about 60 of them.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from takeup import rng
from tests.simulation.bounds import assert_fits, assert_uniform

PERSONS = 50_000
STREAMS = {
    name: number
    for name, number in vars(rng).items()
    if name.isupper() and not name.startswith("_") and isinstance(number, int) and name != "PERMANENT"
}
SEEDS = st.integers(0, 2**62 - 1)
CELLS = 16


def uniforms(seed: int = 1, month: int = 24_108, stream: int = rng.EVENTS, first: int = 0) -> NDArray[np.float64]:
    """The three lanes of many persons, shape (persons, 3)."""
    start = rng.stream_start(seed, month, stream)
    return np.array([rng.uniforms(start, person) for person in range(first, first + PERSONS)])


def singles(seed: int = 1, month: int = 24_108, stream: int = rng.TASTE) -> NDArray[np.float64]:
    """The 53-bit uniforms of many persons."""
    start = rng.stream_start(seed, month, stream)
    return np.array([rng.uniform(start, person) for person in range(PERSONS)])


def assert_independent(one: NDArray[np.float64], other: NDArray[np.float64], what: str) -> None:
    """Pairs fill a square of 16 by 16 cells evenly."""
    cells = np.floor(one * CELLS) * CELLS + np.floor(other * CELLS)
    counts = np.bincount(cells.astype(int), minlength=CELLS**2)
    assert_fits(counts, np.full(CELLS**2, len(one) / CELLS**2), what)


def test_the_words_are_splitmix64() -> None:
    """The sequence from 1234567 that other implementations of SplitMix64 are checked with."""
    words = [rng.random_word(np.uint64(1_234_567), step) for step in range(1, 6)]
    assert words == [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
    ]


def test_where_each_stream_begins_is_settled_for_good() -> None:
    """Any other place would be as random, and everybody's luck under every seed another one."""
    begins = [
        16_853_460_006_061_175_471, 6_607_012_279_960_205_404, 12_260_588_838_814_486_143, 3_637_024_500_742_243_646,
        8_431_805_705_156_830_293, 4_642_131_109_857_712_950, 5_965_639_984_151_869_612, 3_714_804_106_317_006_202,
        11_637_487_056_040_841_839, 8_899_136_474_803_464_192, 12_779_159_271_135_392_695,
    ]  # fmt: skip
    assert [int(rng.stream_start(1, 24_108, STREAMS[name])) for name in STREAMS] == begins
    assert int(rng.stream_start(2, rng.PERMANENT, rng.TRAITS)) == 7_645_582_482_543_442_397


@pytest.mark.parametrize("stream", STREAMS)
def test_every_lane_of_every_stream_is_uniform(stream: str) -> None:
    values = uniforms(stream=STREAMS[stream])
    for lane in range(3):
        counts = np.bincount((values[:, lane] * 1_000).astype(int), minlength=1_000)
        assert_fits(counts, np.full(1_000, PERSONS / 1_000), f"{stream}, lane {lane}")


@pytest.mark.parametrize("seed", [0, 1, 2, 2**31, 2**62 - 1])
def test_single_draws_are_uniform_whatever_the_seed(seed: int) -> None:
    assert_uniform(singles(seed), f"seed {seed}")


def test_low_bits_are_as_random_as_high_ones() -> None:
    """Each of the 21 bits of each lane, and of the 64 of a word, is set in half the cases."""
    words = rng.random_words(rng.stream_start(1, 24_108, rng.DECISIONS), 0, PERSONS)
    ones = np.array([int(((words >> np.uint64(bit)) & np.uint64(1)).sum()) for bit in range(64)])
    assert np.abs(ones - PERSONS / 2).max() <= 5.5 * np.sqrt(PERSONS / 4)


def test_lanes_of_one_word_are_independent() -> None:
    values = uniforms()
    for one, other in combinations(range(3), 2):
        assert_independent(values[:, one], values[:, other], f"lanes {one} and {other}")


@pytest.mark.parametrize("apart", [1, 2, 22, 360, 2_000])
def test_persons_are_independent(apart: int) -> None:
    """Neighbours too, and those as far apart as the generations of a small model's slot."""
    values = uniforms()[:, 0]
    assert_independent(values[:-apart], values[apart:], f"persons {apart} apart")


@pytest.mark.parametrize("apart", [1, 12, 168])
def test_months_are_independent(apart: int) -> None:
    one, other = uniforms(month=24_108), uniforms(month=24_108 + apart)
    for lane in range(3):
        assert_independent(one[:, lane], other[:, lane], f"months {apart} apart")


def test_streams_are_independent() -> None:
    drawn = {name: uniforms(stream=number)[:, 0] for name, number in STREAMS.items()}
    assert len(set(STREAMS.values())) == len(STREAMS) == 11
    for one, other in pairwise(drawn):
        assert_independent(drawn[one], drawn[other], f"{one} and {other}")
    assert_independent(drawn["EVENTS"], drawn["TIE"], "EVENTS and TIE")


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (1, 2**61), (2**62 - 2, 2**62 - 1)])
def test_seeds_are_independent(one: int, other: int) -> None:
    assert_independent(singles(one), singles(other), f"seeds {one} and {other}")


def test_seed_and_month_do_not_trade_places() -> None:
    """Replicates use neighbouring seeds: seed s in month t + 1 is nothing like seed s + 1 in month t."""
    assert_independent(singles(1, 24_109), singles(2, 24_108), "seed and month")
    starts = {
        int(rng.stream_start(seed, month, stream))
        for seed in range(40)
        for month in range(24_100, 24_140)
        for stream in STREAMS.values()
    }
    assert len(starts) == 40 * 40 * len(STREAMS)


@given(seed=SEEDS, month=st.integers(0, 100_000), person=st.integers(0, 2**40))
def test_a_draw_depends_on_nothing_but_its_four_names(seed: int, month: int, person: int) -> None:
    """Not on how often, in which order or for whom else it was asked before."""
    start = rng.stream_start(seed, month, rng.DECISIONS)
    once = rng.uniforms(start, person)
    for other in (person + 1, person + 17, 0):
        rng.uniforms(start, other)
        rng.uniform(start, other)
    assert rng.uniforms(rng.stream_start(seed, month, rng.DECISIONS), person) == once
    many = rng.random_words(start, max(person - 2, 0), 5)
    assert rng.split_uniforms(many[min(person, 2)]) == once


@given(seed=SEEDS, person=st.integers(0, 2**40), stream=st.sampled_from(sorted(STREAMS.values())))
def test_draws_lie_from_0_to_below_1(seed: int, person: int, stream: int) -> None:
    start = rng.stream_start(seed, 24_108, stream)
    for value in (*rng.uniforms(start, person), rng.uniform(start, person)):
        assert 0.0 <= value < 1.0


def test_the_ends_of_a_word_give_the_ends_of_the_unit_interval() -> None:
    assert rng.split_uniforms(np.uint64(0)) == (0.0, 0.0, 0.0)
    assert rng.uniform_from_word(np.uint64(0)) == 0.0
    full = np.uint64(2**64 - 1)
    assert rng.split_uniforms(full) == (1 - 2**-21,) * 3
    assert rng.uniform_from_word(full) == 1 - 2**-53


@given(word=st.integers(0, 2**64 - 1))
def test_three_purposes_share_no_bit_of_their_word(word: int) -> None:
    """21 bits each, so that none of the three tells anything of another."""
    lanes = [round(lane * 2**21) for lane in rng.split_uniforms(np.uint64(word))]
    assert lanes == [(word >> shift) % 2**21 for shift in (0, 21, 42)]


@given(one=SEEDS, other=SEEDS)
def test_seeds_up_to_the_largest_differ(one: int, other: int) -> None:
    starts = [rng.stream_start(seed, 24_108, rng.EVENTS) for seed in (one, other)]
    assert (starts[0] == starts[1]) == (one == other)


def test_a_million_persons_have_as_many_words() -> None:
    words = rng.random_words(rng.stream_start(3, rng.PERMANENT, rng.RANK), 0, 1_000_000)
    assert len(np.unique(words)) == 1_000_000
