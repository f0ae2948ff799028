"""From a scenario to the value of every lever in every month, and to what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from takeup.district import (
    ATTRIBUTES,
    LEVEL_OF,
    PROFILES,
    Definition,
    District,
    Parameters,
    check_endpoints,
    check_range,
    levers,
)
from takeup.errors import InputError
from takeup.months import parse_month
from takeup.scenario.files import load_scenario
from takeup.scenario.levers import Levers
from takeup.scenario.schema import Intervention, Scenario, SourcedIntervention

Values = NDArray[np.float64]


@dataclass(frozen=True)
class _Resolved:
    """An intervention with its names looked up in a district."""

    stated: SourcedIntervention
    name: str
    where: Any
    members: tuple[str, ...]
    residents: NDArray[np.bool_]

    @property
    def intervention(self) -> Intervention:
        return self.stated.intervention


def profile_mask(groups: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
    """(profiles,) whether each belongs to one of the levels given of every attribute given.

    Raises:
        InputError: there is no such attribute or level.
    """
    mask = np.ones(PROFILES, dtype=bool)
    for attribute, wanted in groups.items():
        if attribute not in ATTRIBUTES:
            raise InputError("unknown attribute", key="groups", given=attribute, allowed=ATTRIBUTES)
        for level in wanted:
            if level not in ATTRIBUTES[attribute]:
                raise InputError(
                    "unknown group", key=f"groups, {attribute}", given=level, allowed=ATTRIBUTES[attribute]
                )
        mask &= np.isin(LEVEL_OF[attribute], [ATTRIBUTES[attribute].index(level) for level in wanted])
    return mask


class Timeline:
    """What a scenario makes of a district's levers, month by month.

    Args:
        scenario: the policy.
        district: the place; its dated rules come before the policy's interventions.
        parameters: the values to start from; the district's own if None. From others, as a draw of a posterior has
            them, what is added or multiplied stops at the end of a lever's range: it fits the district's own.

    Raises:
        InputError: an intervention names a lever, street or group that there is not, or one outside the lever's
            grain, or takes a lever of the district's own values outside its range.
    """

    def __init__(self, scenario: Scenario, district: District, parameters: Parameters | None = None) -> None:
        self.scenario = scenario
        self._parameters = parameters if parameters is not None else district.parameters
        self._streets = district.streets
        self._moved = any(each.value != district.parameters[each.name].value for each in self._parameters)
        if self._moved:
            Timeline(scenario, district)
        dated = load_scenario(district.rules).stated if district.rules is not None else ()
        self._acting = [self._resolve(stated) for stated in (*dated, *scenario.stated)]
        self._base = {name: self._base_of(definition) for name, definition in levers().items()}
        self._known: dict[tuple[float, ...], Levers] = {}
        self._check()

    def at(self, month: int) -> Levers:
        """The levers in a month. Months in which the same holds share one object.

        Raises:
            InputError: a lever leaves its range in this month.
        """
        weights = tuple(acting.intervention.weight(month) for acting in self._acting)
        if weights not in self._known:
            values = dict(self._base)
            for acting, weight in zip(self._acting, weights, strict=True):
                if weight > 0.0:
                    values[acting.name] = self._changed(values[acting.name], acting, weight)
            if not self._moved:
                self._check_order(values, weights)
            self._known = {weights: Levers(**values)}
        return self._known[weights]

    def cost(self, month: int, residents: NDArray[np.float64] | None) -> float:
        """Yuan spent in a month.

        Args:
            month: the month's number.
            residents: persons by street and profile, scaled to the district; needed if `counts_persons`.
        """
        spent = 0.0
        for acting in self._acting:
            cost, intervention = acting.intervention.cost, acting.intervention
            if cost is None or intervention.weight(month) == 0.0:
                continue
            spent += cost.per_month_cny + (cost.fixed_cny if month == intervention.first else 0.0)
            if cost.per_person_cny > 0.0 and residents is not None:
                spent += cost.per_person_cny * float(residents[acting.residents].sum())
        return spent

    @property
    def counts_persons(self) -> bool:
        """Whether any cost is by the person."""
        return any(
            acting.intervention.cost is not None and acting.intervention.cost.per_person_cny > 0.0
            for acting in self._acting
        )

    def _check(self) -> None:
        """Try the months in which something begins, is in full force or ends, so that a fault is told before a run.

        In between levers go straight from one value to another; what leaves its range there all the same, as two
        ramps of one lever may together, is told when that month comes.
        """
        months: set[int] = set()
        for acting in self._acting:
            intervention = acting.intervention
            months.update((intervention.first, intervention.first + intervention.ramp_months - 1))
            if intervention.until is not None:
                months.add(parse_month(intervention.until) + 1)
        for month in sorted(months):
            self.at(month)

    def _check_order(self, values: dict[str, Values], weights: tuple[float, ...]) -> None:
        """Hold a lever that is two ends to their order; the last intervention on it is to blame."""
        last = {each.name: each.stated for each, weight in zip(self._acting, weights, strict=True) if weight > 0.0}
        for name, stated in last.items():
            if levers()[name].has_ends:
                try:
                    check_endpoints(name, *values[name].tolist())
                except InputError as error:
                    raise error.within(file=stated.file, key=stated.key) from None

    def _base_of(self, definition: Definition) -> Values:
        """The value before any intervention, in the shape of its grain."""
        values = self._parameters.vector(definition.name)
        if definition.grain == "profile and street":
            return np.full((len(self._streets), PROFILES), values[0])
        if definition.grain == "street":
            return np.full(len(self._streets), values[0])
        if definition.grain == "housing and street":
            return np.repeat(values[:, np.newaxis], len(self._streets), axis=1)
        return values

    def _resolve(self, stated: SourcedIntervention) -> _Resolved:
        try:
            return self._looked_up(stated)
        except InputError as error:
            raise error.within(file=stated.file, key=stated.key) from None

    def _looked_up(self, stated: SourcedIntervention) -> _Resolved:
        intervention = stated.intervention
        name, members = self._lever(intervention.lever)
        grain = levers()[name].grain or ""
        if intervention.streets is not None and "street" not in grain:
            raise InputError(
                f"{name} is set for the whole district" if grain == "district" else f"{name} is not set by street",
                key="streets",
                given=", ".join(intervention.streets),
                allowed=f"its grain: {grain}, without streets",
            )
        profiles = profile_mask(intervention.groups or {})
        for attribute in intervention.groups or {}:
            if not ("profile" in grain or attribute in grain):
                raise InputError(
                    f"{name} is not set by {attribute}", key="groups", given=attribute, allowed=f"its grain: {grain}"
                )
        streets = self._street_mask(intervention.streets)
        every = levers()[name].names
        if grain == "housing and street":
            wanted = (intervention.groups or {}).get("housing", list(ATTRIBUTES["housing"]))
            members = tuple(member for member in members if member.split(".")[1] in wanted)
        chosen = np.array([member in members for member in every])
        where: Any = chosen
        if grain == "profile and street":
            where = np.ix_(streets, profiles)
        elif grain == "street":
            where = streets
        elif grain == "housing and street":
            where = np.ix_(chosen, streets)
        if not (members and profiles.any()):
            raise InputError(
                "acts on nobody", key="groups", given=intervention.groups, allowed="groups that hold someone"
            )
        return _Resolved(stated, name, where, members, np.outer(streets, profiles).astype(bool))

    def _lever(self, given: str) -> tuple[str, tuple[str, ...]]:
        """A lever's name and the members meant."""
        every = [*levers(), *(member for lever in levers().values() for member in lever.names)]
        name = given.split(".", maxsplit=1)[0]
        if name not in levers():
            if given in self._parameters.entries:
                raise InputError(
                    "a parameter, not a lever",
                    key="lever",
                    given=given,
                    allowed="levers; set this one for a whole run with --set",
                )
            raise InputError("unknown lever", key="lever", given=given, allowed=levers(), nearest=every)
        if given == name:
            return name, levers()[name].names
        if given not in levers()[name].names:
            raise InputError("unknown lever", key="lever", given=given, allowed=[name, *levers()[name].names])
        return name, (given,)

    def _street_mask(self, streets: list[str] | None) -> NDArray[np.bool_]:
        if streets is None:
            return np.ones(len(self._streets), dtype=bool)
        for street in streets:
            if street not in self._streets:
                raise InputError("unknown street", key="streets", given=street, allowed=self._streets)
        return np.isin(self._streets, streets)

    def _changed(self, now: Values, acting: _Resolved, weight: float) -> Values:
        """The lever's values after an intervention: base + weight · (target - base) where it acts.

        Only the target is checked, for what lies between two values of the range lies in it. Levers that count
        whole months take the nearest whole number on the way (a half: the larger).
        """
        operation, amount = acting.intervention.operation, acting.intervention.amount
        base = now[acting.where]
        with np.errstate(invalid="ignore"):  # infinity times 0 is told below
            target = (
                np.full_like(base, amount)
                if operation == "set"
                else base + amount
                if operation == "add"
                else base * amount
            )
        if self._moved and operation != "set":
            target = self._stopped(target, acting.members)
        try:
            self._in_range(base, target, acting)
        except InputError as error:
            raise error.within(file=acting.stated.file, key=f"{acting.stated.key}, {operation}") from None
        if weight < 1.0:
            moving = base != target
            target[moving] = base[moving] + weight * (target[moving] - base[moving])
            if levers()[acting.name].whole:
                target = np.floor(target + 0.5)
        changed = now.copy()
        changed[acting.where] = target
        return changed

    def _stopped(self, target: Values, members: tuple[str, ...]) -> Values:
        """The target, no further than the end of each member's range."""
        low, high = (np.array([getattr(self._parameters[name], end) for name in members]) for end in ("low", "high"))
        rows = target.reshape(len(members), -1)
        return np.asarray(np.clip(rows, low[:, None], high[:, None]).reshape(target.shape))

    def _in_range(self, base: Values, target: Values, acting: _Resolved) -> None:
        if np.isnan(target).any():
            raise InputError("infinity has no multiple of 0", given=acting.intervention.amount)
        moving = base != target
        endless = np.isinf(base[moving]) | np.isinf(target[moving])
        if acting.intervention.ramp_months > 1 and endless.any():
            raise InputError(
                "there is no half-way to or from infinity", given=acting.intervention.amount, allowed="no ramp_months"
            )
        for name, values in zip(acting.members, target.reshape(len(acting.members), -1), strict=True):
            for extreme in (float(values.min()), float(values.max())):
                try:
                    check_range(extreme, self._parameters[name])
                except InputError as error:
                    if acting.intervention.operation == "set":
                        raise
                    raise InputError(
                        f"{error.problem}: {name} would be {extreme:g}",
                        given=acting.intervention.amount,
                        allowed=error.allowed,
                    ) from None
