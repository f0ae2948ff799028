"""Rules of migrants, service centres and services as pure functions.

Every rule is a pure function of named numbers: no agent, no state and no random draw inside. Rules are compiled, so
that both engines run the same machine code, and each can be called on its own.

    states           values of permit status, knowledge and lapse cause
    attentiveness    attentiveness of a person, and its effect on probabilities
    residence        departure, settlement, registration of residence, eligibility
    information      publicity, information from contacts, forgetting
    utility          administrative burden, benefits, peer norm, and the utility as a sum of terms
    decision         consideration, endorsement and lapse, trust
    administration   service centres, services, red tape
"""

from takeup.rules.states import (
    DISAPPOINTED,
    FORGOT,
    HEARD,
    INFORMED,
    KNOWLEDGE,
    LAPSE_CAUSES,
    LAPSED,
    MOVED,
    NEVER,
    NO_LAPSE,
    NONE,
    QUEUED,
    STATUSES,
    UNAWARE,
    VALID,
    Knowledge,
    LapseCause,
    Status,
)

__all__ = [
    "DISAPPOINTED",
    "FORGOT",
    "HEARD",
    "INFORMED",
    "KNOWLEDGE",
    "LAPSED",
    "LAPSE_CAUSES",
    "MOVED",
    "NEVER",
    "NONE",
    "NO_LAPSE",
    "QUEUED",
    "STATUSES",
    "UNAWARE",
    "VALID",
    "Knowledge",
    "LapseCause",
    "Status",
]
