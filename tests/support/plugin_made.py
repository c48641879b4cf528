"""What a plugin could bring."""

import typer


def greet(name: str = "you") -> None:
    """Say good day."""
    typer.echo(f"good day, {name}")
