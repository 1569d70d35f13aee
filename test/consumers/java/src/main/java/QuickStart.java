import io.github.cdkvpccni.serviceaccountrole.VpcCniServiceAccountRole;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.cdk.lambdalayer.kubectl.v35.KubectlV35Layer;
import software.amazon.awscdk.services.eks_v2.Cluster;
import software.amazon.awscdk.services.eks_v2.ClusterAttributes;

public class QuickStart {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "VpcCniRole");
        VpcCniServiceAccountRole.Builder.create(stack, "VpcCni")
                .cluster(Cluster.fromClusterAttributes(stack, "Cluster", ClusterAttributes.builder().clusterName("my-cluster").build()))
                .kubectlLayer(new KubectlV35Layer(stack, "KubectlLayer"))
                .build();
        app.synth();
    }
}
