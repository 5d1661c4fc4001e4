"""What keys and commands do to incidents. Each writes one entry, says what it wrote and where, and reads it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from oncall_tui.core.alerts import Urgency
from oncall_tui.core.errors import OncallError
from oncall_tui.core.incident import ROLES, Incident, Severity, Status

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp

_NEXT = {Status.OPEN: Status.MITIGATED, Status.MITIGATED: Status.RESOLVED, Status.RESOLVED: Status.OPEN}


def in_hand(app: OncallApp) -> Incident | None:
    """The incident that keys act on: the selected one, else the one about the selection, else the newest that goes on.

    None, and said so, where there is none.
    """
    from oncall_tui.ui.screens.incident import IncidentScreen

    screen = app.front
    if isinstance(screen, IncidentScreen):
        found = screen.incident_in_hand()
        if found is not None and found.into:
            app.complain(f"{found.id} goes on in {found.into}: select that one")
            return None
    else:
        found = app.incident_book.about(screen.service_in_hand() if screen is not None else "")
    return _known(app, found)


def _known(app: OncallApp, found: Incident | None) -> Incident | None:
    """It; None, and said so, where there is none."""
    if found is None:
        app.complain(f"no incident goes on; {app.key_of('open_incident')} opens one for the selection")
    return found


def _do(app: OncallApp, work: Callable[[], Awaitable[object]], said: str) -> None:
    """Write in the background, then say so; what fails is told."""

    async def run() -> None:
        try:
            await work()
        except OncallError as error:
            kept = ". It is kept, and written once the journal takes it" if app.journal_watch.trouble else ""
            app.complain(f"{error}{kept}", title="Incident")
        else:
            app.say(said)
        app.incident_book.refresh()

    app.run_worker(run(), group="incident-writes")


def open_incident(app: OncallApp, title: str = "") -> None:
    """Open one for the selection: its alerts and its service; a title alone will do."""
    screen = app.front
    if screen is not None:
        screen.hold()
    alerts = screen.alerts_in_hand() if screen is not None else ()
    services = list(dict.fromkeys(status.service for status in alerts if status.service))
    if screen is not None and not services and (service := screen.service_in_hand()):
        services = [service]
    if not title and not alerts and not services:
        app.complain("Select an alert or a service, or say what it is: :incident TITLE")
        return
    what = alerts[0].alert.annotations.get("summary") or alerts[0].alert.name if alerts else ""
    title = title or f"{services[0] if services else ''}: {what}".strip(": ")
    firing = {one.alert.fingerprint: one.alert.starts_at for one in alerts if not one.alert.pending}
    pages = any(one.alert.urgency is Urgency.PAGE for one in alerts)
    severity = Severity.SEV2 if pages else Severity.SEV3
    use = app.desk.incidents
    _do(app, lambda: use.open(title, services, firing, severity), f"Incident opened: {title}")


def ask_note(app: OncallApp) -> None:
    """Have a note typed, for the incident in hand."""
    if app.front is not None and in_hand(app) is not None:
        app.front.ask_command("note ")


def note(app: OncallApp, text: str) -> None:
    """Write a note."""
    if not text:
        ask_note(app)
    elif one := in_hand(app):
        _do(app, lambda: app.desk.incidents.note(one.id, text), f"Noted in {one.id}: {one.title}")


def finding(app: OncallApp, text: str, service: str) -> None:
    """Write what an investigation of a service found."""
    if one := _known(app, app.incident_book.about(service)):
        _do(app, lambda: app.desk.incidents.finding(one.id, text), f"The finding is in {one.id}: {one.title}")


def set_status(app: OncallApp, word: str = "") -> None:
    """The next status, or the one of that name."""
    if word and word not in list(Status):
        app.complain(f"no status {word!r}: {', '.join(Status)}")
    elif one := in_hand(app):
        status = Status(word) if word else _NEXT[one.status]
        _do(app, lambda: app.desk.incidents.set_status(one.id, status), f"{one.id} is {status.value}")


def set_severity(app: OncallApp, word: str = "") -> None:
    """The next severity, or the one of that name."""
    every = list(Severity)
    if word and word not in every:
        app.complain(f"no severity {word!r}: {', '.join(Severity)}")
    elif one := in_hand(app):
        severity = Severity(word) if word else every[(every.index(one.severity) + 1) % len(every)]
        _do(app, lambda: app.desk.incidents.set_severity(one.id, severity), f"{one.id} is {severity.value}")


def set_role(app: OncallApp, text: str = "") -> None:
    """Give a role to somebody: 'commander maria'; with a role alone to oneself, with nothing: to command oneself."""
    role, _, who = text.strip().partition(" ")
    role = role or ROLES[0]
    if one := in_hand(app):
        said = f"{one.id}: {role} is {who.strip() or 'you'}"
        _do(app, lambda: app.desk.incidents.set_role(one.id, role, who.strip()), said)


def set_title(app: OncallApp, text: str) -> None:
    """Call it so."""
    if one := in_hand(app):
        _do(app, lambda: app.desk.incidents.set_title(one.id, text), f"{one.id}: {text}")


def add_service(app: OncallApp, text: str) -> None:
    """Have further services belong to it."""
    services = text.replace(",", " ").split()
    if not services:
        app.complain("which service? :involve NAME")
    elif one := in_hand(app):
        _do(app, lambda: app.desk.incidents.add(one.id, services), f"{one.id} is about {', '.join(services)} too")


def act(app: OncallApp, text: str) -> None:
    """Open an action item of the incident in hand; a word that begins with @ names its owner."""
    words = text.split()
    owner = next((word[1:] for word in words if word.startswith("@") and len(word) > 1), "")
    what = " ".join(word for word in words if word != f"@{owner}")
    if not what:
        app.complain("what is to be done? :action TEXT @owner")
    elif one := in_hand(app):
        said = f"Action item of {one.id} for {owner or 'nobody yet'}: {what}"
        _do(app, lambda: app.desk.incidents.act(what, owner, one.id), said)


def close_action(app: OncallApp, text: str) -> None:
    """Close an action item by its id, or the beginning of it."""
    item, _, why = text.partition(" ")
    _do(app, lambda: app.desk.incidents.close_action(item, why.strip()), f"Action item {item} is done")


def merge(app: OncallApp, text: str = "") -> None:
    """Merge those that are marked into the one under the cursor, or the one in hand into the one of that id; asked."""
    from oncall_tui.ui.render.incidents import badge
    from oncall_tui.ui.render.spans import join, outside
    from oncall_tui.ui.screens.confirm import Confirm
    from oncall_tui.ui.screens.incident import IncidentScreen

    known = {one.id: one for one in app.incident_book.every}
    screen = app.front
    one = in_hand(app)
    if one is None:
        return
    if text:
        fitting = [other for other in known.values() if other.id.startswith(text) or other.id.endswith(text)]
        parts, into = [one], fitting[0] if len(fitting) == 1 else None
    else:
        marked = screen.marked_ids() if isinstance(screen, IncidentScreen) else ()
        parts, into = [known[key] for key in marked if key in known and key != one.id], one
    if into is None or not parts or parts == [into]:
        mark, key = app.key_of("mark"), app.key_of("merge")
        app.complain(f"{mark} marks what is to be merged, {key} merges it into the selected one; or :merge ID")
        return

    async def write() -> None:
        for part in parts:
            await app.desk.incidents.merge(part.id, into.id)

    def answered(yes: bool | None) -> None:
        if yes:
            _do(
                app,
                write,
                f"{', '.join(part.id for part in parts)} go{'es' if len(parts) == 1 else ''} on in {into.id}",
            )
            if isinstance(screen, IncidentScreen):
                screen.acted()

    asked = outside(f"Merge into {into.id}, {into.title}? It cannot be undone.")
    lines = [join([badge(part), outside(part.id), outside(part.title)]) for part in parts]
    app.push_screen(Confirm(asked, lines, "merge"), answered)


def export(app: OncallApp, text: str = "") -> None:
    """Write the incident in hand down: Markdown and HTML, or as what is named."""
    styles = tuple(text.replace(",", " ").split()) or ("md", "html")
    write = app.desk.write_postmortem
    if unknown := [style for style in styles if style not in ("md", "html", "json")]:
        app.complain(f"no format {unknown[0]!r}: md, html, json")
    elif write is None:
        app.complain("there is no place for a postmortem here; `oncall-tui incident export` prints one")
    elif one := in_hand(app):

        async def run() -> None:
            try:
                paths = await write(one.id, styles)
            except OncallError as error:
                app.complain(str(error), title="Postmortem")
            else:
                app.say(f"Written: {', '.join(map(str, paths))}", title="Postmortem", seconds=12)
            app.incident_book.refresh()

        app.run_worker(run(), group="incident-writes")
