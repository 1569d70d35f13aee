"""The ConfigMap `aws-auth`: whom a cluster knows besides its access entries, in modes with CONFIG_MAP."""

import base64
import json
import re
import ssl
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import yaml
from ministack.services import eks

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


def role_of(principal_arn):
    """Of a session; without the path of the role, which `aws-auth` does not take either."""
    return re.sub(r"^arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.*", r"arn:\1:iam::\2:role/\3", principal_arn)


def data_of(cluster):
    request = Request(cluster["endpoint"] + CONFIG_MAP, headers={"Authorization": f"Bearer {cluster['addonManagerToken']}"})
    authority = ssl.create_default_context(cadata=base64.b64decode(cluster["certificateAuthorityData"]).decode())
    try:
        with urlopen(request, context=authority, timeout=SECONDS) as answer:
            return json.load(answer).get("data", {})
    except HTTPError as error:
        if error.code == 404:
            return {}
        raise
