"""CDK's kubectl handler, which fails to delete anything in a cluster that is gone: there, nothing is left to delete."""

import json

import boto3
from index import handler as kubectl


def handler(event, context):
    cluster = event["ResourceProperties"]["ClusterName"]
    if event["RequestType"] == "Delete" and is_gone(cluster):
        print(json.dumps({"message": "nothing to delete: the cluster is gone", "clusterName": cluster}))
        return None
    return kubectl(event, context)


def is_gone(cluster):
    eks = boto3.client("eks")
    try:
        eks.describe_cluster(name=cluster)
    except eks.exceptions.ResourceNotFoundException:
        return True
    return False
