"""Formats findings as JUnit XML, which most CI services show as test results.

There is no standard. The elements and attributes are those that Jenkins, GitLab, Azure Pipelines and GitHub's report
actions read: https://github.com/testmoapp/junitxml
"""

import re
from collections.abc import Collection, Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from newsletter.errors import NewsletterError, Problem, Severity

# Characters that XML 1.0 does not allow (section 2.2).
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_COUNTED = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}


def junit_report(
    files: Iterable[str],
    problems: Iterable[Problem],
    errors: Iterable[NewsletterError],
    fatal: Collection[Severity],
) -> str:
    """Return a report with a suite for each file and a test case for each finding.

    Args:
        files: the checked files. One without findings has a test case that passed.
        problems: the findings.
        errors: errors for which something could not be checked.
        fatal: the severities of failures. Other findings are skipped test cases, which CI services show too.
    """
    by_file: dict[str, list[Problem]] = {file: [] for file in files}
    for problem in problems:
        by_file.setdefault(problem.file, []).append(problem)
    root = Element("testsuites", name="newsletter check")
    for file, found in by_file.items():
        suite = SubElement(root, "testsuite", name=_clean(file))
        for problem in found:
            _add_case(suite, problem, failed=problem.severity in fatal)
        if not found:
            SubElement(suite, "testcase", name="no problems found", classname=_clean(file), time="0")
        _count(suite)
    if shown := list(errors):
        suite = SubElement(root, "testsuite", name="newsletter check")
        for number, error in enumerate(shown, 1):
            case = SubElement(suite, "testcase", name=f"error {number}", classname="newsletter check", time="0")
            result = SubElement(case, "error", type=type(error).__name__, message=_clean(error.message))
            result.text = _clean("\n".join(line for line in (error.message, error.advice) if line))
        _count(suite)
    _count(root)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _add_case(suite: Element, problem: Problem, *, failed: bool) -> None:
    place = f"{problem.file}:{problem.line}:{problem.column}"
    case = SubElement(
        suite,
        "testcase",
        name=_clean(f"{problem.rule} {problem.line}:{problem.column}"),
        classname=_clean(problem.file),
        file=_clean(problem.file),
        line=str(problem.line),
        time="0",
    )
    message = _clean(problem.message)
    result = (
        SubElement(case, "failure", type=problem.severity.value, message=message)
        if failed
        else SubElement(case, "skipped", message=f"{problem.severity.value}: {message}")
    )
    lines = [f"{place}: {problem.severity.value}: {problem.message}", problem.source, problem.advice]
    result.text = _clean("\n".join(line for line in lines if line))


def _count(element: Element) -> None:
    """Set the numbers of test cases and results of an element."""
    numbers = {name: len(list(element.iter(tag))) for name, tag in _COUNTED.items()}
    for name, number in {**numbers, "time": 0}.items():
        element.set(name, str(number))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
