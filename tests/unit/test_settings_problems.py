"""Everything that is wrong with settings is told at once, with its place and what to do."""

from pathlib import Path

import pytest

from settings_made import THREE_LINES, VARIABLES
from stream.configuration.problems import Problem
from stream.configuration.toml_lines import lines_of
from stream.settings import read_settings


def problems_of(folder: Path, text: str) -> list[Problem]:
    path = folder / "almenara.toml"
    path.write_text(text, encoding="utf-8")
    return list(read_settings(path, {}).problems)


MANY = """\
namespce = "a"
dialect_folder = "nowhere"

[kafka]
bootstrap = ["a",
  "localhost:99999"]
group_protocol = "clasic"
pasword = "x"
ca = "none.pem"
librdkafka.fetch.min.bytes = [1]
librdkafka.enable.auto.commit = true

[[source]]
topics = "a"
format = "auto"
[[source]]
topics = ["b", "b c"]
formt = "zeek.conn"

[run]
workers = "two"
[detection.detectors]
tals = { vote = true }
"""


def test_all_is_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    found = {problem.key: problem.line for problem in problems_of(tmp_path, MANY)}
    assert found == {
        "namespce": 1,
        "dialect_folder": 2,
        "kafka.bootstrap.1": 5,
        "kafka.group_protocol": 7,
        "kafka.pasword": 8,
        "kafka.ca": 9,
        "kafka.librdkafka.fetch.min.bytes": 10,
        "kafka.librdkafka.enable.auto.commit": 11,
        "source.1.topics.1": 17,
        "source.1.formt": 18,
        "run.workers": 21,
        "detection.detectors.tals": 23,
        "detection.detectors.tals.vote": 23,
    }


def test_problem_reads_as_place_key_found_expected_and_hint(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, THREE_LINES + "[alerts]\nbudgte = 3\n")
    assert str(problem) == (
        f"{tmp_path}/almenara.toml:5: alerts.budgte: unknown key, expected one of budget, floor,"
        " quiet_s, silence_s; did you mean budget?"
    )
    assert problem.row()["line"] == 5


WRONG = [
    ("[run]\nworkers = true", "run.workers: true, expected an integer from 1 to 256"),
    ("[run]\nworkers = 1.5", "run.workers: 1.5, expected an integer"),
    ("[run]\nidle_s = 30", "run.idle_s: 30, expected less than patience_s (30)"),
    ("[run]\nmax_poll_s = 5", "run.max_poll_s: 5, expected at least session_timeout_s (10)"),
    ("[run]\nreject_share = 1.5", "run.reject_share: 1.5, expected a number above 0 and at most 1"),
    ("[run]\nsnapshot_s = nan", "run.snapshot_s: nan, expected a number above 0"),
    ("[alerts]\nfloor = -1", "alerts.floor: -1, expected a number above 0; correct it"),
    ("[alerts]\nfloor = '1'", "alerts.floor: '1', expected a number above 0"),
    ("[elasticsearch.url]", "Cannot "),
    ("kafka.group_protocol = 'consume'", "did you mean consumer?"),
    ("kafka.group = ''", "kafka.group: '', expected a text"),
    ("kafka.prefix = 'a b'", "kafka.prefix: 'a b', expected letters, digits"),
    ("kafka.key = 'k'", "kafka.certificate: none, expected the certificate of the key"),
    ("kafka.certificate = 'k'", "kafka.key: none, expected the key of the certificate"),
    ("kafka.key_password = 'k'", "kafka.key: none, expected the key that the password is for"),
    ("kafka.username = 'u'", "kafka.password: none, expected a password, for SCRAM-SHA-512"),
    ("kafka.mechanism = 'PLAIN'", "kafka.username: none, expected a user, for PLAIN; set it"),
    (
        "kafka.protocol = 'ssl'\nkafka.username = 'u'",
        "kafka.username: a login with protocol ssl, expected protocol sasl_ssl",
    ),
    (
        "kafka.protocol = 'plaintext'\nkafka.ca = 'a'",
        "kafka.ca: TLS with protocol plaintext, expected ssl or sasl_ssl",
    ),
    (
        "kafka.username = 'u'\nkafka.password = 'p'\nkafka.password_file = 'f'",
        "kafka.password: password and password_file, expected one of them",
    ),
    ("kafka.password_file = 'none'", "none': No such file or directory, expected a readable file"),
    ("kafka.librdkafka.group.id = 'g'", "a property that is a setting, expected kafka.group;"),
    ("kafka.librdkafka.isolation.level = 'x'", "a property that delivery rests on"),
    ("elasticsearch.verify = 'no'", "elasticsearch.verify: 'no', expected true or false"),
    ("elasticsearch.ca_certs = 'a'", "elasticsearch.ca_certs: TLS with an http address, expected"),
    ("elasticsearch.fingerprint = 'ab'", "expected 64 hexadecimal digits"),
    ("elasticsearch.username = 'u'", "elasticsearch.password: none, expected the user's password"),
    ("elasticsearch.password = 'p'", "elasticsearch.username: none, expected the user"),
    (
        "elasticsearch.api_key = 'k'\nelasticsearch.username = 'u'",
        "elasticsearch.username: an API key too, expected one of them",
    ),
    ("networks.internal = '10.0.0.0/99'", "expected a network such as 10.0.0.0/8"),
    ("namespace = 'A-b'", "namespace: 'A-b', expected lower-case letters"),
    ("detection.prior = 'gone.npz'", "gone.npz': No such file or directory, expected a readable"),
    ("[detection.detectors.tails]", "detection.detectors: none that votes, expected one at least"),
    (
        "[detection.detectors.tails]\nvotes = true\narguments = { directions = 1 }",
        "detection.detectors.tails.arguments.directions: an argument of ours, expected others",
    ),
    (
        "[detection.detectors.tails]\nvotes = true\narguments = { nonsense = 1 }",
        "expected its own arguments; correct the settings",
    ),
    ("kafka = 5", "Cannot "),
    ("run = 5", "run: 5, expected a table"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_wrong_setting_is_told(text: str, told: str, tmp_path: Path) -> None:
    found = problems_of(tmp_path, THREE_LINES + text)
    assert any(told in str(problem) for problem in found), [str(problem) for problem in found]


SOURCES = [
    ("topics = []", "source.0.topics: an empty list, expected names of topics"),
    ("topics = ['^a', 'b']", "source.0.topics: a pattern among others"),
    ("topics = ['a', 'a']", "source.0.topics: a name twice, expected each once"),
    ("topics = '^('", "expected a regular expression"),
    ("topics = '^'", "source.0.topics.0: '^', expected"),
    ("topics = 'a/b'", "expected a topic's name, or ^ and a regular expression"),
    ("topics = '^.*'", "source.0.topics: our own topic almenara.alerts.v1"),
    ("topics = 'almenara.dlq.v1'", "source.0.topics: our own topic almenara.dlq.v1"),
    ("topics = 'a'\nformat = 'zek.conn'", "did you mean 'zeek.conn'?"),
    ("topics = 'a'\nzone = 'Europe/Madrid'", "expected UTC or an offset such as +02:00"),
    ("topics = 'a'\n[[source]]\ntopics = 'a'", "source.1.topics: a of another source"),
    ("", "source.0.topics: missing, expected names of topics in a list, or one ^regex; set it, or"),
]


@pytest.mark.parametrize(("text", "told"), SOURCES)
def test_wrong_source_is_told(text: str, told: str, tmp_path: Path) -> None:
    found = problems_of(tmp_path, f"kafka.bootstrap = 'b'\n[[source]]\n{text}")
    assert any(told in str(problem) for problem in found), [str(problem) for problem in found]


@pytest.mark.parametrize("url", ["es", "ftp://es", "http://", "http://h:x", "http://h?a", "//h"])
def test_address_of_elasticsearch_is_checked(url: str, tmp_path: Path) -> None:
    text = f"kafka.bootstrap = 'b'\nelasticsearch.url = '{url}'\nsource.topics = 'a'"
    (problem,) = problems_of(tmp_path, text)
    assert (problem.key, problem.found) == ("elasticsearch.url.0", repr(url))


def test_everything_that_is_missing_is_told_with_its_variable() -> None:
    keys = {problem.key: problem.hint for problem in read_settings(None, {}).problems}
    assert keys == {
        "kafka.bootstrap": "set it, or ALMENARA_KAFKA__BOOTSTRAP",
        "source.0.topics": "set it, or ALMENARA_SOURCE__TOPICS",
    }


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ALMENARA_KAFKA__BOOTSTRP", "did you mean ALMENARA_KAFKA__BOOTSTRAP?"),
        ("ALMENARA_KAFKA_GROUP", "did you mean ALMENARA_KAFKA__GROUP?"),
        ("ALMENARA_XY__Z", "docs/settings.md names them all"),
        ("ALMENARA_RUN__WORKERS", "ALMENARA_RUN__WORKERS: run.workers: 'x', expected an integer"),
        ("ALMENARA_ELASTICSEARCH__VERIFY", "expected true or false"),
    ],
)
def test_wrong_variable_is_told(name: str, told: str) -> None:
    (problem,) = read_settings(None, {**VARIABLES, name: "x"}).problems
    assert problem.variable == name
    assert told in str(problem)


@pytest.mark.parametrize(
    "name", ["ALMENARA_KAFKA_PORT", "ALMENARA_KAFKA_SERVICE_HOST", "ALMENARA_TEST_KAFKA", "KAFKA"]
)
def test_variable_that_may_be_of_something_else_is_let_alone(name: str) -> None:
    """Kubernetes sets such variables for each service of these names."""
    assert read_settings(None, {**VARIABLES, name: "tcp://10.0.0.1:9092"}).problems == ()


def test_variable_of_a_source_cannot_mean_two(tmp_path: Path) -> None:
    path = tmp_path / "almenara.toml"
    path.write_text("kafka.bootstrap='b'\n[[source]]\ntopics='a'\n[[source]]\ntopics='b'\n")
    (problem,) = read_settings(path, {"ALMENARA_SOURCE__FORMAT": "auto"}).problems
    assert "2 sources in the file, expected one at most" in str(problem)


def test_secret_twice_by_variables_is_told() -> None:
    twice = {"ALMENARA_ELASTICSEARCH__API_KEY": "a", "ALMENARA_ELASTICSEARCH__API_KEY_FILE": "b"}
    problems = read_settings(None, {**VARIABLES, **twice}).problems
    assert "api_key and api_key_file, expected one of them" in str(problems[0])


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_file_of_a_secret_must_hold_one(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    text = THREE_LINES + "elasticsearch.api_key_file = 'key'"
    (problem,) = problems_of(tmp_path, text)
    assert problem.key == "elasticsearch.api_key_file"
    assert (problem.line, "secret" in str(problem)) == (4, True)


def test_damaged_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "a = 1\nb = \nc = 3\n")
    assert (problem.line, problem.expected) == (2, "TOML")
    (problem,) = problems_of(tmp_path, "a = 1\nb = [\n")
    assert problem.line == 2


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (problem,) = read_settings(tmp_path / "none.toml", {}).problems
    assert "No such file or directory, expected a readable TOML file" in str(problem)
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff")
    (problem,) = read_settings(path, {}).problems
    assert "byte 0 is no UTF-8" in str(problem)


def test_value_that_may_hold_a_login_is_not_shown(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, THREE_LINES.replace("localhost:9092", "u:hidden@h"))
    assert problem.found == "a value that is not shown"


LINES = '''\
# comment
a = 1
b = [
  1,   # first
  2,
]
text = """
c = 3
[d]
"""

[t."q.r"]
x.y = { z = 1 }
[[s]]
k = 1
[[s]]

k = 2
'''


def test_line_of_a_key_is_where_its_statement_begins() -> None:
    found = lines_of(LINES)
    assert (found["a"], found["b"], found["b.1"], found["text"]) == (2, 3, 3, 7)
    assert (found["t.q.r"], found["t.q.r.x.y.z"]) == (12, 13)
    assert (found["s.0.k"], found["s.1"], found["s.1.k"]) == (15, 16, 18)
    assert "c" not in found
