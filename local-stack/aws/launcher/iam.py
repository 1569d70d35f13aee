"""IAM: the operations on OpenID Connect providers that MiniStack lacks, the simulation of roles, and what a policy's condition sees of a role or policy."""

import re

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

from .wrapping import around


def install():
    for action, handler in (
        ("AddClientIDToOpenIDConnectProvider", add_client_id),
        ("RemoveClientIDFromOpenIDConnectProvider", remove_client_id),
        ("TagOpenIDConnectProvider", tag),
        ("UntagOpenIDConnectProvider", untag),
        ("ListOpenIDConnectProviderTags", list_tags),
    ):
        if action in iam._IAM_HANDLERS:
            raise RuntimeError(f"MiniStack brings {action} itself: take ours out")
        iam._IAM_HANDLERS[action] = _on_provider(action, handler)

    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = simulate_role

    install_principal_arn()
    install_role_policies()

    @around("extract_resource_arn", iam_actions)
    def resource_arn(original, service, method, path, headers, body, query, *args, **kwargs):
        if service == "iam":
            arn = iam_actions._param(body, query, "OpenIDConnectProviderArn") or iam_actions._param(body, query, "PolicySourceArn")
            url = iam_actions._param(body, query, "Url")
            if arn or url:
                return arn or f"arn:aws:iam::{get_account_id()}:oidc-provider/{url.removeprefix('https://').rstrip('/')}"
        return original(service, method, path, headers, body, query, *args, **kwargs)


def install_role_policies():
    @around("request_tag_context", iam_actions)
    def condition_keys(original, service, iam_action, body, params):
        keys = original(service, iam_action, body, params)
        policy = iam_actions._param(body, params, "PolicyArn") if service == "iam" else None
        return {**keys, "iam:PolicyARN": policy} if policy else keys

    @around("_attach_role_policy", iam)
    def attach(original, parameters):
        arn = iam._p(parameters, "PolicyArn")
        return original(parameters) if iam.policy_known(arn) else iam._error(404, "NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")

    iam._IAM_HANDLERS["AttachRolePolicy"] = iam._attach_role_policy

    @around("extract_resource_arn", iam_actions)
    def with_path(original, service, method, path, headers, body, query, *args, **kwargs):
        role = iam._roles.get(iam_actions._param(body, query, "RoleName")) if service == "iam" else None
        return role["Arn"] if role else original(service, method, path, headers, body, query, *args, **kwargs)


def install_principal_arn():
    @around("_resolve_condition_key", iam_evaluator)
    def condition_key(original, key, context):
        value = original(key, context)
        if key.lower() == "aws:principalarn":
            return role_of(value)
        return value


def role_of(principal_arn):
    """Of a session, its role, without the path."""
    return re.sub(r"^arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.*", r"arn:\1:iam::\2:role/\3", principal_arn)


def add_client_id(provider, parameters):
    client_id = iam._p(parameters, "ClientID")
    if client_id not in provider["ClientIDList"]:
        provider["ClientIDList"].append(client_id)
    return ""


def remove_client_id(provider, parameters):
    provider["ClientIDList"] = [client_id for client_id in provider["ClientIDList"] if client_id != iam._p(parameters, "ClientID")]
    return ""


def tag(provider, parameters):
    added = iam._extract_tags(parameters)
    keys = {each["Key"] for each in added}
    provider["Tags"] = [each for each in provider["Tags"] if each["Key"] not in keys] + added
    return ""


def untag(provider, parameters):
    keys = {value[0] for name, value in parameters.items() if name.startswith("TagKeys.member.")}
    provider["Tags"] = [each for each in provider["Tags"] if each["Key"] not in keys]
    return ""


def list_tags(provider, _parameters):
    members = "".join(f"<member><Key>{each['Key']}</Key><Value>{each['Value']}</Value></member>" for each in provider["Tags"])
    return f"<IsTruncated>false</IsTruncated><Tags>{members}</Tags>"


def simulate_role(parameters):
    """MiniStack's takes a role's path for its name, a role that is not there for one without policies, and the first resource alone."""
    arn = iam._p(parameters, "PolicySourceArn")
    name = arn.rsplit("/", 1)[-1]
    role = iam._roles.get(name)
    if role is None or role["Arn"] != arn:
        return iam._error(404, "NoSuchEntity", f"The role with name {name} cannot be found.")
    account = get_account_id()
    actions, _first = iam._extract_simulate_params(parameters)
    resources = [value[0] for key, value in sorted(parameters.items()) if key.startswith("ResourceArns.member.")] or ["*"]
    policies = iam_evaluator._gather_role_policies(name, account)
    results = "".join(iam._build_simulate_results_real(actions, resource, arn, account, policies) for resource in resources)
    return iam._xml(200, "SimulatePrincipalPolicyResponse", "<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>"
                    f"<EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>")


def _on_provider(action, handler):
    def handle(parameters):
        arn = iam._p(parameters, "OpenIDConnectProviderArn")
        provider = iam._oidc_providers.get(arn)
        if provider is None:
            return iam._error(404, "NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}")
        return iam._xml(200, f"{action}Response", f"<{action}Result>{handler(provider, parameters)}</{action}Result>")

    return handle
