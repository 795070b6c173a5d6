"""A Service's address: listens while the Service has endpoints, and passes connections to one of them.
Runs inside a container of the rig; /rig/endpoints.json is rewritten from outside."""

import asyncio
import json
import random

servers = {}
endpoints = {}


async def pipe(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


async def serve(port, reader, writer):
    for address, target in random.sample(endpoints.get(port, []), len(endpoints.get(port, []))):
        try:
            back_reader, back_writer = await asyncio.open_connection(address, target)
        except OSError:
            continue
        await asyncio.gather(pipe(reader, back_writer), pipe(back_reader, writer))
        back_writer.close()
        break
    writer.close()


async def follow():
    seen = None
    while True:
        try:
            with open("/rig/endpoints.json", encoding="utf-8") as file:
                text = file.read()
            wanted = json.loads(text)
        except (OSError, ValueError):
            text = seen
        if text != seen:
            seen = text
            endpoints.clear()
            endpoints.update({int(port): [tuple(e) for e in found] for port, found in wanted.items()})
            # no endpoints: nobody listens, and a connection is refused, as with a ClusterIP
            for port in [p for p in servers if not endpoints.get(p)]:
                servers.pop(port).close()
            for port in [p for p in endpoints if endpoints[p] and p not in servers]:
                servers[port] = await asyncio.start_server(lambda r, w, p=port: serve(p, r, w), "0.0.0.0", port)
        await asyncio.sleep(0.1)


asyncio.run(follow())
