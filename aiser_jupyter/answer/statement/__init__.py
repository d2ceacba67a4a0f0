"""A SQL statement under review: what is wrong with it, what it computes, and a faster form that is proved to give the same rows."""
