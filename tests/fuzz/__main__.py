"""Fuzzing for a stated time: ``python -m tests.fuzz --seconds 600``.

A worker process runs case after case; this process counts, ends a worker that is stuck, starts
another one where it died, and writes the cases at fault into the corpus, one for each cause.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from .cases import CORPUS, Case, draw_case, find_smallest, run_case, signature
from .targets import TARGETS

STUCK_S = 120.0
"""Seconds after which a case is taken to hang: most take a tenth of a second, on a busy disk 20."""
WORKER_S = 120.0
"""Seconds after which a worker is replaced, whatever it has leaked."""


def work(targets: list[str], seed: int, note: Path) -> None:
    """Run cases and print a line of JSON for each, until this process is ended."""
    answers = sys.stdout
    for number in itertools.count(seed):
        for target in targets:
            case = draw_case(target, number)
            note.write_text(case.as_json())
            start = time.monotonic()
            outcome = run_case(case)
            fault = {}
            if outcome.fault:
                fault = {"fault": outcome.fault, "case": find_smallest(case).as_json()}
            seconds = time.monotonic() - start
            line = {"target": target, "seed": number, "code": outcome.code, **fault}
            line["seconds"] = seconds
            print(json.dumps(line), file=answers, flush=True)


class Tally:
    """Counts of exit codes by target, and the faults by cause."""

    def __init__(self) -> None:
        self.codes: dict[str, Counter[int]] = defaultdict(Counter)
        self.slowest = (0.0, "")
        self.causes: Counter[str] = Counter()

    def add(self, answer: dict[str, Any], folder: Path) -> None:
        """Count an answer; write its case if its cause is new."""
        target = answer["target"]
        self.codes[target][answer["code"]] += 1
        fault = answer.get("fault", "")
        if not fault:
            name = f"{target}, seed {answer['seed']}"
            self.slowest = max(self.slowest, (answer["seconds"], name))
            return
        cause = signature(fault)
        self.causes[cause] += 1
        if self.causes[cause] == 1:
            path = write_seed(Case.from_json(answer["case"]), folder)
            print(f"FAULT {path.name}: {fault}", flush=True)

    def report(self) -> None:
        """Print the counts."""
        for target, codes in sorted(self.codes.items()):
            listed = "  ".join(f"{code}: {n}" for code, n in sorted(codes.items()))
            print(f"{target:15} {codes.total():7} cases   exit codes {listed}")
        total = sum(codes.total() for codes in self.codes.values())
        seconds, name = self.slowest
        print(f"{total} cases, {len(self.causes)} causes of faults", end="; ")
        print(f"slowest {seconds:.1f} s ({name})", flush=True)


def write_seed(case: Case, folder: Path) -> Path:
    """Write a case at fault into the corpus, under a name of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    name = case.target.replace(" ", "-").replace(".", "")
    path = next(p for n in itertools.count(1) if not (p := folder / f"{name}-{n}.json").exists())
    path.write_text(f"{case.as_json()}\n", encoding="utf-8")
    return path


def watch(targets: list[str], seed: int, seconds: float, tally: Tally, folder: Path) -> int:
    """Run one worker for some seconds; return the seed for the next one."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        note = Path(name) / "case.json"
        words = [sys.executable, "-m", "tests.fuzz", "--work", str(note), "--seed", str(seed)]
        # What a killed worker leaves goes with this folder.
        places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), name)
        worker = subprocess.Popen(
            [*words, *targets], stdout=subprocess.PIPE, text=True, env=os.environ | places
        )
        answers: queue.Queue[str] = queue.Queue()

        def read() -> None:
            assert worker.stdout is not None
            for line in worker.stdout:
                answers.put(line)
            answers.put("")

        threading.Thread(target=read, daemon=True).start()
        end, count = time.monotonic() + seconds, 0
        try:
            while time.monotonic() < end:
                try:
                    line = answers.get(timeout=STUCK_S)
                except queue.Empty:
                    _add_lost(note, f"time: stuck for {STUCK_S:.0f} s", tally, folder)
                    break
                if not line:
                    _add_lost(note, f"the process died ({worker.wait()})", tally, folder)
                    break
                count += 1
                tally.add(json.loads(line), folder)
        finally:
            worker.kill()
            worker.wait()
    return seed + count // len(targets) + 1


def _add_lost(note: Path, fault: str, tally: Tally, folder: Path) -> None:
    """Count a case whose worker gave no answer."""
    if note.is_file():
        case = Case.from_json(note.read_text())
        where = f"{fault} at {case.target} {case.command[:1]}"
        answer = {"target": case.target, "code": -1, "seconds": 0, "case": case.as_json()}
        tally.add({**answer, "fault": where}, folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)} (all)")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=None, help="number of the first case")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder for cases at fault")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    targets = args.targets or list(TARGETS)
    if args.work:
        work(targets, args.seed or 0, args.work)
    # Other cases each time; a number names each of them.
    seed = int(time.time()) if args.seed is None else args.seed
    print(f"{len(targets)} targets for {args.seconds:.0f} s, from seed {seed} on", flush=True)
    tally, end = Tally(), time.monotonic() + args.seconds
    while (left := end - time.monotonic()) > 1:
        seed = watch(targets, seed, min(left, WORKER_S), tally, args.corpus)
        tally.report()
    for cause, count in tally.causes.most_common():
        print(f"{count:6} × {cause}")
    return 1 if tally.causes else 0


if __name__ == "__main__":
    raise SystemExit(main())
