import unittest

from ministack.core import iam_actions
from ministack.services import iam

from launcher import iam as our_iam

ACCOUNT = "000000000000"
POLICY = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"


class RolePoliciesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        our_iam.install_role_policies()

    def setUp(self):
        iam.reset()
        self.call("CreateRole", RoleName="node", Path="/eks/", AssumeRolePolicyDocument="{}")

    def call(self, action, **parameters):
        status, _headers, body = iam._IAM_HANDLERS[action]({name: [value] for name, value in parameters.items()})
        return status, body.decode()

    def test_what_is_not_there_is_not_attached(self):
        status, body = self.call("AttachRolePolicy", RoleName="node", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/nowhere")
        self.assertEqual((status, "<Code>NoSuchEntity</Code>" in body), (404, True))
        self.assertEqual(self.call("AttachRolePolicy", RoleName="node", PolicyArn=POLICY)[0], 200)
        self.assertEqual(iam._roles["node"]["AttachedPolicies"], [POLICY])

    def test_a_condition_sees_which_policy_and_which_tags(self):
        def keys(action, **parameters):
            body = "&".join(f"{name}={value}" for name, value in {"Action": action, **parameters}.items()).encode()
            return iam_actions.request_tag_context("iam", f"iam:{action}", body, {name: [value] for name, value in parameters.items()})

        self.assertEqual(keys("DetachRolePolicy", RoleName="node", PolicyArn=POLICY), {"iam:PolicyARN": POLICY})
        self.assertEqual(keys("UntagRole", **{"RoleName": "node", "TagKeys.member.1": "a"}), {"aws:TagKeys": ["a"]})
        tagged = keys("TagRole", **{"RoleName": "node", "Tags.member.1.Key": "a", "Tags.member.1.Value": "b"})
        self.assertEqual(tagged, {"aws:TagKeys": ["a"], "aws:requesttag/a": "b"})

    def test_a_role_has_its_path_in_its_arn(self):
        arn = iam_actions.extract_resource_arn("iam", "POST", "/", {}, b"", {"RoleName": ["node"]}, "us-east-1", ACCOUNT)
        self.assertEqual(arn, f"arn:aws:iam::{ACCOUNT}:role/eks/node")
        arn = iam_actions.extract_resource_arn("iam", "POST", "/", {}, b"", {"RoleName": ["other"]}, "us-east-1", ACCOUNT)
        self.assertEqual(arn, f"arn:aws:iam::{ACCOUNT}:role/other")
