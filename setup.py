"""Packs rules, cases and migrations into the wheel as rightscheck/_bundled; all else stands in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BUNDLED = ("rules", "cases", "alembic")
SKIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "further")


class BuildWithData(build_py):
    """Copies the data folders beside the package; an editable install finds them in the checkout."""

    def run(self) -> None:
        """Build the modules, then copy the folders."""
        super().run()
        if not self.editable_mode:
            here = Path(__file__).resolve().parent
            for name in BUNDLED:
                target = Path(self.build_lib) / "rightscheck" / "_bundled" / name
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(here / name, target, ignore=SKIPPED)


setup(cmdclass={"build_py": BuildWithData})
