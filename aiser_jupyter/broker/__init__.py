"""The broker: a process of its own user that holds a connection's credentials, and gives each client what the policy lets it see."""
