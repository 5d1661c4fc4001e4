"""What of a recipe was never there is not missed; what was there once, or may be, is."""

from dataclasses import replace

import pytest

from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.readings import Failed, Members, NoData, Provenance, Series, SignalReading
from oncall_tui.core.silent import past_reading
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.core.state import State
from oncall_tui.core.unexported import measured

NOW = 1_000_000.0
FROM = Provenance("main", "q")
NOTHING = NoData("no series", NOW, FROM)
GPU = Signal("m", "gpu", SignalKind.INFRASTRUCTURE, "q", past_weeks=4, recipe="dcgm")
XID = replace(GPU, name="xid")
OTHER = replace(GPU, name="drift", recipe="evidently")
OWN = replace(GPU, name="own", recipe="")


def there(signal):
    return {SignalReading("m", signal.name): Figure(15, "main", Members({"": 1.0}, NOW, FROM))}


def absent(signal, trouble=NOTHING):
    return {SignalReading("m", signal.name): Figure(15, "main", None, trouble)}


def past(signal, value=None, trouble=NOTHING):
    return {past_reading(signal): Figure(21_600, "main", value, None if value else trouble)}


def snapshot(figures):
    health = SourceHealth("main", SourceKind.PROMETHEUS, "", 15, NOW)
    catalogue = Catalogue((Service("m", source="main", signals=(GPU, XID, OTHER, OWN)),))
    return Snapshot(NOW, catalogue, {"main": health}, figures)


def names(figures, signals=(GPU, XID)):
    return [one.name for one in measured(snapshot(figures), signals)]


def test_what_was_never_exported_is_left_out_as_long_as_something_of_its_recipe_is_there():
    assert names(there(GPU) | absent(XID) | past(XID)) == ["gpu"]


def test_a_recipe_of_which_nothing_is_there_does_not_fit_and_is_seen_not_to():
    figures = absent(GPU) | past(GPU) | absent(XID) | past(XID)
    assert names(figures) == ["gpu", "xid"]
    assert names(figures | there(OTHER), (GPU, XID, OTHER)) == ["gpu", "xid", "drift"]


def test_what_was_there_in_the_past_is_missed():
    series = Series({"": ((NOW - 86_400, 1.0),)}, NOW, FROM)
    assert names(there(GPU) | absent(XID) | past(XID, series)) == ["gpu", "xid"]


@pytest.mark.parametrize(
    "figures",
    [
        {},
        absent(XID),
        absent(XID) | past(XID, trouble=Failed("boom", "", NOW, FROM)),
        absent(XID, Failed("boom", "", NOW, FROM)) | past(XID),
    ],
    ids=["not asked", "past not asked", "past failed", "failed"],
)
def test_what_cannot_be_told_is_missed(figures):
    assert names(there(GPU) | figures) == ["gpu", "xid"]


def test_what_was_had_and_went_missing_is_missed():
    gone = {SignalReading("m", "xid"): Figure(15, "main", Members({"": 1.0}, NOW - 900, FROM), NOTHING)}
    assert names(there(GPU) | gone | past(XID)) == ["gpu", "xid"]


def test_what_somebody_wrote_is_always_missed():
    figures = there(GPU) | absent(OWN) | past(OWN)
    assert names(figures, (GPU, OWN)) == ["gpu", "own"]


def test_a_service_is_not_unknown_for_what_its_recipe_never_had():
    figures = there(GPU) | absent(XID) | past(XID) | there(OTHER) | there(OWN)
    (status,) = assess(snapshot(figures)).services
    assert status.state is State.OK
    assert [one.signal.name for one in status.signals] == ["gpu", "drift", "own"]
