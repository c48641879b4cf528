"""The doctor's checks that need no real server, and how all of them are run."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path

import pytest

from connectors.errors import ConnectError, RightsError
from detectors.errors import ConfigError
from source_tree import ROOT
from stream.doctor.checks import Check, CheckError, exit_code, outcomes
from stream.doctor.here import check_owners, look_at_disk, look_at_packages, root_of
from stream.doctor.network import Address, address_of, connect, look_at_protocol, look_up, spoken


def fails(error: Exception) -> Callable[[], str]:
    def look() -> str:
        raise error

    return look


def test_what_needs_a_failed_check_is_skipped_and_the_rest_is_looked_at() -> None:
    made = list(
        outcomes(
            [
                Check("a", lambda: "fine"),
                Check("b", fails(CheckError("broken", "mend it", 2)), ("a",)),
                Check("c", lambda: "fine", ("b",)),
                Check("d", lambda: "fine", ("c",)),
                Check("e", fails(RightsError("kafka: not allowed; grant it"))),
            ]
        )
    )
    assert [one.state for one in made] == ["ok", "failed", "skipped", "skipped", "failed"]
    assert [one.found for one in made[1:4]] == ["broken", "2 failed", "2 failed"]
    assert (made[1].do, made[4].found, made[4].do) == ("mend it", "kafka: not allowed", "grant it")
    assert exit_code(made) == 2
    assert exit_code(made[2:]) == 5
    assert exit_code(made[:1]) == 0


@pytest.mark.parametrize(
    ("error", "code"), [(ConnectError("x"), 4), (RightsError("x"), 5), (ConfigError("x"), 2)]
)
def test_known_error_gives_its_code_and_says_what_to_do(error: Exception, code: int) -> None:
    (made,) = outcomes([Check("a", fails(error))])
    assert (made.code, bool(made.do)) == (code, True)


def test_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        list(outcomes([Check("a", lambda: str(1 // 0))]))


def test_check_that_hangs_is_given_up() -> None:
    never = threading.Event()
    began = time.monotonic()
    (made,) = outcomes([Check("a", lambda: str(never.wait(60)))], longest_s=0.2)
    assert (made.state, made.found, made.code) == ("failed", "no answer in 0.2 s", 4)
    assert time.monotonic() - began < 50
    never.set()


def test_packages_are_where_our_distribution_put_them() -> None:
    assert str(ROOT) in look_at_packages(("stream", "detectors"))
    assert root_of(distribution("pytest")) == Path(pytest.__file__).parents[1]


def test_package_from_elsewhere_or_of_another_distribution_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="stream is in"):
        look_at_packages(("stream",), tmp_path)
    with pytest.raises(CheckError, match="connectors also comes with elasticsearch-connectors"):
        check_owners(
            ("stream", "connectors"),
            {"connectors": ["almenara", "elasticsearch-connectors"], "stream": ["almenara"]},
        )


def test_want_of_room_is_told(tmp_path: Path) -> None:
    assert "GB free" in look_at_disk(tmp_path / "not" / "there")
    with pytest.raises(CheckError, match="expected"):
        look_at_disk(tmp_path, room=10**18)


def test_names_are_resolved_and_one_that_is_known_suffices() -> None:
    known, unknown = Address("localhost", 1), Address("no-such-host.invalid", 1)
    assert "127.0.0.1" in look_up([known])
    assert "not: no-such-host.invalid not resolved" in look_up([unknown, known])
    with pytest.raises(CheckError, match=r"no-such-host\.invalid cannot be"):
        look_up([unknown])


@contextmanager
def server(answer: bytes) -> Iterator[Address]:
    """Take connections, answer each with the same and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                try:
                    taken, _ = listening.accept()
                except TimeoutError:
                    continue
                with taken:
                    taken.settimeout(5)
                    if answer:
                        taken.recv(100)
                        taken.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Address("127.0.0.1", listening.getsockname()[1])
        done.set()
        thread.join()


def test_connections_are_tried() -> None:
    with server(b"") as there:
        assert connect([there]) == f"{there} take connections"
        assert "Connection refused" in connect([Address("127.0.0.1", 1), there])
    with pytest.raises(CheckError, match=r"127\.0\.0\.1:1: Connection refused"):
        connect([Address("127.0.0.1", 1)])


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\x0a" + b"\0" * 10, b"\0\0\0\x02ab"],
)
def test_what_is_no_broker_is_told(answer: bytes) -> None:
    with server(answer) as there, pytest.raises(CheckError, match="no answer of Kafka"):
        spoken([there], None)


def test_old_brokers_are_told() -> None:
    assert look_at_protocol({22: 5, 28: 3, 68: 1}, "consumer").endswith("classic and consumer")
    assert look_at_protocol({22: 5, 28: 3}, "auto").endswith("classic")
    with pytest.raises(CheckError, match="no rebalance protocol consumer"):
        look_at_protocol({22: 5, 28: 3}, "consumer")
    with pytest.raises(CheckError, match="no transactions"):
        look_at_protocol({28: 3}, "auto")


def test_address_of_ipv6_keeps_its_brackets() -> None:
    assert address_of("[::1]:9092") == Address("::1", 9092)
    assert str(Address("::1", 9092)) == "[::1]:9092"
