"""What a filter does, in one line: a filter that is not seen makes alerts look gone."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_tui.core.completion import Candidate
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span, width_of


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of all rows a filter shows. what: their name; loud: of those hidden that must not be overlooked."""

    kept: int
    total: int
    what: str
    loud: int = 0
    loud_name: str = ""


def filter_line(text: str, tally: Tally | None, clears: str, width: int) -> Line:
    """The filter and what it hides; where there is little room, the text is cut and not the count.

    clears: the key that clears it.
    """
    showing = span(f"showing {tally.kept} of {tally.total} {tally.what}", Role.STRONG) if tally else ()
    hides = span(f"hides {tally.loud} {tally.loud_name}", Role.WARN_BADGE) if tally and tally.loud else ()
    ending = join([outside(clears, Role.ACCENT), span("clears", Role.MUTED)])
    mark, filtering = span(" FILTER ", Role.BADGE), outside(text, Role.ACCENT)
    for parts in ([showing, hides, ending], [showing, hides], [hides or showing]):
        right = join(parts, "  ")
        room = width - width_of(mark) - width_of(right) - 4
        if room >= min(width_of(filtering), 12):
            return join([mark, join([fitted(filtering, min(room, width_of(filtering))), right], "  ")])
    return fitted(join([mark, hides or showing]), width)


def candidate_lines(candidates: tuple[Candidate, ...], chosen: int, lines: int, width: int) -> list[Line]:
    """A window of the candidates around the chosen one, each with how many rows it stands for."""
    first = max(0, min(chosen - lines // 2, len(candidates) - lines))
    shown = candidates[first : first + lines]
    room = max((width_of(outside(one.shown)) for one in shown), default=0)
    drawn = []
    for place, one in enumerate(shown, first):
        here = place == chosen
        word = fitted(outside(one.shown, Role.STRONG if here else Role.TEXT), min(room, max(8, width // 2)))
        keys = span("  tab takes it, ↑↓ choose", Role.MUTED) if here else ()
        counts = span(f"  {chosen + 1}/{len(candidates)}", Role.MUTED) if here and len(candidates) > lines else ()
        drawn.append(
            join([span("  ▸" if here else "   ", Role.ACCENT), word, outside(one.note, Role.MUTED), counts, keys])
        )
    return drawn


def pointing(complaint: str, at: int, width: int) -> Line:
    """The complaint with a mark above cell `at` of the line below it."""
    mark, words = span("▾", Role.WARN), outside(complaint, Role.WARN)
    need = width_of(words) + 1
    if at >= 0 and at + 1 + need <= width:
        return (*span(" " * at), *mark, *span(" "), *words)
    if need <= at < width:
        return (*span(" " * (at - need)), *words, *span(" "), *mark)
    return fitted(words, width)
