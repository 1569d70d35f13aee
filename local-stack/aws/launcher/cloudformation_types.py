"""Resource types that MiniStack's CloudFormation does not know, by way of its EC2, EKS and IAM."""

import json
import re

from ministack.services import ec2, eks, iam
from ministack.services.cloudformation import provisioners

HANDLER_ERROR_CODES = {
    "ResourceInUseException": "AlreadyExists",
    "EntityAlreadyExists": "AlreadyExists",
    "ResourceNotFoundException": "NotFound",
    "NoSuchEntity": "NotFound",
    "InvalidParameterException": "InvalidRequest",
    "InvalidRequestException": "InvalidRequest",
    "ValidationError": "InvalidRequest",
}


def install():
    for resource_type, replacing, create, update, delete in (
        ("AWS::EC2::EIP", ("Domain",), create_address, update_address, delete_address),
        ("AWS::EC2::NatGateway", ("SubnetId", "AllocationId", "ConnectivityType"), create_nat_gateway, update_nat_gateway, delete_nat_gateway),
        ("AWS::EKS::AccessEntry", ("ClusterName", "PrincipalArn", "Type"), create_access_entry, update_access_entry, delete_access_entry),
        ("AWS::EKS::Addon", ("ClusterName", "AddonName"), create_addon, update_addon, delete_addon),
        ("AWS::EKS::PodIdentityAssociation", ("ClusterName", "Namespace", "ServiceAccount"), create_association, update_association, delete_association),
        ("AWS::IAM::OIDCProvider", ("Url",), create_provider, update_provider, delete_provider),
    ):
        if resource_type in provisioners._RESOURCE_HANDLERS:
            raise RuntimeError(f"MiniStack brings {resource_type} itself: take ours out")
        provisioners._RESOURCE_HANDLERS[resource_type] = {"create": create, "update": update, "delete": delete}
        provisioners._REPLACING_PROPERTIES[resource_type] = replacing


def create_address(_logical_id, properties, _stack_name):
    body = ec2_answer(ec2._allocate_address({"Domain": [properties.get("Domain", "vpc")]}))
    public_ip = re.search(r"<publicIp>(.*?)<", body)[1]
    return update_address(public_ip, {}, properties, None)


def update_address(physical_id, old, properties, _stack_name):
    allocation_id = _allocation_id(physical_id)
    provisioners._ec2_apply_tags(allocation_id, properties, old)
    return physical_id, {"AllocationId": allocation_id, "PublicIp": physical_id}


def delete_address(physical_id, _properties):
    allocation_id = _allocation_id(physical_id)
    if allocation_id:
        ec2_answer(ec2._release_address({"AllocationId": [allocation_id]}))


def _allocation_id(public_ip):
    return next((address["AllocationId"] for address in ec2._addresses.values() if address["PublicIp"] == public_ip), None)


def create_nat_gateway(_logical_id, properties, _stack_name):
    given = {name: [properties[name]] for name in ("SubnetId", "AllocationId", "ConnectivityType") if name in properties}
    body = ec2_answer(ec2._create_nat_gateway(given))
    return update_nat_gateway(re.search(r"<natGatewayId>(.*?)<", body)[1], {}, properties, None)


def update_nat_gateway(physical_id, old, properties, _stack_name):
    provisioners._ec2_apply_tags(physical_id, properties, old)
    return physical_id, {"NatGatewayId": physical_id}


def delete_nat_gateway(physical_id, _properties):
    if physical_id in ec2._nat_gateways:
        ec2_answer(ec2._delete_nat_gateway({"NatGatewayId": [physical_id]}))


def create_access_entry(_logical_id, properties, _stack_name):
    cluster, principal = properties["ClusterName"], properties["PrincipalArn"]
    entry = eks_answer(eks._create_access_entry(cluster, {
        "principalArn": principal,
        "type": properties.get("Type", "STANDARD"),
        "kubernetesGroups": properties.get("KubernetesGroups", []),
        "username": properties.get("Username", ""),
        "tags": provisioners._tag_map(properties.get("Tags")),
    }))["accessEntry"]
    _associate_policies(cluster, principal, properties)
    return f"{principal}|{cluster}", {"AccessEntryArn": entry["accessEntryArn"]}


def update_access_entry(physical_id, _old, properties, _stack_name):
    cluster, principal = properties["ClusterName"], properties["PrincipalArn"]
    entry = eks_answer(eks._update_access_entry(cluster, principal, {
        "kubernetesGroups": properties.get("KubernetesGroups", []),
        "username": properties.get("Username", ""),
    }))["accessEntry"]
    _associate_policies(cluster, principal, properties)
    return physical_id, {"AccessEntryArn": entry["accessEntryArn"]}


def delete_access_entry(physical_id, _properties):
    principal, cluster = physical_id.rsplit("|", 1)
    gone_is_deleted(eks._delete_access_entry(cluster, principal))


def _associate_policies(cluster, principal, properties):
    wanted = {policy["PolicyArn"]: policy["AccessScope"] for policy in properties.get("AccessPolicies", [])}
    associated = eks_answer(eks._list_associated_access_policies(cluster, principal, {}))["associatedAccessPolicies"]
    for policy in associated:
        if policy["policyArn"] not in wanted:
            eks_answer(eks._disassociate_access_policy(cluster, principal, policy["policyArn"]))
    for arn, scope in wanted.items():
        eks_answer(eks._associate_access_policy(cluster, principal, {
            "policyArn": arn,
            "accessScope": {"type": scope["Type"], "namespaces": scope.get("Namespaces", [])},
        }))


def create_addon(_logical_id, properties, _stack_name):
    addon = eks_answer(eks._create_addon(properties["ClusterName"], _addon(properties)))["addon"]
    return f"{properties['ClusterName']}|{properties['AddonName']}", {"Arn": addon["addonArn"]}


def update_addon(physical_id, _old, properties, _stack_name):
    cluster, name = properties["ClusterName"], properties["AddonName"]
    eks_answer(eks._update_addon(cluster, name, _addon(properties)))
    return physical_id, {"Arn": eks_answer(eks._describe_addon(cluster, name))["addon"]["addonArn"]}


def delete_addon(physical_id, _properties):
    gone_is_deleted(eks._delete_addon(*physical_id.split("|", 1)))


def _addon(properties):
    given = ("AddonName", "AddonVersion", "ServiceAccountRoleArn", "ConfigurationValues", "ResolveConflicts")
    return {
        **{f"{name[0].lower()}{name[1:]}": properties[name] for name in given if name in properties},
        "tags": provisioners._tag_map(properties.get("Tags")),
    }


def create_association(_logical_id, properties, _stack_name):
    association = eks_answer(eks._create_pod_identity_association(properties["ClusterName"], _association(properties)))["association"]
    return association["associationArn"], _association_attributes(association)


def update_association(physical_id, _old, properties, _stack_name):
    association = eks_answer(eks._update_pod_identity_association(
        properties["ClusterName"], physical_id.rsplit("/", 1)[1], _association(properties)))["association"]
    return physical_id, _association_attributes(association)


def delete_association(physical_id, properties):
    gone_is_deleted(eks._delete_pod_identity_association(properties["ClusterName"], physical_id.rsplit("/", 1)[1]))


def _association(properties):
    return {
        "namespace": properties["Namespace"],
        "serviceAccount": properties["ServiceAccount"],
        "roleArn": properties["RoleArn"],
        "targetRoleArn": properties.get("TargetRoleArn", ""),
        "disableSessionTags": provisioners._cfn_bool(properties.get("DisableSessionTags", False)),
        "tags": provisioners._tag_map(properties.get("Tags")),
    }


def _association_attributes(association):
    return {
        "AssociationArn": association["associationArn"],
        "AssociationId": association["associationId"],
        "ExternalId": association.get("externalId", ""),
    }


def create_provider(_logical_id, properties, _stack_name):
    body = iam_answer(iam._IAM_HANDLERS["CreateOpenIDConnectProvider"]({
        "Url": [properties["Url"]],
        **_members("ClientIDList", properties.get("ClientIdList", [])),
        **_members("ThumbprintList", properties.get("ThumbprintList", [])),
        **{name: value
           for i, (key, tag) in enumerate(provisioners._tag_map(properties.get("Tags")).items(), 1)
           for name, value in ((f"Tags.member.{i}.Key", [key]), (f"Tags.member.{i}.Value", [tag]))},
    }))
    arn = re.search(r"<OpenIDConnectProviderArn>(.*?)<", body)[1]
    return arn, {"Arn": arn}


def update_provider(physical_id, _old, properties, _stack_name):
    iam._oidc_providers[physical_id].update(
        ClientIDList=properties.get("ClientIdList", []),
        ThumbprintList=properties.get("ThumbprintList", []),
        Tags=[{"Key": key, "Value": value} for key, value in provisioners._tag_map(properties.get("Tags")).items()],
    )
    return physical_id, {"Arn": physical_id}


def delete_provider(physical_id, _properties):
    iam._oidc_providers.pop(physical_id, None)


def _members(name, values):
    return {f"{name}.member.{i}": [value] for i, value in enumerate(values, 1)}


def eks_answer(response):
    status, _headers, body = response
    answer = json.loads(body)
    if status >= 400:
        raise _refused("Eks", status, answer["__type"], answer["message"])
    return answer


def ec2_answer(response):
    return _xml_answer("Ec2", response)


def iam_answer(response):
    return _xml_answer("Iam", response)


def _xml_answer(service, response):
    status, _headers, body = response
    text = body.decode()
    if status >= 400:
        raise _refused(service, status, re.search(r"<Code>(.*?)<", text)[1], re.search(r"<Message>(.*?)<", text)[1])
    return text


def gone_is_deleted(response):
    if response[0] != 404:
        eks_answer(response)


def _refused(service, status, code, message):
    return ValueError(f'Resource handler returned message: "{message} (Service: {service}, Status Code: {status}, Error Code: {code})" '
                      f'(HandlerErrorCode: {HANDLER_ERROR_CODES.get(code, "GeneralServiceException")})')
