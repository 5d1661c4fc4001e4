"""The preferences as the screens use them: known at once, on the disk a moment later, never in a key's way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping

from oncall_tui.preferences.file import PreferencesError, PreferencesFile, Values, merged

SETTLE_SECONDS = 0.5
"""How long changes are gathered before they are written together."""


class Memory:
    """All sections of the preferences. Made in a thread (it reads the file); used on one event loop, like a dict.

    file: None remembers while the program runs only. place: the environment (a configuration's path, a server's URL),
    for what has no meaning in another. Nothing here raises for what a disk does: that is told once, and the values
    go on being known until the program ends.

        order = memory.section("alerts").text("sort", "loudest")   # one for every environment
        memory.here("snoozes").set(fingerprint, until)             # this environment's own
    """

    def __init__(self, file: PreferencesFile | None = None, place: str = "") -> None:
        self._file = file
        self._place = place
        self._values: Values = {}
        self._pending: dict[tuple[str, str], object] = {}
        self._writing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._tell: Callable[[str], object] | None = None
        self._untold: list[str] = []
        self._failed = False
        if file is not None:
            try:
                self._values, told = file.load()
                self._say(told)
            except PreferencesError as error:
                self._fail(error)

    # What screens use

    def section(self, name: str) -> Section:
        """The section of that name, the same in every environment."""
        return Section(self, name)

    def here(self, name: str) -> Section:
        """The section of that name for this environment: another's filter or snooze would hide the wrong alerts."""
        return Section(self, f"{name} @ {self._place}")

    def listen(self, tell: Callable[[str], object]) -> None:
        """Have one-line troubles told from now on, those of before at once."""
        self._tell = tell
        untold, self._untold = self._untold, []
        for line in untold:
            tell(line)

    async def flush(self) -> None:
        """Write what is not written yet, in a thread. What cannot be written is kept for the next attempt."""
        async with self._writing:
            if self._file is None or not self._pending:
                return
            batch, self._pending = self._pending, {}
            try:
                values, told = await asyncio.to_thread(self._file.save, batch)
            except PreferencesError as error:
                self._pending = batch | self._pending
                self._fail(error)
            else:
                # What other processes wrote meanwhile is taken over with it.
                self._values, self._failed = merged(values, self._pending), False
                self._say(told)

    async def close(self) -> None:
        """Write what is not written yet, and stop."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self.flush()

    # What sections use

    def values(self, section: str) -> dict[str, object]:
        """A copy of a section; {} if there is none."""
        return dict(self._values.get(section, {}))

    def change(self, section: str, changes: Mapping[str, object]) -> None:
        """Change these names of a section; None takes one away. Raises TypeError or ValueError for what is not JSON."""
        # A copy: what the caller does with his own afterwards is not meant.
        copied = json.loads(json.dumps(dict(changes), allow_nan=False))
        now = self._values.get(section, {})
        real = {(section, name): value for name, value in copied.items() if now.get(name) != value}
        if real:
            self._values = merged(self._values, real)
            self._pending |= real
            self._write_soon()

    def _write_soon(self) -> None:
        if self._file is None or self._timer is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # No loop: whoever works without one flushes.
            return
        self._timer = loop.call_later(SETTLE_SECONDS, self._write_now)

    def _write_now(self) -> None:
        self._timer = None
        task = asyncio.get_running_loop().create_task(self.flush())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _fail(self, error: PreferencesError) -> None:
        if not self._failed:
            self._failed = True
            self._say(str(error))

    def _say(self, line: str) -> None:
        if line and self._tell is not None:
            self._tell(line)
        elif line:
            self._untold.append(line)


class Section:
    """One section's names and values. A value of another kind than asked for counts as none: people edit files."""

    def __init__(self, memory: Memory, name: str) -> None:
        self._memory = memory
        self._name = name

    def get(self, name: str, default: object = None) -> object:
        """The value of that name: whatever JSON holds."""
        return self._memory.values(self._name).get(name, default)

    def text(self, name: str, default: str = "") -> str:
        """The value of that name if it is a text."""
        value = self.get(name)
        return value if isinstance(value, str) else default

    def flag(self, name: str, default: bool = False) -> bool:
        """The value of that name if it is true or false."""
        value = self.get(name)
        return value if isinstance(value, bool) else default

    def number(self, name: str, default: float | None = None) -> float | None:
        """The value of that name if it is a number (a unix time, say)."""
        value = self.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default

    def items(self) -> dict[str, object]:
        """Everything in it, as a copy."""
        return self._memory.values(self._name)

    def texts(self) -> dict[str, str]:
        """Everything in it that is a text."""
        return {name: value for name, value in self.items().items() if isinstance(value, str)}

    def set(self, name: str, value: object) -> None:
        """Remember the value, which JSON must hold; None forgets the name."""
        self._memory.change(self._name, {name: value})

    def update(self, changes: Mapping[str, object]) -> None:
        """Remember many at once; None forgets a name."""
        self._memory.change(self._name, changes)

    def forget(self, name: str) -> None:
        """Forget the name; nothing happens if there is none."""
        self._memory.change(self._name, {name: None})
