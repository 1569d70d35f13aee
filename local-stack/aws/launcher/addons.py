"""
EKS add-ons: installations and updates that take their time, Pod Identity associations of their own, and a role that goes to the cluster by server-side
apply. Of what an add-on installs, only the role is played; a deleted one leaves everything in the cluster, as with `--preserve`.
"""

import contextvars
import json
import re
import threading
from dataclasses import dataclass
from urllib.error import HTTPError, URLError

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_region, new_uuid
from ministack.core.router import extract_access_key_id
from ministack.services import eks

from . import kubernetes, updates
from .wrapping import around

SECONDS = 2
VERSION = "v1.23.2-eksbuild.1"
SERVICE_ACCOUNT = "/api/v1/namespaces/kube-system/serviceaccounts/aws-node"
ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
PARAMETERS = {
    "addonVersion": "AddonVersion",
    "serviceAccountRoleArn": "ServiceAccountRoleArn",
    "resolveConflicts": "ResolveConflicts",
    "configurationValues": "ConfigurationValues",
    "podIdentityAssociations": "PodIdentityAssociations",
}


class Refused(Exception):
    """By the API server."""

    def __init__(self, code, message, resource_ids=()):
        super().__init__(message)
        self.issue = {"code": code, "message": message, "resourceIds": list(resource_ids)}


@dataclass(frozen=True)
class AddonManager:
    """EKS's own hand in a cluster: it owns what it has applied, as field manager `eks`."""

    cluster: dict

    def give_role(self, role_arn, resolve_conflicts):
        try:
            self._apply(role_arn, force=resolve_conflicts == "OVERWRITE")
        except Refused as refused:
            if refused.issue["code"] != "ConfigurationConflict" or resolve_conflicts != "PRESERVE":
                raise
            # The value of the other manager stays; EKS gives the field up.
            self._apply(None, force=False)

    def _apply(self, role_arn, force):
        metadata = {"name": "aws-node", "namespace": "kube-system", "annotations": {ROLE_ANNOTATION: role_arn} if role_arn else {}}
        try:
            kubernetes.call(
                self.cluster, f"{SERVICE_ACCOUNT}?fieldManager=eks&force={str(force).lower()}",
                json.dumps({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}).encode(),
                {"Content-Type": "application/apply-patch+yaml"}, method="PATCH")
        except HTTPError as error:
            raise refusal(error.code, json.load(error)) from error
        except URLError as error:
            raise Refused("ClusterUnreachable", str(error.reason)) from error


def refusal(code, status):
    if code != 409:
        return Refused("AdmissionRequestDenied", status["message"], ["ServiceAccount aws-node"])
    fields = [f"ServiceAccount aws-node - {cause['field']}" for cause in status["details"]["causes"]]
    return Refused("ConfigurationConflict", "Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts:\n" + "\n".join(fields), fields)


def install(clusters):
    def manager_of(cluster_name):
        registered = clusters.named(cluster_name)
        return AddonManager(registered) if registered and "addonManagerToken" in registered else None

    def in_time(cluster_name, work):
        in_background(work, (clusters.named(cluster_name) or {}).get("addonSeconds", SECONDS))

    @around("_create_addon", eks)
    def create(original, cluster_name, body):
        invalid = invalid_request(body, "CreateAddon")
        if invalid:
            return invalid
        status, headers, answer = original(cluster_name, {**body, "addonVersion": body.get("addonVersion") or VERSION})
        if status != 200:
            return status, headers, answer
        addon = eks._addons[f"{cluster_name}/{body['addonName']}"]
        addon["podIdentityAssociations"] = []
        own_associations(addon, body)
        addon["status"] = "CREATING"
        in_time(cluster_name, lambda: end(addon, change(addon, body, manager_of(cluster_name)), "CREATE_FAILED"))
        return eks._describe_addon(cluster_name, body["addonName"])

    @around("_update_addon", eks)
    def update(_original, cluster_name, addon_name, body):
        addon = eks._addons.get(f"{cluster_name}/{addon_name}")
        if addon is None:
            return eks._error(404, "ResourceNotFoundException", f"No addon: {addon_name} found in cluster: {cluster_name}")
        refused = invalid_request(body, "UpdateAddon") or not_now(addon)
        if refused:
            return refused
        params = [{"type": kind, "value": str(body[name])} for name, kind in PARAMETERS.items() if name in body]
        started = {"id": new_uuid(), "status": "InProgress", "type": "AddonUpdate", "params": params, "createdAt": eks._now(), "errors": []}
        addon["status"] = "UPDATING"

        def finish():
            issue = change(addon, body, manager_of(cluster_name))
            end(addon, issue, "UPDATE_FAILED")
            if issue:
                started["errors"] = [{"errorCode": issue["code"], "errorMessage": issue["message"], "resourceIds": issue["resourceIds"]}]
            else:
                own_associations(addon, body)
            started["status"] = "Failed" if issue else "Successful"

        in_time(cluster_name, finish)
        return updates.record(cluster_name, started, addon_name)

    @around("_describe_addon", eks)
    def describe(original, cluster_name, addon_name):
        status, headers, answer = original(cluster_name, addon_name)
        if status != 200:
            return status, headers, answer
        addon = json.loads(answer)["addon"]
        shown = {**addon, "tags": eks._tags.get(addon["addonArn"], {})}
        return eks._json_resp(200, {"addon": {name: value for name, value in shown.items() if value != ""}})

    @around("_delete_addon", eks)
    def delete(original, cluster_name, addon_name):
        addon = eks._addons.get(f"{cluster_name}/{addon_name}")
        if addon:
            disown_associations(addon)
            updates.forget(cluster_name, addon_name)
        return original(cluster_name, addon_name)

    @around("_handle_request_sync", eks)
    def route(original, method, path, headers, body, query):
        for action, resource_arn, context in further_checks(method, path, query, body):
            denied = iam_evaluator.enforce(extract_access_key_id(headers, query), action, "iam", get_region(), resource_arn, context)
            if denied:
                message = iam_actions.identity_denial_message(action, denied.principal_arn, resource_arn, denied.decision == "Deny")
                return eks._error(403, "AccessDeniedException", message)
        return original(method, path, headers, body, query)


def further_checks(method, path, query, body):
    """What IAM is asked beside the one action on the one resource: each with a resource and the keys of its conditions."""
    update = re.fullmatch(r"/clusters/([\w-]+)/updates(/[\w-]+)?", path)
    if update and query.get("addonName"):
        [addon_name] = query["addonName"]
        addon = eks._addons.get(f"{update[1]}/{addon_name}")
        return [("eks:DescribeUpdate" if update[2] else "eks:ListUpdates", addon["addonArn"], {})] if addon else []
    if method == "POST" and re.fullmatch(r"/clusters/[\w-]+/addons(/[\w-]+/update)?", path):
        role_arn = json.loads(body).get("serviceAccountRoleArn")
        return [("iam:PassRole", role_arn, {"iam:PassedToService": "eks.amazonaws.com"})] if role_arn else []
    return []


def invalid_request(body, operation):
    if body.get("serviceAccountRoleArn") == "":
        return eks._error(400, "InvalidParameterException", "serviceAccountRoleArn must have a length of at least 1: leave it out for no role")
    if operation == "CreateAddon" and body.get("resolveConflicts") == "PRESERVE":
        return eks._error(400, "InvalidParameterException", "Resolve conflicts option PRESERVE is not supported for operation CreateAddon")
    return None


def not_now(addon):
    message = f"Addon {addon['addonName']} cannot be updated as it is currently in {addon['status']} state"
    if addon["status"] in ("CREATING", "UPDATING", "DELETING"):
        return eks._error(409, "ResourceInUseException", message)
    if addon["status"] in ("CREATE_FAILED", "DELETE_FAILED"):
        return eks._error(400, "InvalidRequestException", message)
    return None


def change(addon, body, manager):
    """Returns the issue, if there is one; then all is as it was."""
    role_arn = body.get("serviceAccountRoleArn", "")
    if manager and addon["status"] != "DELETING":
        try:
            manager.give_role(role_arn, body.get("resolveConflicts", "NONE"))
        except Refused as refused:
            return refused.issue
    # What is not sent again goes back to its default.
    addon.update(serviceAccountRoleArn=role_arn, configurationValues=body.get("configurationValues", ""),
                 addonVersion=body.get("addonVersion") or addon["addonVersion"], modifiedAt=eks._now())
    return None


def end(addon, issue, failed):
    addon.update(status=failed if issue else "ACTIVE", health={"issues": [issue] if issue else []})


def in_background(work, seconds):
    """For the account and the region of the request."""
    timer = threading.Timer(seconds, contextvars.copy_context().run, (work,))
    timer.daemon = True
    timer.start()


def own_associations(addon, body):
    """All that are given take the place of all that there were; none given at all is no change."""
    if "podIdentityAssociations" not in body:
        return
    disown_associations(addon)
    for association in body["podIdentityAssociations"]:
        _status, _headers, answer = eks._create_pod_identity_association(addon["clusterName"], {"namespace": "kube-system", **association})
        created = json.loads(answer)["association"]
        eks._pod_identity_associations[eks._pia_key(addon["clusterName"], created["associationId"])]["ownerArn"] = addon["addonArn"]
        addon["podIdentityAssociations"].append(created["associationArn"])


def disown_associations(addon):
    for arn in addon["podIdentityAssociations"]:
        eks._delete_pod_identity_association(addon["clusterName"], arn.rsplit("/", 1)[1])
    addon["podIdentityAssociations"] = []
