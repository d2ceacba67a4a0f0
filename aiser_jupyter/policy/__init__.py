"""Who may see what: the rules of a workspace, read from its policy file."""

from aiser_jupyter.policy.grant import Grant, grant, viewer
from aiser_jupyter.policy.policy import NOBODY, Policy
from aiser_jupyter.policy.role import Aggregated, Mask, Quota, Role, TableRule

__all__ = ["NOBODY", "Aggregated", "Grant", "Mask", "Policy", "Quota", "Role", "TableRule", "grant", "viewer"]
