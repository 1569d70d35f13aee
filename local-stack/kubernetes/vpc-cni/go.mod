module vpc-cni-manifest

go 1.24

require github.com/aws/amazon-vpc-cni-k8s v1.23.2
