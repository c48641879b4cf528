"""The command ``almenara detectors``: what is installed, and whether it keeps the contract."""

from typing import Annotated

import typer

from detectors.base import Detector
from detectors.checks import CHECKS, CheckError, Factory
from detectors.registry import installed, load
from stream.exit_codes import FAILED
from stream.listing import show_json, show_rows
from stream.warm_up import ensure_warm

app = typer.Typer(
    rich_markup_mode=None, help="List the installed detectors, or check one.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]


@app.command("list")
def list_detectors(*, as_json: AsJson = False) -> None:
    """List the installed detectors and where each lives."""
    show = show_json if as_json else show_rows
    show(("detector", "place"), list(installed().items()))
    if not as_json:
        typer.echo("\nnext: almenara detectors check NAME")


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="Name of an installed detector.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Check a detector against the contract; exits 1 where it breaks it."""
    factory = factory_of(name)
    ensure_warm()
    verdicts = judged(factory)
    show = show_json if as_json else show_rows
    show(("check", "kept", "finding"), verdicts)
    broken = sum(not kept for _, kept, _ in verdicts)
    if not as_json:
        outcome = f"{broken} of {len(verdicts)} checks failed" if broken else "keeps the contract"
        typer.echo(f"\n{name}: {outcome}")
    if broken:
        raise typer.Exit(FAILED)


def factory_of(name: str) -> Factory:
    """Return what makes the detector of this name; PluginError where there is none."""

    def make(*, n_features: int, directions: tuple[int, ...]) -> Detector:
        return load(name, n_features=n_features, directions=directions)

    make(n_features=1, directions=(1,))
    return make


def judged(factory: Factory) -> list[tuple[str, bool, str]]:
    """Return name, outcome and finding of every check."""
    verdicts = []
    for conforms in CHECKS:
        name = conforms.__name__
        try:
            conforms(factory)
        except CheckError as error:
            verdicts.append((name, False, str(error).removeprefix(f"{name}: ")))
        else:
            verdicts.append((name, True, ""))
    return verdicts
