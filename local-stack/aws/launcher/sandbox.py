"""Runs functions as Lambda does: in an environment of their own, with their own /opt, /var and /tmp."""

import contextvars
import logging
import os
import re
import shutil
import subprocess
import threading
import types
import zipfile
from pathlib import Path

from ministack.core import lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

from .layers import ZipFileWithModes
from .wrapping import around

log = logging.getLogger("local-aws")

SCRIPT = Path(__file__).with_name("sandbox.sh")
GIVEN_BY_LAMBDA = re.compile(r"AWS_(REGION|DEFAULT_REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|ENDPOINT_URL|LAMBDA_\w+)|_LAMBDA_\w+")

# a function has five at most: their names are in order
LAYER = "layer_?.zip"

_starting = contextvars.ContextVar("starting", default=None)


def install(node_runtimes, python_runtime, layers):
    isolate = _isolation()
    if not isolate:
        log.warning("functions run without their own file system: neither root nor user namespaces are at hand, so /opt, /var/task and layers are missing")

    @around("_spawn", lambda_runtime.Worker)
    def spawn(original, worker):
        token = _starting.set(worker.config)
        try:
            return original(worker)
        except RuntimeError as error:
            raise RuntimeError(f"{error}{worker._drain_stderr()}") from error
        finally:
            _starting.reset(token)

    @around("_discard_tmpdir", lambda_runtime.Worker)
    def discard(_original, worker):
        discard_directory(worker)

    def popen(command, *, env, **options):
        config = _starting.get()
        worker_script = command[1]
        interpreter = interpreter_of(config["Runtime"], node_runtimes, python_runtime)
        environment = function_environment(config, env)
        directory = os.path.dirname(worker_script)
        if isolate:
            inside = os.path.join("/var/lang", interpreter.relative_to(interpreter.parents[1]))
            opt = layers.opt(sorted(Path(directory).glob(LAYER)))
            environment["_LAMBDA_LAYERS_DIRS"] = "/opt"
            command = [*isolate, str(SCRIPT), directory, str(opt), str(interpreter.parents[1]), str(node_runtimes), inside, worker_script]
        else:
            command = [str(interpreter), worker_script]
            environment["NODE_PATH"] = str(node_runtimes / "node_modules")
        return subprocess.Popen(command, env=environment, **options)

    lambda_runtime.subprocess = _with(subprocess, Popen=popen)
    lambda_runtime.zipfile = _with(zipfile, ZipFile=FunctionArchive if isolate else ZipFileWithModes)

    functions = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    delete = functions["delete"]

    def delete_with_processes(physical_id, *args):
        delete(physical_id, *args)
        lambda_runtime.invalidate_worker(physical_id, account=get_account_id(), region=get_region())

    functions["delete"] = delete_with_processes


def discard_directory(worker):
    """Nobody who asks for something else has to wait until its files are removed."""
    directory, worker._tmpdir = worker._tmpdir, None
    if directory:
        threading.Thread(target=shutil.rmtree, args=(directory, True), daemon=True).start()


class FunctionArchive(ZipFileWithModes):
    """The code of a function is unpacked in its directory; its layers stay packed there, for `popen`."""

    def extractall(self, path=None, *args, **kwargs):
        if not Path(self.filename).match(LAYER):
            super().extractall(path, *args, **kwargs)


def interpreter_of(runtime, node_runtimes, python_runtime):
    if runtime.startswith("python"):
        return python_runtime / "bin/python"
    major = re.fullmatch(r"nodejs(\d+)\.x", runtime)
    interpreter = node_runtimes / f"node_modules/node{major and major[1]}/bin/node"
    if not major or not interpreter.exists():
        raise RuntimeError(f"no interpreter for the runtime {runtime}: add it to local-stack/aws/runtime/package.json")
    return interpreter


def function_environment(config, offered):
    name = config["FunctionName"]
    return {
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": "/tmp",
        "NODE_PATH": "/opt/nodejs/node_modules:/var/runtime/node_modules",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "_HANDLER": config["Handler"],
        **(config.get("Environment") or {}).get("Variables", {}),
        **{name: value for name, value in offered.items() if GIVEN_BY_LAMBDA.fullmatch(name)},
    }


def _isolation():
    for command in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        if subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            return command
    return None


def _with(module, **replaced):
    return types.SimpleNamespace(**{**vars(module), **replaced})
