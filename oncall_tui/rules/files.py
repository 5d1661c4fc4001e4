"""Rules and their test cases as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from oncall_tui.core.errors import ActionError
from oncall_tui.core.ports import SliQueries
from oncall_tui.core.text import clean_line
from oncall_tui.rules.cases import cases_for
from oncall_tui.rules.document import kubernetes as kubernetes_rule
from oncall_tui.rules.document import to_yaml
from oncall_tui.rules.rule_set import RuleSet


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """What is printed or written. tests: '' where promtool cannot read the rules. remarks: SLOs left out."""

    name: str
    rules: str
    tests: str
    remarks: tuple[str, ...]

    def write(self, folder: Path, *, force: bool) -> list[Path]:
        """Write both into the folder. Raises ActionError, as write_files does."""
        texts = {f"{self.name}.rules.yaml": self.rules, f"{self.name}.rules.test.yaml": self.tests}
        return write_files(folder, {name: text for name, text in texts.items() if text}, force=force)


def rule_files(
    made: RuleSet, queries: SliQueries, name: str, *, kubernetes: bool, ascii_only: bool = False
) -> RuleFiles:
    """The files called name for a set of rules. ascii_only: for what shows no more than ASCII.

    Raises ActionError when there is not one rule in it.
    """
    remarks = tuple(f"{slo}: {why}" for slo, why in made.left_out.items())
    if not made.groups:
        raise ActionError("no SLO can become rules", clean_line("; ".join(remarks)))
    name = clean_line(name).replace("/", "-") or "slos"
    comments = [
        "Made by `oncall-tui rules`: change the SLOs and make it again.",
        *(f"Left out: {one}" for one in remarks),
    ]
    if kubernetes:
        return RuleFiles(
            name, to_yaml(kubernetes_rule(made.groups, name), comments, ascii_only=ascii_only), "", remarks
        )
    cases, gaps = cases_for(made, queries, f"{name}.rules.yaml")
    how = f"Made by `oncall-tui rules`. Run: promtool test rules {name}.rules.test.yaml"
    rules = to_yaml(made.document, comments, ascii_only=ascii_only)
    return RuleFiles(name, rules, to_yaml(cases, [how, *gaps], ascii_only=ascii_only), remarks)


def write_files(folder: Path, texts: Mapping[str, str], *, force: bool) -> list[Path]:
    """Write files by name into a folder, which is made where there is none. Returns their paths.

    A file that stands there with another content stays as it is, and so does every other, unless force. Raises
    ActionError.
    """
    paths = {folder / name: text for name, text in texts.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in paths.items():
            if not force and _differs(path, text):
                raise ActionError(f"{clean_line(str(path))} is there already", "give --force to overwrite it")
        for path, text in paths.items():
            path.write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file name"
        raise ActionError(f"cannot write to {clean_line(str(folder))}: {reason}", "name another folder") from None
    return list(paths)


def _differs(path: Path, text: str) -> bool:
    return path.exists() and (not path.is_file() or path.read_bytes() != text.encode())
