"""What the recipes of Redis and its kin must do."""

from rig import Store, docker, size

HOSTILE = "p'a\"s`s$w\\o%r&d #;é-${x}$(id)"


def suite(engine):
    """The checks, in the order in which they build on each other."""
    cache = Store(engine, section="caches")

    def ask(words, store=cache):
        done = store.script(f'{engine}-cli -h "$REDIS_HOST" {words}')
        return (done.stdout + done.stderr).split()

    def first():
        """the first start: ready, healthy, with its password in no argument"""
        cache.fresh()
        cache.kill()
        assert cache.step("ready").returncode != 0
        cache.start()
        cache.healthy()
        cache.run("ready")
        assert cache.own["password"] not in docker("top", cache.name, "-eo", "pid,args").stdout
        assert docker("top", cache.name, "-eo", "pid,comm").stdout.split()[3].startswith(("redis", engine)), "not process 1"

    def limited():
        """a cache gives up what expires when three fifths of its memory are full, a queue gives up nothing"""
        assert ask("config get maxmemory-policy")[1] == "volatile-lru"
        assert int(ask("config get maxmemory")[1]) == size(cache.recipe["container"]["size"]["memory"]) * 3 // 5
        for section, options, policy in (("queues", {}, "noeviction"), ("caches", {"eviction": "allkeys-lfu"}, "allkeys-lfu")):
            store = Store(engine, section=section)
            store.options = options
            store.fresh()
            store.healthy()
            assert ask("config get maxmemory-policy", store)[1] == policy

    def wrong():
        """a wrong password is refused, and so is none"""
        other = Store(engine, password="anotherKey1")
        assert other.step("ready").returncode != 0
        assert "WRONGPASS" in ask("ping", other)
        assert "NOAUTH" in cache.script(f'unset REDISCLI_AUTH; {engine}-cli -h "$REDIS_HOST" ping 2>&1').stdout

    def kept():
        """the server ends in time, and the kept volume has every key"""
        cache.fresh()
        cache.healthy()
        assert ask("set order 42") == ["OK"]
        seconds, code = cache.stop()
        assert seconds < 10 and code == 0, (seconds, code)
        cache.start()
        cache.healthy()
        assert ask("get order") == ["42"]

    def rotated():
        """a new password, and a hostile one, counts from the next start on"""
        cache.stop()
        odd = Store(engine, password=HOSTILE, section="caches")
        odd.start()
        odd.healthy()
        odd.run("ready")
        assert ask("get order", odd) == ["42"]
        assert cache.step("ready").returncode != 0

    return [first, limited, wrong, kept, rotated]
