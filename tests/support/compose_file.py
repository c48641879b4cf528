"""docker-compose.yml as Docker Compose reads it, with the passwords of deploy/passwords.sh."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from source_tree import ROOT

VARIABLE = re.compile(r"\$(?:\{(\w+)(?::([-?])([^}]*))?\}|\$)")
Service = dict[str, Any]


def made_passwords(folder: Path) -> dict[str, str]:
    """Run the script that writes ``.env``, in a copy; return what is in it."""
    (folder / "deploy").mkdir(exist_ok=True)
    script = Path(shutil.copy(ROOT / "deploy" / "passwords.sh", folder / "deploy"))
    subprocess.run([script], check=True, capture_output=True)
    lines = (folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def services(path: Path, variables: dict[str, str]) -> dict[str, Service]:
    """Return the services of a compose file; KeyError where a variable has no value."""

    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        if name is None:
            return "$"
        return variables.get(name, "") or (default if kind == "-" else variables[name])

    text = VARIABLE.sub(value, path.read_text(encoding="utf-8"))
    read: dict[str, Service] = yaml.safe_load(text)["services"]
    return read


def variables_in(path: Path) -> set[str]:
    """Return the variables that have to be set."""
    found = VARIABLE.finditer(path.read_text(encoding="utf-8"))
    return {match[1] for match in found if match[1] and match[2] != "-"}
