"""Questions made of others: each part is read by all readings together, and their plans are put into one."""
