import contextlib
import io
import json
import unittest
from unittest.mock import Mock, patch

import boto3
import index
import unless_cluster_is_gone
from botocore.exceptions import ClientError
from botocore.stub import Stubber

WRAPPED = unless_cluster_is_gone.kubectl


def event(request_type):
    return {"RequestType": request_type, "ResourceType": "Custom::AWSCDK-EKS-KubernetesPatch", "ResourceProperties": {"ClusterName": "blue"}}


class UnlessClusterIsGoneTest(unittest.TestCase):
    def setUp(self):
        contexts = contextlib.ExitStack()
        self.addCleanup(contexts.close)
        eks = boto3.client("eks", region_name="eu-west-1", aws_access_key_id="example", aws_secret_access_key="example")
        self.eks = contexts.enter_context(Stubber(eks))
        self.kubectl = contexts.enter_context(patch.object(unless_cluster_is_gone, "kubectl", Mock(return_value={"from": "CDK"})))
        contexts.enter_context(patch.object(boto3, "client", {"eks": eks}.__getitem__))
        self.output = contexts.enter_context(contextlib.redirect_stdout(io.StringIO()))

    def test_wraps_the_handler_of_cdk(self):
        self.assertIs(WRAPPED, index.handler)

    def test_deletes_nothing_in_a_cluster_that_is_gone(self):
        self.eks.add_client_error("describe_cluster", "ResourceNotFoundException", expected_params={"name": "blue"})
        self.assertIsNone(unless_cluster_is_gone.handler(event("Delete"), "context"))
        self.kubectl.assert_not_called()
        self.assertEqual(json.loads(self.output.getvalue()), {"message": "nothing to delete: the cluster is gone", "clusterName": "blue"})

    def test_hands_a_deletion_on_when_the_cluster_is_there(self):
        self.eks.add_response("describe_cluster", {"cluster": {"name": "blue"}}, {"name": "blue"})
        self.assertEqual(unless_cluster_is_gone.handler(event("Delete"), "context"), {"from": "CDK"})
        self.kubectl.assert_called_once_with(event("Delete"), "context")

    def test_hands_everything_else_on_unseen(self):
        for request_type in ("Create", "Update"):
            with self.subTest(request_type):
                self.assertEqual(unless_cluster_is_gone.handler(event(request_type), "context"), {"from": "CDK"})
                self.kubectl.assert_called_with(event(request_type), "context")

    def test_takes_no_other_failure_for_a_cluster_that_is_gone(self):
        self.eks.add_client_error("describe_cluster", "AccessDeniedException")
        with self.assertRaisesRegex(ClientError, "AccessDeniedException"):
            unless_cluster_is_gone.handler(event("Delete"), "context")
        self.kubectl.assert_not_called()
