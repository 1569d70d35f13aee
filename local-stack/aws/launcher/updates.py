"""EKS's record of updates, which MiniStack does not keep."""

from ministack.services import eks

_updates = {}


def record(cluster_name, update, addon_name=None):
    """The answer to a request that starts an update; the update itself may go on to change."""
    _updates[cluster_name, update["id"]] = (addon_name, update)
    return eks._json_resp(200, {"update": update})


def describe(cluster_name, update_id, addon_name):
    of_addon, update = _updates.get((cluster_name, update_id), (None, None))
    if update is None or of_addon != addon_name:
        return eks._error(404, "ResourceNotFoundException", f"No update found for ID: {update_id}")
    return eks._json_resp(200, {"update": update})


def ids(cluster_name, addon_name):
    """Of an add-on, or those of the cluster itself."""
    if addon_name and f"{cluster_name}/{addon_name}" not in eks._addons:
        return eks._error(404, "ResourceNotFoundException", f"No addon: {addon_name} found in cluster: {cluster_name}")
    return eks._json_resp(200, {"updateIds": [
        update_id for (cluster, update_id), (of_addon, _update) in _updates.items() if (cluster, of_addon) == (cluster_name, addon_name)]})


def forget(cluster_name, addon_name):
    for key in [key for key, (of_addon, _update) in _updates.items() if (key[0], of_addon) == (cluster_name, addon_name)]:
        del _updates[key]
