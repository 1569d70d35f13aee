from importlib.metadata import version

PINNED = "1.5.33"

if version("ministack") != PINNED:
    raise SystemExit(f"the launcher is written for MiniStack {PINNED}, found {version('ministack')}: install requirements.txt, or revise every wrapped function")

from ministack import app

from . import addons, aws_auth, cloudformation_engine, cloudformation_types, cluster_tls, eks, function_faults, function_logs, iam, issuer_certificate, sandbox, service_control_policy, token_review, transport, trust, web_identity
from .function_faults import FunctionFaults
from .layers import Layers
from .registered_clusters import RegisteredClusters
from .settings import Settings

settings = Settings.from_environment()
clusters = RegisteredClusters(settings.clusters_file)

sandbox.install(settings.node_runtimes, settings.python_runtime, Layers(settings.layers_directory, settings.python_runtime / "bin/python"))
cluster_tls.install()
issuer_certificate.install()
function_logs.install()
function_faults.install(FunctionFaults(settings.faults_directory))
transport.install()
cloudformation_types.install()
cloudformation_engine.install(settings.seed)
eks.install(clusters)
addons.install(clusters)
aws_auth.install(clusters)
iam.install()
trust.install()
service_control_policy.install(settings.service_control_policy_file)
web_identity.install(clusters)
token_review.install(settings.token_review_secret)

app.main()
