"""What stands around the core of a question: a comparison, a share, a rank within groups; the core is read alone, and its plan turned."""
