"""What the recipe of MongoDB must do. What runs is FerretDB under the real mongosh: see images/mongodb.Dockerfile."""

import json
import time

from rig import Store, docker

SEED = {
    "/previewc-seed/001.sql": "db.seeded.insertOne({ n: 1 });\n",
    "/previewc-seed/002.sql": "db.seeded.insertMany([{ n: 2 }]);\n",
}
BROKEN = {"/previewc-seed/001.sql": "db.seeded.insertOne({ n: 1 });\nnowhere.insertOne({ n: 2 });\n"}
HOSTILE = "p'a\"s`s$w\\o%r&d #;é-${x}$(id)"
A = {"PREVIEWC_MIGRATION": "a" * 32, "PREVIEWC_SEED": "1"}
B = {"PREVIEWC_MIGRATION": "b" * 32, "PREVIEWC_SEED": "1"}


def suite(engine):
    """The checks, in the order in which they build on each other."""
    db = Store(engine)

    def ask(expression, store=db):
        done = store.script(
            f'exec mongosh --nodb --quiet --norc --eval "$CONNECT" --eval '
            f"'db = open(env.MONGO_PASSWORD).getDB(env.MONGO_DATABASE); print(JSON.stringify({expression}))'"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def rows():
        return sorted(ask("db.seeded.find().toArray().map((row) => row.n)"))

    def fails(store, step, **more):
        done = store.step(step, **more)
        assert done.returncode != 0, f"{step} went well: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def first():
        """the first start: waited for, migrated, seeded, recorded, its set known under the name that clients use"""
        db.fresh()
        db.run("check", **A)
        assert db.flags() == [], db.flags()
        assert ask("db.getCollectionNames()") == []
        fails(db, "done", **A)
        db.run("migrated", "seeding", **A)
        fails(db, "done", **A)
        db.run("seed", files=SEED, **A)
        db.run("seeded", "done", "ready", **A)
        assert db.healthy(20)
        assert rows() == [1, 2]
        assert ask("[db.hello().setName, db.hello().hosts]") == ["rs0", ["db:27017"]]

    def repeat():
        """a repeat runs neither migration nor seed again, a changed migration runs once more"""
        db.run("check", **A)
        assert db.flags() == ["migrated", "seeded"], db.flags()
        db.run("migrated", "seeding", **A)
        db.run("seed", files=SEED, **A)
        db.run("seeded", "done", **A)
        assert rows() == [1, 2]
        db.run("check", **B)
        assert db.flags() == ["seeded"], db.flags()
        fails(db, "done", **B)
        db.run("migrated", "done", **B)
        db.run("done", **A)

    def wrong():
        """a wrong password is named at once"""
        other = Store(engine, password="anotherKey1")
        began = time.monotonic()
        assert "made with another key" in fails(other, "check", **A)
        assert time.monotonic() - began < 20
        fails(other, "ready")
        fails(other, "done", **A)

    def kept():
        """the server ends in time, and a new container on the kept volume has everything; so has a killed one"""
        seconds, code = db.stop()
        assert seconds < 20 and code != 137, (seconds, code)
        db.start()
        db.run("check", **A)
        assert db.flags() == ["migrated", "seeded"], db.flags()
        db.kill()
        db.start()
        db.run("check", "done", **A)
        assert rows() == [1, 2]

    def rotated():
        """rotation gives the server the new password, once"""
        new = Store(engine, password=HOSTILE)
        new.run("rotate", PREVIEWC_OLD_PASSWORD=db.own["password"])
        new.run("rotate", PREVIEWC_OLD_PASSWORD=db.own["password"])
        new.run("ready")
        new.run("check", "done", **A)
        fails(db, "ready")

    def crashed():
        """a crash in mid-seed makes the store anew, without a trace of the first half"""
        db.fresh()
        db.run("check", "migrated", "seeding", **A)
        assert "nowhere" in fails(db, "seed", files=BROKEN, **A)
        assert rows() == [1]
        fails(db, "done", **A)
        db.run("check", **A)
        assert db.flags() == [], db.flags()
        assert ask("db.getCollectionNames()") == []
        db.run("migrated", "seeding", **A)
        db.run("seed", files=SEED, **A)
        db.run("seeded", "done", **A)
        assert rows() == [1, 2]

    def hostile():
        """a password of quotes, backslashes, dollars and spaces works throughout"""
        odd = Store(engine, password=HOSTILE)
        odd.fresh()
        odd.run("check", "ready", "migrated", "seeding", **A)
        odd.run("seed", files=SEED, **A)
        odd.run("seeded", "done", **A)
        assert odd.healthy(20)
        assert HOSTILE not in docker("top", odd.name, "-eo", "pid,args").stdout

    return [first, repeat, wrong, kept, rotated, crashed, hostile]
