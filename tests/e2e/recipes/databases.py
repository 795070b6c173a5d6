"""What the recipes of SQL databases must do."""

import time

from rig import Store, docker

SEED = {
    "/previewc-seed/001.sql": "CREATE TABLE seeded (n int);\nINSERT INTO seeded VALUES (1);\n",
    "/previewc-seed/002.sql": "INSERT INTO seeded VALUES (2);\n",
}
# The first half stays, whatever the engine does about transactions.
BROKEN = {
    "/previewc-seed/001.sql": "CREATE TABLE seeded (n int);\nBEGIN;\nINSERT INTO seeded VALUES (1);\nCOMMIT;\nINSERT INTO nowhere VALUES (1);\n",
}
HOSTILE = "p'a\"s`s$w\\o%r&d #;é-${x}$(id)"
A = {"PREVIEWC_MIGRATION": "a" * 32, "PREVIEWC_SEED": "1"}
B = {"PREVIEWC_MIGRATION": "b" * 32, "PREVIEWC_SEED": "1"}


def suite(engine):
    """The checks, in the order in which they build on each other."""
    db = Store(engine)
    postgres = engine == "postgres"

    def sql(text, store=db):
        if postgres:
            done = store.script(f'psql -X -q -At -v ON_ERROR_STOP=1 -c "{text}"')
        else:
            done = store.script(f'"$CLIENT" -h "$MYSQL_HOST" -u "$MYSQL_USER" -BN -e "{text}" "$MYSQL_DATABASE"')
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def rows():
        return sql("SELECT n FROM seeded ORDER BY n")

    def tables():
        schema = "'public'" if postgres else "database()"
        return sql(f"SELECT table_name FROM information_schema.tables WHERE table_schema = {schema}")

    def fails(store, step, **more):
        done = store.step(step, **more)
        assert done.returncode != 0, f"{step} went well: {done.stdout}{done.stderr}"
        return done.stderr

    def first():
        """the first start: waited for, migrated, seeded, recorded"""
        db.fresh()
        fails(db, "ready")
        db.run("check", **A)
        assert db.flags() == [], db.flags()
        assert tables() == [], f"a migration tool would find {tables()}"
        fails(db, "done", **A)
        sql("CREATE TABLE migrated (n int)")
        db.run("migrated", "seeding", **A)
        fails(db, "done", **A)
        db.run("seed", files=SEED, **A)
        db.run("seeded", "done", "ready", **A)
        assert db.healthy(5)
        assert rows() == ["1", "2"]

    def repeat():
        """a repeat runs neither migration nor seed again"""
        db.run("check", **A)
        assert db.flags() == ["migrated", "seeded"], db.flags()
        db.run("migrated", "seeding", **A)
        db.run("seed", files=SEED, **A)
        db.run("seeded", "done", **A)
        assert rows() == ["1", "2"]

    def changed():
        """a changed migration runs once more, the seed does not, and history is kept"""
        db.run("check", **B)
        assert db.flags() == ["seeded"], db.flags()
        fails(db, "done", **B)
        db.run("migrated", **B)
        db.run("done", **B)
        db.run("done", **A)
        db.run("check", **A)
        assert db.flags() == ["migrated", "seeded"], db.flags()

    def plain():
        """without migration and seed there is nothing to wait for but the server"""
        db.run("check", "done")
        assert db.flags() == ["seeded"], db.flags()

    def wrong():
        """a wrong password is named at once"""
        other = Store(engine, password="anotherKey1")
        began = time.monotonic()
        assert "made with another key" in fails(other, "check", **A)
        assert time.monotonic() - began < 15
        fails(other, "ready")
        fails(other, "done", **A)

    def kept():
        """the server ends in time, and a new container on the kept volume has everything"""
        seconds, code = db.stop()
        assert seconds < 20 and code != 137, (seconds, code)
        db.start()
        db.run("check", **A)
        assert db.flags() == ["migrated", "seeded"], db.flags()
        assert rows() == ["1", "2"]

    def killed():
        """a killed server comes back with everything"""
        db.kill()
        db.start()
        db.run("check", "done", **A)
        assert rows() == ["1", "2"]

    def rotated():
        """rotation gives the server the new password, once"""
        new = Store(engine, password=HOSTILE)
        new.own["root_password"] = "another" + HOSTILE
        old = {"PREVIEWC_OLD_PASSWORD": db.own["password"], "PREVIEWC_OLD_ROOT_PASSWORD": db.own.get("root_password")}
        new.run("rotate", **old)
        new.run("rotate", **old)
        new.run("ready")
        new.run("check", "done", **A)
        fails(db, "ready")
        assert "made with another key" in fails(db, "check", **A)

    def crashed():
        """a crash in mid-seed makes the store anew, without a trace of the first half"""
        db.fresh()
        db.run("check", **A)
        sql("CREATE TABLE migrated (n int)")
        db.run("migrated", "seeding", **A)
        fails(db, "seed", files=BROKEN, **A)
        assert rows() == ["1"]
        fails(db, "done", **A)
        db.run("check", **A)
        assert db.flags() == [], db.flags()
        assert tables() == [], tables()
        db.run("migrated", "seeding", **A)
        db.run("seed", files=SEED, **A)
        db.run("seeded", "done", **A)
        assert rows() == ["1", "2"]

    def halved():
        """made anew by half, it is found and finished"""
        db.fresh()
        db.run("check", "seeding", **A)
        if postgres:
            done = db.script('psql -X -q -d postgres -c "DROP DATABASE $PGDATABASE WITH (FORCE)"')
        else:
            done = db.script('"$CLIENT" -h "$MYSQL_HOST" -u "$MYSQL_USER" -e "DROP DATABASE $MYSQL_DATABASE"')
        assert done.returncode == 0, done.stderr
        db.run("check", "migrated", "seeding", **A)
        db.run("seed", files=SEED, **A)
        db.run("seeded", "done", **A)
        assert rows() == ["1", "2"]

    def fill(**told):
        db.run("migrated", "seeding", **told)
        db.run("seed", files=SEED, **told)
        db.run("seeded", "done", **told)

    def renewed():
        """an edited seed warns and is kept, is loaded with the wish for it, and a reset happens once"""
        db.fresh()
        db.run("check", **A)
        fill(**A)
        edited = {**A, "PREVIEWC_SEED": "2"}
        done = db.step("check", **edited)
        assert done.returncode == 0 and "warning: " in done.stderr and "--reseed" in done.stderr, done.stderr
        assert db.flags() == ["migrated", "seeded"], db.flags()
        db.run("done", **edited)
        edited["PREVIEWC_RESEED"] = "1"
        fails(db, "done", **edited)
        db.run("check", **edited)
        assert db.flags() == [] and tables() == [], (db.flags(), tables())
        fill(**edited)
        reset = {**A, "PREVIEWC_SEED": "2", "PREVIEWC_RESET": "c" * 32}
        fails(db, "done", **reset)
        db.run("check", **reset)
        assert db.flags() == [] and tables() == [], (db.flags(), tables())
        fill(**reset)
        sql("INSERT INTO seeded VALUES (3)")
        db.run("check", "done", **reset)
        assert rows() == ["1", "2", "3"]

    def restored():
        """a snapshot is restored once, and one that broke off is begun anew"""
        db.fresh()
        told = {"PREVIEWC_RESTORE": "e" * 64, "PREVIEWC_SNAPSHOT": "/previewc/run/db/snapshot", "PREVIEWC_SNAPSHOT_FORM": "sql"}

        def fetch(files):
            text = "".join(files.values()).replace("'", "'\\''")
            done = db.script(f"printf '%s' '{text}' >/previewc/run/db/snapshot")
            assert done.returncode == 0, done.stderr

        db.run("check", **told)
        fetch(BROKEN)
        fails(db, "restore", **told)
        fails(db, "done", **told)
        db.run("check", **told)
        assert db.flags() == ["snapshot"] and tables() == [], (db.flags(), tables())
        fetch(SEED)
        db.run("restore", "done", **told)
        assert rows() == ["1", "2"]
        db.run("check", "restore", "done", **told)
        assert db.flags() == ["restored"] and rows() == ["1", "2"], db.flags()

    def hostile():
        """a password of quotes, backslashes, dollars and spaces works throughout"""
        odd = Store(engine, password=HOSTILE)
        odd.fresh()
        odd.run("check", "ready", "migrated", "seeding", **A)
        odd.run("seed", files=SEED, **A)
        odd.run("seeded", "done", **A)
        assert odd.healthy(5)
        assert HOSTILE not in docker("top", odd.name, "-eo", "pid,args").stdout

    def extended():
        """extensions are created before consumers start"""
        db.fresh()
        db.options["extensions"] = "pgcrypto\nuuid-ossp"
        db.run("check")
        db.run("done")
        db.options["extensions"] += "\ncitext"
        fails(db, "done")
        db.run("check", "done")
        db.options["extensions"] = "no_such"
        assert "no_such" in fails(db, "check")

    checks = [first, repeat, changed, plain, wrong, kept, killed, rotated, crashed, halved, renewed, restored, hostile]
    return [*checks, extended] if postgres else checks
