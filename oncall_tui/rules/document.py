"""Rule groups as documents: a Prometheus rules file, or a PrometheusRule for Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from oncall_tui.core.text import clean_line, printable

Group = dict[str, Any]
Rule = dict[str, Any]

_NOT_IN_NAMES = re.compile(r"[^a-z0-9.-]+")


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a literal block, and nothing as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def to_yaml(document: Mapping[str, Any], comments: Iterable[str] = (), *, ascii_only: bool = False) -> str:
    """A document as YAML, below its comments, a line each. Expressions of several lines stay readable.

    ascii_only: every other letter as an escape. Where there is a control or bidi character, that is so of itself.
    """
    head = "".join(f"# {clean_line(line)}\n" for line in comments)
    body = _body(document, letters=not ascii_only)
    if ascii_only:
        head = head.encode("ascii", "backslashreplace").decode()
    elif printable(body) != body:
        body = _body(document, letters=False)
    return head + body


def _body(document: Mapping[str, Any], *, letters: bool) -> str:
    return yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=letters, width=10_000)


def kubernetes(groups: Iterable[Group], name: str) -> dict[str, Any]:
    """Rule groups as the PrometheusRule of that name, which is made fit for Kubernetes."""
    fit = _NOT_IN_NAMES.sub("-", name.lower()).strip(".-")[:253] or "slos"
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": fit},
        "spec": {"groups": list(groups)},
    }
