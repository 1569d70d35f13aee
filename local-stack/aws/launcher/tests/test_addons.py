import json
import unittest
from unittest import mock

from ministack.core import iam_actions
from ministack.services import eks

from launcher import addons, updates

ROLE = "arn:aws:iam::000000000000:role/it"
OTHER = "arn:aws:iam::000000000000:role/other"
CONFLICT = {"message": "Apply failed with 1 conflict", "details": {"causes": [{"field": ".metadata.annotations.eks.amazonaws.com/role-arn"}]}}


class AddonsTest(unittest.TestCase):
    def setUp(self):
        eks.reset()
        updates.forget("it", "vpc-cni")
        eks._clusters["it"] = {"name": "it", "accessConfig": {}}
        for owner, name in [*((eks, name) for name in ("_create_addon", "_update_addon", "_describe_addon", "_delete_addon", "_handle_request_sync")),
                            (iam_actions, "extract_resource_arn")]:
            self.enterContext(mock.patch.object(owner, name, getattr(owner, name)))
        self.pending = []
        self.seconds = []
        self.enterContext(mock.patch.object(addons, "in_background", lambda work, seconds: (self.pending.append(work), self.seconds.append(seconds))))
        self.manager = mock.Mock()
        self.enterContext(mock.patch.object(addons, "AddonManager", lambda _cluster: self.manager))
        self.registered = {"addonManagerToken": "secret"}
        addons.install(mock.Mock(named=lambda _name: self.registered))

    def finish(self):
        while self.pending:
            self.pending.pop(0)()

    def create(self, **properties):
        status, _headers, answer = eks._create_addon("it", {"addonName": "vpc-cni", **properties})
        self.finish()
        return status, json.loads(answer)

    def update(self, **properties):
        status, _headers, answer = eks._update_addon("it", "vpc-cni", properties)
        return status, json.loads(answer)

    def addon(self):
        _status, _headers, answer = eks._describe_addon("it", "vpc-cni")
        return json.loads(answer)["addon"]

    def describe_update(self, update_id):
        _status, _headers, answer = updates.describe("it", update_id, "vpc-cni")
        return json.loads(answer)["update"]

    def associations(self):
        _status, _headers, answer = eks._list_pod_identity_associations("it", {})
        return [(one["serviceAccount"], one["ownerArn"]) for one in json.loads(answer)["associations"]]

    def test_an_installation_takes_its_time(self):
        status, _headers, answer = eks._create_addon("it", {"addonName": "vpc-cni", "serviceAccountRoleArn": ROLE})
        self.assertEqual((status, json.loads(answer)["addon"]["status"]), (200, "CREATING"))
        self.finish()
        self.manager.give_role.assert_called_once_with(ROLE, "NONE")
        self.assertEqual((self.addon()["status"], self.addon()["serviceAccountRoleArn"]), ("ACTIVE", ROLE))

    def test_as_long_as_the_cluster_says(self):
        self.create()
        self.registered["addonSeconds"] = 60
        self.update()
        self.registered = None
        self.finish()
        self.update()
        self.assertEqual(self.seconds, [addons.SECONDS, 60, addons.SECONDS])

    def test_what_is_not_there_is_not_shown(self):
        self.create()
        self.assertNotIn("serviceAccountRoleArn", self.addon())
        self.assertNotIn("configurationValues", self.addon())

    def test_an_update_takes_its_time_and_then_holds(self):
        self.create(serviceAccountRoleArn=ROLE, configurationValues="{}")
        status, answer = self.update(serviceAccountRoleArn=OTHER, configurationValues="{}", resolveConflicts="PRESERVE")
        update = answer["update"]
        self.assertEqual((status, update["status"], self.addon()["status"], self.addon()["serviceAccountRoleArn"]), (200, "InProgress", "UPDATING", ROLE))
        self.assertIn({"type": "ServiceAccountRoleArn", "value": OTHER}, update["params"])
        self.finish()
        self.manager.give_role.assert_called_with(OTHER, "PRESERVE")
        self.assertEqual(self.describe_update(update["id"])["status"], "Successful")
        self.assertEqual((self.addon()["status"], self.addon()["serviceAccountRoleArn"], self.addon()["configurationValues"]), ("ACTIVE", OTHER, "{}"))

    def test_what_is_not_sent_again_is_gone(self):
        self.create(serviceAccountRoleArn=ROLE, configurationValues="{}", addonVersion="v1")
        self.update()
        self.finish()
        self.manager.give_role.assert_called_with("", "NONE")
        self.assertNotIn("serviceAccountRoleArn", self.addon())
        self.assertNotIn("configurationValues", self.addon())
        self.assertEqual(self.addon()["addonVersion"], "v1")

    def test_an_update_that_fails_changes_nothing_and_says_why(self):
        self.create(serviceAccountRoleArn=ROLE)
        self.manager.give_role.side_effect = addons.refusal(409, CONFLICT)
        update = self.update(serviceAccountRoleArn=OTHER)[1]["update"]
        self.finish()
        field = "ServiceAccount aws-node - .metadata.annotations.eks.amazonaws.com/role-arn"
        message = f"Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts:\n{field}"
        self.assertEqual(self.describe_update(update["id"])["errors"],
                         [{"errorCode": "ConfigurationConflict", "errorMessage": message, "resourceIds": [field]}])
        self.assertEqual(self.describe_update(update["id"])["status"], "Failed")
        self.assertEqual((self.addon()["status"], self.addon()["serviceAccountRoleArn"]), ("UPDATE_FAILED", ROLE))
        self.assertEqual(self.addon()["health"]["issues"][0]["code"], "ConfigurationConflict")
        self.manager.give_role.side_effect = None
        self.assertEqual(self.update(serviceAccountRoleArn=OTHER)[0], 200)

    def test_an_installation_that_fails_is_not_updated(self):
        self.manager.give_role.side_effect = addons.refusal(409, CONFLICT)
        self.create(serviceAccountRoleArn=ROLE)
        self.assertEqual(self.addon()["status"], "CREATE_FAILED")
        status, answer = self.update(serviceAccountRoleArn=OTHER)
        self.assertEqual((status, answer["__type"]), (400, "InvalidRequestException"))

    def test_one_update_at_a_time(self):
        self.create()
        self.update(serviceAccountRoleArn=ROLE)
        status, answer = self.update(serviceAccountRoleArn=OTHER)
        self.assertEqual((status, answer["__type"]), (409, "ResourceInUseException"))

    def test_an_empty_role_is_refused(self):
        self.assertEqual(self.create(serviceAccountRoleArn="")[1]["__type"], "InvalidParameterException")
        self.create()
        status, answer = self.update(serviceAccountRoleArn="")
        self.assertEqual((status, answer["__type"]), (400, "InvalidParameterException"))

    def test_an_installation_preserves_nothing(self):
        self.assertEqual(self.create(resolveConflicts="PRESERVE")[1]["__type"], "InvalidParameterException")

    def test_what_is_gone_is_not_updated_any_more(self):
        self.create()
        self.update(serviceAccountRoleArn=ROLE)
        self.manager.reset_mock()
        eks._delete_addon("it", "vpc-cni")
        self.finish()
        self.manager.give_role.assert_not_called()
        self.assertEqual(self.update()[0], 404)

    def test_updates_are_listed_by_what_they_are_of(self):
        self.create()
        update_id = self.update()[1]["update"]["id"]
        self.assertEqual(json.loads(updates.ids("it", "vpc-cni")[2]), {"updateIds": [update_id]})
        self.assertNotIn(update_id, json.loads(updates.ids("it", None)[2])["updateIds"])
        self.assertEqual(updates.ids("it", "coredns")[0], 404)
        self.assertEqual(updates.describe("it", update_id, None)[0], 404)
        eks._delete_addon("it", "vpc-cni")
        self.assertEqual(updates.describe("it", update_id, "vpc-cni")[0], 404)

    def test_an_add_on_owns_the_associations_that_it_is_given(self):
        self.create(podIdentityAssociations=[{"serviceAccount": "aws-node", "roleArn": ROLE}])
        arn = self.addon()["addonArn"]
        self.assertEqual(self.associations(), [("aws-node", arn)])
        self.update()
        self.finish()
        self.assertEqual(self.associations(), [("aws-node", arn)])
        self.update(podIdentityAssociations=[])
        self.finish()
        self.assertEqual((self.associations(), self.addon()["podIdentityAssociations"]), ([], []))
        self.update(podIdentityAssociations=[{"serviceAccount": "aws-node", "roleArn": ROLE}])
        self.finish()
        eks._delete_addon("it", "vpc-cni")
        self.assertEqual(self.associations(), [])

    def test_tags_are_shown(self):
        self.create(tags={"a": "b"})
        eks._tag_resource(self.addon()["addonArn"], {"tags": {"c": "d"}})
        self.assertEqual(self.addon()["tags"], {"a": "b", "c": "d"})

    def test_iam_is_asked_for_all_that_a_call_touches(self):
        self.create()
        arn = self.addon()["addonArn"]
        passed = [("iam:PassRole", ROLE, {"iam:PassedToService": "eks.amazonaws.com"})]
        role = json.dumps({"serviceAccountRoleArn": ROLE})
        for method, path, query, body, checks in (
            ("POST", "/clusters/it/addons/vpc-cni/update", {}, role, passed),
            ("POST", "/clusters/it/addons", {}, role, passed),
            ("POST", "/clusters/it/addons/vpc-cni/update", {}, "{}", []),
            ("GET", "/clusters/it/addons/vpc-cni", {}, b"", []),
            ("GET", "/clusters/it/updates", {"addonName": ["vpc-cni"]}, b"", [("eks:ListUpdates", arn, {})]),
            ("GET", "/clusters/it/updates/u-1", {"addonName": ["vpc-cni"]}, b"", [("eks:DescribeUpdate", arn, {})]),
            ("GET", "/clusters/it/updates/u-1", {"addonName": ["coredns"]}, b"", []),
            ("GET", "/clusters/it/updates", {}, b"", []),
        ):
            with self.subTest(f"{method} {path}"):
                self.assertEqual(addons.further_checks(method, path, query, body), checks)


class AddonManagerTest(unittest.TestCase):
    def setUp(self):
        self.manager = addons.AddonManager({})
        self.applied = []
        self.refused = None

        def apply(_manager, role_arn, force):
            self.applied.append((role_arn, force))
            if self.refused and role_arn and not force:
                raise self.refused

        self.enterContext(mock.patch.object(addons.AddonManager, "_apply", apply))

    def test_applies_the_role(self):
        self.manager.give_role(ROLE, "NONE")
        self.assertEqual(self.applied, [(ROLE, False)])

    def test_fails_on_a_conflict_unless_it_is_told_what_to_do(self):
        self.refused = addons.refusal(409, CONFLICT)
        with self.assertRaises(addons.Refused):
            self.manager.give_role(ROLE, "NONE")

    def test_forces_its_value_on_others(self):
        self.refused = addons.refusal(409, CONFLICT)
        self.manager.give_role(ROLE, "OVERWRITE")
        self.assertEqual(self.applied, [(ROLE, True)])

    def test_leaves_the_value_of_others_and_gives_the_field_up(self):
        self.refused = addons.refusal(409, CONFLICT)
        self.manager.give_role(ROLE, "PRESERVE")
        self.assertEqual(self.applied, [(ROLE, False), (None, False)])

    def test_fails_when_the_cluster_refuses_whatever_it_is_told(self):
        self.refused = addons.refusal(422, {"message": "denied"})
        with self.assertRaises(addons.Refused) as raised:
            self.manager.give_role(ROLE, "PRESERVE")
        self.assertEqual(raised.exception.issue, {"code": "AdmissionRequestDenied", "message": "denied", "resourceIds": ["ServiceAccount aws-node"]})
