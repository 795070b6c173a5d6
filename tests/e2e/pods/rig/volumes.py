"""A pod's volumes as Docker volumes, with the owners and modes that a kubelet gives them."""

from . import engine
from .podspec import data

HELPER = "busybox:1.37.0-musl"


class NotYet(Exception):
    """The pod cannot be set up yet: something it names is not there. It is tried again."""


def prepare(pod, world, name):
    """Makes each volume of a pod; returns {volume: (Docker volume, path on the engine's machine, read-only)}."""
    out = {}
    for volume in pod.volumes.values():
        if volume.kind == "claim":
            out[volume.name] = (*_claim(volume, pod, world, name), volume.read_only)
        elif volume.kind == "empty":
            out[volume.name] = (*_empty(volume, pod, world, name), False)
        else:
            out[volume.name] = (*_files(volume, pod, world, name), True)
    return out


def _own(world, pod_name, volume):
    return f"{world.prefix}-{pod_name}-{volume.name}"


def _empty(volume, pod, world, name):
    options = {}
    if volume.memory:
        size = f",size={volume.size}" if volume.size else ""
        gid = f",gid={pod.fs_group}" if pod.fs_group is not None else ""
        options = {"type": "tmpfs", "device": "tmpfs", "o": f"mode={_open(pod)[0]:o}{size}{gid}"}
    own = _own(world, name, volume)
    path, _ = engine.volume(own, world.labels(pod=name), options)
    if not volume.memory:
        fill(own, [_root(_open(pod))], world)
    return own, path


def _open(pod):
    """emptyDir's mode and group: 0777, and set-group-id under an fsGroup."""
    return (0o777, 0) if pod.fs_group is None else (0o2777, pod.fs_group)


def _root(mode_and_group):
    mode, group = mode_and_group
    return ("v/", None, mode, 0, group)


def _claim(volume, pod, world, name):
    own, read_only = world.claim(volume.source), volume.read_only
    if own is None:
        raise NotYet(f"persistentvolumeclaim \"{volume.source}\" not found")
    path, new = engine.volume(own, world.labels(claim=volume.source))
    if new:
        # what a fresh ext4 disk looks like: root's, with a folder that is not ours in it
        fill(own, [("v/", None, 0o755, 0, 0), ("v/lost+found/", None, 0o700, 0, 0)], world)
    if pod.fs_group is not None and not read_only:
        _own_group(own, pod, world)
    return own, path


def _own_group(own, pod, world):
    script = (
        'g=$1; if [ "$2" = 1 ]; then set -- $(stat -c "%g %a" /v); case "$1 $2" in "$g 2"7[0-7][0-7]) '
        'case $2 in 277*) exit 0;; esac;; esac; fi; '
        'chgrp -Rh "$g" /v && find /v -type d -exec chmod g+rwxs,u+rwx {} + && find /v -type f -exec chmod ug+rw {} +')
    config = {"Image": HELPER, "Entrypoint": ["/bin/busybox", "sh", "-c", script, "sh", str(pod.fs_group), "1" if pod.fs_on_mismatch else "0"],
              "User": "0:0", "Labels": world.labels(), "HostConfig": {"NetworkMode": "none", "Mounts": [_bind(own)]}}
    helper = engine.create(world.unique("fsgroup"), config)
    try:
        engine.start(helper)
        if engine.wait(helper) != 0:
            raise NotYet(f"fsGroup could not be applied: {engine.logs(helper).decode('utf-8', 'replace')}")
    finally:
        engine.remove(helper)


def _files(volume, pod, world, name):
    found = world.secret(volume.source) if volume.kind == "secret" else world.config(volume.source)
    if found is None and not volume.optional:
        raise NotYet(f"MountVolume.SetUp failed for volume \"{volume.name}\": {volume.kind} \"{volume.source}\" not found")
    content = data(found) if found else {}
    if volume.items is None:
        chosen = [(key, key, None) for key in sorted(content)]
    else:
        chosen = [(i[0], i[1], i[2]) for i in volume.items]
    group = pod.fs_group or 0
    entries, folders = [_root((0o1777, 0) if pod.fs_group is None else (0o3777, group))], set()
    for key, path, mode in chosen:
        if key not in content:
            if volume.optional:
                continue
            raise NotYet(f"MountVolume.SetUp failed for volume \"{volume.name}\": references non-existent config key: {key}")
        for depth in range(1, path.count("/") + 1):
            folder = "/".join(path.split("/")[:depth])
            if folder not in folders:
                folders.add(folder)
                entries.append((f"v/{folder}/", None, 0o755, 0, group))
        mode = volume.mode if mode is None else mode
        if pod.fs_group is not None:
            mode |= 0o440
        entries.append((f"v/{path}", content[key], mode, 0, group))
    own = _own(world, name, volume)
    path, _ = engine.volume(own, world.labels(pod=name))
    fill(own, entries, world)
    return own, path


def sub_path(own, sub, pod, world):
    """Makes the folder that a subPath names, unless the volume holds something there, as a kubelet does."""
    script = 'p=/v/$1; [ -e "$p" ] || { mkdir -p "$p" && chmod 0775 "$p"; }; [ -z "$2" ] || [ ! -d "$p" ] || { chgrp "$2" "$p" && chmod g+rwxs "$p"; }'
    config = {"Image": HELPER, "Entrypoint": ["/bin/busybox", "sh", "-c", script, "sh", sub, str(pod.fs_group or "")], "User": "0:0",
              "Labels": world.labels(), "HostConfig": {"NetworkMode": "none", "Mounts": [_bind(own)]}}
    helper = engine.create(world.unique("subpath"), config)
    try:
        engine.start(helper)
        if engine.wait(helper) != 0:
            raise NotYet(f"subPath {sub}: {engine.logs(helper).decode('utf-8', 'replace')}")
    finally:
        engine.remove(helper)


def fill(own, entries, world):
    """Writes files into a Docker volume through a container that is never started."""
    helper = engine.create(world.unique("fill"), {"Image": HELPER, "Cmd": ["true"], "Labels": world.labels(), "HostConfig": {"Mounts": [_bind(own)]}})
    try:
        engine.put(helper, "/", entries)
    finally:
        engine.remove(helper)


def _bind(own):
    return {"Type": "volume", "Source": own, "Target": "/v", "VolumeOptions": {"NoCopy": True}}
