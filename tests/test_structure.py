"""The structure of the program: no circular imports, unique names of public classes, no modules that only import."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.conftest import REPOSITORY


def _module_of(path: Path) -> str:
    """Return the dotted name of a module. For an `__init__.py`, that is the name of the package."""
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    _module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in (REPOSITORY / "newsletter").rglob("*.py")
}


def _imports(module: str) -> Iterator[str]:
    """Yield the modules of the program that a module imports, including imports in functions and for type checking.

    Importing a module also runs the `__init__.py` of its packages. Packages that contain the importing module are not
    counted, since they already run.
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
    """Return whether a module contains only imports, a docstring and `__all__`."""
    statements = [
        node for node in tree.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    return bool(statements) and all(
        isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
        for node in statements
    )


def test_imports_are_not_circular() -> None:
    """No module imports itself, directly or through other modules."""
    try:
        TopologicalSorter({module: set(_imports(module)) for module in MODULES}).prepare()
    except CycleError as error:
        cycle = " imports ".join(reversed(error.args[1]))
        raise AssertionError(f"circular imports: {cycle}") from error


def test_names_of_public_classes_are_unique() -> None:
    """No two modules define a public class with the same name."""
    homes = defaultdict(list)
    for module, tree in MODULES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(module)
    doubled = {name: modules for name, modules in homes.items() if len(modules) > 1}
    assert doubled == {}


def test_no_module_only_imports() -> None:
    """Names are imported from the module that defines them."""
    assert [module for module, tree in MODULES.items() if _is_pass_through(tree)] == []
