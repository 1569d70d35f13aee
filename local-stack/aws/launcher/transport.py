"""The gateway stands for AWS's https endpoints, so policies that ask for TLS are content with it."""

from ministack import app
from ministack.core import iam_evaluator

from .wrapping import around


def install():
    @around("pin_request_origin", app, iam_evaluator)
    def pin(original, source_ip, _secure_transport):
        original(source_ip, True)
