"""A function's log group comes into being only if its role may create it."""

from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch_logs, lambda_svc

from .wrapping import around


def install():
    @around("_emit_lambda_logs", lambda_svc)
    def emit(original, function, *args, **kwargs):
        config = function.get("config") or function
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
        if group not in cloudwatch_logs._log_groups:
            actions.insert(0, "logs:CreateLogGroup")
        if all(_allowed(config, action, group) for action in actions):
            original(function, *args, **kwargs)


def _allowed(config, action, group):
    key = lambda_runtime.execution_credentials(config)["AWS_ACCESS_KEY_ID"]
    principal = iam_evaluator.resolve_principal(key, get_account_id())
    if isinstance(principal, iam_evaluator.AuthError):
        return False
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:*",
        region=get_region(),
        service_context={},
        principal_keys=principal.keys,
    )
    return iam_evaluator.evaluate(context, principal.policies, *principal.limits).decision == "Allow"
