"""Everyone who lives in the district, one row a person, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from takeup.district import ATTRIBUTES, LEVEL_OF
from takeup.rules import KNOWLEDGE, LAPSE_CAUSES, STATUSES
from takeup.simulation.model import PermitModel


def people_table(model: PermitModel) -> pd.DataFrame:
    """The district's people as they stand: identity, street, attributes, and all that the model knows of them."""
    slots = np.flatnonzero(model.world.rank < model.state.population)
    columns = {name: column[slots] for name, column in model.state.columns.items()}
    streets = np.searchsorted(model.world.first, slots, side="right") - 1
    profile = columns.pop("profile")
    words = {"status": STATUSES, "knowledge": KNOWLEDGE, "lapse_cause": LAPSE_CAUSES}
    return pd.DataFrame(
        {
            "person": columns.pop("person"),
            "street": pd.Categorical.from_codes(streets, list(model.district.streets)),
            **{
                attribute: pd.Categorical.from_codes(LEVEL_OF[attribute][profile], list(levels))
                for attribute, levels in ATTRIBUTES.items()
            },
            **{name: pd.Categorical.from_codes(columns.pop(name), list(texts)) for name, texts in words.items()},
            "taste": model.world.taste[columns.pop("taste")],
            **columns,
        }
    )
