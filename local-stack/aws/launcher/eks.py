"""EKS: the registered clusters show through, and operations MiniStack lacks."""

import json
import re
from urllib.parse import unquote

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import eks
from ministack.services.cloudformation import provisioners

from . import updates
from .wrapping import around


def install(clusters):
    @around("_sanitize", eks)
    def describe(original, cluster):
        return described(original(cluster), clusters.named(cluster["name"]))

    @around("_eks_cluster_attrs", provisioners)
    def attributes(original, cluster):
        return original(described(cluster, clusters.named(cluster["name"])))

    for operation in ("_create_access_entry", "_update_access_entry", "_describe_access_entry", "_delete_access_entry",
                      "_list_access_entries", "_associate_access_policy", "_disassociate_access_policy", "_list_associated_access_policies"):
        @around(operation, eks)
        def with_access_entries(original, cluster_name, *args):
            cluster = eks._clusters.get(cluster_name)
            if cluster and cluster["accessConfig"].get("authenticationMode") == "CONFIG_MAP":
                return eks._error(400, "InvalidRequestException",
                                  "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.")
            return original(cluster_name, *args)

    @around("_create_nodegroup", eks)
    def create_nodegroup(original, cluster_name, body):
        status, headers, answer = original(cluster_name, body)
        if status == 200:
            # EKS gives the nodes of a managed node group their access; a role that has it keeps it.
            eks._create_access_entry(cluster_name, {
                "principalArn": json.loads(answer)["nodegroup"]["nodeRole"],
                "type": "EC2_LINUX",
                "kubernetesGroups": ["system:nodes"],
                "username": "system:node:{{EC2PrivateDNSName}}",
            })
        return status, headers, answer

    @around("_handle_request_sync", eks)
    def route(original, method, path, headers, body, query):
        update = re.fullmatch(r"/clusters/([\w-]+)/updates(?:/([\w-]+))?", path)
        if method == "GET" and update:
            cluster_name, update_id = update.groups()
            addon_name = next(iter(query.get("addonName", [])), None)
            return updates.describe(cluster_name, update_id, addon_name) if update_id else updates.ids(cluster_name, addon_name)
        change = re.fullmatch(r"/clusters/([\w-]+)/update-config", path)
        if method == "POST" and change:
            return update_cluster_config(change[1], json.loads(body))
        return original(method, path, headers, body, query)

    @around("_access_entry_arn", eks)
    def access_entry_arn(_original, cluster_name, principal_arn):
        account, principal = principal_arn.split(":", 5)[4:]
        kind, name = principal.split("/", 1)
        return f"arn:aws:eks:{get_region()}:{get_account_id()}:access-entry/{cluster_name}/{kind}/{account}/{name}/{new_uuid()}"

    @around("extract_resource_arn", iam_actions)
    def resource_arn(original, service, method, path, *args, **kwargs):
        return service == "eks" and (_tagged_arn(path) or _arn_within_cluster(path)) or original(service, method, path, *args, **kwargs)


def _tagged_arn(path):
    return unquote(path.removeprefix("/tags/")) if path.startswith("/tags/") else None


def _arn_within_cluster(path):
    """Of what is in a cluster and has an ARN of its own; MiniStack names the cluster instead."""
    part = re.fullmatch(r"/clusters/([\w-]+)/(addons|node-groups|access-entries)/(.+?)(/update|/access-policies.*)?", path)
    if not part:
        return None
    cluster, kind, name = part[1], part[2], unquote(part[3])
    if kind == "access-entries":
        entry = eks._access_entries.get(eks._ae_key(cluster, name))
        return entry["accessEntryArn"] if entry else eks._access_entry_arn(cluster, name)
    if kind == "node-groups":
        return eks._nodegroups.get(f"{cluster}/{name}", {}).get("nodegroupArn")
    return eks._addons.get(f"{cluster}/{name}", {}).get("addonArn")


def described(cluster, registered):
    if registered is None:
        return cluster
    network = {**cluster["kubernetesNetworkConfig"], "ipFamily": registered["ipFamily"]}
    if registered["ipFamily"] == "ipv6":
        network.pop("serviceIpv4Cidr", None)
        network["serviceIpv6Cidr"] = "fd00:ec2::/108"
    auto_mode = {"enabled": registered["autoMode"]}
    return {
        **cluster,
        "status": registered["status"],
        "endpoint": registered["endpoint"],
        "certificateAuthority": {"data": registered["certificateAuthorityData"]},
        "identity": {"oidc": {"issuer": registered["issuer"]}},
        "kubernetesNetworkConfig": {**network, "elasticLoadBalancing": auto_mode},
        "computeConfig": auto_mode,
        "storageConfig": {"blockStorage": auto_mode},
    }


def update_cluster_config(cluster_name, changes):
    cluster = eks._clusters.get(cluster_name)
    if cluster is None:
        return eks._error(404, "ResourceNotFoundException", f"No cluster found for name: {cluster_name}.")
    for part in ("accessConfig", "resourcesVpcConfig"):
        cluster[part] = {**cluster.get(part, {}), **changes.get(part, {})}
    kind = "AccessConfigUpdate" if "accessConfig" in changes else "VpcConfigUpdate"
    return updates.record(cluster_name, {"id": new_uuid(), "status": "Successful", "type": kind, "params": [], "errors": [], "createdAt": eks._now()})
