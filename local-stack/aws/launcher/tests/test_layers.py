import os
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from launcher.layers import Layers


class LayersTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)
        (self.directory / "unpacked").mkdir()
        self.layers = Layers(self.directory / "unpacked", sys.executable)

    def archive(self, name, **files):
        path = self.directory / name
        with zipfile.ZipFile(path, "w") as layer:
            for file, (content, mode) in files.items():
                member = zipfile.ZipInfo(file)
                member.external_attr = mode << 16
                layer.writestr(member, content)
        return path

    def test_keeps_executable_bits(self):
        opt = self.layers.opt([self.archive("layer_0.zip", tool=("", 0o755), text=("", 0o644))])
        self.assertEqual([(opt / name).stat().st_mode & 0o111 for name in ("tool", "text")], [0o111, 0])

    def test_a_later_layer_replaces_the_files_of_an_earlier_one(self):
        first = self.archive("layer_0.zip", one=("first", 0o644), two=("first", 0o644))
        second = self.archive("layer_1.zip", two=("second", 0o644), three=("second", 0o644))
        opt = self.layers.opt([first, second])
        self.assertEqual([(opt / name).read_text() for name in ("one", "two", "three")], ["first", "second", "second"])
        self.assertNotEqual(self.layers.opt([second, first]), opt)

    def test_unpacks_the_same_layers_once_whatever_their_names(self):
        opt = self.layers.opt([self.archive("layer_0.zip", file=("content", 0o644))])
        (opt / "file").write_text("kept")
        self.assertEqual(self.layers.opt([self.archive("layer_3.zip", file=("content", 0o644))]), opt)
        self.assertEqual((opt / "file").read_text(), "kept")

    def test_compiles_what_is_python(self):
        opt = self.layers.opt([self.archive("layer_0.zip", **{"good.py": ("x = 1", 0o644), "bad.py": ("x =", 0o644)})])
        self.assertEqual([name.split(".")[0] for name in os.listdir(opt / "__pycache__")], ["good"])

    def test_has_an_empty_directory_for_no_layers(self):
        self.assertEqual(os.listdir(self.layers.opt([])), [])

    def test_what_another_server_unpacked_meanwhile_is_as_good(self):
        archive = self.archive("layer_0.zip", file=("content", 0o644))

        class Late(Layers):
            def _unpack(self, archives, unpacked):
                Layers(self.directory, self.python).opt(archives)
                super()._unpack(archives, unpacked)

        opt = Late(self.layers.directory, sys.executable).opt([archive])
        self.assertEqual((opt / "file").read_text(), "content")
        self.assertEqual(os.listdir(self.layers.directory), [opt.name])

    def test_leaves_nothing_of_what_cannot_be_unpacked(self):
        broken = self.directory / "layer_0.zip"
        broken.write_bytes(b"no archive")
        with self.assertRaises(zipfile.BadZipFile):
            self.layers.opt([broken])
        self.assertEqual(os.listdir(self.layers.directory), [])
