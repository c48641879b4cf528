"""The byte behind which no pairs stand: one for all dialects, for they are not known yet there."""

from .dialect import Dialect, built_in_dialects


def stop_byte(dialects: tuple[Dialect, ...]) -> int:
    """Return the byte, -1 if there is none; ConfigError where two dialects name another."""
    stops = {dialect.stop: dialect for dialect in dialects if dialect.stop}
    if len(stops) > 1:
        # ours come first: what a user added is to be mended
        ours = built_in_dialects()
        one, other = sorted(stops.values(), key=lambda dialect: dialect not in ours)[:2]
        expected = f"{one.stop!r} as in {one.file}: one byte for all dialects"
        other.fail("key_value.stop", other.stop, expected)
    return ord(min(stops)) if stops else -1
