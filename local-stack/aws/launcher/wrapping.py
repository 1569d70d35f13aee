import functools


def around(name, *owners):
    """Puts the decorated function, which is handed the original first, in the original's place in every owner."""
    originals = {getattr(owner, name) for owner in owners}
    if len(originals) != 1:
        raise RuntimeError(f"{name} is not one and the same function in {', '.join(owner.__name__ for owner in owners)}")
    original = originals.pop()

    def decorate(function):
        @functools.wraps(original)
        def wrapper(*args, **kwargs):
            return function(original, *args, **kwargs)

        for owner in owners:
            setattr(owner, name, wrapper)
        return wrapper

    return decorate
