import json
import unittest
from unittest import mock

from ministack.services import eks

from launcher import aws_auth

ROLE = "arn:aws:iam::000000000000:role/function"
SESSION = "arn:aws:sts::000000000000:assumed-role/function/session"
DATA = {"mapRoles": json.dumps([{"rolearn": ROLE, "username": "somebody", "groups": ["readers"]}])}


class AwsAuthTest(unittest.TestCase):
    def entry(self, mode, principal=SESSION, data=DATA, found=None):
        with mock.patch.object(eks, "_access_entry_for_principal", lambda *_args: found), \
                mock.patch.object(aws_auth, "data_of", lambda _cluster: data):
            eks._clusters["cluster"] = {"accessConfig": {"authenticationMode": mode}}
            try:
                aws_auth.install(mock.Mock(named=lambda _name: {"endpoint": "https://cluster"}))
                return eks._access_entry_for_principal("cluster", "000000000000", "us-east-1", principal)
            finally:
                del eks._clusters["cluster"]

    def test_the_line_for_a_role_is_as_an_access_entry(self):
        expected = {"principalArn": ROLE, "username": "somebody", "kubernetesGroups": ["readers"]}
        self.assertEqual(self.entry("CONFIG_MAP"), expected)
        self.assertEqual(self.entry("API_AND_CONFIG_MAP"), expected)

    def test_not_in_mode_api(self):
        self.assertIsNone(self.entry("API"))

    def test_nobody_else(self):
        self.assertIsNone(self.entry("CONFIG_MAP", principal=SESSION.replace("function", "other")))
        self.assertIsNone(self.entry("CONFIG_MAP", data={}))

    def test_an_access_entry_comes_first(self):
        self.assertEqual(self.entry("API_AND_CONFIG_MAP", found={"principalArn": ROLE}), {"principalArn": ROLE})

    def test_yaml_as_people_write_it(self):
        data = {"mapRoles": f"- rolearn: {ROLE}\n  username: somebody\n  groups:\n    - readers\n"}
        self.assertEqual(self.entry("CONFIG_MAP", data=data)["kubernetesGroups"], ["readers"])
