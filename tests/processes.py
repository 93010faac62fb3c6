"""Commands in processes of their own, which can be killed, without a start of Python for each.

They are forked from one process that has imported the libraries: an import takes two to three seconds.
"""

import multiprocessing
import os
import sys
from importlib import import_module
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["supracrystal.commands.confine", "supracrystal.simulation.run", "gsd.hoomd"])


def _main(words, said, checkpoint, environment):
    """Run the command line with what it prints in files; checkpoints come as often as asked for."""
    from supracrystal.simulation import run

    os.setsid()
    os.environ.update(environment)
    for number, path in enumerate(said, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    if checkpoint is not None:
        run.CHECKPOINT = checkpoint
    sys.argv = words
    main = import_module(f"{words[0]}.cli").main
    sys.exit(main(words[1:]))


class Command:
    """A command line in a session of its own; the methods are those of :class:`subprocess.Popen`."""

    def __init__(self, words, folder, checkpoint=None, environment=()):
        self.said = [Path(folder, f"said-{name}") for name in ("out", "err")]
        self.process = CONTEXT.Process(target=_main, args=(words, self.said, checkpoint, environment))
        self.process.start()
        self.pid, self.kill = self.process.pid, self.process.kill

    @property
    def returncode(self):
        """The exit status, or minus the number of the signal that ended it; None while it runs."""
        return self.process.exitcode

    def poll(self):
        """Return the exit status, or None."""
        return self.returncode

    def send_signal(self, number):
        """Send a signal."""
        os.kill(self.pid, number)

    def communicate(self):
        """Wait for the end, and return what was printed."""
        self.process.join()
        return [path.read_text() for path in self.said]
