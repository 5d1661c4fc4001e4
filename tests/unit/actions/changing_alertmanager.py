"""A fake Alertmanager that changes silences as a real one does: in place, or by making another and ending the old."""

from __future__ import annotations

from dataclasses import replace

from fake_alertmanager import FakeAlertmanager

from oncall_tui.core.alerts import SilenceDraft, SilenceState


class ChangingAlertmanager(FakeAlertmanager):
    async def post_silence(self, draft: SilenceDraft) -> str:
        old = self.silences.get(draft.id)
        if old is None:
            return await super().post_silence(draft)
        self._maybe_break("post_silence")
        self.drafts.append(draft)
        if set(old.matchers) == set(draft.matchers) and int(old.starts_at) == int(draft.starts_at):
            changed = {"ends_at": draft.ends_at, "author": draft.author, "comment": draft.comment}
            self.silences[old.id] = replace(old, **changed, annotations=dict(draft.annotations))
            made = old.id
        else:
            self.silences[old.id] = replace(old, state=SilenceState.EXPIRED)
            made = self.add(draft).id
        if self.lost is not None:
            raise self.lost
        return made
