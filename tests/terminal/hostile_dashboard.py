"""A dashboard whose every text from outside is an attack: `python hostile_dashboard.py FOLDER [drift]`."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import drifting_fleet
import fleet
from hostile import ATTACKS, LONG, Mangler
from staging import StaticPoller, desk_over

from oncall_tui.actions.incidents import Incidents
from oncall_tui.actions.run_step import RunStep
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.incident import Severity
from oncall_tui.core.readings import NoData, Readout
from oncall_tui.journal import Journal
from oncall_tui.poll.investigate import Investigate
from oncall_tui.runbooks import RunbookLibrary
from oncall_tui.ui.app import OncallApp, show
from oncall_tui.ui.desk import opened

BOOK = """---
title: "{title}"
---
# {attack}

{attack} [a safe name](http://evil.example/31337) ![picture](http://evil.example/p.png) <http://auto.example/>
[script](javascript:alert(1)) [file](file:///etc/passwd)

| {attack} | b |
|---|---|
| {attack} | `{attack}` |

> {attack}

* {attack}

```sh {{name=look kind=diagnose}}
cat {output}
```
"""


class FromFigures:
    """Answers what the snapshot knows."""

    name, url = "main", "http://prom:9090"

    def __init__(self, figures):
        self._figures = figures

    async def read(self, readings, now):
        known = {one: self._figures.get(one) for one in readings}
        none = NoData("none", now, fleet.provenance())
        return Readout({one: figure.value if figure and figure.value else none for one, figure in known.items()})


def mangled(whole):
    """The snapshot as strangers would have it."""
    names = {service.name for service in whole.catalogue.services}
    names |= {alert.name for alert in whole.alerts if alert.name.isalnum()}
    names |= {"user_ctr_7d", "item_age", "user_features", "query_tokens", "page_rank", "s1", "s2"}
    make = Mangler(names)
    made = make.deep(whole)
    alerts = []
    for alert in made.alerts:
        notes = {name: make.prose(text) for name, text in alert.annotations.items()}
        notes |= {make.prose("note"): LONG, "description": "\n".join(ATTACKS)}
        labels = {**alert.labels, "zone" + ATTACKS[len(alerts)]: ATTACKS[len(alerts) + 1], "team": ATTACKS[-1]}
        alerts.append(replace(alert, labels=labels, annotations=notes, receivers=(make.prose("page"),)))
    silences = tuple(
        replace(one, comment=one.comment + make.prose("why") + LONG, author=make.prose(one.author))
        for one in made.silences
    )
    probes = {
        name: replace(one, version=make.prose("3.2"), error=make.prose("503"), hint=make.prose("is it up?"))
        for name, one in made.probes.items()
    }
    sources = {
        name: replace(
            one, error=make.prose("refused"), hint=make.prose("?"), version=make.prose("2"), warnings=(*ATTACKS, LONG)
        )
        for name, one in made.sources.items()
    }
    return replace(made, alerts=tuple(alerts), silences=silences, probes=probes, sources=sources)


def write_books(folder):
    """A runbook of attacks whose step prints more of them."""
    folder.mkdir()
    output = folder / "output.bin"
    output.write_bytes(
        b"\n".join(one.encode("utf-8", "surrogatepass") for one in (*ATTACKS, LONG)) + b"\n\xff\xfe\x9b31337m"
    )
    attack = " ".join(ATTACKS).replace("\n", " ").encode("utf-8", "replace").decode()
    title = "[red]book[/red] [@click=app.quit]x[/]"
    (folder / "book.md").write_text(BOOK.format(title=title, attack=attack, output=output))
    return folder


def write_past(journal, service, now):
    """What the journal tells: an incident, notes, an acknowledgement."""
    use = Incidents(journal, journal, ATTACKS[0] + "maria", clock=lambda: now - 900)

    async def write():
        for place, attack in enumerate(ATTACKS):
            payload = {"state": "firing", "urgency": "page", "summary": attack, "was": attack}
            kind = EventKind.ALERT_STATE if place % 2 else EventKind.VERSION_STATE
            journal.record(Event(now - 800 + place, kind, attack, service, f"f{place}", attack + "x", payload))
        one = await use.open("title " + "".join(ATTACKS), [service], {"f1": now - 850}, Severity.SEV2)
        await use.set_role(one, "commander")
        await use.note(one, "note " + "".join(ATTACKS) + LONG[:50_000])
        await use.act("do " + ATTACKS[1], "li" + ATTACKS[2], one)

    asyncio.run(write())


def main(folder, kind):
    whole = mangled(drifting_fleet.snapshot() if kind == "drift" else fleet.snapshot())
    service = next(one.name for one in whole.catalogue.services if "ranker" in one.name)
    journal = Journal(folder / "journal.sqlite3")
    write_past(journal, service, fleet.NOW)
    metrics = FromFigures(whole.figures)
    desk = desk_over(
        folder,
        StaticPoller(whole),
        library=RunbookLibrary([write_books(folder / "books")]),
        run_step=RunStep(journal, "sre"),
        investigate=Investigate((metrics,), clock=lambda: fleet.NOW),
    )
    desk = replace(desk, title="prod" + ATTACKS[0], banner=ATTACKS[1] + "banner")
    OncallApp.__init__.__defaults__ = (lambda: fleet.NOW,)
    return asyncio.run(show(opened(desk)))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
