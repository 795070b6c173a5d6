"""Reads a bundle's manifests from their bytes, as strictly as `kubectl apply --validate=strict` would."""

import os

import yaml

from .fields import Fields, Refused

# what a stage's file may hold and the rig runs
RUN = {"v1/Namespace", "v1/ConfigMap", "v1/Secret", "v1/Service", "v1/ServiceAccount", "v1/PersistentVolumeClaim", "v1/LimitRange",
       "apps/v1/Deployment", "apps/v1/StatefulSet", "batch/v1/Job", "batch/v1/CronJob"}
# what has no effect on one Docker engine: accepted, and said so
NOT_ENFORCED = {"v1/ResourceQuota", "networking.k8s.io/v1/NetworkPolicy", "networking.k8s.io/v1/Ingress",
                "gateway.networking.k8s.io/v1/HTTPRoute", "policy/v1/PodDisruptionBudget"}


class _Loader(yaml.SafeLoader):
    pass


def _mapping(loader, node, deep=False):
    seen = set()
    for key, _ in node.value:
        name = loader.construct_object(key, deep=True)
        if name in seen:
            raise Refused(f"line {key.start_mark.line + 1}: the key {name!r} stands twice")
        seen.add(name)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


def _construct(loader, node):
    loader.flatten_mapping(node)
    return _mapping(loader, node, deep=True)


# `<<` and `=` as words of a list: text, as every Go reader has it
for _tag in ("merge", "value"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", yaml.SafeLoader.construct_yaml_str)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct)


def files(directory):
    """The manifest files in the order in which `kubectl apply -f DIR` reads them."""
    folder = os.path.join(directory, "manifests")
    if not os.path.isdir(folder):
        folder = directory
    names = sorted(n for n in os.listdir(folder) if n.endswith((".yaml", ".yml", ".json")) and n != "bundle.json")
    if not names:
        raise Refused(f"{folder}: no manifests")
    return [os.path.join(folder, n) for n in names]


def objects(path):
    """The objects of one file, with the mistakes refused that strict server-side decoding refuses."""
    with open(path, "rb") as file:
        data = file.read()
    try:
        documents = [d for d in yaml.load_all(data.decode("utf-8"), _Loader) if d is not None]
    except (yaml.YAMLError, UnicodeDecodeError, Refused) as error:
        raise Refused(f"{path}: {error}") from None
    out = []
    for index, document in enumerate(documents):
        fields = Fields(document, f"{os.path.basename(path)}[{index}]")
        kind = f"{fields.text('apiVersion', required=True)}/{fields.text('kind', required=True)}"
        if kind == "v1/List":
            raise Refused(f"{fields.path}: a List is not carried by this rig")
        if kind not in RUN and kind not in NOT_ENFORCED:
            raise Refused(f"{fields.path}: {kind} is not carried by this rig")
        name = Fields(document.get("metadata"), fields.path + ".metadata").text("name", required=True)
        document = dict(document)
        document["_kind"], document["_path"] = kind, f"{os.path.basename(path)} {kind.rsplit('/', 1)[1]}/{name}"
        out.append(document)
    return out
