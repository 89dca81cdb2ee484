"""Applications' own tests: Django's TestCase wraps each in a transaction, which is none here."""

# ruff: noqa: PT009 -- as applications write their tests

from django.contrib.auth.models import User
from django.db import transaction
from django.test import TestCase
from surecache.django import ABSENT, Region, Row, Scope, invalidate

profiles = Region(
    "profiles_of_a_test_case",
    key={"user_id": int},
    scope=Scope.public("a test"),
    depends_on=[Row(User, id="user_id")],
)


def load(user_id):
    return User.objects.values_list("email", flat=True).get(id=user_id)


@transaction.atomic
def change(user, email):
    User.objects.filter(id=user.id).update(email=email)
    invalidate(Row(User, id=user.id))


class ApplicationTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.create(username="ada", email="old")

    def setUp(self):
        profiles.invalidate()

    def read(self):
        return profiles.get_or_load(load, user_id=self.user.id)

    def test_reads_are_cached_as_outside_of_tests(self):
        self.assertEqual(profiles.admission(), "full")
        self.assertEqual(self.read(), "old")
        self.assertEqual(profiles.peek(user_id=self.user.id), "old")

    def test_a_write_outside_of_a_block_is_like_one_in_autocommit(self):
        self.read()
        User.objects.filter(id=self.user.id).update(email="new")
        self.assertEqual(profiles.admission(), "full")
        invalidate(Row(self.user))
        self.assertEqual(self.read(), "new")

    def test_a_block_of_the_application_is_a_transaction(self):
        with transaction.atomic():
            self.assertEqual(profiles.admission(), "read_only")
            User.objects.filter(id=self.user.id).update(email="new")
            self.assertEqual(profiles.admission(), "bypass")
        self.assertEqual(profiles.admission(), "full")
        with transaction.atomic():
            self.assertEqual(profiles.admission(), "read_only")

    def test_capture_on_commit_callbacks_delivers(self):
        self.read()
        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            change(self.user, "new")
        self.assertEqual(len(callbacks), 1)
        self.assertEqual(self.read(), "new")

    def test_without_it_nothing_is_committed_in_a_test_case(self):
        self.read()
        change(self.user, "new")
        self.assertEqual(profiles.peek(user_id=self.user.id), "old")

    def test_hooks_of_before_are_left_alone(self):
        self.read()
        done = []
        transaction.on_commit(lambda: done.append("before"))
        with self.captureOnCommitCallbacks(execute=True):
            change(self.user, "new")
        self.assertEqual(done, [])
        self.assertEqual(self.read(), "new")

    def test_a_rolled_back_block_ends_nothing(self):
        self.read()
        with self.captureOnCommitCallbacks(execute=True), transaction.atomic():
            change(self.user, "new")
            transaction.set_rollback(True)
        self.assertEqual(profiles.peek(user_id=self.user.id), "old")
        self.assertIsNot(profiles.peek(user_id=self.user.id), ABSENT)
