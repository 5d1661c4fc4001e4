"""The boards of one cluster's members as one board: nothing that one of them has is lost, nothing stands twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from oncall_tui.core.alerts import Alert, AlertBoard, AlertGroup, Silence, SilenceState


def stamped(board: AlertBoard, cluster: str) -> AlertBoard:
    """The board with the cluster as the source of all it holds. Long for thousands of alerts: not for every frame."""
    held: tuple[Alert | AlertGroup | Silence, ...] = (*board.alerts, *board.groups, *board.silences)
    if all(one.source == cluster for one in held):
        return board
    return replace(
        board,
        alerts=tuple(replace(alert, source=cluster) for alert in board.alerts),
        groups=tuple(replace(group, source=cluster) for group in board.groups),
        silences=tuple(replace(silence, source=cluster) for silence in board.silences),
        expired=tuple(replace(silence, source=cluster) for silence in board.expired),
    )


def merged(boards: Sequence[AlertBoard]) -> AlertBoard:
    """One board of several, all stamped with one cluster. Those that may not be believed are to be left out before.

    Of an alert the freshest stands, hidden by whatever hides it on any member. Of a silence the newest stands.
    The version, the skew and the configuration are the first board's.
    """
    if len(boards) == 1:
        return boards[0]
    silences = tuple(_silences((*board.silences, *board.expired) for board in boards))
    return replace(
        boards[0],
        alerts=tuple(_alerts(board.alerts for board in boards)),
        groups=tuple(_groups(board.groups for board in boards)),
        silences=tuple(one for one in silences if one.state is not SilenceState.EXPIRED),
        expired=tuple(one for one in silences if one.state is SilenceState.EXPIRED),
        peers=tuple(dict.fromkeys(peer for board in boards for peer in board.peers)),
    )


def _alerts(told: Iterable[Iterable[Alert]]) -> Iterable[Alert]:
    found: dict[str, Alert] = {}
    for alerts in told:
        for alert in alerts:
            known = found.get(alert.fingerprint)
            found[alert.fingerprint] = alert if known is None else _of_both(known, alert)
    return found.values()


def _of_both(one: Alert, other: Alert) -> Alert:
    fresh, old = (other, one) if other.updated_at > one.updated_at else (one, other)
    hidden = (fresh.silenced_by, fresh.inhibited_by, fresh.muted_by)
    if hidden == (old.silenced_by, old.inhibited_by, old.muted_by):
        return fresh
    return replace(
        fresh,
        silenced_by=_union(fresh.silenced_by, old.silenced_by),
        inhibited_by=_union(fresh.inhibited_by, old.inhibited_by),
        muted_by=_union(fresh.muted_by, old.muted_by),
    )


def _silences(told: Iterable[Iterable[Silence]]) -> Iterable[Silence]:
    found: dict[str, Silence] = {}
    for silences in told:
        for silence in silences:
            known = found.get(silence.id)
            if known is None or silence.updated_at > known.updated_at:
                found[silence.id] = silence
    return found.values()


def _groups(told: Iterable[Iterable[AlertGroup]]) -> Iterable[AlertGroup]:
    """A group is known by its receiver and labels."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], AlertGroup] = {}
    for groups in told:
        for group in groups:
            key = (group.receiver, frozenset(group.labels.items()))
            known = found.get(key)
            if known is None:
                found[key] = group
            elif known.fingerprints != group.fingerprints:
                found[key] = replace(known, fingerprints=_union(known.fingerprints, group.fingerprints))
    return found.values()


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return one if one == other else tuple(dict.fromkeys((*one, *other)))
