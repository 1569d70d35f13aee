from aws_cdk import App, CfnOutput, Duration, Stack, aws_eks as eks, aws_eks_v2 as eksv2, aws_iam as iam
from aws_cdk.lambda_layer_kubectl_v35 import KubectlV35Layer
from cdk_vpc_cni_service_account_role import CniPolicy, IpFamily, KubernetesAccess, NodeRoles, VpcCniServiceAccountRole

app = App()

# Known by its name.
imported = Stack(app, "ImportedCluster")
vpc_cni = VpcCniServiceAccountRole(
    imported,
    "VpcCni",
    cluster=eksv2.Cluster.from_cluster_attributes(imported, "Cluster", cluster_name="my-cluster"),
    kubectl_layer=KubectlV35Layer(imported, "KubectlLayer"),
    policy=CniPolicy.scoped_to_cluster(),
    kubernetes_access=KubernetesAccess.access_entry(),
    node_roles=NodeRoles.of(iam.Role.from_role_name(imported, "NodeRole", "my-node-role")),
    sts_regional_endpoints=True,
    rollout_timeout=Duration.minutes(20),
)
CfnOutput(imported, "RolloutSummary", value=vpc_cni.rollout_summary)

# Defined in the app, with the older module.
owned = Stack(app, "OwnedCluster")
cluster = eks.Cluster(
    owned,
    "Cluster",
    version=eks.KubernetesVersion.V1_35,
    kubectl_layer=KubectlV35Layer(owned, "KubectlLayer"),
)
VpcCniServiceAccountRole(
    owned,
    "VpcCni",
    cluster=cluster,
    ip_family=IpFamily.IP_V4,
    node_roles=NodeRoles.managed_nodegroups(),
)

app.synth()
