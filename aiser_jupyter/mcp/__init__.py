"""The Model Context Protocol, both ways: our tools for other assistants, and tools of servers that the user configured for ours."""
