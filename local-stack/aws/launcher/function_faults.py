"""Functions that fail as Lambda lets them fail: killed in the middle, timed out, invoked twice."""

import contextvars
import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from ministack.core import lambda_runtime
from ministack.core.responses import new_uuid
from ministack.services import lambda_svc

from .wrapping import around

TIMEOUT_SECONDS = 1
MIDDLE_SECONDS = 0.03
LOOK_SECONDS = 0.002

_current = contextvars.ContextVar("fault", default=None)


@dataclass(frozen=True)
class FunctionFaults:
    """One file a fault, written by the tests; an invocation that takes one renames it, so that it happens once."""

    directory: Path

    def take(self, handler, event):
        for file in sorted(self.directory.glob("*.json")):
            fault = json.loads(file.read_text())
            if _concerns(fault, handler, event):
                try:
                    file.rename(file.with_suffix(".happened"))
                except FileNotFoundError:
                    continue
                return fault
        return None


def install(faults):
    @around("_execute_function_warm", lambda_svc)
    def execute(original, function, event, request_id):
        config = function.get("config") or function
        fault = faults.take(config["Handler"], event) if isinstance(event, dict) else None
        if fault is None:
            return original(function, event, request_id)
        if fault["kind"] == "twice":
            return _at_once(lambda: original(function, event, new_uuid()), lambda: original(function, event, request_id))
        token = _current.set(fault)
        try:
            result = original(function, event, request_id)
        finally:
            _current.reset(token)
        if fault["kind"] == "kill":
            result["body"]["errorType"] = "Runtime.ExitError"
        return result

    @around("invoke", lambda_runtime.Worker)
    def invoke(original, worker, event, request_id, **context):
        fault = _current.get()
        if fault is None:
            return original(worker, event, request_id, **context)
        if fault["kind"] == "timeout":
            return _timed_out(worker, lambda: original(worker, event, request_id, **context))
        return _killed(worker, fault.get("after"), request_id, lambda: original(worker, event, request_id, **context))


def _concerns(fault, handler, event):
    return (f":stack/{fault['stack']}/" in event.get("StackId", "")
            and fault["handler"] == handler
            and fault["resource"] == event.get("ResourceType")
            and fault["request"] == event.get("RequestType"))


def _at_once(first, second):
    other = threading.Thread(target=contextvars.copy_context().run, args=(first,))
    other.start()
    result = second()
    other.join()
    return result


def _timed_out(worker, invoke):
    lambda_runtime.ensure_spawned(worker)
    config = worker.config
    worker.config = {**config, "Timeout": TIMEOUT_SECONDS}
    try:
        return invoke()
    finally:
        worker.config = config


def _killed(worker, after, request_id, invoke):
    """At once when it has written `after`, else soon after its start; what it has answered by then is lost."""
    lambda_runtime.ensure_spawned(worker)
    process, started = worker._proc, time.monotonic()
    results = []
    invoking = threading.Thread(target=contextvars.copy_context().run, args=(lambda: results.append(invoke()),))
    invoking.start()
    while invoking.is_alive() and not (_has_written(worker, after) if after else time.monotonic() - started > MIDDLE_SECONDS):
        time.sleep(LOOK_SECONDS)
    process.kill()
    invoking.join()
    log = results[0].get("log", "")
    if after and after not in log:
        raise RuntimeError(f"the function ended without having written {after!r}, at which it was to be killed:\n{log}")
    return {**results[0], "status": "error", "error": f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"}


def _has_written(worker, text):
    return any(text in line for line in list(worker._stderr_queue.queue))
