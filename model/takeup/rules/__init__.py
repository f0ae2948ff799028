"""What one migrant weighs and does, one service centre manages, one service delivers.

Every rule is a pure function of named numbers: no agent, no state, no draw inside. They are compiled, so that the
same machine code runs under both engines, and can be called one by one.

    staying        who leaves, who settles, how long a stay is expected
    registering    when the registration of residence begins, breaks, and entitles
    hearing        what is learnt from publicity and from contacts, and forgotten
    burden         learning, compliance and psychological cost; what is put off; what is returned
    weighing       benefit, norm, and the two utilities
    deciding       who considers, and how a permit that falls due ends
    serving        what a centre can handle, whom it serves, what wait people expect
    delivering     what a service delivers and what is thought of it
    supervising    how demands grow, ease and recover

Statuses and levels of knowledge are small whole numbers, so that they fit a byte.
"""

from typing import Final

NONE: Final = 0
QUEUED: Final = 1
VALID: Final = 2
LAPSED: Final = 3
STATUSES: Final = ("none", "queued", "valid", "lapsed")

UNAWARE: Final = 0
HEARD: Final = 1
INFORMED: Final = 2
KNOWLEDGE: Final = ("unaware", "heard", "informed")

NO_LAPSE: Final = 0
FORGOT: Final = 1
MOVED: Final = 2
DISAPPOINTED: Final = 3
LAPSE_CAUSES: Final = ("", "forgot", "moved", "disappointed")

NEVER: Final = -1
"""Months of a registration or a permit that there is not."""
