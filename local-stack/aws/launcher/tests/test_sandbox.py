import tempfile
import threading
import unittest
import zipfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from launcher import sandbox

CONFIG = {"FunctionName": "it", "Runtime": "nodejs22.x", "Handler": "index.handler", "Environment": {"Variables": {"MODE": "test", "TZ": "Europe/Rome"}}}


class FunctionEnvironmentTest(unittest.TestCase):
    def test_holds_what_lambda_and_the_function_set_and_nothing_of_the_host(self):
        environment = sandbox.function_environment(CONFIG, {"AWS_REGION": "us-east-1", "AWS_CA_BUNDLE": "/ca", "GATEWAY_PORT": "1", "_LAMBDA_TIMEOUT": "3"})
        self.assertEqual((environment["MODE"], environment["TZ"], environment["AWS_REGION"]), ("test", "Europe/Rome", "us-east-1"))
        self.assertNotIn("AWS_CA_BUNDLE", environment)
        self.assertNotIn("GATEWAY_PORT", environment)

    def test_names_the_log_group_of_the_function(self):
        self.assertEqual(sandbox.function_environment(CONFIG, {})["AWS_LAMBDA_LOG_GROUP_NAME"], "/aws/lambda/it")
        own = {**CONFIG, "LoggingConfig": {"LogGroup": "own"}}
        self.assertEqual(sandbox.function_environment(own, {})["AWS_LAMBDA_LOG_GROUP_NAME"], "own")


class InterpreterTest(unittest.TestCase):
    def test_fails_for_a_runtime_that_is_not_installed(self):
        with self.assertRaisesRegex(RuntimeError, "no interpreter for the runtime nodejs20.x"):
            sandbox.interpreter_of("nodejs20.x", Path("/none"), Path("/none"))


class DiscardDirectoryTest(unittest.TestCase):
    def test_does_not_wait_until_all_is_removed(self):
        admitted, removed = threading.Event(), []

        def remove(directory, _ignore_errors):
            admitted.wait()
            removed.append(directory)

        before = set(threading.enumerate())
        worker = SimpleNamespace(_tmpdir="/the/directory")
        with mock.patch("shutil.rmtree", remove):
            sandbox.discard_directory(worker)
        self.assertEqual((worker._tmpdir, removed), (None, []))
        admitted.set()
        for thread in set(threading.enumerate()) - before:
            thread.join()
        self.assertEqual(removed, ["/the/directory"])

    def test_knows_that_there_is_none(self):
        with mock.patch("shutil.rmtree") as remove:
            sandbox.discard_directory(SimpleNamespace(_tmpdir=None))
        remove.assert_not_called()


class FunctionArchiveTest(unittest.TestCase):
    def test_leaves_layers_packed(self):
        with tempfile.TemporaryDirectory() as directory:
            for name, expected in (("code", True), ("layer_0", False)):
                archive = Path(directory, f"{name}.zip")
                with zipfile.ZipFile(archive, "w") as written:
                    written.writestr("file", "")
                with sandbox.FunctionArchive(archive) as read:
                    read.extractall(Path(directory, name))
                self.assertEqual(Path(directory, name, "file").exists(), expected)
