"""What processes answer by HTTP: health and metrics."""

import random
import shutil
import socket
import subprocess
from http.client import HTTPConnection

from prometheus_client.parser import text_string_to_metric_families

from stream.metrics_table import METERS, of_role


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as asked_for:
        asked_for.bind(("127.0.0.1", 0))
        return int(asked_for.getsockname()[1])


def free_ports(count: int) -> int:
    """Return the first of so many ports in a row that nobody has."""
    while True:
        first = random.SystemRandom().randrange(20_000, 30_000)
        try:
            for port in range(first, first + count):
                with socket.socket() as asked_for:
                    asked_for.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


def asked(port: int, path: str, accept: str = "*/*") -> tuple[int, str]:
    """Ask a process; return status and text, 0 and "" where nobody answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"accept": accept})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def samples(port: int) -> dict[str, float]:
    """Return values by name, those of different labels added."""
    out: dict[str, float] = {}
    for family in text_string_to_metric_families(asked(port, "/metrics")[1]):
        for sample in family.samples:
            out[sample.name] = out.get(sample.name, 0.0) + sample.value
    return out


def shows_what_the_page_says(role: str, port: int) -> None:
    """Assert that a process shows all metrics of its role, and Prometheus takes them."""
    text = asked(port, "/metrics")[1]
    families = list(text_string_to_metric_families(text))
    names = {
        f"{family.name}_total" if family.type == "counter" else family.name for family in families
    }
    ours = {name for name in names if not name.startswith("process_")}
    assert ours == {meter.name for meter in of_role(role)}
    labels = {meter.name.removesuffix("_total"): {*meter.labels, "le"} for meter in METERS}
    for family in families:
        for sample in family.samples:
            assert set(sample.labels) <= labels.get(family.name, set())
    openmetrics = asked(port, "/metrics", "application/openmetrics-text;version=1.0.0")[1]
    assert openmetrics.endswith("# EOF\n")
    if shutil.which("promtool"):
        checked = subprocess.run(
            ["promtool", "check", "metrics"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stderr + checked.stdout
