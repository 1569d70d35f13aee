import json
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from launcher import function_faults

EVENT = {"StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/It/1", "RequestType": "Create", "ResourceType": "Custom::It"}
FUNCTION = {"config": {"FunctionName": "it", "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:it", "Handler": "index.onEvent", "Timeout": 60}}
WORKER = """
import json, sys, time
for line in sys.stdin:
    print("half of the work", file=sys.stderr, flush=True)
    time.sleep(json.loads(line)["event"].get("seconds", 0))
    print(json.dumps({"status": "ok", "result": "done"}), flush=True)
"""


class Worker(lambda_runtime.Worker):
    def _spawn(self):
        self._proc = subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self._read_stderr, daemon=True).start()


class FunctionFaultsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = Path(tempfile.mkdtemp())
        cls.enterClassContext(mock.patch.object(lambda_svc, "_execute_function_warm", lambda_svc._execute_function_warm))
        cls.enterClassContext(mock.patch.object(lambda_runtime.Worker, "invoke", lambda_runtime.Worker.invoke))
        cls.enterClassContext(mock.patch.object(lambda_svc, "acquire_worker", lambda *_args, **_kwargs: (cls.worker(), None)))
        cls.enterClassContext(mock.patch.object(lambda_svc, "release_worker", lambda _worker: None))
        function_faults.install(function_faults.FunctionFaults(cls.directory))

    @classmethod
    def worker(cls):
        cls.workers.append(Worker("it", FUNCTION["config"], b""))
        return cls.workers[-1]

    def setUp(self):
        type(self).workers = []

    def tearDown(self):
        lambda_runtime.kill_workers(self.workers)

    def inject(self, **fault):
        file = self.directory / f"{self.id()}.json"
        file.write_text(json.dumps({"stack": "It", "handler": "index.onEvent", "resource": "Custom::It", "request": "Create", **fault}))
        return file.with_suffix(".happened")

    def invoke(self, **event):
        return lambda_svc._execute_function_warm({**FUNCTION, "code_zip": b"zip"}, {**EVENT, **event}, "request-1")

    def test_without_a_fault_nothing_happens(self):
        happened = self.inject(kind="kill", request="Delete")
        self.assertEqual(self.invoke()["body"], "done")
        self.assertFalse(happened.exists())
        happened.with_suffix(".json").unlink()

    def test_a_killed_function_dies_when_it_has_written_what_it_is_to_write_and_its_answer_is_lost(self):
        for seconds in (30, 0):
            with self.subTest(seconds=seconds):
                happened = self.inject(kind="kill", after="half of")
                result = self.invoke(seconds=seconds)
                self.assertEqual(result["body"], {"errorMessage": "RequestId: request-1 Error: Runtime exited with error: signal: killed", "errorType": "Runtime.ExitError"})
                self.assertTrue(happened.exists())
        self.assertEqual(self.invoke()["body"], "done")

    def test_it_fails_otherwise_when_that_is_never_written(self):
        self.inject(kind="kill", after="all of")
        self.assertIn("ended without having written 'all of'", self.invoke()["body"]["errorMessage"])

    def test_a_function_that_is_killed_anywhere(self):
        self.inject(kind="kill")
        self.assertEqual(self.invoke(seconds=30)["body"]["errorType"], "Runtime.ExitError")

    def test_a_function_times_out(self):
        self.inject(kind="timeout")
        self.assertEqual(self.invoke(seconds=30)["body"], {"errorMessage": "Task timed out after 1.00 seconds", "errorType": "Sandbox.Timedout"})

    def test_a_function_is_invoked_twice_at_once(self):
        self.inject(kind="twice")
        self.assertEqual(self.invoke(seconds=0.1)["body"], "done")
        self.assertEqual(len(self.workers), 2)
