"""AssumeRoleWithWebIdentity checks the token as STS does before it looks at the trust policy."""

import base64
import hashlib
import json
import time

from ministack.core.responses import error_response_json
from ministack.services import iam, sts

from .wrapping import around

# DER: DigestInfo of a SHA-256 hash (RFC 8017, 9.2)
SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def install(clusters):
    @around("_web_identity_trust_denied", sts)
    def denied(original, role_arn, parameters, use_json):
        try:
            check_token(sts._p(parameters, "WebIdentityToken"), role_arn.split(":")[4], clusters)
        except Refused as refused:
            if use_json:
                return error_response_json(refused.code, str(refused), 400)
            return sts._error(400, refused.code, str(refused), ns="sts")
        return original(role_arn, parameters, use_json)

    @around("_web_identity_principal", sts)
    def principal(original, *args):
        # A Kubernetes token names its audiences in a list, of which STS compares the only one.
        arn, keys = original(*args)
        return arn, {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in keys.items()}


def check_token(token, account, clusters):
    try:
        header, claims, signature = (_decoded(part) for part in token.split("."))
        header, claims = json.loads(header), json.loads(claims)
        issuer, audience, expiry = claims["iss"], claims["aud"], claims["exp"]
    except (ValueError, KeyError) as error:
        raise Refused("InvalidIdentityToken", "The ID Token provided is not a valid JWT.") from error

    provider = iam._oidc_providers.get_scoped(account, None, f"arn:aws:iam::{account}:oidc-provider/{issuer.removeprefix('https://')}")
    if provider is None:
        raise Refused("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}")
    if not set(audience if isinstance(audience, list) else [audience]) & set(provider["ClientIDList"]):
        raise Refused("InvalidIdentityToken", "Incorrect token audience")
    if expiry <= time.time():
        raise Refused("ExpiredTokenException", f"Token expired: current date/time {int(time.time())} must be before the expiration date/time {expiry}")

    key = next((key for key in clusters.keys_of_issuer(issuer) if key["kid"] == header.get("kid")), None)
    if key is None or header.get("alg") != "RS256":
        raise Refused("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider")
    if not is_signed(token.rsplit(".", 1)[0].encode(), signature, key):
        raise Refused("InvalidIdentityToken", "The token's signature is invalid")


def is_signed(signed, signature, key):
    """RSASSA-PKCS1-v1_5 with SHA-256, by comparison with the one encoding that is right."""
    modulus, exponent = (int.from_bytes(_decoded(key[part]), "big") for part in ("n", "e"))
    length = (modulus.bit_length() + 7) // 8
    found = pow(int.from_bytes(signature, "big"), exponent, modulus).to_bytes(length, "big")
    digest = SHA256_DIGEST_INFO + hashlib.sha256(signed).digest()
    return len(signature) == length and found == b"\x00\x01" + b"\xff" * (length - len(digest) - 3) + b"\x00" + digest


def _decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
