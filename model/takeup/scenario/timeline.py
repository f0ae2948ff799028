"""Timelines: the value of every lever in every month of a scenario, and its costs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from takeup.district import (
    ATTRIBUTES,
    LEVEL_OF,
    PROFILES,
    Definition,
    District,
    Measure,
    Parameter,
    Parameters,
    check_endpoints,
    check_range,
    lever_names,
    levers,
)
from takeup.errors import InputError
from takeup.message import Message
from takeup.months import START, parse_month
from takeup.scenario.dated_rules import DatedRule, load_rules
from takeup.scenario.files import BASELINE, Scenario
from takeup.scenario.grains import check_grain, check_product
from takeup.scenario.interventions import Intervention, SourcedIntervention
from takeup.scenario.levers import Levers
from takeup.scenario.purchases import PurchasedEffect, check_reach, effects_at, people_of, purchased_effects

Values = NDArray[np.float64]
_KEPT_BASELINES: Final = 4
"""Number of timelines without a policy that are kept: those of the models that threads run at the same time."""


@dataclass(frozen=True)
class _Resolved:
    """An intervention with its names resolved in a district.

    The change is multiplied by `share`: the share of people whom a purchase reaches, or the value of the `size` of a
    dated rule; 1 and None if the intervention acts as stated.
    Costs that follow the amount of the intervention are multiplied by `cost_factor`.
    """

    stated: SourcedIntervention
    name: str
    where: Any
    members: tuple[str, ...]
    residents: NDArray[np.bool_]
    size: Parameter | None
    share: float
    cost_factor: float

    @property
    def intervention(self) -> Intervention:
        return self.stated.intervention


class Timeline:
    """The levers of a district under a scenario, by month.

    Args:
        scenario: the policy.
        district: the district; its dated rules are applied before the policy's interventions, and the measures that
            the policy buys after them.
        parameters: initial values; None: the district's own. With other values, such as a posterior draw, the result
            of an addition, a multiplication or a rule with a size is clipped to the lever's range, because
            policies are written for the district's own values, and dated rules for those of parameters.toml.

    Raises:
        InputError: an intervention names an unknown lever, street or group, selects streets or groups for which the
            lever has no separate values, or moves a lever from the district's own values outside its range; a dated
            rule would do so with the highest value of its size; or a purchase names an unknown measure, or reaches
            nobody with the district's own values.
    """

    def __init__(self, scenario: Scenario, district: District, parameters: Parameters | None = None) -> None:
        self.scenario = scenario
        self._own = district.parameters
        self._parameters = parameters if parameters is not None else self._own
        self._district = district
        self._has_other_values = any(
            each.value != self._own[each.name].value
            for each in (*self._parameters, *self._parameters.measures.values())
        )
        if self._has_other_values:
            _check_written(_Written(tuple(scenario.content), scenario), district)
        effects: list[PurchasedEffect] = []
        for purchase in scenario.purchases:
            effects += purchased_effects(purchase, district, self._parameters)
            if not self._has_other_values:
                check_reach(purchase, district, self._parameters)
        self._base: dict[str, Values]
        self._interventions: list[_Resolved]
        if policy := (*scenario.stated, *effects):
            baseline = _baseline_timeline(district, self._parameters)
            self._base, rules = baseline._base, baseline._interventions
        else:
            self._base = {name: self._base_of(definition) for name, definition in levers().items()}
            rules = [self._resolve(each) for each in load_rules(district)]
        self._policy = [self._resolve(each) for each in policy]
        self._interventions = [*rules, *self._policy]
        self._intervening = {
            name: tuple(number for number, each in enumerate(self._interventions) if each.name == name)
            for name in dict.fromkeys(each.name for each in self._interventions)
        }
        self._latest: dict[str, tuple[tuple[float, ...], Values]] = {}  # only the last values, by weights
        self._last: dict[tuple[float, ...], Levers] = {}  # only the last month's, by the weights of the interventions
        self._check()

    def at(self, month: int) -> Levers:
        """Return the levers in a month; equal consecutive months share one object.

        Raises:
            InputError: a lever leaves its range in this month.
        """
        weights = self._weights(month)
        if weights not in self._last:
            values = self._base | {name: self._values_of(name, weights) for name in self._intervening}
            # With other values an intervention may put `low` above `high`. That is accepted if it does not do so with
            # the district's own values, which the constructor has checked.
            if not self._has_other_values:
                self._check_order(values, weights)
            self._last = {weights: Levers(**values)}
        return self._last[weights]

    def _values_of(self, name: str, weights: tuple[float, ...]) -> Values:
        """Return the values of a lever under interventions with these weights.

        The last result is kept and returned again while the weights stay the same.
        """
        own = tuple(weights[number] for number in self._intervening[name])
        if self._latest.get(name, ((), None))[0] != own:
            values = self._base[name]
            for number, weight in zip(self._intervening[name], own, strict=True):
                if weight > 0.0:
                    values = self._apply(values, self._interventions[number], weight)
            self._latest[name] = own, values
        return self._latest[name][1]

    def equal_months(self, first: int, last: int) -> int:
        """Return the number of consecutive months from `first` on with the same levers.

        Months after `last` are not counted. The result is at least 1.
        """
        change = min((each.intervention.next_change(first) for each in self._interventions), default=math.inf)
        return max(int(min(change, last + 1)) - first, 1)

    def _weights(self, month: int) -> tuple[float, ...]:
        return tuple(each.intervention.weight(month) for each in self._interventions)

    def cost(self, month: int, residents: NDArray[np.float64] | None) -> float:
        """Return the costs of a month in yuan.

        Args:
            month: the month's number.
            residents: persons by street and profile, scaled to the district; needed if `counts_persons`.
        """
        spent = 0.0
        for resolved in self._interventions:
            cost, intervention = resolved.intervention.cost, resolved.intervention
            if cost is None or intervention.weight(month) == 0.0:
                continue
            factor = resolved.cost_factor
            spent += factor * cost.per_month_cny
            if month == intervention.first:
                spent += cost.fixed_cny + factor * cost.investment_cny
            if cost.per_person_cny > 0.0 and residents is not None:
                spent += factor * cost.per_person_cny * float(residents[resolved.residents].sum())
        return spent + sum(stated.purchase.cost(month) for stated in self.scenario.purchases)

    @property
    def targets(self) -> NDArray[np.bool_]:
        """Residents on whom the policy acts directly, by street and profile, shape (streets, profiles).

        The residents of all interventions of the policy together; all residents if the policy has no intervention.
        """
        targets = np.full((len(self._district.streets), PROFILES), not self._policy)
        for each in self._policy:
            targets |= each.residents
        return targets

    @property
    def counts_persons(self) -> bool:
        """Whether any cost is per person."""
        return any(
            resolved.intervention.cost is not None and resolved.intervention.cost.per_person_cny > 0.0
            for resolved in self._interventions
        )

    def without_effect(self, last: int) -> list[SourcedIntervention]:
        """List the interventions of the policy that begin by a month and change no lever up to it.

        The amount of such an intervention is the lever's own value, or later interventions replace the whole of it.
        Purchases of measures are not listed, because their reach is checked.

        Args:
            last: number of the month.
        """
        rules = len(self._interventions) - len(self._policy)
        return [
            resolved.stated
            for number, resolved in enumerate(self._policy, rules)
            if resolved.intervention.first <= last
            and not isinstance(resolved.stated, PurchasedEffect)
            and not self._acts(number, last)
        ]

    def _acts(self, number: int, last: int) -> bool:
        """Return whether a lever would differ without an intervention, in any month up to the last one."""
        resolved = self._interventions[number]
        month = resolved.intervention.first
        while month <= last:
            weights = self._weights(month)
            without = (*weights[:number], 0.0, *weights[number + 1 :])
            if not np.array_equal(self._values_of(resolved.name, weights), self._values_of(resolved.name, without)):
                return True
            month += self.equal_months(month, last)
        return False

    def _check(self) -> None:
        """Check the months in which an intervention begins, is in full force, or ends.

        Months before the policy are those of the timeline without a policy, which has checked them. Between the
        checked months, levers change linearly. Two ramps of one lever may still leave the lever's range there; then
        the error is raised when such a month is computed.
        """
        first = self.scenario.first
        months: set[int] = set()
        for resolved in self._interventions:
            intervention = resolved.intervention
            months.update((intervention.first, intervention.first + intervention.ramp_months - 1))
            if intervention.until is not None:
                months.add(parse_month(intervention.until) + 1)
        for month in sorted(months):
            if first is None or month >= first:
                self.at(month)

    def _check_order(self, values: dict[str, Values], weights: tuple[float, ...]) -> None:
        """Check that `low` is at most `high` in levers with these two members."""
        last = {
            each.name: each.stated for each, weight in zip(self._interventions, weights, strict=True) if weight > 0.0
        }
        for name, stated in last.items():
            if levers()[name].has_ends:
                try:
                    check_endpoints(name, *values[name].tolist())
                except InputError as error:
                    raise error.within(file=stated.file, key=stated.key) from None

    def _base_of(self, definition: Definition) -> Values:
        """Return the value of a lever before any intervention, in the shape of its grain."""
        values = self._parameters.vector(definition.name)
        if definition.grain == "profile and street":
            return np.full((len(self._district.streets), PROFILES), values[0])
        if definition.grain == "street":
            return np.full(len(self._district.streets), values[0])
        if definition.grain == "housing and street":
            return np.repeat(values[:, np.newaxis], len(self._district.streets), axis=1)
        return values

    def _resolve(self, stated: SourcedIntervention) -> _Resolved:
        try:
            return self._resolve_names(stated)
        except InputError as error:
            raise error.within(file=stated.file, key=stated.key) from None

    def _resolve_names(self, stated: SourcedIntervention) -> _Resolved:
        intervention = stated.intervention
        name, members = self._lever(intervention.lever)
        lever = levers()[name]
        grain = lever.grain
        areas = self._district.areas_of(intervention.groups)
        check_grain(lever, intervention, intervention.groups or {}, areas)
        residents = self._district.residents(intervention.streets, intervention.groups)
        profiles, streets = (np.asarray(residents.any(axis=axis), dtype=bool) for axis in (0, 1))
        if grain == "housing and street":
            check_product(residents, areas)
            housing = [
                level
                for number, level in enumerate(ATTRIBUTES["housing"])
                if profiles[LEVEL_OF["housing"] == number].any()
            ]
            members = tuple(member for member in members if member.split(".")[1] in housing)
        is_selected = np.array([member in members for member in lever.names])
        where: Any = is_selected
        if grain == "profile and street":
            where = (
                (slice(None), slice(None)) if residents.all() else residents if areas else np.ix_(streets, profiles)
            )
        elif grain == "street":
            where = streets
        elif grain == "housing and street":
            where = np.ix_(is_selected, streets)
        if not (members and residents.any()):
            raise InputError(
                "the intervention acts on no resident",
                key="groups",
                given=intervention.groups,
                allowed="groups with residents",
            )
        cost_factor = self._cost_factor(intervention, members)
        size = self._size_of(intervention)
        share = stated.reached if isinstance(stated, PurchasedEffect) else 1.0 if size is None else size.value
        return _Resolved(stated, name, where, members, residents, size, share, cost_factor)

    def _cost_factor(self, intervention: Intervention, members: tuple[str, ...]) -> float:
        """Return the change of the lever relative to the change for which the cost is stated.

        The change of `set` is measured from the district's own values, so that costs do not differ between draws.
        """
        cost, amount = intervention.cost, intervention.amount
        if cost is None or cost.for_amount is None or cost.for_amount == amount:
            return 1.0
        neutral = {
            "set": float(np.mean([self._own[member].value for member in members])),
            "add": 0.0,
            "multiply": 1.0,
        }[intervention.operation]
        stated, actual = cost.for_amount - neutral, amount - neutral
        if stated == 0.0 or actual / stated < 0.0 or not math.isfinite(actual / stated):
            raise InputError(
                "the cost cannot follow the amount",
                key="cost, for_amount",
                given=cost.for_amount,
                allowed=Message(
                    "an amount that changes the lever in the same direction as {amount:g}, from {neutral:g}",
                    amount=amount,
                    neutral=neutral,
                ),
            )
        return actual / stated

    def _size_of(self, intervention: Intervention) -> Parameter | None:
        if not isinstance(intervention, DatedRule) or intervention.size_parameter is None:
            return None
        (name,) = self._parameters.members(intervention.size_parameter)
        return self._parameters[name]

    def _lever(self, given: str) -> tuple[str, tuple[str, ...]]:
        """Return the name of a lever, and the members that the given name selects."""
        name = given.split(".", maxsplit=1)[0]
        if name not in levers():
            if given in self._parameters.selectors:
                raise InputError(
                    "the name is a parameter, not a lever",
                    key="lever",
                    given=given,
                    allowed="levers; to set the parameter for a whole run, use --set",
                )
            raise InputError("unknown lever", key="lever", given=given, allowed=levers(), nearest=lever_names())
        if given == name:
            return name, levers()[name].names
        if given not in levers()[name].names:
            raise InputError(
                "unknown lever", key="lever", given=given, allowed=dict.fromkeys((name, *levers()[name].names))
            )
        return name, (given,)

    def _apply(self, current: Values, resolved: _Resolved, weight: float) -> Values:
        """Apply an intervention: base + weight · share · (target - base) where the lever changes.

        The share is 1, except for dated rules with a size and for purchases. Only the target is checked, and the
        result at the highest size, because all values between two values in the range are in the range.
        """
        operation, amount = resolved.intervention.operation, resolved.intervention.amount
        base = current[resolved.where]
        with np.errstate(invalid="ignore"):  # infinity times 0 raises an error below
            target = (
                np.full_like(base, amount)
                if operation == "set"
                else base + amount
                if operation == "add"
                else base * amount
            )
        if self._is_clipped(resolved) and operation != "set":
            target = self._clip(target, resolved.members)
        try:
            self._check_range(base, target, resolved)
        except InputError as error:
            raise error.within(file=resolved.stated.file, key=f"{resolved.stated.key}, {operation}") from None
        if resolved.size is not None:
            self._check_size(base, target, resolved, resolved.size)
        share = weight * resolved.share
        if share != 1.0:
            target = self._part(base, target, share, resolved)
        changed = current.copy()
        changed[resolved.where] = target
        return changed

    def _part(self, base: Values, target: Values, share: float, resolved: _Resolved) -> Values:
        """Return base + share · (target - base), clipped to the lever's range if the share is not known.

        Levers in whole months are rounded to the nearest whole number, halves upwards.
        """
        with np.errstate(invalid="ignore"):  # an infinite value that is its own target stays as it is
            part = np.where(base != target, base + share * (target - base), target)
        if levers()[resolved.name].whole:
            part = np.floor(part + 0.5)
        return (
            self._clip(part, resolved.members) if resolved.size is not None and self._is_clipped(resolved) else part
        )

    def _check_size(self, base: Values, target: Values, resolved: _Resolved, size: Parameter) -> None:
        """Check that the lever stays finite and in its range up to the highest value of the size."""
        place = f"{resolved.stated.key}, size"
        if np.isinf(base).any() or np.isinf(target).any():
            raise InputError(
                "a rule with a size cannot begin or end at infinity",
                file=resolved.stated.file,
                key=place,
                given=size.name,
                allowed="a finite lever, or a rule without a size",
            )
        for name, extreme in _extremes(self._part(base, target, size.high, resolved), resolved):
            try:
                check_range(extreme, self._parameters[name])
            except InputError as error:
                known = {"problem": error.problem, "size": size.name, "name": name, "extreme": extreme}
                raise InputError(
                    Message("{problem} at the highest {size}: {name} would be {extreme:g}", **known),
                    file=resolved.stated.file,
                    key=place,
                    given=size.high,
                    allowed=error.allowed,
                ) from None

    def _is_clipped(self, resolved: _Resolved) -> bool:
        """Return whether the lever has other values than those for which the intervention is written.

        A policy is written for the district's own values, a dated rule for those of parameters.toml. A measure is
        written for the people whom it reaches, whatever the value of the lever is.
        """
        return (
            self._has_other_values
            or isinstance(resolved.stated, PurchasedEffect)
            or (
                isinstance(resolved.intervention, DatedRule)
                and any(self._own[name].status == "calibrated" for name in resolved.members)
            )
        )

    def _clip(self, target: Values, members: tuple[str, ...]) -> Values:
        """Clip the target to each member's range."""
        low, high = (np.array([getattr(self._parameters[name], end) for name in members]) for end in ("low", "high"))
        rows = target.reshape(len(members), -1)
        return np.asarray(np.clip(rows, low[:, None], high[:, None]).reshape(target.shape))

    def _check_range(self, base: Values, target: Values, resolved: _Resolved) -> None:
        if np.isnan(target).any():
            raise InputError(
                "the product of infinity and 0 is undefined",
                given=resolved.intervention.amount,
                allowed="`set` instead of `multiply`, because the lever is infinite",
            )
        moving = base != target
        infinite = np.isinf(base[moving]) | np.isinf(target[moving])
        if resolved.intervention.ramp_months > 1 and infinite.any():
            raise InputError(
                "a ramp to or from infinity is not possible",
                given=f"ramp_months = {resolved.intervention.ramp_months}",
                allowed="ramp_months = 1, or a finite value",
            )
        for name, extreme in _extremes(target, resolved):
            try:
                check_range(extreme, self._parameters[name])
            except InputError as error:
                if resolved.intervention.operation == "set":
                    raise
                known = {"problem": error.problem, "name": name, "extreme": extreme}
                raise InputError(
                    Message("{problem}: {name} would be {extreme:g}", **known),
                    given=resolved.intervention.amount,
                    allowed=error.allowed,
                ) from None


@dataclass(frozen=True)
class _Written:
    """A scenario that is equal to another one if both have the same interventions and purchases."""

    content: tuple[str, ...]
    scenario: Scenario = field(compare=False)


@lru_cache(maxsize=64)
def _check_written(written: _Written, district: District) -> None:
    """Check a scenario with the values for which it is written, once for all draws."""
    Timeline(written.scenario, district)


@lru_cache(maxsize=_KEPT_BASELINES)
def _baseline_timeline(district: District, parameters: Parameters) -> Timeline:
    """Return the timeline without a policy, whose initial values and dated rules those of all policies share."""
    return Timeline(BASELINE, district, parameters)


def _extremes(values: Values, resolved: _Resolved) -> Iterator[tuple[str, float]]:
    """Return the smallest and the largest value of each number that an intervention changes, with its name."""
    for name, row in zip(resolved.members, values.reshape(len(resolved.members), -1), strict=True):
        yield name, float(row.min())
        yield name, float(row.max())


@dataclass(frozen=True)
class LeverChange:
    """The value of a lever before and after a change, where it changes.

    Attributes:
        lever: name of the lever or of one of its members.
        before, after: mean values over the streets and groups in which the lever changes.
    """

    lever: str
    before: float
    after: float


def lever_changes(
    measure: Measure, share: float, month: int, district: District, parameters: Parameters | None = None
) -> list[LeverChange]:
    """Compute the changes of levers if a measure reaches a share of its people.

    Args:
        measure: the measure.
        share: share of its people who are reached.
        month: number of the month in which the change begins.
        district: the district.
        parameters: numbers of the measure and values of the levers; None: the district's own.

    Returns:
        One entry per lever, or member of a lever, that changes.

    Raises:
        InputError: an effect of the measure does not fit the district.
    """
    effects = effects_at(measure, share, month, None, district.parameters if parameters is None else parameters)
    timeline = Timeline(
        Scenario(measure.name, measure.label, "", measure.source, tuple(effects)), district, parameters
    )
    before, after = timeline.at(month - 1), timeline.at(month)
    changes = []
    for name in dict.fromkeys(effect.intervention.lever.partition(".")[0] for effect in effects):
        lever = levers()[name]
        old, new = (np.reshape(getattr(at, name), (len(lever.names), -1)) for at in (before, after))
        for member, was, becomes in zip(lever.names, old, new, strict=True):
            changed = was != becomes
            if changed.any():
                changes.append(LeverChange(member, float(was[changed].mean()), float(becomes[changed].mean())))
    return changes


def check_measures(district: District) -> None:
    """Check the measures of a district at their values and at both ends of their ranges.

    Raises:
        InputError: an effect does not fit the district, leaves the range of its lever, or changes nothing.
    """
    own = district.parameters
    month = parse_month(START) + 1
    for measure in district.measures:
        people_of(measure, district, month)
        numbers = [own[effect.number] for effect in measure.effects]
        for values in (
            {},
            {number.name: number.low for number in numbers},
            {number.name: number.high for number in numbers},
        ):
            changes = lever_changes(measure, 1.0, month, district, own.override(values))
            if not values:
                _check_changes(measure, {change.lever for change in changes})


def _check_changes(measure: Measure, changed: set[str]) -> None:
    """Check that every effect of a measure changes its lever."""
    for number, effect in enumerate(measure.effects, 1):
        root = effect.lever.partition(".")[0]
        names = {effect.lever} if effect.lever != root else set(levers()[root].names)
        if not names & changed:
            raise InputError(
                "the effect changes nothing, because the lever has this value already, is 0 or is unlimited",
                file=measure.file,
                key=f"{measure.place}, effect {number}, {effect.operation}",
                given=effect.lever,
                allowed="an effect on a lever that it can change",
            )
