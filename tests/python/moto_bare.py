"""Serves an empty moto whose clock goes with the wall, to be filled and changed from outside.

The first line printed is a JSON object that tells where it listens. It ends with whoever holds its standard input.
"""

import json
import logging
import sys

from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(json.dumps({"url": f"http://{host}:{port}", "account": DEFAULT_ACCOUNT_ID}), flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
