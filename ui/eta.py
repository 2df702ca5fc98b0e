"""How long a running job will take, judged by the last one of its kind."""

from collections.abc import Sequence

from core import StepProgress

MIN_SECONDS = 0.5
"""Steps that took less say nothing about the speed of the next ones."""

MIN_LEFT = 2.0
"""Less is not worth a promise."""


def seconds_left(
    steps: Sequence[StepProgress], reference: Sequence[StepProgress], in_step: float
) -> float | None:
    """Seconds until a job ends, None when nothing comparable has run.

    The steps still to come take what they took in the reference job, scaled by how much longer
    the steps done so far took. `in_step` is how long the running step has been at it.
    """
    known = {step.name: step.seconds for step in reference if step.seconds is not None}
    open_steps = [step for step in steps if step.state != "done"]
    if not open_steps or any(step.name not in known for step in open_steps):
        return None
    done = [step for step in steps if step.state == "done" and step.name in known]
    then = sum(known[step.name] for step in done)
    now = sum(step.seconds or 0.0 for step in done)
    pace = now / then if then >= MIN_SECONDS else 1.0
    left = sum(known[step.name] for step in open_steps) * pace - in_step
    return left if left >= MIN_LEFT else None
