import random
import unittest

from ministack.services.cloudformation import engine

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
