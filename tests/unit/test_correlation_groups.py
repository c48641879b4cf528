"""Columns that move together come into one group, whatever their order."""

import numpy as np

from detectors.base import Rows
from detectors.grouping import correlation_groups


def moments(columns: list[Rows]) -> tuple[Rows, Rows]:
    table = np.stack(columns, axis=1)
    apart = table - table.mean(axis=0)
    return table.mean(axis=0), apart.T @ apart


def sources() -> tuple[Rows, Rows, Rows]:
    rng = np.random.default_rng(1)
    a, b, noise = rng.standard_normal((3, 400))
    return a, b, 0.05 * noise


def test_columns_that_move_together_are_one_group() -> None:
    a, b, noise = sources()
    mean, joint = moments([a, b + 5.0, a + noise + 3.0, b - noise])
    groups = {frozenset(group) for group in correlation_groups(mean, joint, 2)}
    assert groups == {frozenset({0, 2}), frozenset({1, 3})}


def test_opposite_columns_are_far_apart() -> None:
    a, b, noise = sources()
    mean, joint = moments([a, -a, a + 2 * noise, b])
    assert {0, 2} in [set(group) for group in correlation_groups(mean, joint, 2)]


def test_no_group_outgrows_the_limit_and_each_column_is_in_one() -> None:
    a, _, noise = sources()
    mean, joint = moments([a + k * noise for k in range(7)])
    groups = correlation_groups(mean, joint, 3)
    assert max(map(len, groups)) == 3
    assert sorted(j for group in groups for j in group) == list(range(7))


def test_limit_of_one_leaves_columns_alone() -> None:
    mean, joint = moments(list(sources()))
    assert sorted(correlation_groups(mean, joint, 1)) == [[0], [1], [2]]


def test_constant_columns_are_grouped_too() -> None:
    a, b, _ = sources()
    mean, joint = moments([a, np.zeros(400), b, np.ones(400)])
    groups = correlation_groups(mean, joint, 4)
    assert sorted(groups[0]) == [0, 1, 2, 3]


def test_groups_do_not_depend_on_the_order_of_columns() -> None:
    a, b, noise = sources()
    columns = [a, b, a + noise, b - noise, a - 2 * noise]
    order = [3, 0, 4, 1, 2]
    mean, joint = moments(columns)
    expected = correlation_groups(mean, joint, 3)
    mean, joint = moments([columns[j] for j in order])
    found = correlation_groups(mean, joint, 3)
    assert [[order[j] for j in group] for group in found] == expected
