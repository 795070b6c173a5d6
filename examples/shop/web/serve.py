"""Serves the page that was made when the image was built. It knows no backend; the browser calls the API."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

missing = [name for name in ("PREVIEW_ENV", "PREVIEW_URL", "API_PUBLIC_URL") if not os.environ.get(name)]
if missing:
    sys.exit(f"shop: these variables are missing: {', '.join(missing)}")
ENV = os.environ["PREVIEW_ENV"]
with open("dist/index.html", encoding="utf-8") as page:
    built = page.read()
if f'"{os.environ["API_PUBLIC_URL"]}"' not in built:
    sys.exit("shop: the page was built for another API than the one this environment has")
PAGE = built.replace("@PREVIEW_ENV@", ENV).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        found = {"/": ("text/html; charset=utf-8", PAGE), "/healthz": ("text/plain", b"ok\n")}.get(self.path)
        kind, body = found or ("text/plain", b"nothing here\n")
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Preview-Env", ENV)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


# The first process of a container has no default action for SIGTERM.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print(f"{ENV}: the web front listens on 3000", flush=True)
ThreadingHTTPServer(("0.0.0.0", 3000), Handler).serve_forever()
