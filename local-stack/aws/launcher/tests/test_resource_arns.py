import unittest

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

    def test_an_add_on_is_not_its_cluster(self):
        eks.reset()
        eks._clusters["it"] = {"name": "it", "accessConfig": {}}
        eks._create_addon("it", {"addonName": "vpc-cni"})
        self.assertRegex(self.arn("eks", "/clusters/it/addons/vpc-cni/update"), f"^arn:aws:eks:us-east-1:{ACCOUNT}:addon/it/vpc-cni/")
        self.assertEqual(self.arn("eks", "/clusters/it"), f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/it")
