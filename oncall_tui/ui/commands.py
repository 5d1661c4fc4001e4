"""The commands of the `:` line and of the palette: one table, so that both always offer the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp


@dataclass(frozen=True, slots=True)
class Command:
    """One command. action: the id of the key binding that does the same, '' if none; argument: what may follow."""

    name: str
    help: str
    run: Callable[[OncallApp, str], object]
    action: str = ""
    argument: str = ""


def _show(name: str) -> Callable[[OncallApp, str], object]:
    return lambda app, _: app.call_later(app.action_show, name)


def _arrange(key: str) -> Callable[[OncallApp, str], object]:
    """Sort or group what is in front, by the name that follows or as the next in turn."""

    def run(app: OncallApp, name: str) -> None:
        screen = app.front
        if screen is not None and (complaint := screen.sort_by(name) if key == "sort" else screen.group_by(name)):
            app.complain(complaint)

    return run


def _seek(app: OncallApp, text: str) -> None:
    from oncall_tui.ui.replaying import seek

    seek(app, text)


def _speed(app: OncallApp, text: str) -> None:
    from oncall_tui.ui.replaying import play_at

    play_at(app, text)


def _marks(app: OncallApp, _: str) -> None:
    from oncall_tui.ui.replaying import choose_mark

    choose_mark(app)


def _page(app: OncallApp, _: str) -> None:
    from oncall_tui.ui.paging import page_selection

    page_selection(app)


def _explain(app: OncallApp, _: str) -> None:
    if app.front is not None:
        app.front.action_explain()


def _silence(app: OncallApp, text: str) -> None:
    from oncall_tui.ui.silencing import new_silence

    new_silence(app, text)


def _drift(app: OncallApp, service: str) -> None:
    from oncall_tui.ui.drifting import open_drift

    open_drift(app, service)


def _snooze(app: OncallApp, text: str) -> None:
    from oncall_tui.ui.snoozing import snooze_selection

    snooze_selection(app, text)


def _incident(name: str) -> Callable[[OncallApp, str], object]:
    """What ui.incidents has under that name, with what was typed behind the command."""

    def run(app: OncallApp, text: str) -> None:
        from oncall_tui.ui import incidents

        getattr(incidents, name)(app, text)

    return run


COMMANDS = (
    Command("fleet", "every service, worst first", _show("fleet"), "show_fleet"),
    Command("alerts", "alerts and who has them", _show("alerts"), "show_alerts"),
    Command("slos", "every SLO with all its windows", _show("slos"), "show_slos"),
    Command("models", "endpoints, accuracy, drift, freshness", _show("models"), "show_models"),
    Command("runbooks", "every runbook", _show("runbooks"), "show_runbooks"),
    Command("incidents", "incidents and their timelines", _show("incident"), "show_incident"),
    Command("review", "what the last day did, and what goes over to the next shift", _show("review"), "show_review"),
    Command("silences", "silences: what each hides, and until when", _show("silences"), "show_silences"),
    Command("silence", "a new silence", _silence, "silence", "[MATCHERS|filter]"),
    Command("snooze", "keep the selection quiet, on this machine", _snooze, "snooze", "[2h|until 09:00|off]"),
    Command("expire", "end the selected silence", lambda app, _: app.action_expire(), "expire"),
    Command("incident", "open an incident for the selection", _incident("open_incident"), "open_incident", "[TITLE]"),
    Command("note", "a note into the incident in hand", _incident("note"), "note", "TEXT"),
    Command("status", "how far the incident is", _incident("set_status"), "status", "open|mitigated|resolved"),
    Command("severity", "how grave it is", _incident("set_severity"), "severity", "sev1|sev2|sev3|sev4"),
    Command("role", "give a role in the incident", _incident("set_role"), "", "ROLE WHO"),
    Command("title", "call the incident so", _incident("set_title"), "", "TEXT"),
    Command("involve", "a further service of the incident", _incident("add_service"), "", "SERVICE"),
    Command("export", "write the incident down as a postmortem", _incident("export"), "export", "md|html|json"),
    Command("merge", "the incident goes on in another", _incident("merge"), "merge", "ID"),
    Command("action", "an action item of the incident", _incident("act"), "", "TEXT @owner"),
    Command("done", "an action item is done", _incident("close_action"), "", "ID"),
    Command("explain", "where a figure comes from", _explain, "explain"),
    Command("sort", "another order of what is listed", _arrange("sort"), "sort", "[ORDER]"),
    Command(
        "group", "headings: alerts by any label, SLOs by what they are", _arrange("group"), "group", "[LABEL|none]"
    ),
    Command("ack", "acknowledge the selected alert", lambda app, _: app.action_acknowledge(), "acknowledge"),
    Command(
        "acknowledge",
        "acknowledge with a comment, an end, the whole group; take over, hand over",
        lambda app, _: app.action_acknowledge_with(),
        "acknowledge_with",
    ),
    Command("unack", "take an acknowledgement back", lambda app, _: app.action_take_back(), "take_back"),
    Command("page", "show and acknowledge the page of the selection", _page),
    Command("runbook", "runbooks for the selection", lambda app, _: app.action_runbook(), "runbook"),
    Command("investigate", "what came first", lambda app, _: app.action_investigate(), "investigate"),
    Command("drift", "the drift of a service, feature by feature", _drift, "drift", "[SERVICE]"),
    Command("filter", "show only what matches", lambda app, text: app.filter_by(text), "filter", "TEXT|NAME"),
    Command("window", "how far charts look back", lambda app, text: app.look_back(text), "window", "1h|6h|24h|7d|30d"),
    Command("theme", "choose a theme", lambda app, text: app.choose_theme(text), "theme", "[NAME]"),
    Command("sources", "how each source does", lambda app, _: app.action_sources(), "sources"),
    Command("pause", "stop or go on polling", lambda app, _: app.action_pause(), "pause"),
    Command("refresh", "ask everything now", lambda app, _: app.action_refresh(), "refresh"),
    Command("help", "keys and glyphs of this screen", lambda app, _: app.action_help(), "help"),
    Command("seek", "of a recording: another moment", _seek, argument="14:05|+10m|-1h|start|end"),
    Command("speed", "of a recording: how fast it plays", _speed, argument="NUMBER"),
    Command("marks", "of a recording: what happened, to go there", _marks),
    Command("quit", "leave", lambda app, _: app.exit(), "quit"),
)


def find(word: str) -> Command | None:
    """The command of that name, or the only one that begins so."""
    exact = next((command for command in COMMANDS if command.name == word), None)
    candidates = [command for command in COMMANDS if command.name.startswith(word)] if word else []
    return exact or (candidates[0] if len(candidates) == 1 else None)


def words(lookbacks: Iterable[str], themes: Iterable[str], orders: Iterable[str], headings: Iterable[str]) -> list[str]:
    """What the command line completes to: every command, and those that take one of a few words with each."""
    taken = {"sort": orders, "group": headings, "window": lookbacks, "theme": themes}
    return [command.name for command in COMMANDS] + [f"{name} {word}" for name, each in taken.items() for word in each]
