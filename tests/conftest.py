"""Options, profiles and fixtures of all tests. Sets up numba before any test imports it."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from stream import numba_cache

if TYPE_CHECKING:
    from connectors.elasticsearch import Cluster

numba_cache.configure()

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
# for the runs without compilation and with bounds checks
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=15)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

DATA = "ALMENARA_DATA"
KAFKA = "ALMENARA_TEST_KAFKA"
SECURE_KAFKA = "ALMENARA_TEST_KAFKA_SASL_SSL"
ELASTICSEARCH = "ALMENARA_TEST_ELASTICSEARCH"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("almenara")
    group.addoption(
        "--require-data", action="store_true", help="a test skipped for want of data fails"
    )
    group.addoption(
        "--require-services", action="store_true", help="a test skipped for want of a server fails"
    )


def demanded(config: pytest.Config) -> tuple[str, ...]:
    """Environment variables whose absence is no reason to skip in this run."""
    data = (DATA,) if config.getoption("--require-data") else ()
    services = ("ALMENARA_TEST_",) if config.getoption("--require-services") else ()
    return data + services


def forbid_skip(report: pytest.TestReport | pytest.CollectReport, names: tuple[str, ...]) -> None:
    """Turn a skip whose reason names one of the variables into a failure."""
    if not report.skipped or not isinstance(report.longrepr, tuple):
        return
    reason = report.longrepr[2]
    if any(name in reason for name in names):
        report.outcome = "failed"
        report.longrepr = f"skipped, but this run requires it: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    forbid_skip(report, demanded(item.config))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    forbid_skip(report, demanded(collector.config))
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Deal tests to processes by what must not run side by side."""
    from servers_apart import ServersApart  # noqa: PLC0415 (only where there are processes)

    return ServersApart(config, log)


def from_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        pytest.skip(f"{name} is unset")
    return value


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of shared evaluation data, which is no part of the project."""
    return Path(from_environment(DATA))


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    return from_environment(KAFKA)


@pytest.fixture(scope="session")
def elasticsearch_url() -> str:
    return from_environment(ELASTICSEARCH)


@pytest.fixture
def cluster(elasticsearch_url: str) -> "Iterator[Cluster]":
    """Return a client of the Elasticsearch server."""
    from connectors.elasticsearch import (  # noqa: PLC0415 (brings our packages)
        ElasticsearchOptions,
        connect,
    )

    made = connect(ElasticsearchOptions(urls=(elasticsearch_url,)))
    yield made
    made.close()


@pytest.fixture(scope="session")
def secure_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment of servers with TLS, logins and rights: those given, else some of our own."""
    from real_servers import own_secure_servers  # noqa: PLC0415 (brings our packages)

    if SECURE_KAFKA in os.environ:
        yield dict(os.environ)
        return
    with own_secure_servers(tmp_path_factory.mktemp("secure")) as environment:
        yield environment
