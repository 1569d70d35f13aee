"""Layers of functions, unpacked once for all that have the same: they have thousands of files."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path


class ZipFileWithModes(zipfile.ZipFile):
    """Layers bring programs: their executable bits count."""

    def extractall(self, path=None, *args, **kwargs):
        super().extractall(path, *args, **kwargs)
        for member in self.infolist():
            mode = member.external_attr >> 16 & 0o777
            if mode & 0o111 and not member.is_dir():
                os.chmod(os.path.join(path or "", member.filename), mode)


class Layers:
    def __init__(self, directory, python):
        self.directory = directory
        self.python = python

    def opt(self, archives):
        """The directory that is /opt for a function with these layers."""
        digest = hashlib.sha256()
        for archive in archives:
            digest.update(archive.read_bytes())
        unpacked = self.directory / digest.hexdigest()
        if not unpacked.exists():
            self._unpack(archives, unpacked)
        return unpacked

    def _unpack(self, archives, unpacked):
        unfinished = Path(tempfile.mkdtemp(dir=self.directory))
        try:
            for archive in archives:
                with ZipFileWithModes(archive) as layer:
                    layer.extractall(unfinished)
            # as each start of a function would, since it may not write to /opt; what is no Python of this version stays as it is
            subprocess.run([self.python, "-m", "compileall", "-q", "-s", unfinished, "-p", "/opt", unfinished], stdout=subprocess.DEVNULL)
            unfinished.rename(unpacked)
        except OSError:
            # another server may have been the first
            if not unpacked.exists():
                raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
