from aws_cdk import App, Stack, aws_eks_v2 as eks
from aws_cdk.lambda_layer_kubectl_v35 import KubectlV35Layer
from cdk_vpc_cni_service_account_role import VpcCniServiceAccountRole

app = App()
stack = Stack(app, "VpcCniRole")
VpcCniServiceAccountRole(
    stack,
    "VpcCni",
    cluster=eks.Cluster.from_cluster_attributes(stack, "Cluster", cluster_name="my-cluster"),
    kubectl_layer=KubectlV35Layer(stack, "KubectlLayer"),
)
app.synth()
