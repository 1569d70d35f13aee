import json
import unittest
from urllib.parse import quote

from ministack.core import iam_actions
from ministack.services import eks

from launcher import eks as our_eks, iam as our_iam

ACCOUNT = "000000000000"


class ResourceArnTest(unittest.TestCase):
    """What a policy's Resource is compared with."""

    @classmethod
    def setUpClass(cls):
        our_iam.install()
        our_eks.install(clusters=None)

    def arn(self, service, path="/", **parameters):
        query = {name: [value] for name, value in parameters.items()}
        return iam_actions.extract_resource_arn(service, "POST", path, {}, b"{}", query, "us-east-1", ACCOUNT)

    def test_an_open_id_connect_provider_is_named_by_its_arn_or_by_its_url(self):
        arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer/id/1"
        self.assertEqual(self.arn("iam", OpenIDConnectProviderArn=arn), arn)
        self.assertEqual(self.arn("iam", Url="https://issuer/id/1"), arn)

    def test_what_is_in_a_cluster_is_not_the_cluster(self):
        eks.reset()
        eks._clusters["it"] = {"name": "it", "accessConfig": {}}
        eks._create_addon("it", {"addonName": "vpc-cni"})
        role = f"arn:aws:iam::{ACCOUNT}:role/nodes"
        eks._create_nodegroup("it", {"nodegroupName": "workers", "nodeRole": role})
        for path, arn in (
            ("/clusters/it", "cluster/it"),
            ("/clusters/it/node-groups", "cluster/it"),
            ("/clusters/it/access-entries", "cluster/it"),
            ("/clusters/it/addons/vpc-cni/update", "addon/it/vpc-cni/"),
            ("/clusters/it/node-groups/workers", "nodegroup/it/workers/"),
            (f"/clusters/it/access-entries/{quote(role, safe='')}", f"access-entry/it/role/{ACCOUNT}/nodes/"),
        ):
            with self.subTest(path):
                self.assertTrue(self.arn("eks", path).startswith(f"arn:aws:eks:us-east-1:{ACCOUNT}:{arn}"), self.arn("eks", path))

    def test_a_managed_node_group_brings_the_access_entry_of_its_nodes(self):
        eks.reset()
        eks._clusters["it"] = {"name": "it", "accessConfig": {}}
        eks._create_nodegroup("it", {"nodegroupName": "workers", "nodeRole": f"arn:aws:iam::{ACCOUNT}:role/nodes"})
        _status, _headers, body = eks._describe_access_entry("it", f"arn:aws:iam::{ACCOUNT}:role/nodes")
        self.assertEqual(json.loads(body)["accessEntry"]["type"], "EC2_LINUX")
