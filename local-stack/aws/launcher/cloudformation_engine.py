"""CloudFormation's rules about order and failure, where MiniStack keeps others."""

import asyncio
import copy
import json
import random
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from ministack.core.responses import new_uuid, now_iso
from ministack.services import cloudformation, lambda_svc
from ministack.services.cloudformation import changesets, custom_resource, engine, handlers, provisioners, stacks

from .wrapping import around

RESPONSE_LIMIT = 4096
# Lambda calls a function that was invoked asynchronously, as CloudFormation does, and failed, twice again.
ASYNCHRONOUS_RETRIES = 2

_deletion = ContextVar("deletion", default=None)
_physical_ids_answered = {}
_tokens_of_stacks = {}


def install(seed):
    print(f"independent resources come in the order of seed {seed}", flush=True)
    _random_order(random.Random(seed))
    _custom_resource_responses()
    _failed_creates_are_left_to_delete()
    _failed_deletes_keep_what_they_need()
    _failed_reverts_stop_the_rollback()
    _stacks_are_deleted_by_their_status()
    _nested_stacks_are_deleted_as_stacks()


def _random_order(choice):
    @around("_topological_sort", engine, stacks, changesets)
    def topological_sort(original, resources, conditions):
        ordered = original(resources, conditions)
        waiting = {name: engine._extract_deps(resources[name], set(ordered)) - {name} for name in sorted(ordered)}
        result = []
        while waiting:
            name = choice.choice([name for name, needs in waiting.items() if not needs & waiting.keys()])
            del waiting[name]
            result.append(name)
        return result


def _custom_resource_responses():
    @around("deliver_response", custom_resource)
    def deliver(original, token, response):
        if response.get("PhysicalResourceId"):
            _physical_ids_answered[response.get("StackId"), response.get("LogicalResourceId")] = response["PhysicalResourceId"]
        if len(json.dumps(response, separators=(",", ":")).encode()) > RESPONSE_LIMIT:
            response = {**response, "Status": "FAILED", "Reason": "Response object is too long."}
        elif response.get("Status") == "SUCCESS" and not response.get("PhysicalResourceId"):
            response = {**response, "Status": "FAILED", "Reason": "Invalid PhysicalResourceId"}
        return original(token, response)

    @around("_execute_function_with_config_scope", lambda_svc)
    def execute(original, function, event):
        if not isinstance(event, dict) or not _is_called_by_cloudformation(function, event):
            return original(function, event)
        token = event["ResponseURL"].rsplit("/", 1)[1]
        _tokens_of_stacks[token] = event["StackId"]
        for _ in range(1 + ASYNCHRONOUS_RETRIES):
            result = original(function, event)
            if not result.get("error"):
                return result
        _give_up_waiting(token, result["body"]["errorMessage"])
        return result


def _is_called_by_cloudformation(function, event):
    config = function.get("config") or function
    return event.get("ResourceProperties", {}).get("ServiceToken") == config["FunctionArn"]


def _give_up_waiting(token, error):
    """A function that failed will not answer any more: AWS waits out its hour all the same, we need not."""
    pending = custom_resource._pending.get(token)
    if pending and pending["result"] is None:
        custom_resource.deliver_response(token, {
            "Status": "FAILED",
            "Reason": f"CloudFormation did not receive a response from your Custom Resource: {error}",
        })


def _failed_creates_are_left_to_delete():
    @around("_provision_resource", provisioners, stacks)
    def provision(original, resource_type, logical_id, properties, stack_name):
        try:
            return original(resource_type, logical_id, properties, stack_name)
        except Exception as error:
            resources = cloudformation._stacks[stack_name].setdefault("_resources", {})
            physical_id = _half_made(resource_type, logical_id, stack_name)
            if physical_id and logical_id not in resources:
                resources[logical_id] = {
                    "PhysicalResourceId": physical_id,
                    "ResourceType": resource_type,
                    "ResourceStatus": "CREATE_FAILED",
                    "ResourceStatusReason": str(error),
                    "LogicalResourceId": logical_id,
                    "Properties": copy.deepcopy(properties),
                    "Attributes": {},
                    "Timestamp": now_iso(),
                }
            raise

    @around("_roll_back_operation", stacks, handlers)
    async def roll_back(original, stack_name, stack_id, stack, operation, *args):
        resources = stack.setdefault("_resources", {})
        operation["created"] += [name for name, resource in resources.items()
                                 if resource["ResourceStatus"] == "CREATE_FAILED" and name not in operation["created"]]
        before = dict(resources)
        with _deleting(operation["template"], cleanup=_made_by(operation, resources) if operation["is_update"] else ()):
            await original(stack_name, stack_id, stack, operation, *args)
        if stack["StackStatus"] == "ROLLBACK_FAILED":
            stack["_template"] = operation["template"]
            for name in stack["_rollback_failed"]:
                resources[name] = {**before[name], "ResourceStatus": "DELETE_FAILED"}


def _half_made(resource_type, logical_id, stack_name):
    stack_id = cloudformation._stacks[stack_name]["StackId"]
    if resource_type == "AWS::CloudFormation::Stack":
        return next((child["StackId"] for name, child in cloudformation._stacks.items()
                     if child.get("_parent_stack_name") == stack_name and child["StackStatus"] == "CREATE_FAILED"
                     and name.startswith(f"{stack_name}-{logical_id}-")), None)
    if resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource":
        return _physical_ids_answered.get((stack_id, logical_id)) or f"{stack_name}-{logical_id}-{new_uuid()[:12].upper()}"
    return None


def _failed_deletes_keep_what_they_need():
    @around("_delete_stack_async", stacks, handlers)
    async def delete_stack(original, stack_name, *args, **kwargs):
        with _deleting(cloudformation._stacks[stack_name]["_template"]):
            return await original(stack_name, *args, **kwargs)

    @around("_add_event", stacks)
    def add_event(original, stack_id, stack_name, logical_id, *args, **kwargs):
        deletion = _deletion.get()
        if not deletion or logical_id not in deletion.kept:
            original(stack_id, stack_name, logical_id, *args, **kwargs)

    @around("_delete_resource", stacks)
    def delete(original, resource_type, physical_id, properties, stack_name=None, logical_id=None):
        deletion = _deletion.get()
        if deletion and logical_id in deletion.kept:
            raise ValueError("Not deleted, since a resource that depends on it failed to delete")
        try:
            return original(resource_type, physical_id, properties, stack_name, logical_id)
        except Exception:
            # A cleanup goes on without what failed.
            if deletion and not deletion.cleanup:
                deletion.keep_what_it_needs(logical_id)
            raise


@dataclass
class Deletion:
    definitions: dict
    kept: set = field(default_factory=set)
    cleanup: frozenset = frozenset()

    def keep_what_it_needs(self, logical_id):
        self.kept |= self._needed_by(logical_id) - {logical_id}

    def keep_what_needs_it(self, logical_id):
        """What comes after it in a rollback waits for it, and what the update has made is still in use."""
        self.kept |= self.cleanup | {name for name in self.definitions if name != logical_id and logical_id in self._needed_by(name)}

    def _needed_by(self, logical_id):
        return stacks._with_dependencies([logical_id], self.definitions, set(self.definitions))


@contextmanager
def _deleting(template, cleanup=()):
    token = _deletion.set(Deletion(template.get("Resources", {}), cleanup=frozenset(cleanup)))
    try:
        yield
    finally:
        _deletion.reset(token)


def _made_by(operation, resources):
    """What an update has made anew: it goes last, when all else is back."""
    previous = operation["previous_stack"]["_resources"]
    return {name for name in operation["created"]
            if name in operation["replaced_ids"] or previous.get(name, {}).get("PhysicalResourceId") != resources[name]["PhysicalResourceId"]}


def _failed_reverts_stop_the_rollback():
    @around("_revert_update", stacks)
    async def revert(original, stack_id, stack_name, logical_id, *args):
        deletion = _deletion.get()
        if logical_id in deletion.kept:
            raise ValueError("Not reverted, since a resource that it depends on failed to")
        try:
            await original(stack_id, stack_name, logical_id, *args)
        except Exception:
            deletion.keep_what_needs_it(logical_id)
            raise

    @around("_continue_update_rollback", handlers)
    def start_to_go_on(original, parameters):
        # An empty list comes as a blank parameter, which is not a resource of that name.
        return original({name: value for name, value in parameters.items() if (name, value) != ("ResourcesToSkip", [""])})

    handlers._ACTION_HANDLERS["ContinueUpdateRollback"] = handlers._continue_update_rollback

    @around("_continue_update_rollback_async", stacks, handlers)
    async def go_on(original, stack_name, *args):
        stack = cloudformation._stacks[stack_name]
        made = {name for name, resource in stack["_rollback_failed"].items() if "RevertTo" not in resource}
        with _deleting(stack["_template"], cleanup=made):
            await original(stack_name, *args)


def _stacks_are_deleted_by_their_status():
    @around("_delete_stack", handlers)
    def delete(original, parameters):
        stack = handlers._resolve_stack(handlers._p(parameters, "StackName"))
        status = stack["StackStatus"] if stack else ""
        if status.startswith("UPDATE_") and status.endswith("_IN_PROGRESS"):
            return handlers._error("ValidationError", f"Stack [{stack['StackId']}] cannot be deleted while in status {status}")
        if status == "CREATE_IN_PROGRESS":
            _cancel_creation(stack)
            return handlers._xml(200, "DeleteStackResponse", "")
        return original(parameters)

    handlers._ACTION_HANDLERS["DeleteStack"] = handlers._delete_stack

    @around("_roll_back_operation", stacks, handlers)
    async def roll_back(original, stack_name, stack_id, stack, operation, *args):
        if stack.get("_creation_cancelled"):
            stack["_template"] = operation["template"]
            await stacks._delete_stack_async(stack_name, stack_id)
        else:
            await original(stack_name, stack_id, stack, operation, *args)

    @around("_provision_resource", provisioners, stacks)
    def provision(original, resource_type, logical_id, properties, stack_name):
        if cloudformation._stacks[stack_name].get("_creation_cancelled"):
            raise ValueError("Resource creation cancelled")
        return original(resource_type, logical_id, properties, stack_name)


def _cancel_creation(stack):
    """The resource under way is not waited for: whatever its function does by now, it does beside the deletion."""
    stack["_creation_cancelled"] = True
    for token, stack_id in _tokens_of_stacks.items():
        pending = custom_resource._pending.get(token)
        if stack_id == stack["StackId"] and pending and pending["result"] is None:
            custom_resource.deliver_response(token, {"Status": "FAILED", "Reason": "Resource creation cancelled"})


def _nested_stacks_are_deleted_as_stacks():
    loop = ContextVar("loop")

    for name, owners in (("_deploy_stack_async", (stacks, handlers, changesets)),
                         ("_delete_stack_async", (stacks, handlers)),
                         ("_roll_back_operation", (stacks, handlers))):
        @around(name, *owners)
        async def in_loop(original, *args, **kwargs):
            loop.set(asyncio.get_running_loop())
            return await original(*args, **kwargs)

    def delete(physical_id, _properties):
        name = provisioners._nested_stack_lookup_name(physical_id)
        child = cloudformation._stacks.get(name)
        if child is None or child["StackStatus"] == "DELETE_COMPLETE":
            return
        # Handlers of nested stacks run on a thread of their own, the engine in the loop.
        asyncio.run_coroutine_threadsafe(stacks._delete_stack_async(name, child["StackId"]), loop.get()).result()
        if child["StackStatus"] != "DELETE_COMPLETE":
            raise ValueError(f"Embedded stack {physical_id} was not successfully deleted: {child['StackStatusReason']}")

    provisioners._RESOURCE_HANDLERS["AWS::CloudFormation::Stack"]["delete"] = delete
