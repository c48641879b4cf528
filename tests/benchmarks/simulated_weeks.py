"""Settings of simulated normal weeks. None is one of those that the shipped prior was made with."""

import numpy as np

from stream.simulate.settings import SimulationSettings

FIRST_SEED = 1_000  # the prior's are 101 to 106
WARM_DAYS = 2  # learnt before anything is counted
WEEK_DAYS = 7


def week(number: int, days: int = WARM_DAYS + WEEK_DAYS) -> SimulationSettings:
    """Return the settings of a site without attacks, drawn from its number."""
    rng = np.random.default_rng([FIRST_SEED, number])
    opens = float(rng.uniform(6.0, 9.5))
    return SimulationSettings(
        hosts=int(rng.integers(25, 150)),
        servers=int(rng.integers(10, 31)),
        published=int(rng.integers(10, 80)),
        days=days,
        seed=FIRST_SEED + number,
        activity=float(np.exp(rng.uniform(np.log(0.4), np.log(2.5)))),
        activity_spread=float(rng.uniform(0.4, 1.1)),
        server_activity=float(np.exp(rng.uniform(np.log(0.5), np.log(2.0)))),
        internet_sources_per_day=int(np.exp(rng.uniform(np.log(300), np.log(4_000)))),
        clients_per_day=int(rng.integers(50, 500)),
        failures=float(rng.uniform(0.6, 2.0)),
        outages_per_week=float(rng.uniform(0.0, 1.5)),
        weekend=float(rng.uniform(0.05, 0.5)),
        office_opens=opens,
        office_closes=float(rng.uniform(opens + 7.0, opens + 11.0)),
        attacks=(),
    )
