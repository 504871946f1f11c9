"""Programs that do their work once for every line that they are sent, and say how many seconds it took.

They count seconds of the processor where they can, so that other work on the machine weighs less.
"""

import os
import resource
import select
import statistics
import subprocess
import time

MEMORY_BYTES = 8 << 30
# A peer that takes longer drops out.
PATIENCE_S = 60
# Rounds where one takes less than LONG_S; one where it takes longer.
ROUNDS = 5
LONG_S = 10


def cap_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


class Asked:
    """A program that has begun; `first_line` is what it said when it was ready."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self.times_s = []
        self.failure = None
        self.rest = b""
        self.program = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            preexec_fn=cap_memory,
            env=os.environ | (environment or {}),
        )
        self.first_line = self.line()

    def line(self):
        """The next line it says; none if it ends or takes too long, after which it is asked no more."""
        until = time.monotonic() + PATIENCE_S
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.program.stdout], [], [], max(0, until - time.monotonic()))
            got = os.read(self.program.stdout.fileno(), 1 << 20) if ready else b""
            if not got:
                self.failure = "failed" if ready else f"over {PATIENCE_S} s"
                self.program.kill()
                self.program.wait()
                return None
            self.rest += got
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode()

    def wants_more(self):
        return self.failure is None and (len(self.times_s) < ROUNDS and max(self.times_s, default=0) < LONG_S)

    def ask(self):
        try:
            self.program.stdin.write(b"\n")
            self.program.stdin.flush()
        except BrokenPipeError:
            self.failure = "failed"
            return None
        line = self.line()
        return None if line is None else float(line)

    def end(self):
        """Ends it; what it says at last."""
        if self.failure is not None:
            return None
        self.program.stdin.close()
        try:
            last = self.rest + self.program.stdout.read()
            self.program.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()
            self.failure = "did not end"
            return None
        if self.program.returncode != 0:
            self.failure = "failed"
        return last.decode()

    def median_s(self):
        return statistics.median(self.times_s) if self.times_s else None

    def times_over(self, other):
        """How many times longer it took than another one, the median over the rounds that both did."""
        pairs = zip(self.times_s, other.times_s, strict=False)
        return statistics.median(mine / theirs for mine, theirs in pairs) if self.times_s and other.times_s else None


def interleave(all_asked):
    """Rounds in turn: each program once, then each again. The first warms up, and counts where it is all there is."""
    for asked in all_asked:
        if asked.failure is None:
            took_s = asked.ask()
            if took_s is not None and took_s >= LONG_S:
                asked.times_s.append(took_s)
    for _ in range(ROUNDS):
        for asked in all_asked:
            if asked.wants_more():
                took_s = asked.ask()
                if took_s is not None:
                    asked.times_s.append(took_s)


def shown_s(seconds):
    if seconds is None:
        return ""
    return (
        f"{seconds * 1e3:.2f} ms"
        if seconds < 0.01
        else f"{seconds * 1e3:.0f} ms"
        if seconds < 1
        else f"{seconds:.1f} s"
    )
