"""KitNET the obvious way: lists, one class an autoencoder."""

import math

import numpy as np

from detectors.grouping import correlation_groups
from naive_learning import NaiveGate, NaiveScale, NaiveTotal, naive_log

Numbers = list[float]


def cut(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-cut(x, -30.0, 30.0)))


class NaiveAutoencoder:
    """Tied weights, logistic hidden units, linear reconstruction, Huber loss."""

    def __init__(self, weights: list[Numbers], n: int) -> None:
        self.weights = weights
        self.hidden_bias = [0.0] * len(weights)
        self.visible_bias = [0.5] * n

    def hidden(self, v: Numbers) -> Numbers:
        sums = [sum(w * x for w, x in zip(row, v, strict=True)) for row in self.weights]
        return [logistic(s + b) for s, b in zip(sums, self.hidden_bias, strict=True)]

    def rebuilt(self, u: Numbers) -> Numbers:
        y = self.hidden([cut(x, 0.0, 1.0) for x in u])
        return [
            bias + sum(row[a] * unit for row, unit in zip(self.weights, y, strict=True))
            for a, bias in enumerate(self.visible_bias)
        ]

    def learn(self, u: Numbers, step: float) -> None:
        v = [cut(x, 0.0, 1.0) for x in u]
        y, z = self.hidden(v), self.rebuilt(u)
        error = [cut(a - b, -0.2, 0.2) for a, b in zip(v, z, strict=True)]
        for b, unit in enumerate(y):
            row = self.weights[b]
            back = sum(w * e for w, e in zip(row, error, strict=True)) * unit * (1.0 - unit)
            self.hidden_bias[b] += step * back
            self.weights[b] = [
                w + step * (e * unit + back * x) for w, e, x in zip(row, error, v, strict=True)
            ]
        self.visible_bias = [b + step * e for b, e in zip(self.visible_bias, error, strict=True)]


def root_mean_square(values: Numbers) -> float:
    return math.sqrt(sum(v**2 for v in values) / len(values))


class NaiveKitNet:
    def __init__(
        self,
        directions: tuple[int, ...],
        max_group: int,
        learning_rate: float,
        half_life: float,
        seed: int,
    ) -> None:
        d = len(directions)
        self.directions, self.max_group, self.step = directions, max_group, learning_rate
        room = d * math.ceil(3 * min(max_group, d) / 4) + d * math.ceil(3 * d / 4)
        self.pool = [float(v) for v in np.random.default_rng(seed).uniform(-1.0, 1.0, room)]
        self.scales = [NaiveScale(least=1.0) for _ in directions]
        self.error_scales: list[NaiveScale] = []
        self.total, self.error_total = NaiveTotal(half_life), NaiveTotal(half_life)
        self.gate = NaiveGate(half_life)
        self.remembered: list[Numbers] = []
        self.groups: list[list[int]] = []
        self.ensemble: list[NaiveAutoencoder] = []
        self.output: NaiveAutoencoder | None = None
        self.learnt = 0

    def autoencoder(self, n: int) -> NaiveAutoencoder:
        """Return one with the next weights of the pool, between -1/n and 1/n."""
        h = math.ceil(3 * n / 4)
        taken, self.pool = self.pool[: n * h], self.pool[n * h :]
        return NaiveAutoencoder([[w / n for w in taken[b * n : b * n + n]] for b in range(h)], n)

    def form_groups(self) -> None:
        z = np.array(self.remembered)
        apart = z - z.mean(axis=0)
        self.groups = correlation_groups(z.mean(axis=0), apart.T @ apart, self.max_group)
        self.ensemble = [self.autoencoder(len(group)) for group in self.groups]
        self.output = self.autoencoder(len(self.groups))
        self.error_scales = [NaiveScale(least=0.01, first_deviation=0.1) for _ in self.groups]

    def residuals(self, u: Numbers, z: Numbers, directions: list[int]) -> Numbers:
        apart = [a - b for a, b in zip(u, z, strict=True)]
        return [0.0 if a * s < 0 else a for a, s in zip(apart, directions, strict=True)]

    def score_learn(self, x: Numbers, t: float, weight: float) -> tuple[float, Numbers]:
        """Return the score of a row and its contributions."""
        parts = [0.0] * len(x)
        if not all(map(math.isfinite, [*x, t])):
            return math.nan, parts
        y = [naive_log(value) for value in x]
        z = [(v - s.place) / s.deviation for v, s in zip(y, self.scales, strict=True)]
        inputs = [[0.5 + z[j] / 6.0 for j in group] for group in self.groups]
        errors, v, score = [], [], math.nan
        if self.output is not None:
            strange = [
                self.residuals(u, net.rebuilt(u), [self.directions[j] for j in group])
                for u, net, group in zip(inputs, self.ensemble, self.groups, strict=True)
            ]
            errors = [root_mean_square(e) for e in strange]
            v = [
                0.5 + (e - s.place) / s.deviation / 6.0
                for e, s in zip(errors, self.error_scales, strict=True)
            ]
            over = self.residuals(v, self.output.rebuilt(v), [1] * len(v))
            if self.learnt >= 300:
                score = root_mean_square(over)
                parts = self.contributions(score, over, strange)
        if weight > 0.0:
            self.learn(t, weight, score, (y, z, inputs, errors, v))
        return score, parts

    def contributions(self, score: float, over: Numbers, strange: list[Numbers]) -> Numbers:
        parts = [0.0] * len(self.directions)
        for o, residuals, group in zip(over, strange, self.groups, strict=True):
            squares = sum(e**2 for e in residuals)
            for j, e in zip(group, residuals, strict=True):
                if score > 0.0 and squares > 0.0:
                    parts[j] = score * (o**2 / sum(p**2 for p in over)) * (e**2 / squares)
        return parts

    def learn(
        self,
        t: float,
        weight: float,
        score: float,
        row: tuple[Numbers, Numbers, list[Numbers], Numbers, Numbers],
    ) -> None:
        y, z, inputs, errors, v = row
        self.total.start(t)
        self.error_total.start(t)
        if not math.isnan(score):
            weight /= self.gate.divisor(score)
            self.gate.follow(score, weight, t)
        if self.output is None:
            self.remembered.append([cut(value, -4.0, 4.0) for value in z])
        else:
            step = self.step * weight * cut(1_500.0 / self.learnt, 1.0, 5.0)
            for net, u in zip(self.ensemble, inputs, strict=True):
                net.learn(u, step)
            self.output.learn(v, step)
            share = self.error_total.share_of(t, weight)
            for scale, error in zip(self.error_scales, errors, strict=True):
                scale.learn(error, share)
        share = self.total.share_of(t, weight)
        for scale, value in zip(self.scales, y, strict=True):
            scale.learn(value, share)
        self.learnt += 1
        if self.output is None and self.learnt == 100:
            self.form_groups()
