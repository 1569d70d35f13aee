"""Token reviews for the Kubernetes API server: a presigned GetCallerIdentity in, user and groups of the access entry out."""

import base64
import os
import secrets
from urllib.parse import SplitResult

from ministack.services import eks

from .wrapping import around

PREFIX = "k8s-aws-v1."


def install(secret):
    @around("_authenticate_token_review", eks)
    def authenticate(original, cluster_name, account, region, review, given):
        # The API server is configured before its cluster exists here, so the secret cannot be the cluster's.
        found = eks._cluster_for_auth(cluster_name, account, region)
        if found and secrets.compare_digest(given, secret):
            given = found[2]["_auth_token"]
        return original(cluster_name, account, region, review, given)

    @around("_access_policy_group", eks)
    def group(original, cluster_name, principal_arn, policy_arn):
        # EKS authorizes access policies itself; a plain API server knows only this group with the same rights.
        if policy_arn.endswith("/AmazonEKSClusterAdminPolicy"):
            return "system:masters"
        return original(cluster_name, principal_arn, policy_arn)

    gateway = f"http://{os.environ['MINISTACK_HOST']}:{os.environ['GATEWAY_PORT']}/"

    @around("_decode_aws_iam_token", eks)
    def decode(original, token):
        # `aws eks get-token` signs for AWS_ENDPOINT_URL, which is this gateway instead of the regional STS.
        url = _url(token)
        if not url.startswith(gateway):
            return original(token)
        decoded = original(PREFIX + base64.urlsafe_b64encode(url.replace("http:", "https:", 1).encode()).decode())
        return decoded and (SignedForGateway(*decoded[0]).of_region(decoded[1]), decoded[1])


class SignedForGateway(SplitResult):
    region = None

    def of_region(self, query):
        self.region = query["X-Amz-Credential"][0].split("/")[2]
        return self

    @property
    def hostname(self):
        return f"sts.{self.region}.amazonaws.com"


def _url(token):
    try:
        encoded = token.removeprefix(PREFIX)
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return ""
