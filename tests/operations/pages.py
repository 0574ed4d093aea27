"""Pages of docs/: their sections, commands with shown output, and links.

In a `console` block, a line that starts with "$ " is a command, the lines below are what it prints; "..." stands for
what was left out, in a line or for whole lines. A comment `<!-- on: ... -->` says what the account has before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")])
HEADING = re.compile(r"^#+ (.+)$")
FENCE = re.compile(r"^ *```(\w*)")
SET_UP = re.compile(r"^<!-- on: (.+) -->$")


@dataclass
class Shown:
    """A command as a page shows it; `output` with "..." for what was left out."""

    command: str
    output: str = ""

    def matches(self, printed: str) -> bool:
        lines = [line.rstrip() for line in printed.strip().splitlines() if line.strip()]
        pattern = "".join(
            r"(.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()).replace(r"\.\.\.", ".*") + r"\n"
            for line in self.output.splitlines()
            if line.strip()
        )
        return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


@dataclass
class Section:
    """What stands under one heading, up to the next."""

    title: str
    on: str = "nothing"
    run: list[Shown] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)  # commands of sh blocks: not run here, but their words are checked


def sections(page: Path) -> list[Section]:
    found = [Section(page.stem)]
    block = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if fence := FENCE.match(line):
            block = "" if block else fence[1] or "text"
        elif block == "console" and line.startswith("$ "):
            found[-1].run.append(Shown(line[2:]))
        elif block == "console" and found[-1].run:
            last = found[-1].run[-1]
            if last.command.endswith("\\"):
                last.command = last.command[:-1] + line.removeprefix("> ")
            else:
                last.output += f"{line}\n"
        elif block == "sh" and line.strip():
            listed = found[-1].listed
            words = line.partition(" #")[0].strip()
            if listed and listed[-1].endswith("\\"):
                listed[-1] = listed[-1][:-1] + words
            else:
                listed.append(words)
        elif not block and (heading := HEADING.match(line)):
            found.append(Section(heading[1]))
        elif not block and (on := SET_UP.match(line)):
            found[-1].on = on[1]
    return found


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")
        for line in page.read_text(encoding="utf-8").splitlines()
        if (heading := HEADING.match(line))
    }


def links(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [one or two for one, two in re.findall(r'\]\(([^)\s]+)\)|<img [^>]*src="([^"]+)"', text)]


def inline_commands(page: Path) -> list[str]:
    """What stands between backticks in the text and starts like a command; placeholders in capitals are left out."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    spans = re.findall(r"`((?:make|pulumi|python|aws) [^`]+)`", text)
    return [span for span in spans if "..." not in span]
