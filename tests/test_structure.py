"""The program's structure: no import circles, one class for each public name, and no module that only imports."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.conftest import REPOSITORY


def _module_of(path: Path) -> str:
    """Return the dotted name of a file; a package's is that of its `__init__.py`."""
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    _module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in (REPOSITORY / "newsletter").rglob("*.py")
}


def _imports(module: str) -> Iterator[str]:
    """Yield the modules of the program that a module imports, in functions and for type checking too.

    Importing a module runs the `__init__.py` of the packages around it. Those that are also around the importing
    module have begun to run before it, and are not counted.
    """
    for node in ast.walk(MODULES[module]):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} has a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            imported = name if name in MODULES else name.rpartition(".")[0]
            steps = imported.split(".")
            around = {".".join(steps[:end]) for end in range(1, len(steps))}
            yield from MODULES.keys() & {
                imported,
                *(package for package in around if not f"{module}.".startswith(f"{package}.")),
            }


def _is_pass_through(tree: ast.Module) -> bool:
    """Whether a module has imports, and nothing else but its docstring and `__all__`."""
    statements = [
        node for node in tree.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    return bool(statements) and all(
        isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
        for node in statements
    )


def test_modules_import_each_other_in_one_direction() -> None:
    """No module imports, through however many others, one that imports it."""
    try:
        TopologicalSorter({module: set(_imports(module)) for module in MODULES}).prepare()
    except CycleError as error:
        circle = " imports ".join(reversed(error.args[1]))
        raise AssertionError(f"modules import each other in a circle: {circle}") from error


def test_a_public_class_has_a_name_of_its_own() -> None:
    """A class can be found by its name."""
    homes = defaultdict(list)
    for module, tree in MODULES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(module)
    doubled = {name: modules for name, modules in homes.items() if len(modules) > 1}
    assert doubled == {}


def test_a_module_defines_something() -> None:
    """No module only passes on the names of others: what uses a name imports it from where it is defined."""
    assert [module for module, tree in MODULES.items() if _is_pass_through(tree)] == []
