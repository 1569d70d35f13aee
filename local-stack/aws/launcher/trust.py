"""In its account, a role whose trust policy names the caller needs no policy of the caller's own: a resource policy like others, unlike MiniStack's."""

import json

from ministack.core import iam_evaluator
from ministack.services import iam

from .wrapping import around


def install():
    @around("_resource_policy", iam_evaluator)
    def resource_policy(original, service, resource_arn):
        return service == "sts" and trust_policy_for_arn(resource_arn) or original(service, resource_arn)


def trust_policy_for_arn(arn):
    """Every statement is about the role itself, so none says so."""
    role = iam._roles.get(arn.split("/")[-1])
    if role is None or role["Arn"] != arn:
        return None
    statements = json.loads(role["AssumeRolePolicyDocument"])["Statement"]
    return {"Statement": [{**statement, "Resource": "*"} for statement in statements]}, arn.split(":")[4]
