"""Sentences and phrases of an optimisation, for the terminal, the figure and the files."""

from __future__ import annotations

import pandas as pd

from takeup.analysis.optimise import OptimisationResult
from takeup.analysis.optimise.search import EMPTY_PACKAGE, NEAR_POINTS
from takeup.analysis.uncertainty import interval_contents, replicates_phrase
from takeup.report.formatting import CONFIDENCE, CREDIBLE, PERCENT, count, decimal, printable, rough, signed
from takeup.report.i18n import ENGLISH, Language


def interval_level(result: OptimisationResult) -> str:
    """Return the level of the intervals, such as "90 %"."""
    return CREDIBLE if result.spec.drawn else CONFIDENCE


def population_phrase(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Describe the target population, such as "everyone" or "housing: dormitory"."""
    target = result.trace.target
    if target.group is None:
        return translate("everyone")
    level = translate.level(result.spec.district.population, target.attribute, target.level)
    return translate("{attribute}: {level}", attribute=translate.words(target.attribute), level=level)


def runs_phrase(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Describe the runs over which estimates are taken."""
    if result.spec.drawn:
        return translate("{number} draws of the posterior", number=count(result.draws))
    replicates = replicates_phrase(result.draws, translate)
    return translate("{replicates} with the district's own values", replicates=replicates)


def package_phrase(result: OptimisationResult, row: pd.Series, translate: Language = ENGLISH) -> str:
    """Describe the package of a row by the names of its options and sizes, or as nothing."""
    return translate("nothing") if row["options"] == EMPTY_PACKAGE else printable(str(row["options"]))


def headline_sentence(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Write the sentence on the recommended package, its cost, effect and uncertainty."""
    row, budget = result.recommended, translate.yuan(result.spec.space.budget)
    until = month_reached(result, translate)
    if not any(result.best):
        return translate(
            "Within {budget} yuan, no evaluated package adds to take-up by {month}: buy nothing.",
            budget=budget,
            month=until,
        )
    permits = count(rough(row["additional_permits"]))
    effect = {
        "budget": budget,
        "package": row["options"],
        "cost": translate.yuan(row["cost_cny"]),
        "month": until,
        "points": signed(row["points"]),
        "interval": "" if result.draws == 1 else _interval_of_effect(result, translate),
        "share": decimal(PERCENT * row["probability_near_best"], 0),
        "runs": runs_phrase(result, translate),
        "near": decimal(NEAR_POINTS, 0),
    }
    if result.trace.target.group is None:
        return translate(
            "Within {budget} yuan, {package} is best: for {cost} yuan it adds about {permits} valid permits by "
            "{month}, {points} points{interval}; in {share} % of {runs} it is within {near} point of the best "
            "package known.",
            permits=permits,
            **effect,
        )
    return translate(
        "Within {budget} yuan, {package} is best: for {cost} yuan it adds about {permits} valid permits among "
        "{people} by {month}, {points} points{interval}; in {share} % of {runs} it is within {near} point of the "
        "best package known.",
        permits=permits,
        people=population_phrase(result, translate),
        **effect,
    )


def _interval_of_effect(result: OptimisationResult, translate: Language) -> str:
    """Format the interval of the recommended package's effect in brackets."""
    row = result.recommended
    return translate(
        " ({range}, {contents})",
        range=translate.interval(row["low"], row["high"], signed),
        contents=interval_contents(drawn=result.spec.drawn, translate=translate),
    )


def cheaper_alternative(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Write the sentence on the cheapest package with nearly the same effect, or ""."""
    front, best = result.frontier, result.recommended
    near = front[(front["points"] >= best["points"] - NEAR_POINTS) & (front["cost_cny"] < best["cost_cny"])]
    if near.empty:
        return ""
    row = near.iloc[0]
    return translate(
        "Within {near} point of it, and cheaper: {package}, {cost} yuan, {points} points.",
        near=decimal(NEAR_POINTS, 0),
        package=package_phrase(result, row, translate),
        cost=translate.yuan(row["cost_cny"]),
        points=signed(row["points"]),
    )


def interval_note(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Describe the estimates and intervals in the results of an optimisation."""
    runs = runs_phrase(result, translate)
    if result.spec.drawn:
        text = translate(
            "Medians over {runs}, and the intervals that contain 90\u00a0% of them: parameter uncertainty and Monte "
            "Carlo error, without uncertainty about the rules.",
            runs=runs,
        )
    elif result.draws == 1:
        text = translate(
            "One run with the district's own values: it shows neither Monte Carlo error nor parameter uncertainty."
        )
    else:
        text = translate(
            "Means over {runs}, and 95\u00a0% intervals of these means (t distribution): Monte Carlo error alone, "
            "without parameter uncertainty.",
            runs=runs,
        )
    each = result.spec.persons_per_agent
    persons = translate("Each simulated person represents {number} persons of the district.", number=decimal(each))
    near = translate(
        "Near best: share of the runs in which the package is within {near} point of the best package.",
        near=decimal(NEAR_POINTS, 0),
    )
    return translate.join([text, *([] if each == 1.0 else [persons]), near])


def search_note(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Describe the number of evaluated packages, the end of the search, and the race."""
    trace = result.trace
    number = result.spec.space.number_phrase(len(trace.packages), translate)
    if trace.is_exhaustive:
        text = translate("All {packages} within the budget were evaluated.", packages=number)
    elif trace.has_converged:
        text = translate(
            "{packages} were evaluated in a search; it stopped because no neighbour could improve the result.",
            packages=number,
        )
    else:
        text = translate(
            "{packages} were evaluated in a search, which stopped at the limit of --most.", packages=number
        )
    batches = [_batch_phrase(result, draws, packages, translate) for draws, packages in trace.rounds]
    race = translate(
        "Number of packages in each batch of the race: {batches}.", batches=translate(", ").join(batches)
    )
    return translate.join([text, race])


def _batch_phrase(result: OptimisationResult, draws: int, packages: int, translate: Language) -> str:
    """Describe a batch of the race, such as "12 with 5 draws"."""
    numbers = {"packages": f"{packages:,}", "draws": f"{draws:,}"}
    if result.spec.drawn:
        return translate("{packages} with {draws} draws", **numbers)
    return translate("{packages} with {draws} seeds", **numbers)


def month_reached(result: OptimisationResult, translate: Language) -> str:
    """Name the month by which take-up is compared."""
    return translate.month(result.spec.ensemble.task.settings.until)
