"""What the generations of the newer SDK share: models made from wire names."""

import re

from harness import Adapter


def snake(action):
    """ListAliasesByKeyId → list_aliases_by_key_id"""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()


class ModelAdapter(Adapter):
    """Calls by model where one holds all the parameters, else by the client's untyped way."""

    models = None

    def typed_request(self, action, parameters, models=None, client=None):
        """The model filled in, or None where the model cannot hold what is to be sent."""
        model = getattr(models or self.models, f"{action}Request", None)
        if model is None:
            # Operations without parameters have no request model.
            known = hasattr(client or self.client, f"{snake(action)}_with_options")
            return () if not parameters and known else None
        if any(name.endswith("EncryptionContext") and not isinstance(v, dict) for name, v in parameters.items()):
            return None
        sent = dict(parameters)
        request = model().from_map(sent)
        if {name: value for name, value in request.to_map().items() if value not in (None, [])} != sent:
            return None
        try:
            request.validate()
        except Exception:
            # Some models refuse, before anything is sent, what the server is to refuse.
            return None
        return (request,)
