"""Measure what the scrub gate finds, misses and takes for nothing.

`python benchmarks/scrub_accuracy.py [FILE ...]` reads labelled texts, by default the
corpus in `tests/scrub/corpus`, where a value is written ⟦type:value⟧. A file with
`harmless` in its name holds lines of which nothing may change. `-v` lists every miss.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the tests are

from casecli.scrub import Gate
from casecli.vault import FileVault
from tests.scrub.labelled import CORPUS, measure_files, unmarked


def consistent(paths: list[Path]) -> bool:
    """Tell whether two runs, in different orders, give every value one token."""
    texts = [unmarked(path.read_text("utf-8"))[0].decode() for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        vault = FileVault(Path(folder) / "vault.db", Path(folder) / "key")
        with vault.case("bench") as case:
            first = [Gate().text(text, case).text for text in texts]
            again = [Gate().text(text, case).text for text in reversed(texts)]
    return first == again[::-1]


def main() -> None:
    """Print recall by type, false positives, collateral and consistency."""
    named = [Path(each) for each in sys.argv[1:] if each != "-v"]
    paths = named or sorted(CORPUS.glob("*.txt"))
    for group in (paths, *([path] for path in paths if len(paths) > 1)):
        outcome = measure_files(list(group))
        print("all files" if group is paths else group[0].name)
        for kind in sorted(outcome.wanted):
            found, wanted = outcome.found[kind], outcome.wanted[kind]
            if group is paths:
                print(f"  {kind:<11}{found:>4} of {wanted:<4}{found / wanted:>7.1%}")
        print(f"  recall     {outcome.recall():.1%} of {sum(outcome.wanted.values())}")
        print(f"  false positives {outcome.false_positives():.1%} of {outcome.lines}")
        print(f"  collateral {outcome.collateral():.2%}")
        if "-v" in sys.argv and group is paths:
            print("\n".join(f"  {note}" for note in outcome.notes))
    print(f"consistent over files and runs: {'yes' if consistent(paths) else 'NO'}")


if __name__ == "__main__":
    main()
