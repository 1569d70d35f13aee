import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RegisteredClusters:
    """What the tests say about their clusters; read anew on every call, since they change it while the server runs."""

    file: Path

    def all(self):
        return json.loads(self.file.read_text())

    def named(self, name):
        return self.all().get(name)

    def keys_of_issuer(self, issuer):
        for cluster in self.all().values():
            if cluster["issuer"] == issuer:
                return cluster["jwks"]["keys"]
        return []
