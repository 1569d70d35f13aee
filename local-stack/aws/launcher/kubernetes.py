"""The real API server of a registered cluster, in EKS's own hand."""

import base64
import json
import ssl
from urllib.request import Request, urlopen


def call(cluster, path, body=None, headers=None, method="GET", timeout=None):
    request = Request(cluster["endpoint"] + path, body, {"Authorization": f"Bearer {cluster['addonManagerToken']}", **(headers or {})}, method=method)
    authority = ssl.create_default_context(cadata=base64.b64decode(cluster["certificateAuthorityData"]).decode())
    with urlopen(request, context=authority, timeout=timeout) as answer:
        return json.load(answer)
