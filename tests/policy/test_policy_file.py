"""A policy file is read whole or not at all, and its first mistake is named with its line."""

import os
import textwrap

import pytest

from aiser_jupyter.errors import SettingsError
from aiser_jupyter.policy import Aggregated, Mask, Policy, Quota, Role, TableRule, file

WHOLE = """
v = 1
connections = ["shop"]
salt = "env:SALT"

[roles.analyst]
members = ["ada", "group:analysts", "claim:level=3"]
model = "schema"
export = ["csv", "xlsx"]
recipients = ["@example.com"]
quota = { rows = 1000, seconds = 30, per_minute = 60 }

[roles.analyst.tables."Sales.Customers"]
hide = ["SSN"]
rows = "region = :region"
mask = { Email = "hash", phone = { partial = 4 }, born = { bucket = "year" }, age = { bucket = 10 }, zip = { generalise = 3 }, note = "null", title = { constant = "-" } }

[roles.analyst.tables.staff]
columns = ["id", "dept", "salary"]
aggregate = { columns = ["Salary"], at_least = 5, of = "Id" }

[roles.admin]
members = ["root"]
default = "allow"
deny = ["Secrets"]
write = true
export = false
"""


def write(folder, text, name=".aiser/policy.toml"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def test_everything_a_file_may_say(tmp_path):
    path = write(tmp_path, WHOLE)
    found = file.load(tmp_path)
    masks = {
        "age": Mask("bucket", 10.0), "born": Mask("bucket", unit="year"), "email": Mask("hash"), "note": Mask("null"), "phone": Mask("partial", 4),
        "title": Mask("constant", text="-"), "zip": Mask("generalise", 3),
    }  # fmt: skip
    analyst, admin = found.roles
    assert dict(analyst.tables) == {
        "sales.customers": TableRule(hide=frozenset({"ssn"}), rows="region = :region", masks=tuple(sorted(masks.items()))),
        "staff": TableRule(frozenset({"id", "dept", "salary"}), aggregated=Aggregated(frozenset({"salary"}), 5, "id")),
    }
    assert analyst.members == {"ada", "group:analysts", "claim:level=3"}
    assert (analyst.model, analyst.export, analyst.recipients) == ("schema", {"csv", "xlsx"}, {"@example.com"})
    assert analyst.quota == Quota(rows=1000, seconds=30, per_minute=60)
    assert admin == Role("admin", frozenset({"root"}), "allow", (), frozenset({"secrets"}), write=True, export=frozenset())
    assert (found.connections, found.salt, found.place, len(found.digest)) == ({"shop"}, "env:SALT", str(path), 64)
    assert (found.governs("shop"), found.governs("files")) == (True, False)


def test_without_a_file_nothing_is_governed(tmp_path):
    assert file.load(tmp_path) == Policy()
    assert not file.load(tmp_path).governs("shop")


def test_the_machine_s_file_goes_before_the_workspace_s_and_the_environment_s(tmp_path, monkeypatch):
    own = write(tmp_path, 'v = 1\n[roles.own]\nmembers = ["*"]\n')
    named = write(tmp_path, 'v = 1\n[roles.named]\nmembers = ["*"]\n', "named.toml")
    machine = write(tmp_path, 'v = 1\n[roles.machine]\nmembers = ["*"]\n', "etc/policy.toml")
    assert file.find(tmp_path) == own
    monkeypatch.setenv("AISER_POLICY", str(named))
    assert [role.name for role in file.load(tmp_path).roles] == ["named"]
    monkeypatch.setattr(file, "MACHINE", machine)
    assert [role.name for role in file.load(tmp_path).roles] == ["machine"]


def test_a_named_file_that_is_not_there_is_an_error_and_not_a_free_pass(tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_POLICY", str(tmp_path / "gone.toml"))
    with pytest.raises(SettingsError, match="cannot be read"):
        file.load(tmp_path)


ROLE = 'v = 1\n[roles.a]\nmembers = ["*"]\n'
TABLE = ROLE + "[roles.a.tables.customers]\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("v = 1\n[roles.a]\n", 2, "members"),
        ("v = 1\n", 1, "roles"),
        ('[roles.a]\nmembers = ["*"]\n', 1, "v"),
        (ROLE + "colour = 1\n", 4, "colour"),
        (ROLE + 'default = "maybe"\n', 4, "default"),
        (TABLE + "colums = []\n", 5, "colums"),
        (TABLE + 'hide = ["a"]\nmask = { email = "md5" }\n', 6, "mask"),
        (TABLE + "mask = { email = { partial = 0 } }\n", 5, "partial"),
        (TABLE + "mask = { email = { partial = 2, bucket = 3 } }\n", 5, "a mask is"),
        (TABLE + 'hide = ["Email"]\nmask = { email = "null" }\n', 4, "email is both masked and hidden"),
        (
            TABLE + 'mask = { pay = "null" }\naggregate = { columns = ["pay"], at_least = 5, of = "id" }\n',
            4,
            "pay is both masked and aggregated",
        ),
        (TABLE + 'aggregate = { columns = ["pay"], at_least = 1, of = "id" }\n', 5, "at_least"),
        (TABLE + 'rows = "1 = 1; DROP TABLE x"\n', 5, "no semicolon"),
        (TABLE + 'mask = { email = "hash" }\n', 1, "needs a salt"),
        ('v = 1\nsalt = "hunter2"\n' + ROLE.removeprefix("v = 1\n"), 1, "reference to a secret"),
    ],
)
def test_the_first_mistake_has_its_line(tmp_path, text, line, said):
    write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        file.load(tmp_path)
    assert said in caught.value.message
    assert caught.value.where.endswith(f"policy.toml, line {line}")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("text", "said"), [("v = 1\n[roles.a\n", "no valid TOML"), (ROLE.replace("v = 1", "v = 2"), "has version 2")])
def test_what_cannot_be_read_is_an_error(tmp_path, text, said):
    write(tmp_path, text)
    with pytest.raises(SettingsError, match=said):
        file.load(tmp_path)


def test_a_file_of_one_s_own_is_not_sealed(tmp_path):
    assert not file.is_sealed(write(tmp_path, ROLE))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can play another user")
def test_a_file_of_another_user_is(tmp_path, monkeypatch):
    path = write(tmp_path, ROLE)
    path.chmod(0o644)
    path.parent.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert file.is_sealed(path)
