"""Everyone who lives in the district, one row a person, in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
            "street": _in_words(streets, model.district.streets),
            **{
                attribute: _in_words(LEVEL_OF[attribute][profile], levels) for attribute, levels in ATTRIBUTES.items()
            },
            **{name: _in_words(columns.pop(name), texts) for name, texts in words.items()},
            "taste": model.world.taste[columns.pop("taste")],
            **columns,
        }
    )


def _in_words(codes: NDArray[np.integer[Any]], words: tuple[str, ...]) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(codes, pd.Index(words))
