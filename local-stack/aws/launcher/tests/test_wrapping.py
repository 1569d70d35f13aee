import types
import unittest

from launcher.wrapping import around


class AroundTest(unittest.TestCase):
    def test_hands_the_original_to_the_new_one_in_every_owner(self):
        def double(number):
            return 2 * number

        first, second = types.SimpleNamespace(double=double), types.SimpleNamespace(double=double)

        @around("double", first, second)
        def double_and_one(original, number):
            return original(number) + 1

        self.assertEqual([first.double(3), second.double(3)], [7, 7])

    def test_fails_when_a_function_is_gone(self):
        with self.assertRaises(AttributeError):
            around("gone", types.SimpleNamespace())

    def test_fails_when_owners_have_come_apart(self):
        first, second = types.ModuleType("first"), types.ModuleType("second")
        first.same, second.same = lambda: 1, lambda: 2
        with self.assertRaisesRegex(RuntimeError, "same is not one and the same function in first, second"):
            around("same", first, second)
