import json
import unittest
from unittest import mock

from ministack.core import iam_evaluator
from ministack.services import iam

from launcher import trust

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/admin"


class TrustTest(unittest.TestCase):
    def setUp(self):
        self.enterContext(mock.patch.object(iam_evaluator, "_resource_policy", iam_evaluator._resource_policy))
        trust.install()
        statements = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/named"}}]
        iam._roles["admin"] = {"Arn": ROLE, "AssumeRolePolicyDocument": json.dumps({"Statement": statements})}

    def tearDown(self):
        del iam._roles["admin"]

    def decision(self, role, arn=ROLE):
        context = iam_evaluator.EvalContext(principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session", principal_type="AssumedRole",
                                            principal_account=ACCOUNT, action="sts:AssumeRole", resource_arn=arn, region="us-east-1")
        found = iam_evaluator._resource_policy("sts", arn)
        identity = iam_evaluator.evaluate(context, [])
        return iam_evaluator.combine_resource_policy(identity, context, *found).decision if found else identity.decision

    def test_lets_in_whom_the_trust_policy_names(self):
        self.assertEqual(self.decision("named"), "Allow")

    def test_and_nobody_else(self):
        self.assertEqual(self.decision("other"), "ImplicitDeny")
        self.assertEqual(self.decision("named", f"arn:aws:iam::{ACCOUNT}:role/path/admin"), "ImplicitDeny")
