"""Follow-ups: short questions that edit the plan before them."""
