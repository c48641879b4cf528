"""Lines of an input, the obvious way."""


def naive_lines(content: bytes, max_line: int) -> list[tuple[int, int, bytes, int]]:
    """Return ordinal, byte offset, line and 0; of a line over the limit only its length."""
    told = []
    offset = 0
    for ordinal, line in enumerate(content.split(b"\n")):
        is_last = offset + len(line) == len(content)
        whole = line if is_last else line + b"\n"
        if whole:
            left_out = len(line) > max_line
            told.append((ordinal, offset, b"\n" if left_out else whole, len(line) * left_out))
        offset += len(whole)
    return told
