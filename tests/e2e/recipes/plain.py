"""What the recipes of Memcached and NATS must do."""

from rig import Store, docker


def memcached(engine):
    """The checks, in the order in which they build on each other."""
    cache = Store(engine)

    def first():
        """ready and healthy, with three fifths of its memory for data"""
        cache.fresh()
        cache.healthy()
        cache.run("ready")
        stats = cache.script("printf 'stats settings\\r\\nquit\\r\\n' | timeout 5 nc db 11211").stdout
        assert f"maxbytes {int(cache.own['memory']) * 3 // 5 // 1048576 * 1048576}" in stats, stats

    def ended():
        """the server ends in time, and is not ready then"""
        seconds, code = cache.stop()
        assert seconds < 5 and code == 0, (seconds, code)
        assert cache.step("ready").returncode != 0

    return [first, ended]


def nats(engine):
    """The checks, in the order in which they build on each other."""
    broker = Store(engine, password="123")

    def ask(password):
        line = f'CONNECT {{"user":"{broker.own["user"]}","pass":"{password}","verbose":false}}'
        words = f"(printf '%s\\r\\nPING\\r\\n' '{line}'; sleep 1) | timeout 3 nc db 4222"
        return broker.script(words).stdout

    def first():
        """ready and healthy, with JetStream, its password in no argument"""
        broker.fresh()
        broker.healthy()
        broker.run("ready")
        assert '"jetstream":true' in ask("123")
        assert "123" not in docker("top", broker.name, "-eo", "pid,args").stdout.replace("PID", "").split("nats-server", 1)[1]

    def guarded():
        """the password is asked for, also one of digits"""
        assert "PONG" in ask("123")
        assert "Authorization Violation" in ask("124")

    def kept():
        """the server ends in time and starts again on the kept volume"""
        seconds, code = broker.stop()
        assert seconds < 10 and code != 137, (seconds, code)
        broker.start()
        broker.healthy()
        broker.run("ready")

    return [first, guarded, kept]
