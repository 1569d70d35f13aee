"""MiniStack's Node.js worker speaks plain HTTP to every https port of this machine; here the API servers of the clusters listen there, too."""

import os

from ministack.core import lambda_runtime

PRELUDE = """
{
  const https = require("https");
  const real = https.request;
  let patched = real;
  const chosen = (...args) => {
    const [target, options] = args;
    const { hostname, host, port } = { ...(typeof target === "string" ? new URL(target) : target), ...(typeof options === "object" ? options : {}) };
    const isCluster = /^(127\\.0\\.0\\.1|localhost)(:|$)/.test(hostname || host || "") && !["", "443", "GATEWAY_PORT"].includes(String(port || ""));
    return (isCluster ? real : patched).apply(https, args);
  };
  Object.defineProperty(https, "request", { get: () => (patched === real ? real : chosen), set: (request) => { patched = request; } });
}
"""


def install():
    lambda_runtime._NODEJS_WORKER_SCRIPT = PRELUDE.replace("GATEWAY_PORT", os.environ["GATEWAY_PORT"]) + lambda_runtime._NODEJS_WORKER_SCRIPT
