import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from ministack.core import iam_evaluator

from launcher import iam, service_control_policy

ALLOWED = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
DENIED = {"Effect": "Deny", "Action": ["eks:DescribeCluster"], "Resource": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::000000000000:role/It-*"}}}


class ServiceControlPolicyTest(unittest.TestCase):
    def test_denies_what_the_policies_of_a_role_allow(self):
        self.enterContext(mock.patch.object(iam_evaluator, "evaluate", iam_evaluator.evaluate))
        file = Path(tempfile.mkdtemp(), "policy.json")
        service_control_policy.install(file)
        self.enterContext(mock.patch.object(iam_evaluator, "_resolve_condition_key", iam_evaluator._resolve_condition_key))
        iam.install_principal_arn()
        policies = [iam_evaluator.parse_policy_document(json.dumps({"Statement": ALLOWED}))]

        def decision(role, action):
            context = iam_evaluator.EvalContext(principal_arn=f"arn:aws:sts::000000000000:assumed-role/{role}/session", principal_type="AssumedRole",
                                                principal_account="000000000000", action=action, resource_arn="*", region="us-east-1")
            return iam_evaluator.evaluate(context, policies).decision

        file.write_text(json.dumps({"Statement": ALLOWED}))
        self.assertEqual(decision("It-Role", "eks:DescribeCluster"), "Allow")
        file.write_text(json.dumps({"Statement": [*ALLOWED, DENIED]}))
        self.assertEqual(decision("It-Role", "eks:DescribeCluster"), "Deny")
        self.assertEqual(decision("It-Role", "eks:ListClusters"), "Allow")
        self.assertEqual(decision("Other", "eks:DescribeCluster"), "Allow")
