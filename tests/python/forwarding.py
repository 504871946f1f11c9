"""A small HTTP proxy that sends requests on and keeps what it saw of them."""

import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from input_shapes import Request

# Each hop writes these anew.
OF_ONE_HOP = ("content-length", "connection", "transfer-encoding")


@contextmanager
def serving(server):
    """A server that answers in a thread of its own; gives its port."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def forwarder(upstream, seen):
    """A handler that sends each request on to `upstream` and appends it to `seen`."""
    host, port = urlsplit(upstream).hostname, urlsplit(upstream).port

    class Forward(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append(Request(self.command, self.path, dict(self.headers), body))
            asked = urlsplit(self.path)
            onward = HTTPConnection(host, port, timeout=30)
            onward.request(
                self.command, (asked.path or "/") + (f"?{asked.query}" * bool(asked.query)), body, dict(self.headers)
            )
            answer = onward.getresponse()
            answered = answer.read()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in OF_ONE_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answered)))
            self.end_headers()
            self.wfile.write(answered)
            onward.close()

        do_GET = do_POST = do_PUT = do_DELETE = forward

        def log_message(self, *_):
            pass

    return Forward


@contextmanager
def recording(upstream):
    """A recorder in front of `upstream`: its address, and the list that requests are kept in."""
    seen = []
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), forwarder(upstream, seen))) as port:
        yield f"http://127.0.0.1:{port}", seen
