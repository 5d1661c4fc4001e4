"""Acknowledgements kept while the dashboard runs, and what is said of it: only what a person should know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.core.keeping import Fate
from oncall_tui.ui.render import figures

if TYPE_CHECKING:
    from oncall_tui.actions.keep import Keeper, Kept
    from oncall_tui.core.alerts import Silence
    from oncall_tui.core.snapshot import Snapshot
    from oncall_tui.ui.app import OncallApp


def keep(app: OncallApp, snapshot: Snapshot) -> None:
    """Extend what wants to be extended now, beside the screen; nothing is started where nothing does."""
    keeper = app.desk.keeper
    if keeper is not None and (due := keeper.due(snapshot)):
        app.run_worker(_keep(app, keeper, due), group="keep", exit_on_error=True)


def how_kept(keeper: Keeper | None, silence: Silence) -> str:
    """How an acknowledgement that is kept is extended, as far as this dashboard can tell."""
    if keeper is None or keeper.read_only:
        return "not by this dashboard, which only looks"
    if keeper.others_at_work(silence):
        return "extended by kthxbye or another oncall-tui"
    return "extended before it ends"


async def _keep(app: OncallApp, keeper: Keeper, due: tuple[Silence, ...]) -> None:
    done = await keeper(due)
    for kept in done:
        if (said := told(kept, app.key_of("acknowledge_with"))) and said not in app.said_of_keeping:
            app.said_of_keeping.add(said)
            app.warn(said, title="Acknowledgement")
    if any(kept.result is not None for kept in done):
        app.desk.poller.refresh()


def told(kept: Kept, key: str) -> str:
    """What a person should know of it; '' where it was simply extended. key: the one that renews."""
    silence = kept.silence
    names = [alert.name or "an alert" for alert in kept.alerts]
    what = f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0] if names else "an alert"
    whose = f"{silence.author or 'somebody'}’s ack of {what}"
    until = figures.clock(silence.ends_at)
    if kept.trouble:
        verb = "ended" if kept.fate is Fate.OUTDATED else "extended"
        return f"{whose} was not {verb}: {kept.trouble}; it ends at {until}"
    if kept.elder is not None:
        return f"{kept.elder.author or 'somebody'} had {what} a moment before you: yours was ended"
    if kept.fate is Fate.OUTDATED:
        return f"{what} fires anew: {silence.author or 'somebody'}’s ack was of an earlier firing and is ended"
    if kept.fate is Fate.SPENT:
        return f"{whose} has been kept as long as it may be and ends at {until}: {key} renews it"
    return ""
