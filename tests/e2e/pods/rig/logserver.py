"""The one piece of a kubelet's own server that scripts need: `kubectl logs`."""

import os
import ssl
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from . import engine


class LogServer:
    """Serves /containerLogs/NAMESPACE/POD/CONTAINER on a free port of 127.0.0.1; `find` gives the engine's id of a container."""

    def __init__(self, find):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                url = urlsplit(self.path)
                words, query = url.path.strip("/").split("/"), parse_qs(url.query)
                found = find(*words[1:4], "previous" in query) if words[0] == "containerLogs" and len(words) == 4 else None
                text = engine.logs(found, query.get("tailLines", ["all"])[0]) if found else b""
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "7",
                            "-subj", "/CN=rig", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
