"""CDK's handler for OIDC providers wants the root certificate of the issuer's host, which is not to be reached from here."""

from ministack.core import lambda_runtime

PRELUDE = """
{
  const { EventEmitter } = require("events");
  const { X509Certificate } = require("crypto");
  const tls = require("tls");
  const real = tls.connect;
  tls.connect = (...args) => {
    if (!/^oidc[.-]eks\\./.test(args[1])) {
      return real.apply(tls, args);
    }
    const roots = tls.rootCertificates.map((pem) => new X509Certificate(pem));
    const root = roots.find(({ subject }) => subject.includes("CN=Amazon Root CA 1"));
    const connection = Object.assign(new EventEmitter(), { getPeerX509Certificate: () => root, end() {} });
    setImmediate(() => connection.emit("secureConnect"));
    return connection;
  };
}
"""


def install():
    lambda_runtime._NODEJS_WORKER_SCRIPT = PRELUDE + lambda_runtime._NODEJS_WORKER_SCRIPT
