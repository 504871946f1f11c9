"""The AWS CLI, kept running, so that a thousand commands don't start a thousand Pythons.

A program of its own: the CLI brings a botocore along, and gets it only where boto3's is not loaded. A line that comes
in is `{"words": [...], "keys": {...}}`, what the command line has after `aws` and the environment variables of who
asks. A line that goes out is `{"status": ..., "out": ..., "err": ...}`, how the command ended.
"""

import json
import os
import sys
import tempfile
from contextlib import contextmanager

from awscli.clidriver import create_clidriver


@contextmanager
def caught(stream):
    """What tells all that was written to a standard stream, by this program or by one that it started."""
    descriptor = stream.fileno()
    kept = os.dup(descriptor)
    with tempfile.TemporaryFile("w+") as file:

        def told():
            stream.flush()
            file.seek(0)
            return file.read()

        os.dup2(file.fileno(), descriptor)
        try:
            yield told
        finally:
            stream.flush()
            os.dup2(kept, descriptor)
            os.close(kept)


def main():
    # One for each caller and operation: a driver keeps the keys that it finds, and trips over the arguments that some
    # operations leave in it. What takes long to read is shared.
    drivers = {}
    models = create_clidriver().session.get_component("data_loader")
    for line in sys.stdin:
        asked = json.loads(line)
        words, keys = asked["words"], asked["keys"]
        os.environ.update(keys)
        use = (keys["AWS_ACCESS_KEY_ID"], *words[:2])
        if use not in drivers:
            drivers[use] = create_clidriver()
            drivers[use].session.register_component("data_loader", models)
        with caught(sys.stdout) as out, caught(sys.stderr) as err:
            done = {"status": drivers[use].main(words), "out": out(), "err": err()}
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
