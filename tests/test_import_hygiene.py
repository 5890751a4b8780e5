"""What importing portview costs: nobody pays for what they do not use."""

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import portview

_PACKAGE = Path(portview.__file__).parent
_SCREEN = {"textual", "rich", "click"}
# The only modules that bring these with them; everybody else imports those where they are needed.
_HEAVY = {
    "psutil": {
        "portview.sockets.processes",
        "portview.sockets.psutil_source",
    },
    "dns": {"portview.probe.dns_query"},
}


def _name(path: Path) -> str:
    parts = ("portview", *path.relative_to(_PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


_MODULES = {_name(path): path for path in sorted(_PACKAGE.rglob("*.py"))}
_ENGINE = [name for name in _MODULES if name.split(".")[1:2] not in (["cli"], ["tui"], ["__main__"])]


def _loaded_by(modules: list[str]) -> set[str]:
    """The top-level packages in memory after a fresh interpreter has imported `modules`."""
    script = (
        "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(*sys.modules)"
    )
    argv = [sys.executable, "-c", script, *modules]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_engine_never_loads_the_screen() -> None:
    loaded = _loaded_by(_ENGINE)
    assert "portview" in loaded
    assert not loaded & _SCREEN


def test_only_few_modules_load_psutil_and_dnspython() -> None:
    expensive = set().union(*_HEAVY.values())
    assert not _loaded_by([name for name in _ENGINE if name not in expensive]) & set(_HEAVY)
    for package, modules in _HEAVY.items():
        assert all(package in _loaded_by([name]) for name in modules)


# What a quick knock with a JSON answer has no use for, and each would make it slower.
_NOT_FOR_QUICK = {
    "dns",
    "pathlib",
    "portview.cli.pages",
    "portview.diagnose.report",
    "portview.knowledge.page",
    "portview.probe.controls",
    "portview.scan.records",
    "portview.sockets.records",
    "psutil",
    "random",
    "ssl",
}


def test_a_quick_knock_loads_only_what_it_needs() -> None:
    script = """
import sys
from portview.cli.app import run
run(["probe", "--quick", "--json", "127.0.0.1", sys.argv[1]], open_screen=int)
print(*sys.modules, file=sys.stderr)
"""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        argv = [sys.executable, "-c", script, str(closed.getsockname()[1])]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    assert "portview.diagnose.engine" in done.stderr.split()
    assert not _NOT_FOR_QUICK & set(done.stderr.split())


# What the first picture on the screen need not wait for.
_NOT_FOR_THE_FIRST_PICTURE = {
    "click",
    "dns",
    "portview.probe.records",
    "portview.scan.records",
    "portview.tui.finds",
    "portview.tui.palette",
    "portview.tui.panes.probe",
    "portview.tui.panes.reference",
    "portview.tui.panes.scan",
    "portview.tui.screens",
    "portview.tui.stop_screen",
    "psutil",
}


def test_the_screen_begins_with_what_its_first_picture_needs() -> None:
    script = """
import sys
from portview.cli.app import run
def open_screen(**options):
    import portview.tui.app, portview.tui.driver, portview.tui.run
    return 0
run([], open_screen=open_screen)
print(*sys.modules)
"""
    argv = [sys.executable, "-c", script]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    assert "portview.tui.panes.local" in done.stdout.split()
    assert not _NOT_FOR_THE_FIRST_PICTURE & set(done.stdout.split())


@pytest.mark.parametrize(
    "name", [name for name, path in _MODULES.items() if path.name == "__init__.py" and name != "portview"]
)
def test_a_package_is_a_docstring(name: str) -> None:
    """Importing one module of a room costs that module only."""
    (statement,) = ast.parse(_MODULES[name].read_text(encoding="utf-8")).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)
