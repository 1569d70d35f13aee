import unittest
from unittest import mock

from ministack.services import ec2, eks, iam

from launcher import cloudformation_types as types

PRINCIPAL = "arn:aws:iam::000000000000:role/it"
ADMIN = {"PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "AccessScope": {"Type": "cluster"}}
VIEW = {"PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", "AccessScope": {"Type": "namespace", "Namespaces": ["kube-system"]}}


class ResourceTypesTest(unittest.TestCase):
    def setUp(self):
        eks.reset()
        iam.reset()
        eks._clusters["it"] = {"name": "it", "arn": "arn:aws:eks:us-east-1:000000000000:cluster/it", "accessConfig": {}}

    def policies(self):
        answer = types.eks_answer(eks._list_associated_access_policies("it", PRINCIPAL, {}))
        return [policy["policyArn"].rsplit("/", 1)[1] for policy in answer["associatedAccessPolicies"]]

    def test_an_access_entry_comes_with_its_policies_and_follows_them(self):
        properties = {"ClusterName": "it", "PrincipalArn": PRINCIPAL, "AccessPolicies": [ADMIN]}
        physical_id, _ = types.create_access_entry("Entry", properties, "stack")
        self.assertEqual((physical_id, self.policies()), (f"{PRINCIPAL}|it", ["AmazonEKSClusterAdminPolicy"]))
        types.update_access_entry(physical_id, properties, {**properties, "AccessPolicies": [VIEW]}, "stack")
        self.assertEqual(self.policies(), ["AmazonEKSViewPolicy"])

    def test_what_is_there_already_fails_as_on_aws(self):
        for create, properties, code in (
            (types.create_access_entry, {"ClusterName": "it", "PrincipalArn": PRINCIPAL}, "ResourceInUseException"),
            (types.create_addon, {"ClusterName": "it", "AddonName": "vpc-cni"}, "ResourceInUseException"),
            (types.create_association, {"ClusterName": "it", "Namespace": "kube-system", "ServiceAccount": "aws-node", "RoleArn": PRINCIPAL}, "ResourceInUseException"),
            (types.create_provider, {"Url": "https://issuer", "ClientIdList": ["sts.amazonaws.com"]}, "EntityAlreadyExists"),
        ):
            with self.subTest(create.__name__):
                create("It", properties, "stack")
                with self.assertRaisesRegex(ValueError, f"{code}.*HandlerErrorCode: AlreadyExists"):
                    create("It", properties, "stack")

    def test_an_add_on_gets_what_its_properties_name_and_nothing_else(self):
        properties = {"ClusterName": "it", "AddonName": "vpc-cni", "ServiceAccountRoleArn": PRINCIPAL, "ResolveConflicts": "OVERWRITE"}
        types.create_addon("It", properties, "stack")
        eks._addons["it/vpc-cni"]["status"] = "ACTIVE"
        with mock.patch.object(eks, "_update_addon", return_value=(200, {}, "{}")) as update:
            types.update_addon("it|vpc-cni", properties, {"ClusterName": "it", "AddonName": "vpc-cni"}, "stack")
        update.assert_called_once_with("it", "vpc-cni", {"addonName": "vpc-cni", "tags": {}})

    def test_a_nat_gateway_has_an_address_and_both_go(self):
        address, attributes = types.create_address("Address", {"Domain": "vpc"}, "stack")
        self.assertEqual(attributes["PublicIp"], address)
        self.assertEqual(ec2._addresses[attributes["AllocationId"]]["PublicIp"], address)
        gateway, _ = types.create_nat_gateway("Gateway", {"SubnetId": "subnet-1", "AllocationId": attributes["AllocationId"]}, "stack")
        self.assertEqual(ec2._nat_gateways[gateway]["AllocationId"], attributes["AllocationId"])
        types.delete_nat_gateway(gateway, {})
        types.delete_address(address, {})
        self.assertEqual(ec2._nat_gateways[gateway]["State"], "deleted")
        self.assertNotIn(attributes["AllocationId"], ec2._addresses)

    def test_deleting_what_is_gone_succeeds(self):
        types.delete_address("192.0.2.1", {})
        types.delete_nat_gateway("nat-1", {})
        types.delete_access_entry(f"{PRINCIPAL}|it", {})
        types.delete_addon("it|vpc-cni", {})
        types.delete_association("arn:aws:eks:us-east-1:000000000000:podidentityassociation/it/a-1", {"ClusterName": "it"})
        types.delete_provider("arn:aws:iam::000000000000:oidc-provider/issuer", {})
