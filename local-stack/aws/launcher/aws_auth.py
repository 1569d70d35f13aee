"""The ConfigMap `aws-auth`: whom a cluster knows besides its access entries, in modes with CONFIG_MAP."""

from urllib.error import HTTPError

import yaml
from ministack.services import eks

from . import kubernetes
from .iam import role_of
from .wrapping import around

CONFIG_MAP = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
# Longer than the API server waits for its authenticator, a look must not take.
SECONDS = 5


def install(clusters):
    @around("_access_entry_for_principal", eks)
    def entry(original, cluster_name, account, region, principal_arn):
        found = original(cluster_name, account, region, principal_arn)
        cluster = eks._clusters.get(cluster_name)
        if found or not cluster or "CONFIG_MAP" not in cluster["accessConfig"].get("authenticationMode", "CONFIG_MAP"):
            return found
        registered = clusters.named(cluster_name)
        return registered and mapped(data_of(registered), role_of(principal_arn))


def mapped(data, role_arn):
    """As an access entry, the line for a role."""
    for line in yaml.safe_load(data.get("mapRoles") or "[]"):
        if line["rolearn"] == role_arn:
            return {"principalArn": role_arn, "username": line["username"], "kubernetesGroups": line["groups"]}
    return None


def data_of(cluster):
    try:
        return kubernetes.call(cluster, CONFIG_MAP, timeout=SECONDS).get("data", {})
    except HTTPError as error:
        if error.code == 404:
            return {}
        raise
