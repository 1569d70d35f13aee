import io.github.cdkvpccni.serviceaccountrole.CniPolicy;
import io.github.cdkvpccni.serviceaccountrole.IpFamily;
import io.github.cdkvpccni.serviceaccountrole.KubernetesAccess;
import io.github.cdkvpccni.serviceaccountrole.NodeRoles;
import io.github.cdkvpccni.serviceaccountrole.VpcCniServiceAccountRole;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.cdk.lambdalayer.kubectl.v35.KubectlV35Layer;
import software.amazon.awscdk.services.eks.Cluster;
import software.amazon.awscdk.services.eks.KubernetesVersion;
import software.amazon.awscdk.services.eks_v2.ClusterAttributes;
import software.amazon.awscdk.services.iam.Role;

public class TwoClusters {
    public static void main(final String[] args) {
        App app = new App();

        // Known by its name.
        Stack imported = new Stack(app, "ImportedCluster");
        VpcCniServiceAccountRole vpcCni = VpcCniServiceAccountRole.Builder.create(imported, "VpcCni")
                .cluster(software.amazon.awscdk.services.eks_v2.Cluster.fromClusterAttributes(imported, "Cluster", ClusterAttributes.builder()
                        .clusterName("my-cluster")
                        .build()))
                .kubectlLayer(new KubectlV35Layer(imported, "KubectlLayer"))
                .policy(CniPolicy.scopedToCluster())
                .kubernetesAccess(KubernetesAccess.accessEntry())
                .nodeRoles(NodeRoles.of(Role.fromRoleName(imported, "NodeRole", "my-node-role")))
                .stsRegionalEndpoints(true)
                .rolloutTimeout(Duration.minutes(20))
                .build();
        CfnOutput.Builder.create(imported, "RolloutSummary").value(vpcCni.getRolloutSummary()).build();

        // Defined in the app, with the older module.
        Stack owned = new Stack(app, "OwnedCluster");
        Cluster cluster = Cluster.Builder.create(owned, "Cluster")
                .version(KubernetesVersion.V1_35)
                .kubectlLayer(new KubectlV35Layer(owned, "KubectlLayer"))
                .build();
        VpcCniServiceAccountRole.Builder.create(owned, "VpcCni")
                .cluster(cluster)
                .ipFamily(IpFamily.IP_V4)
                .nodeRoles(NodeRoles.managedNodegroups())
                .build();

        app.synth();
    }
}
