"""What a person does: each action writes the journal before and after it acts."""

from oncall_tui.actions.acknowledge import Acknowledge
from oncall_tui.actions.acks import (
    Acknowledged,
    AckResult,
    AckSettings,
    AckWish,
    AlreadyAcknowledged,
    NotAcknowledged,
    NotTakenBack,
    TakeBackResult,
    TakenBack,
)
from oncall_tui.actions.page import AcknowledgePages
from oncall_tui.actions.pages import (
    Assigned,
    PageAcknowledged,
    PageFailed,
    PageNotFound,
    PagePlan,
    PageResult,
    PageSettled,
    PageUncertain,
)
from oncall_tui.actions.prepared_step import PreparedStep
from oncall_tui.actions.run_step import RunStep, StepRun
from oncall_tui.actions.silence import Silences
from oncall_tui.actions.silence_results import (
    Ended,
    EndResult,
    NotEnded,
    NotSilenced,
    Silenced,
    SilenceResult,
    SilenceWish,
)
from oncall_tui.actions.take_back import TakeBack

__all__ = [
    "AckResult",
    "AckSettings",
    "AckWish",
    "Acknowledge",
    "AcknowledgePages",
    "Acknowledged",
    "AlreadyAcknowledged",
    "Assigned",
    "EndResult",
    "Ended",
    "NotAcknowledged",
    "NotEnded",
    "NotSilenced",
    "NotTakenBack",
    "PageAcknowledged",
    "PageFailed",
    "PageNotFound",
    "PagePlan",
    "PageResult",
    "PageSettled",
    "PageUncertain",
    "PreparedStep",
    "RunStep",
    "SilenceResult",
    "SilenceWish",
    "Silenced",
    "Silences",
    "StepRun",
    "TakeBack",
    "TakeBackResult",
    "TakenBack",
]
