"""Every generated module, as it stands in the package."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.models import models, problems
from generator.synchronous import modules

PACKAGE = Path(__file__).parents[1] / "src" / "crossrate_client"


def generated(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the path below the package, and the text, of each generated module."""
    raw = {
        "models.py": models(document),
        "problems.py": problems(document),
        **{f"_sync/{name}": text for name, text in modules(PACKAGE / "_async").items()},
    }
    return {path: _formatted(text, path) for path, text in raw.items()}


def _formatted(text: str, path: str) -> str:
    """Return the text as ruff formats it, imports in order."""
    for command in (("check", "--fix", "--select", "I", "--quiet"), ("format", "--quiet")):
        ruff = [str(Path(sys.executable).parent / "ruff"), *command, "--stdin-filename", str(PACKAGE / path), "-"]
        text = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout  # noqa: S603 -- ruff
    return text
