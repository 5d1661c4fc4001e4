"""The preferences as the screens use them."""

import asyncio

import pytest

from oncall_tui.preferences import Memory, PreferencesFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "preferences.json"


async def test_what_is_set_is_known_at_once_and_found_by_the_next_run(path):
    memory = Memory(PreferencesFile(path), "prod")
    memory.here("filters").set("alerts", "a")
    memory.section("alerts").update({"sort": "age", "group": "service"})
    assert memory.here("filters").text("alerts") == "a"
    await memory.close()
    again = Memory(PreferencesFile(path), "prod")
    assert again.here("filters").texts() == {"alerts": "a"}
    assert again.section("alerts").items() == {"sort": "age", "group": "service"}


async def test_it_is_written_without_being_asked_a_moment_later(path, monkeypatch):
    monkeypatch.setattr("oncall_tui.preferences.memory.SETTLE_SECONDS", 0.0)
    memory = Memory(PreferencesFile(path))
    memory.section("bell").set("on", True)
    for _ in range(200):
        await asyncio.sleep(0.01)
        if PreferencesFile(path).load()[0]:
            break
    assert Memory(PreferencesFile(path)).section("bell").flag("on")


async def test_one_environments_own_is_not_anothers(path):
    memory = Memory(PreferencesFile(path), "prod")
    memory.here("snoozes").set("fp", 5)
    memory.section("bell").set("on", True)
    await memory.close()
    elsewhere = Memory(PreferencesFile(path), "staging")
    assert elsewhere.here("snoozes").items() == {}
    assert elsewhere.section("bell").flag("on")


async def test_without_a_file_it_remembers_while_it_runs():
    memory = Memory()
    memory.section("bell").set("on", True)
    await memory.close()
    assert memory.section("bell").flag("on")
    memory.section("bell").forget("on")
    assert memory.section("bell").items() == {}


async def test_what_others_write_is_taken_over_and_not_overwritten(path):
    first, second = Memory(PreferencesFile(path)), Memory(PreferencesFile(path))
    first.section("saved_filters").set("mine", "a")
    await first.flush()
    second.section("saved_filters").set("hers", "b")
    await second.flush()
    assert second.section("saved_filters").texts() == {"mine": "a", "hers": "b"}


async def test_an_unwritable_place_is_told_once_and_written_when_it_can_be(path):
    path.parent.write_text("a file in the folder's place")
    told = []
    memory = Memory(PreferencesFile(path))
    memory.listen(told.append)
    memory.section("bell").set("on", True)
    await memory.flush()
    memory.section("bell").set("loud", True)
    await memory.flush()
    assert len([line for line in told if "cannot write" in line]) + len([x for x in told if "cannot read" in x]) == 1
    assert memory.section("bell").flag("loud")
    path.parent.unlink()
    await memory.flush()
    assert Memory(PreferencesFile(path)).section("bell").items() == {"on": True, "loud": True}


async def test_a_trouble_of_the_start_waits_for_who_listens(path):
    path.parent.mkdir()
    path.write_text("{")
    memory = Memory(PreferencesFile(path))
    told = []
    memory.listen(told.append)
    memory.listen(told.append)
    assert len(told) == 1
    assert "begun anew" in told[0]


def test_a_value_of_another_kind_counts_as_none():
    section = Memory().section("mixed")
    section.update({"text": "a", "number": 1, "flag": True, "list": [1]})
    assert section.text("number") == ""
    assert section.number("flag") is None
    assert section.number("number") == 1.0
    assert not section.flag("number")
    assert section.texts() == {"text": "a"}


def test_what_json_cannot_hold_is_the_programs_mistake_and_changes_nothing():
    section = Memory().section("mixed")
    with pytest.raises(TypeError):
        section.set("x", object())
    with pytest.raises(ValueError, match="Out of range"):
        section.set("x", float("nan"))
    assert section.items() == {}


def test_what_the_caller_does_with_his_value_afterwards_is_not_meant():
    section, mine = Memory().section("lists"), [1]
    section.set("x", mine)
    mine.append(2)
    assert section.get("x") == [1]
