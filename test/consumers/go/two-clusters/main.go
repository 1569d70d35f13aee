package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseks"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseksv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-vpc-cni-service-account-role/cdk-vpc-cni-service-account-role-go/vpccni"
	"github.com/cdklabs/awscdk-kubectl-go/kubectlv35/v2"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)

	// Known by its name.
	imported := awscdk.NewStack(app, jsii.String("ImportedCluster"), nil)
	vpcCni := vpccni.NewVpcCniServiceAccountRole(imported, jsii.String("VpcCni"), &vpccni.VpcCniServiceAccountRoleProps{
		Cluster: awseksv2.Cluster_FromClusterAttributes(imported, jsii.String("Cluster"), &awseksv2.ClusterAttributes{
			ClusterName: jsii.String("my-cluster"),
		}),
		KubectlLayer:         kubectlv35.NewKubectlV35Layer(imported, jsii.String("KubectlLayer")),
		Policy:               vpccni.CniPolicy_ScopedToCluster(),
		KubernetesAccess:     vpccni.KubernetesAccess_AccessEntry(),
		NodeRoles:            vpccni.NodeRoles_Of(awsiam.Role_FromRoleName(imported, jsii.String("NodeRole"), jsii.String("my-node-role"), nil)),
		StsRegionalEndpoints: jsii.Bool(true),
		RolloutTimeout:       awscdk.Duration_Minutes(jsii.Number(20)),
	})
	awscdk.NewCfnOutput(imported, jsii.String("RolloutSummary"), &awscdk.CfnOutputProps{Value: vpcCni.RolloutSummary()})

	// Defined in the app, with the older module.
	owned := awscdk.NewStack(app, jsii.String("OwnedCluster"), nil)
	cluster := awseks.NewCluster(owned, jsii.String("Cluster"), &awseks.ClusterProps{
		Version:      awseks.KubernetesVersion_V1_35(),
		KubectlLayer: kubectlv35.NewKubectlV35Layer(owned, jsii.String("KubectlLayer")),
	})
	vpccni.NewVpcCniServiceAccountRole(owned, jsii.String("VpcCni"), &vpccni.VpcCniServiceAccountRoleProps{
		Cluster:   cluster,
		IpFamily:  vpccni.IpFamily_IP_V4,
		NodeRoles: vpccni.NodeRoles_ManagedNodegroups(),
	})

	app.Synth(nil)
}
