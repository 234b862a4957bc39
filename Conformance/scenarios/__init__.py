"""The scenarios. They know the API and no client: each is run through every adapter, in this order."""

from scenarios import account, keys, states, cryptography, asymmetric, imports, aliases, tags, certificates, rotation, access, sessions, callers, regions, managed_hsm  # noqa: F401, E501, I001
from world import TABLE, Scenario, World

__all__ = ["TABLE", "Scenario", "World"]
