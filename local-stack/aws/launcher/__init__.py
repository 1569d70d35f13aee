"""MiniStack, the AWS emulator, with what it lacks or does unlike AWS mended from outside."""
