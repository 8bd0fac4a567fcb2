"""Texts made to hurt: very long lines, bait for expressions, glue of everything."""

from __future__ import annotations

import importlib
import random
from pathlib import Path

import pytest

from casecli.domain.ports import CaseVault
from casecli.scrub import Gate

KIB = 1024

pytest.importorskip("hyperscan")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("engine", ["stdlib", "hyperscan"])
@pytest.mark.parametrize(
    "bait",
    [
        "a" * 40,
        "a.",
        "a@",
        "1-",
        "1 ",
        ":" * 30 + " ",
        "password" + " " * 30,
        "user=",
        "%40",
        "\\u0061",
        '"name":{',
        "-----BEGIN RSA PRIVATE KEY-----",
        "://a:",
        "password=",
        "--password ",
        "cookie: a=b; ",
        "10.0.0.",
        "4111 ",
        "+49 ",
        "x@y.",
        "host=a ",
        "|a^b^",
    ],
)
def test_bait_is_scrubbed_within_the_limits_of_a_line(
    bait: str, engine: str, case: CaseVault
) -> None:
    text = bait * (64 * KIB // len(bait)) + "\nfrom 10.1.2.3\n"

    assert "10.1.2.3" not in Gate(engine=engine).text(text, case).text


@pytest.mark.timeout(120)
def test_a_line_of_ten_megabytes_is_scrubbed_to_its_end(
    case: CaseVault, tmp_path: Path
) -> None:
    source = tmp_path / "one-line.json"
    with source.open("w") as file:
        file.write('{"user":"kwong42"},' + '{"state":"idle","n":1},' * 450_000)
        file.write('{"by kwong42 from 10.1.2.3"}')

    Gate(engine="hyperscan").file(source, tmp_path / "out", case)

    out = (tmp_path / "out").read_bytes()
    assert b"kwong42" not in out
    assert b"10.1.2.3" not in out
    assert Gate().unscrub_bytes(out, case) == source.read_bytes()


@pytest.mark.parametrize("seed", range(8))
def test_glued_texts_pass_the_fuzzers_questions(seed: int, case: CaseVault) -> None:
    fuzz = importlib.import_module("benchmarks.scrub_fuzz")
    dice = random.Random(seed)  # noqa: S311 - to be the same on every run
    stream = fuzz.texts(dice, fuzz.pieces())
    text = "\n".join(next(stream) for _ in range(40))
    gates = Gate(engine="hyperscan"), Gate(engine="hyperscan", chunk=4096)

    assert fuzz.fault(text, case, gates) == ""
