"""Snapshots of many alerts are understood in a thread, in their order, and none is overtaken by an older one."""

import asyncio
import threading

import pytest

from oncall_tui.core.alerts import Alert
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.core.storms import StormRule
from oncall_tui.preferences.memory import Memory
from oncall_tui.ui.alert_knowledge import MANY, AlertKnowledge
from oncall_tui.ui.assessing import Assessing

NOW = 1_000_000.0


def snapshot(at, alerts):
    told = tuple(Alert("am", f"{number}", {"alertname": f"A{number}"}, starts_at=NOW) for number in range(alerts))
    return Snapshot(at, Catalogue(), alerts=told)


class Stage:
    def __init__(self):
        knowledge = AlertKnowledge(None, 3, StormRule(), Memory().section("seen"), lambda: NOW, lambda whole: whole)
        self.knowledge, self.done, self.threads, self.tasks = knowledge, [], [], []
        self.assessing = Assessing(knowledge, self._begin, self._done)
        understood = knowledge.understood

        def watched(*given):
            self.threads.append(threading.current_thread() is threading.main_thread())
            return understood(*given)

        knowledge.understood = watched

    def _begin(self, work):
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    def _done(self, view):
        self.done.append(view.assessment.snapshot.at)

    async def finish(self):
        await asyncio.gather(*self.tasks)


@pytest.fixture
def stage():
    return Stage()


async def test_few_are_understood_at_once_and_many_in_a_thread(stage):
    stage.assessing.take(snapshot(1.0, 3))
    assert stage.done == [1.0]
    stage.assessing.take(snapshot(2.0, MANY))
    assert stage.done == [1.0]
    await stage.finish()
    assert stage.done == [1.0, 2.0]
    assert stage.threads == [True, False]


async def test_a_small_one_that_comes_meanwhile_waits_and_is_the_last_word(stage):
    stage.assessing.take(snapshot(1.0, MANY))
    await asyncio.sleep(0)  # It is begun.
    stage.assessing.take(snapshot(2.0, 3))
    assert stage.done == []
    await stage.finish()
    assert stage.done == [1.0, 2.0]


async def test_of_several_that_come_meanwhile_the_newest_is_understood(stage):
    for at in (1.0, 2.0, 3.0, 4.0):
        stage.assessing.take(snapshot(at, MANY))
    await stage.finish()
    assert stage.done[-1] == 4.0
    assert 3.0 not in stage.done


async def test_one_that_cannot_be_understood_does_not_stop_the_next(stage):
    understood = stage.knowledge.understood
    stage.knowledge.understood = lambda *_: 1 / 0
    stage.assessing.take(snapshot(1.0, MANY))
    with pytest.raises(ZeroDivisionError):
        await stage.finish()
    stage.knowledge.understood, stage.tasks = understood, []
    stage.assessing.take(snapshot(2.0, MANY))
    await stage.finish()
    assert stage.done == [2.0]


async def test_what_keys_ask_for_is_found_out_beforehand(stage):
    stage.assessing.take(snapshot(1.0, MANY))
    await stage.finish()
    view = stage.knowledge._view
    assert {"storms", "by_key", "pages", "words"} <= view.__dict__.keys()
    assert len(view.by_key) == MANY
