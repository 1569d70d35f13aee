import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    clusters_file: Path
    faults_directory: Path
    layers_directory: Path
    node_runtimes: Path
    python_runtime: Path
    token_review_secret: str
    seed: str
    service_control_policy_file: Path

    @staticmethod
    def from_environment():
        return Settings(
            clusters_file=Path(os.environ["LOCAL_AWS_CLUSTERS_FILE"]),
            faults_directory=Path(os.environ["LOCAL_AWS_FAULTS_DIRECTORY"]),
            layers_directory=Path(os.environ["LOCAL_AWS_LAYERS_DIRECTORY"]),
            node_runtimes=Path(os.environ["LOCAL_AWS_NODE_RUNTIMES"]),
            python_runtime=Path(os.environ["LOCAL_AWS_PYTHON_RUNTIME"]),
            token_review_secret=os.environ["LOCAL_AWS_TOKEN_REVIEW_SECRET"],
            seed=os.environ["LOCAL_AWS_SEED"],
            service_control_policy_file=Path(os.environ["LOCAL_AWS_SERVICE_CONTROL_POLICY_FILE"]),
        )
