"""DenStream the obvious way: micro-clusters remember their rows."""

import math
from dataclasses import dataclass, field

from naive_learning import NaiveGate, NaiveScale, NaiveTotal, naive_fade, naive_log


@dataclass
class Cluster:
    """Rows with their times and weights; all else follows."""

    half_life: float
    rows: list[tuple[float, float, list[float]]] = field(default_factory=list)

    def weights(self, t: float) -> list[float]:
        return [w * naive_fade(t - at, self.half_life) for at, w, _ in self.rows]

    def weight(self, t: float) -> float:
        return sum(self.weights(t))

    def column(self, j: int, t: float) -> tuple[float, float]:
        """Return weighted mean and variance of a column."""
        weights = self.weights(t)
        values = [y[j] for _, _, y in self.rows]
        mean = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
        squares = [w * (v - mean) ** 2 for w, v in zip(weights, values, strict=True)]
        return mean, sum(squares) / sum(weights)


class NaiveDenStream:
    def __init__(
        self,
        directions: tuple[int, ...],
        radius: float,
        half_life: float,
        min_weight: float,
        capacity: int,
    ) -> None:
        self.directions, self.radius, self.half_life = directions, radius, half_life
        self.min_weight, self.capacity = min_weight, capacity
        self.clusters: list[Cluster] = []
        self.scales = [NaiveScale(least=0.25) for _ in directions]
        self.total = NaiveTotal(half_life)
        self.gate = NaiveGate(half_life)
        self.learnt = 0

    def apart(self, y: list[float], cluster: Cluster, j: int, t: float) -> float:
        return (y[j] - cluster.column(j, t)[0]) / self.scales[j].deviation

    def distance(self, y: list[float], cluster: Cluster, t: float) -> float:
        """Return the root mean square over columns, in deviations."""
        squares = [self.apart(y, cluster, j, t) ** 2 for j in range(len(y))]
        return math.sqrt(sum(squares) / len(squares))

    def excess(self, y: list[float], cluster: Cluster, t: float) -> list[float]:
        """Return each column's distance where it is on the strange side, else 0."""
        apart = [self.apart(y, cluster, j, t) for j in range(len(y))]
        return [
            0.0 if a * direction < 0 else a
            for a, direction in zip(apart, self.directions, strict=True)
        ]

    def stays_tight(self, y: list[float], cluster: Cluster, t: float, weight: float) -> bool:
        joined = Cluster(self.half_life, [*cluster.rows, (t, weight, y)])
        spread = [joined.column(j, t)[1] / self.scales[j].deviation ** 2 for j in range(len(y))]
        return math.sqrt(sum(spread) / len(spread)) <= self.radius

    def score_learn(self, x: list[float], t: float, weight: float) -> tuple[float, list[float]]:
        """Return the score of a row and its contributions."""
        nothing = [0.0] * len(x)
        if not all(map(math.isfinite, [*x, t])):
            return math.nan, nothing
        y = [naive_log(value) for value in x]
        by_distance = sorted(self.clusters, key=lambda c: self.distance(y, c, t))
        dense = [c for c in by_distance if c.weight(t) >= self.min_weight]
        light = [c for c in by_distance if c.weight(t) < self.min_weight]
        if not dense and self.clusters:
            dense = [max(self.clusters, key=lambda c: c.weight(t))]
        score, parts = math.nan, nothing
        if self.learnt >= 100:
            squares = [e**2 for e in self.excess(y, dense[0], t)]
            score = math.sqrt(sum(squares) / len(squares)) / self.radius
            if score > 0.0:
                parts = [score * s / sum(squares) for s in squares]
        if weight > 0.0:
            self.learn(y, t, weight, score, [*dense[:1], *light[:1]])
        return score, parts

    def learn(
        self, y: list[float], t: float, weight: float, score: float, near: list[Cluster]
    ) -> None:
        self.total.start(t)
        if not math.isnan(score):
            weight /= self.gate.divisor(score)
            self.gate.follow(score, weight, t)
        for cluster in near:
            is_near = self.distance(y, cluster, t) <= 2.0 * self.radius
            if is_near and self.stays_tight(y, cluster, t, weight):
                cluster.rows.append((t, weight, y))
                break
        else:
            new = Cluster(self.half_life, [(t, weight, y)])
            if len(self.clusters) < self.capacity:
                self.clusters.append(new)
            else:
                weights = [c.weight(t) for c in self.clusters]
                self.clusters[weights.index(min(weights))] = new
        share = self.total.share_of(t, weight)
        for scale, value in zip(self.scales, y, strict=True):
            scale.learn(value, share)
        self.learnt += 1
