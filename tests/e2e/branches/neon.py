"""A stand-in for Neon's API on loopback: as much of it as neonctl asks for. A branch is a copy of a database on a real PostgreSQL server,
which `sql` reaches."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MOMENT = "2026-01-01T00:00:00Z"


class Neon:
    """One project `p-1` with the branch `main`, whose database is `shop`."""

    def __init__(self, sql, host, role, password):
        self.sql, self.host, self.role, self.password = sql, host, role, password
        self.branches = {"br-0": {"name": "main", "default": True, "database": "shop"}}
        self.made = 0
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self):
                length = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(length)) if length else {}
                path = re.sub(r"^/api/v2|\?.*$", "", self.path)
                status, reply = outer.reply(self.command, path, body, self.headers.get("authorization"))
                data = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = do_PATCH = answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v2"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def copy(self, database):
        """A copy of the parent's data as it is now."""
        self.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop'")
        self.sql(f"CREATE DATABASE {database} TEMPLATE shop OWNER {self.role}")

    def view(self, key):
        branch = self.branches[key]
        return {
            "id": key, "project_id": "p-1", "name": branch["name"], "default": branch.get("default", False),
            "primary": branch.get("default", False), "current_state": "ready", "protected": False, "creation_source": "console",
            "created_at": MOMENT, "updated_at": MOMENT, "cpu_used_sec": 0, "parent_id": "br-0", "expires_at": branch.get("expires_at"),
        }

    def endpoint(self, key):
        return {"id": f"ep-{key}", "branch_id": key, "project_id": "p-1", "host": self.host, "type": "read_write", "current_state": "active"}

    def reply(self, method, path, body, key):
        self.asked.append((method, path))
        if key != "Bearer neon-key":
            return 401, {"code": "", "message": "not allowed"}
        parts = path.strip("/").split("/")
        if parts[:3] != ["projects", "p-1", "branches"]:
            return 404, {"code": "", "message": f"no such path: {path}"}
        if len(parts) == 3 and method == "GET":
            return 200, {"branches": [self.view(key) for key in self.branches], "annotations": {}, "pagination": {}}
        if len(parts) == 3:
            asked = body["branch"]
            if any(branch["name"] == asked["name"] for branch in self.branches.values()):
                return 409, {"code": "BRANCH_ALREADY_EXISTS", "message": "branch already exists"}
            self.made += 1
            key = f"br-{self.made}"
            self.branches[key] = {"name": asked["name"], "database": f"shop_{self.made}", "expires_at": asked.get("expires_at")}
            self.copy(self.branches[key]["database"])
            none = {"operations": [], "connection_uris": [], "roles": [], "databases": []}
            return 201, {"branch": self.view(key), "endpoints": [self.endpoint(key)], **none}
        key, rest = parts[3], parts[4:]
        if key not in self.branches:
            return 404, {"code": "", "message": "branch not found"}
        branch = self.branches[key]
        if not rest:
            view = self.view(key)
            if method == "DELETE":
                self.sql(f"DROP DATABASE {branch['database']} WITH (FORCE)")
                del self.branches[key]
            elif method == "PATCH":
                branch.update(body["branch"])
            return 200, {"branch": view, "operations": [], "annotation": {}}
        match rest:
            case ["endpoints"]:
                return 200, {"endpoints": [self.endpoint(key)]}
            case ["roles"]:
                return 200, {"roles": [{"branch_id": key, "name": self.role, "protected": False}]}
            case ["roles", _, "reveal_password"]:
                return 200, {"password": self.password}
            case ["databases"]:
                return 200, {"databases": [{"id": 1, "branch_id": key, "name": branch["database"], "owner_name": self.role}]}
            case ["restore"]:
                self.copy(branch["database"])
                return 200, {"branch": self.view(key), "operations": []}
        return 404, {"code": "", "message": f"no such path: {path}"}
