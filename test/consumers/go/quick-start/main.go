package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	eks "github.com/aws/aws-cdk-go/awscdk/v2/awseksv2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-vpc-cni-service-account-role/cdk-vpc-cni-service-account-role-go/vpccni"
	"github.com/cdklabs/awscdk-kubectl-go/kubectlv35/v2"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("VpcCniRole"), nil)
	vpccni.NewVpcCniServiceAccountRole(stack, jsii.String("VpcCni"), &vpccni.VpcCniServiceAccountRoleProps{
		Cluster:      eks.Cluster_FromClusterAttributes(stack, jsii.String("Cluster"), &eks.ClusterAttributes{ClusterName: jsii.String("my-cluster")}),
		KubectlLayer: kubectlv35.NewKubectlV35Layer(stack, jsii.String("KubectlLayer")),
	})
	app.Synth(nil)
}
