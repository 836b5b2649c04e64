from __future__ import annotations

import pytest

from bumpcast.simulate.generator.seeds import LARGEST_SEED, block_seed


def test_blocks_of_one_run_never_share_a_seed() -> None:
    seeds = [block_seed(12, block) for block in range(20_000)]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) >= 1
    assert max(seeds) <= LARGEST_SEED


def test_seeds_spread_over_the_whole_range_and_differ_between_runs() -> None:
    first = [block_seed(1, block) for block in range(4000)]
    second = [block_seed(2, block) for block in range(4000)]
    assert abs(sum(first) / len(first) / LARGEST_SEED - 0.5) < 0.02
    assert len(set(first) & set(second)) <= 1  # 0.02 are expected by chance


def test_seed_stays_the_same_from_version_to_version() -> None:
    assert [block_seed(0, 0), block_seed(7, 3)] == EXPECTED


EXPECTED = [586066627, 753674517]


@pytest.mark.parametrize(("seed", "block"), [(-1, 0), (0, -1), (0, LARGEST_SEED)])
def test_no_such_seed_or_block(seed: int, block: int) -> None:
    with pytest.raises(ValueError, match=r"seed|block"):
        block_seed(seed, block)
