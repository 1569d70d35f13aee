import json
import re
import unittest

from ministack.services import iam

from launcher import iam as our_iam

POLICY = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
INTERFACE = "arn:aws:ec2:us-east-1:000000000000:network-interface/eni-1"


class SimulationTest(unittest.TestCase):
    def setUp(self):
        iam.reset()
        self.call("CreateRole", RoleName="node", Path="/eks/", AssumeRolePolicyDocument="{}")

    def call(self, action, **parameters):
        status, _headers, body = iam._IAM_HANDLERS[action]({name: [value] for name, value in parameters.items()})
        return status, body.decode()

    def decisions(self, *actions, arn="arn:aws:iam::000000000000:role/eks/node"):
        names = {f"ActionNames.member.{i}": [action] for i, action in enumerate(actions, 1)}
        _status, _headers, body = our_iam.simulate_role({"PolicySourceArn": [arn], "ResourceArns.member.1": [INTERFACE], **names})
        return re.findall(r"<EvalDecision>(\w+)<|<Code>(\w+)<", body.decode())

    def test_a_role_without_policies_may_nothing(self):
        self.assertEqual(self.decisions("ec2:AssignPrivateIpAddresses"), [("implicitDeny", "")])

    def test_attached_and_inline_policies_count_and_a_deny_wins(self):
        self.call("AttachRolePolicy", RoleName="node", PolicyArn=POLICY)
        self.assertEqual(self.decisions("ec2:AssignPrivateIpAddresses", "s3:GetObject"), [("allowed", ""), ("implicitDeny", "")])
        statement = {"Effect": "Deny", "Action": "ec2:Assign*", "Resource": "*"}
        self.call("PutRolePolicy", RoleName="node", PolicyName="deny", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        self.assertEqual(self.decisions("ec2:AssignPrivateIpAddresses"), [("explicitDeny", "")])

    def test_a_role_that_is_not_there_is_refused(self):
        for arn in ("arn:aws:iam::000000000000:role/eks/other", "arn:aws:iam::000000000000:role/node"):
            self.assertEqual(self.decisions("s3:GetObject", arn=arn), [("", "NoSuchEntity")])
