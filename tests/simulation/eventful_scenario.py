"""A scenario, parameters and a population of the village under which all that can happen does, in two years."""

from __future__ import annotations

from tests.scenario.written import policy

EVERYTHING = policy(
    {"lever": "publicity", "add": 0.3, "from": "2010-02", "ramp_months": 3, "groups": {"education": ["junior"]}},
    {"lever": "attention", "set": 0.6, "from": "2010-02", "streets": ["South"]},
    {"lever": "late_attention", "multiply": 2, "from": "2010-05", "until": "2010-12"},
    {"lever": "remember", "set": 0.3, "from": "2010-04", "groups": {"housing": ["dormitory"], "age": ["45+"]}},
    {"lever": "documents", "multiply": 0.5, "from": "2010-03", "ramp_months": 4, "streets": ["North", "South"]},
    {"lever": "trips", "add": 1, "from": "2010-03", "until": "2010-09", "groups": {"origin": ["elsewhere"]}},
    {"lever": "online", "set": 0.4, "from": "2010-06", "ramp_months": 5},
    {"lever": "stigma", "set": 0, "from": "2010-02", "groups": {"work": ["contract", "none"]}},
    {"lever": "data_sharing", "set": 0.3, "from": "2010-07", "streets": ["Middle"]},
    {"lever": "register", "add": 0.2, "from": "2010-02", "streets": ["South"], "groups": {"housing": ["dormitory"]}},
    {"lever": "capacity", "multiply": 0.4, "from": "2010-05", "until": "2011-02"},
    {"lever": "return_rate", "add": 0.3, "from": "2010-03"},
    {"lever": "fee_cny", "set": 20, "from": "2010-08"},
    {"lever": "hassle", "set": 0.2, "from": "2010-02"},
    {"lever": "value", "multiply": 1.8, "from": "2010-02"},
    {"lever": "trust_initial.low", "set": 0.5, "from": "2010-05"},
    {"lever": "word_of_mouth", "set": 0.1, "from": "2010-02", "ramp_months": 6},
    {"lever": "heard_on_arrival", "set": 0.5, "from": "2010-04"},
    {"lever": "supply.schooling", "multiply": 0.3, "from": "2010-06", "ramp_months": 3},
    {"lever": "supply.employment", "set": 2_000, "from": "2010-06"},
    {"lever": "quality.residence", "set": 0.2, "from": "2010-07"},
    {"lever": "feedback", "set": 0.6, "from": "2010-03"},
    {"lever": "drift", "set": 0.05, "from": "2010-03"},
    {"lever": "enforcement", "set": 0.3, "from": "2010-09", "ramp_months": 3},
    {"lever": "learning", "multiply": 0.5, "from": "2010-02"},
    {"lever": "permit_term_months", "set": 5, "from": "2010-06", "ramp_months": 4},
    {"lever": "months_to_qualify", "set": 3, "from": "2010-03", "until": "2011-01", "ramp_months": 2},
    name="everything",
)  # fmt: skip

PARAMETERS = {"settle": 0.01, "months_to_settle": 24, "wait_memory": 0.5, "attention_spread": 0.7}
"""Few would settle in so short a time without the first three; people differ in attentiveness."""

SHRINKING = {"2010-01": 400, "2010-06": 400, "2011-01": 180, "2011-06": 300}
"""Persons by month: the population falls, then grows into the slots that were closed."""
