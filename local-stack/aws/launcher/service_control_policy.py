"""The service control policy over the account, which MiniStack has none of; read anew on every call, since the tests change it."""

from ministack.core import iam_evaluator

from .wrapping import around


def install(file):
    @around("evaluate", iam_evaluator)
    def evaluate(original, context, policies, *limits):
        return original(context, policies, *limits, [iam_evaluator.parse_policy_document(file.read_text())])
