import asyncio
import random
import unittest
from unittest import mock

from ministack.services import cloudformation, lambda_svc
from ministack.services.cloudformation import custom_resource, engine, handlers, provisioners, stacks

from launcher import cloudformation_engine

RESOURCES = {name: {"Type": "AWS::SNS::Topic", "DependsOn": needs} for name, needs in {"a": [], "b": [], "c": [], "last": ["a", "b", "c"]}.items()}


class RandomOrderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cloudformation_engine._random_order(random.Random(1))

    def test_keeps_dependencies(self):
        for _ in range(50):
            self.assertEqual(engine._topological_sort(RESOURCES, {})[-1], "last")

    def test_leaves_the_rest_to_chance(self):
        orders = {tuple(engine._topological_sort(RESOURCES, {})) for _ in range(200)}
        self.assertEqual(len(orders), 6)


class DeletionTest(unittest.TestCase):
    def test_keeps_what_a_resource_needs_directly_or_not(self):
        deletion = cloudformation_engine.Deletion({**RESOURCES, "very last": {"Type": "Custom::It", "DependsOn": "last"}})
        deletion.keep_what_it_needs("very last")
        self.assertEqual(deletion.kept, {"a", "b", "c", "last"})

    def test_in_a_rollback_what_needs_a_resource_waits_for_it_and_what_the_update_made_stays(self):
        deletion = cloudformation_engine.Deletion(RESOURCES, cleanup=frozenset({"new"}))
        deletion.keep_what_needs_it("a")
        self.assertEqual(deletion.kept, {"last", "new"})


class EngineTest(unittest.TestCase):
    """With the wrapped functions as they were afterwards."""

    def setUp(self):
        for owner, *names in (
            (stacks, "_revert_update", "_continue_update_rollback_async", "_roll_back_operation", "_provision_resource"),
            (handlers, "_delete_stack", "_continue_update_rollback", "_continue_update_rollback_async", "_create_stack_task_in_region", "_roll_back_operation"),
            (provisioners, "_provision_resource"),
            (custom_resource, "deliver_response"),
            (lambda_svc, "_execute_function_with_config_scope"),
        ):
            for name in names:
                self.enterContext(mock.patch.object(owner, name, getattr(owner, name)))
        self.enterContext(mock.patch.dict(handlers._ACTION_HANDLERS))
        cloudformation.reset()

    def stack(self, status, **fields):
        stack = {"StackName": "it", "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/it/1", "StackStatus": status, **fields}
        cloudformation._stacks["it"] = stack
        return stack


class FunctionOfCustomResourceTest(EngineTest):
    EVENT = {"StackId": "it", "ResponseURL": "http://gateway/token", "ResourceProperties": {"ServiceToken": "arn"}}

    def invoke(self, *errors):
        answers = [{"error": error, "body": {"errorMessage": "killed"}} for error in errors]
        function = mock.Mock(side_effect=answers)
        lambda_svc._execute_function_with_config_scope = function
        cloudformation_engine._custom_resource_responses()
        event = custom_resource.register_token("token")
        lambda_svc._execute_function_with_config_scope({"FunctionArn": "arn"}, self.EVENT)
        return function.call_count, event.is_set()

    def test_is_called_once_more_when_it_fails(self):
        self.assertEqual(self.invoke(True, False), (2, False))

    def test_is_not_waited_for_when_it_has_failed_three_times(self):
        self.assertEqual(self.invoke(True, True, True), (3, True))


class DeleteStackTest(EngineTest):
    def setUp(self):
        super().setUp()
        cloudformation_engine._stacks_are_deleted_by_their_status()

    def delete(self):
        status, _headers, body = handlers._ACTION_HANDLERS["DeleteStack"]({"StackName": ["it"]})
        return status, body.decode()

    def test_is_refused_while_an_update_is_under_way(self):
        for status in ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"):
            with self.subTest(status):
                self.stack(status)
                code, body = self.delete()
                self.assertEqual(code, 400)
                self.assertIn(f"stack/it/1] cannot be deleted while in status {status}", body)

    def test_cancels_a_creation_under_way(self):
        stack = self.stack("CREATE_IN_PROGRESS")
        event = custom_resource.register_token("token")
        cloudformation_engine._tokens_of_stacks["token"] = stack["StackId"]
        self.assertEqual(self.delete()[0], 200)
        self.assertTrue(event.is_set())
        self.assertEqual(custom_resource._pending["token"]["result"]["Reason"], "Resource creation cancelled")
        with self.assertRaisesRegex(ValueError, "Resource creation cancelled"):
            stacks._provision_resource("AWS::SNS::Topic", "next", {}, "it")


class RevertTest(EngineTest):
    def test_a_failed_one_stops_those_that_need_it(self):
        reverted = []

        async def revert(_stack_id, _stack_name, logical_id):
            reverted.append(logical_id)
            if logical_id == "a":
                raise RuntimeError("killed")

        stacks._revert_update = revert
        cloudformation_engine._failed_reverts_stop_the_rollback()

        async def roll_back():
            with cloudformation_engine._deleting({"Resources": RESOURCES}, cleanup={"new"}):
                for name in ("a", "b", "last"):
                    try:
                        await stacks._revert_update("id", "it", name)
                    except (RuntimeError, ValueError):
                        pass
                return cloudformation_engine._deletion.get().kept

        self.assertEqual(asyncio.run(roll_back()), {"last", "new"})
        self.assertEqual(reverted, ["a", "b"])

    def test_it_is_continued_with_an_empty_list_of_resources_to_skip(self):
        started = []
        handlers._create_stack_task_in_region = lambda task, *_args: started.append(task.close())
        cloudformation_engine._failed_reverts_stop_the_rollback()
        self.stack("UPDATE_ROLLBACK_FAILED", _rollback_failed={"a": {}}, _template={})
        status, _headers, _body = handlers._ACTION_HANDLERS["ContinueUpdateRollback"]({"StackName": ["it"], "ResourcesToSkip": [""]})
        self.assertEqual((status, len(started)), (200, 1))
