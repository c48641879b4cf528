"""Search for lines that break a scanner, led by the branches that they reach (libFuzzer, atheris).

Kernels run as plain Python, so that their branches count and an index past the end raises. The
corpus begins with the samples of every dialect, bare and in every envelope. atheris is no
dependency: ``python -m pip install atheris`` into the environment first. What follows the options
goes to libFuzzer.

    python tests/benchmarks/coverage_fuzz.py --corpus FOLDER -max_total_time=1800
"""

import os
import sys
from pathlib import Path

os.environ["NUMBA_DISABLE_JIT"] = "1"  # before anything imports numba
os.environ["NUMBA_CACHE_DIR"] = ""

import about_run

try:
    import atheris  # type: ignore[import-untyped]
except ImportError:
    sys.exit("atheris: not installed, expected it here; python -m pip install atheris")

with atheris.instrument_imports(include=["stream.formats"]):
    import hostile_input

    from stream.formats.parser import Parser, ParseSettings

import numpy as np

LONGEST = 4096  # bytes of a batch of lines
RECORD_TIME = 1.7e9


def begin(corpus: Path) -> None:
    """Write what the search starts from: each sample line, and in each envelope."""
    corpus.mkdir(parents=True, exist_ok=True)
    for name, lines in hostile_input.sample_lines().items():
        for k, line in enumerate(lines):
            (corpus / f"{name}-{k}").write_bytes(line)
    for k, envelope in enumerate(hostile_input.WRAPPED_IN):
        (corpus / f"envelope-{k}").write_bytes(envelope)


def tried(parser: Parser, text: bytes) -> None:
    """Parse lines; AssertionError where one is unaccounted for."""
    lines = text.split(b"\n")
    bounds = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    times = np.full(len(lines), RECORD_TIME)
    parsed = parser.parse(b"".join(lines), bounds, np.arange(len(lines)), times)
    faults = hostile_input.faults(parser, parsed, len(lines))
    assert not faults, faults


def main() -> None:
    """Search until libFuzzer is told to end; a line that breaks something is left in a file."""
    options = about_run.options(__doc__ or "")
    options.add_argument("--corpus", type=Path, required=True)
    chosen, rest = options.parse_known_args()
    begin(chosen.corpus)
    parser = Parser(ParseSettings())
    given = [sys.argv[0], str(chosen.corpus), f"-max_len={LONGEST}", *rest]
    atheris.Setup(given, lambda text: tried(parser, text))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
