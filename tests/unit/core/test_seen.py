"""What is new: what nobody saw, whatever the clocks say."""

from dataclasses import replace

from oncall_tui.core.alerts import Alert, Phase
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.seen import LATE, Seen, seen_now

NOW = 10_000.0


def status(fingerprint="f", starts_at=NOW, phase=Phase.FIRING, source="am"):
    return AlertStatus(Alert(source, fingerprint, {}, starts_at=starts_at), phase, None, "")


def test_what_was_listed_is_seen_and_what_comes_after_is_new():
    seen = seen_now([status()], NOW)
    assert not seen.is_new(status())
    assert seen.is_new(status("g", NOW + 1))


def test_one_that_was_told_late_is_new_and_one_from_long_ago_is_not():
    seen = seen_now([status()], NOW)
    assert seen.is_new(status("late", NOW - LATE + 1))
    assert not seen.is_new(status("old", NOW - LATE))


def test_one_that_begins_again_is_new_again():
    assert seen_now([status()], NOW).is_new(status(starts_at=NOW + 60))


def test_the_same_fingerprint_elsewhere_is_another():
    assert seen_now([status()], NOW).is_new(status(source="lab"))


def test_a_server_whose_clock_is_ahead_makes_nothing_new_for_ever():
    ahead = status(starts_at=NOW + 500)
    assert not seen_now([ahead], NOW).is_new(ahead)


def test_what_somebody_has_or_what_is_over_is_not_new():
    for phase in Phase:
        fresh = Seen(NOW).is_new(replace(status(starts_at=NOW + 1), phase=phase))
        assert fresh is (phase in (Phase.FIRING, Phase.PENDING))
