"""What a process answers about itself by HTTP."""

import logging
import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from stream.configuration.http import checked, ports_of
from stream.health import Health, served
from stream.metrics import Meters

HOUR = 3_600.0


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def answer(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    """Ask, for as long as the server has not begun to listen."""
    until = time.monotonic() + 20.0
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request(method, path)
            said = connection.getresponse()
            return said.status, said.read().decode()
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.05)
        finally:
            connection.close()


@pytest.fixture
def page() -> Iterator[tuple[int, Health]]:
    port, health = free_port(), Health(HOUR)
    with served(f"127.0.0.1:{port}", Meters("score"), health):
        yield port, health


def test_process_that_starts_is_alive_and_not_ready(page: tuple[int, Health]) -> None:
    port, _ = page
    assert answer(port, "/health/live") == (200, "ok\n")
    assert answer(port, "/health/ready") == (503, "not yet: it starts\n")
    assert "\nalmenara_ready 0.0\n" in answer(port, "/metrics")[1]


def test_ready_says_what_is_waited_for_and_then_that_it_is(page: tuple[int, Health]) -> None:
    port, health = page
    waiting = ["", "the group gave no lanes yet"]
    health.starts_with(lambda: waiting[0], lambda: waiting[1])
    assert answer(port, "/health/ready") == (503, "not yet: the group gave no lanes yet\n")
    waiting[1] = ""
    assert answer(port, "/health/ready") == (200, "ok\n")
    assert "\nalmenara_ready 1.0\n" in answer(port, "/metrics")[1]


def test_other_paths_are_not_there_and_heads_have_no_body(page: tuple[int, Health]) -> None:
    port, _ = page
    assert answer(port, "/")[0] == 200
    assert answer(port, "/../etc/passwd")[0] == 404
    assert answer(port, "/metrics?x=1")[0] == 200
    assert answer(port, "/health/live", "HEAD") == (200, "")
    assert answer(port, "/metrics", "POST")[0] == 501


def test_main_loop_that_stands_still_is_neither_alive_nor_ready() -> None:
    health = Health(0.0)
    health.starts_with(lambda: "")
    time.sleep(0.01)
    assert health.is_stopped().startswith("its main loop stands still")
    assert health.waits_for() == health.is_stopped()


def test_asking_whether_to_go_on_is_a_sign_of_life() -> None:
    health = Health(HOUR)
    time.sleep(0.05)
    before = health.step_age_s()
    assert health.watched(lambda: True)()
    assert health.step_age_s() < before


def test_taken_port_is_said_once_and_had_when_it_is_free(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as rival:
        rival.bind(("127.0.0.1", 0))
        rival.listen()
        port = int(rival.getsockname()[1])
        with (
            caplog.at_level(logging.WARNING),
            served(f"127.0.0.1:{port}", Meters("score"), Health(HOUR)),
        ):
            time.sleep(0.5)
            rival.close()
            assert answer(port, "/health/live") == (200, "ok\n")
    assert [f"127.0.0.1:{port}" in record.getMessage() for record in caplog.records] == [True]


def test_nothing_listens_without_an_address() -> None:
    with served("", Meters("score"), Health(HOUR)):
        pass


def test_port_is_given_back_when_the_process_ends() -> None:
    port = free_port()
    for _ in range(2):
        with served(f"127.0.0.1:{port}", Meters("index"), Health(HOUR)):
            assert answer(port, "/health/live") == (200, "ok\n")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5).close()


def test_more_workers_move_only_the_port_behind_them() -> None:
    few, many = ports_of("127.0.0.1:9464", 1), ports_of("127.0.0.1:9464", 3)
    assert few == {
        "alert": "127.0.0.1:9464",
        "publish": "127.0.0.1:9465",
        "index": "127.0.0.1:9466",
        "score-1": "127.0.0.1:9467",
        "rekey": "127.0.0.1:9468",
    }
    assert many == {
        **few,
        "score-2": "127.0.0.1:9468",
        "score-3": "127.0.0.1:9469",
        "rekey": "127.0.0.1:9470",
    }
    assert set(ports_of("", 2).values()) == {""}


@pytest.mark.parametrize("text", ["", "127.0.0.1:9464", "[::1]:9464", "host.example:1"])
def test_address_is_taken(text: str) -> None:
    assert checked(text) == text


@pytest.mark.parametrize("text", ["9464", "127.0.0.1", ":9464", "a:0", "a:65536", "a b:1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected host:port"):
        checked(text)
