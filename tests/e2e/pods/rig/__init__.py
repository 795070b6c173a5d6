"""A small node for Kubernetes manifests on a Docker engine: what the API server checks, what controllers create,
what a kubelet does. See ../README.md for what is faithful and what is not."""
