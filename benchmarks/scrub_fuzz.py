"""Fuzz the scrub gate: `python benchmarks/scrub_fuzz.py [TEXTS [SEED]]`.

Texts are glued from the rules' examples and innocent lines, from the corpus, from
cuttings of those, and from letters of no meaning. Forty texts, one after the other, are
one input to four questions: do both engines find the same; does scrubbing twice change
nothing; does the way back give the very bytes; is the outcome the same in small chunks.
Prints every input that fails, and leaves with 1 then.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the tests are

from casecli.domain.errors import ScrubRefused
from casecli.domain.ports import CaseVault
from casecli.scrub import Gate
from casecli.scrub.hyper import HyperscanEngine
from casecli.scrub.rule_lint import marked
from casecli.scrub.ruleset import load
from casecli.scrub.spans import Finder
from casecli.scrub.stdlib import StdlibEngine
from casecli.vault import FileVault
from tests.scrub.labelled import CORPUS, unmarked

BATCH = 40
CASES = 100  # batches a case
GLUE = ("", " ", "\n", "=", ":", '"', "'", "@", "/", "\\", ", ", ": ", "%", "\t", "-")
RULES = load().rules
FAST = Finder(load().rules, HyperscanEngine)
SLOW = Finder(load().plain().rules, StdlibEngine)


def pieces() -> list[str]:
    """Give what texts are made of."""
    found = [marked(each)[0].decode() for rule in RULES for each in rule.examples]
    found += [each for rule in RULES for each in rule.innocent]
    for path in sorted(CORPUS.glob("*.txt")):
        found += unmarked(path.read_text("utf-8"))[0].decode().splitlines()
    return [piece for piece in found if piece]


def texts(dice: random.Random, known: list[str]) -> Iterator[str]:
    """Write texts for ever."""
    while True:
        out = []
        for _ in range(dice.randint(1, 4)):
            piece = dice.choice(known)
            how = dice.random()
            if how < 0.4:
                start = dice.randrange(len(piece))
                piece = piece[start : start + dice.randint(1, 60)]
            elif how < 0.5:
                at = dice.randrange(len(piece))
                other = chr(
                    dice.choice((dice.randint(32, 126), dice.randint(0xA0, 0x2FF)))
                )
                piece = piece[:at] + other + piece[at + 1 :]
            elif how < 0.53:
                piece = "".join(chr(dice.randint(32, 0x17F)) for _ in range(20))
            out += [piece, dice.choice(GLUE)]
        yield "".join(out)


def fault(text: str, case: CaseVault, gates: tuple[Gate, Gate]) -> str:
    """Say what is wrong with an input, or nothing."""
    data = text.encode()
    if FAST.spans(data) != SLOW.spans(data):
        return "the engines differ"
    try:
        once = gates[0].text(text, case).text
    except ScrubRefused as error:
        return f"refused: {error}"
    if gates[0].text(once, case).text != once:
        return "scrubbing twice changes it"
    holds_a_token = gates[0].unscrub(text, case) != text  # by chance: not promised
    if not holds_a_token and gates[0].unscrub(once, case) != text:
        return "the way back gives something else"
    if gates[1].text(text, case).text != once:
        return "small chunks give something else"
    return ""


def narrowed(
    batch: list[str], case: CaseVault, gates: tuple[Gate, Gate]
) -> tuple[str, str]:
    """Find a small part of a failing input that fails too."""
    why = fault("\n".join(batch), case, gates)
    while len(batch) > 1:
        for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
            if found := fault("\n".join(half), case, gates):
                batch, why = half, found
                break
        else:
            break
    return why, "\n".join(batch)


def main() -> None:
    """Fuzz until so many texts were tried."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    dice = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)  # noqa: S311 - to be the same on every run
    stream = texts(dice, pieces())
    gates = Gate(engine="hyperscan"), Gate(engine="hyperscan", chunk=4096)
    done = failed = 0
    while done < wanted:
        with tempfile.TemporaryDirectory() as name:
            vault = FileVault(Path(name) / "vault.db", Path(name) / "key")
            with vault.case("fuzz") as case:
                for _ in range(CASES):
                    batch = [next(stream) for _ in range(BATCH)]
                    done += BATCH
                    if fault("\n".join(batch), case, gates):
                        failed += 1
                        why, text = narrowed(batch, case, gates)
                        print(f"{why}: {text.encode()!r}", flush=True)
                    if done >= wanted:
                        break
        print(f"{done} texts, {failed} failures", file=sys.stderr, flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
