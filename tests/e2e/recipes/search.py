"""What the recipes of OpenSearch and Typesense must do."""

import json

from rig import RIG, Store, docker


def opensearch(engine):
    """The checks, in the order in which they build on each other."""
    store = Store(engine)

    def call(path, body=None):
        data = f"--header 'Content-Type: application/json' --post-data '{json.dumps(body)}' " if body else ""
        done = store.script(f"timeout 30 wget -q -O - {data}\"$OPENSEARCH_URL/{path}\"")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def found(word):
        return [hit["_source"]["title"] for hit in call(f"shop/_search?q=title:{word}")["hits"]["hits"]]

    def first():
        """the first start: not ready before it serves, healthy and ready then, with its own heap and the security plugin off"""
        store.fresh()
        assert store.step("ready").returncode != 0
        store.healthy()
        store.run("ready")
        assert call("")["cluster_name"] == "previewc"
        nodes = call("_nodes/jvm,plugins")["nodes"].values()
        assert [node["jvm"]["mem"]["heap_max_in_bytes"] for node in nodes] == [512 << 20], nodes
        assert ["opensearch-security"] == [plugin["name"] for node in nodes for plugin in node["plugins"]], nodes

    def written():
        """an index with its defaults takes a document and finds it, and the server stays ready though a copy has no place"""
        call("shop/_doc?refresh=true", {"title": "Ein blaues Fahrrad"})
        assert found("fahrrad") == ["Ein blaues Fahrrad"] and found("auto") == []
        assert call("_cluster/health")["status"] == "yellow"
        store.healthy(5)
        store.run("ready")

    def kept():
        """the server ends in time, and another container on the kept volume has everything; so has one after a crash"""
        seconds, code = store.stop()
        assert seconds < 20 and code != 137, (seconds, code)
        assert store.step("ready").returncode != 0
        store.start()
        store.healthy()
        assert found("fahrrad") == ["Ein blaues Fahrrad"]
        call("shop/_doc", {"title": "Ein rotes Fahrrad"})
        store.kill()
        store.start()
        store.healthy()
        assert sorted(found("fahrrad")) == ["Ein blaues Fahrrad", "Ein rotes Fahrrad"]

    return [first, written, kept]


def typesense(engine):
    """The checks, in the order in which they build on each other."""
    store = Store(engine)
    books = {"name": "books", "fields": [{"name": "title", "type": "string"}]}

    def call(path, body=None, key=store.own["key"]):
        data = f"--post-data '{json.dumps(body)}' " if body else ""
        return store.script(f"timeout 30 wget -q -O - --header 'X-TYPESENSE-API-KEY: {key}' {data}\"$TYPESENSE_URL/{path}\"")

    def found(word):
        done = call(f"collections/books/documents/search?q={word}&query_by=title")
        assert done.returncode == 0, done.stderr
        return sorted(hit["document"]["title"] for hit in json.loads(done.stdout)["hits"])

    def address():
        return docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", store.name).stdout.strip()

    def first():
        """the first start: not ready before it serves, healthy and ready then"""
        store.fresh()
        store.healthy()
        store.run("ready")

    def written():
        """a collection takes a document and finds it; another key is refused, and the right one stands in no argument"""
        assert call("collections", books).returncode == 0
        assert call("collections/books/documents", {"title": "Ein blaues Fahrrad"}).returncode == 0
        assert found("fahrrad") == ["Ein blaues Fahrrad"] and found("auto") == []
        refused = call("collections", key="wrong")
        assert refused.returncode != 0 and "401" in refused.stderr, refused
        assert store.own["key"] not in docker("top", store.name, "-eo", "pid,args").stdout

    def kept():
        """the server ends in time, and another container on the kept volume, at another address, has everything"""
        was = address()
        seconds, code = store.stop()
        assert seconds < 15 and code != 137, (seconds, code)
        assert store.step("ready").returncode != 0
        docker("run", "-d", "--name", f"{store.name}-guest", "--network", RIG, "busybox:1.37.0-musl", "sleep", "60")
        store.start()
        now = address()
        docker("rm", "-f", f"{store.name}-guest")
        assert now != was
        store.healthy()
        assert found("fahrrad") == ["Ein blaues Fahrrad"]

    def crashed():
        """so has one after a crash"""
        assert call("collections/books/documents", {"title": "Ein rotes Fahrrad"}).returncode == 0
        store.kill()
        store.start()
        store.healthy()
        assert found("fahrrad") == ["Ein blaues Fahrrad", "Ein rotes Fahrrad"]

    return [first, written, kept, crashed]
