"""`aiser policy … --json`."""

from __future__ import annotations

from aiser_jupyter.contract.parts import COUNT, FLAG, TEXT, one_of, record, reply, some

SCHEMAS = {
    "policy.check": reply(
        "The policy that holds here",
        {
            "active": FLAG,
            "place": TEXT,
            "sealed": FLAG,
            "digest": TEXT,
            "roles": some(
                record(
                    {
                        "name": TEXT,
                        "members": TEXT,
                        "default": one_of("allow", "deny"),
                        "tables": COUNT,
                        "model": one_of("none", "schema", "values"),
                    }
                )
            ),
        },
    ),
    "policy.show": reply(
        "Who you are and what you see",
        {"about": TEXT, "sees": some(record({"connection": TEXT, "table": TEXT, "columns": TEXT, "rows": TEXT}))},
    ),
    "policy.explain": reply(
        "What becomes of a statement",
        {
            "connection": TEXT,
            "role": TEXT,
            "allowed": FLAG,
            "reason": TEXT,
            "changes": some(record({"table": TEXT, "what": TEXT})),
            "sql": TEXT,
        },
    ),
}
