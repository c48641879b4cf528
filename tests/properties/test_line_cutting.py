"""Any way of reading a file gives the same lines."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from connectors.line_blocks import LineBlock, LineCutter
from naive_lines import naive_lines

CONTENT = st.binary(max_size=200).map(lambda raw: raw.replace(b"\x00", b"\n"))


def cut(content: bytes, splits: list[int], max_line: int) -> list[LineBlock]:
    cutter = LineCutter(max_line)
    at = [0, *sorted(min(split, len(content)) for split in splits), len(content)]
    blocks: list[LineBlock] = []
    for low, high in pairwise(at):
        piece = np.frombuffer(content[low:high], np.uint8)
        blocks.extend(cutter.cut(np.concatenate((cutter.rest, piece)), high))
    blocks.extend(cutter.finish(len(content)))
    return blocks


@given(CONTENT, st.lists(st.integers(0, 200), max_size=12), st.integers(0, 40))
def test_lines_do_not_depend_on_how_the_input_was_read(
    content: bytes, splits: list[int], max_line: int
) -> None:
    told = []
    for block in cut(content, splits, max_line):
        assert block.bounds[0] == 0
        assert block.bounds[-1] == len(block.payload)
        for i in range(len(block)):
            line = block.payload[block.bounds[i] : block.bounds[i + 1]].tobytes()
            told.append((block.first + i, int(block.offsets[i]), line, block.too_long))
    assert told == naive_lines(content, max_line)
