"""Writes docs/steps.md from the declarations of the steps: `python -m docs.steps`."""

from pathlib import Path

from core import Step, Transformer
from queue_jobs.tools import TOOLS


def render() -> str:
    """The page: every chain, its steps in order, and every parameter."""
    parts = ["# Steps", "", "Generated from the code by `python -m docs.steps`.", ""]
    for chain in TOOLS.values():
        parts += chain_lines(chain)
    return "\n".join(parts).rstrip() + "\n"


def chain_lines(chain: Transformer) -> list[str]:
    """One chain."""
    lines = [f"## {chain.title} (`{chain.name}`)", "", chain.summary, ""]
    lines += parameter_lines("of the whole chain", chain.options.model_fields)
    for number, step in enumerate(chain.steps, 1):
        lines += step_lines(number, step)
    return lines


def step_lines(number: int, step: Step) -> list[str]:
    """One step."""
    heading = [f"### {number}. {step.title} (`{step.name}`)", "", step.summary, ""]
    return heading + parameter_lines("", step.params.model_fields)


def parameter_lines(caption: str, fields: dict) -> list[str]:
    """A table of parameters; nothing when there is none."""
    if not fields:
        return []
    rows = [
        f"| `{name}` | {field.title} | {field.description} | `{field.get_default()!r}` |"
        for name, field in fields.items()
    ]
    return [
        f"| Parameter {caption}".rstrip() + " | Title | Meaning | Default |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


if __name__ == "__main__":
    Path(__file__).with_name("steps.md").write_text(render(), encoding="utf-8")
