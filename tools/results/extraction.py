"""Extraction of the quoted figures from the files that a command wrote, one function per run.

Each function takes the results folder of its run. The figures have full precision and are named like the columns and
keys of the files; shares are in percent, effects in points.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.statistics import estimate_parts
from takeup.district import POSTERIOR, SUMMARY, load_district
from takeup.report.formatting import PERCENT
from takeup_calibration.reproducibility import compare_calibrations, read_calibration
from takeup_calibration.sensitivity.analysis import SHARE
from takeup_calibration.sensitivity.screening import NEGLIGIBLE_VERDICTS
from tools.results.fingerprint import DISTRICT

Figures = dict[str, Any]
_STAY_YEARS: Final = {
    "under_1": (0, 12),
    "1_to_3": (12, 36),
    "3_to_5": (36, 60),
    "5_to_10": (60, 120),
    "over_10": (120, 12_000),
}
"""First month of each band of completed years of residence, and the first month of the next."""
_YOUNG: Final = "16-24"
_REASONS: Final = {
    "lapsed": ("forgot", "moved", "disappointed"),
    "not_eligible": ("not_long_here", "never_registered", "registration_broken"),
    "knowledge": ("unaware", "not_understood"),
    "burden": ("documents", "trips", "waiting", "fee", "stigma"),
}
"""Groups of reasons that the documents sum."""
_EFFECT: Final = "effect "


def parameters(_: Path) -> Figures:
    """Count the parameters of the district by status, before and after calibration."""
    stated = load_district(DISTRICT, calibrated=False).parameters.count_by_status()
    used = load_district(DISTRICT).parameters.count_by_status()
    return {
        "all": sum(stated.values()),
        **{status: stated[status] for status in ("observed", "derived", "assumed")},
        "calibrated": used["calibrated"],
        "calibrated_of": {status: stated[status] - used[status] for status in ("derived", "assumed")},
    }


def calibration(_: Path) -> Figures:
    """Read the summary of the shipped calibration, and describe the shipped posterior."""
    folder = load_district(DISTRICT).folder
    summary: Figures = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    posterior = pd.read_parquet(folder / POSTERIOR)
    shares = summary["coverage"]["shares"]
    constrained = [name for name in summary["coverage"]["constrained"] if name in summary["parameters"]]
    return {
        **{name: summary[name] for name in ("effective_sample", "rows", "waves", "agents", "seed", "diagnostics")},
        "number_of_waves": len(summary["waves"]),
        "fitted_targets": sum(target["fitted"] for target in summary["targets"].values()),
        "fitted_experiments": sum(each["fitted"] for each in summary["experiments"].values()),
        "predictions": {row["kind"]: row for row in summary["predictions"]["scores"]},
        "observations": {
            row["observation"]: {name: row[name] for name in ("observed", "low", "median", "high")}
            for row in summary["predictions"]["observations"]
        },
        "checks": len(summary["diagnostics"]),
        "checks_passed": sum(check["passed"] for check in summary["diagnostics"]),
        "targets": {name: _quantiles(target["posterior"]) for name, target in summary["targets"].items()},
        "effects": {
            name: {
                "prior": _quantiles(effect["prior"]),
                "posterior": _quantiles(effect["posterior"]),
                "median_error": effect["median_error"],
                "coverage": shares[f"{_EFFECT}{name}"],
                "coverage_error": summary["coverage"]["errors"][f"{_EFFECT}{name}"],
            }
            for name, effect in summary["effects"].items()
        },
        "larger_effect": {
            one: {
                other: PERCENT * float((posterior[f"{_EFFECT}{one}"] > posterior[f"{_EFFECT}{other}"]).mean())
                for other in summary["effects"]
                if other != one
            }
            for one in summary["effects"]
        },
        "parameters": len(summary["parameters"]) - ("dummy" in summary["parameters"]),
        "constrained": {
            name: {
                "sd_ratio": summary["parameters"][name]["sd_ratio"],
                "coverage": shares[name],
                "coverage_error": summary["coverage"]["errors"][name],
            }
            for name in constrained
        },
        "number_constrained": len(constrained),
        "directions": [{"words": each["words"], "spread": each["spread"]} for each in summary["directions"]],
        "coverage": {
            "lowest": min(shares.values()),
            "highest": max(shares.values()),
            "test_points": summary["coverage"]["truths"],
            "excluded": summary["coverage"]["left_out"],
        },
        "posterior": {
            "draws": len(posterior),
            "distinct_draws": int(posterior["row"].nunique()),
            "sha256": hashlib.sha256((folder / POSTERIOR).read_bytes()).hexdigest(),
        },
    }


def calibrations(folder: Path) -> Figures:
    """Read the effects of policies under the shipped and other calibrations, and compare those of all seeds."""
    stored = {"shipped": read_calibration(DISTRICT)}
    stored |= {each.name: read_calibration(each) for each in sorted(folder.iterdir())}
    seeds = {name: each for name, each in stored.items() if each.setting == stored["seed_2"].setting}
    comparison = compare_calibrations(list(seeds.values()))
    ordered = {"shipped": stored["shipped"], **seeds, **stored}
    return {
        "calibrations": {name: _described_calibration(each.folder) for name, each in ordered.items()},
        "seeds": list(comparison.seeds),
        "limit": comparison.limit,
        "largest_difference": {each.policy: each.largest for each in comparison.policies},
        "agree": comparison.agrees,
    }


def _described_calibration(folder: Path) -> Figures:
    summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    return {
        "seed": summary["seed"],
        "effective_sample": summary["effective_sample"],
        "effects": {name: _quantiles(effect["posterior"]) for name, effect in summary["effects"].items()},
    }


def reruns(folder: Path) -> Figures:
    """Read the predictions of targets by calibrations without them, each in a folder with the target's name."""
    figures = {}
    for each in sorted(folder.iterdir()):
        summary = json.loads((each / SUMMARY).read_text(encoding="utf-8"))
        (row,) = (row for row in summary["predictions"]["observations"] if row["observation"] == each.name)
        shown = ("observed", "low", "median", "high", "inside", "log_score", "null_log_score")
        figures[each.name] = {name: row[name] for name in shown}
        figures[each.name]["effective_sample"] = summary["effective_sample"]
    return figures


def people(folder: Path) -> Figures:
    """Describe the residents at the end of the history: stays, age and housing, in percent."""
    table = pd.read_parquet(folder / "people.parquet", columns=["age", "housing", "status", "residence_months"])
    months = table["residence_months"]
    return {
        "stay": {
            name: PERCENT * float(((months >= first) & (months < after)).mean())
            for name, (first, after) in _STAY_YEARS.items()
        },
        "young": PERCENT * float((table["age"] == _YOUNG).mean()),
        "owned": PERCENT * float((table["housing"] == "owned").mean()),
        "valid": PERCENT * float((table["status"] == "valid").mean()),
    }


def compare(folder: Path) -> Figures:
    """Read the effect of each scenario over draws: median, mean and interval."""
    table = pd.read_parquet(folder / "ensemble.parquet").set_index("scenario")
    drawn = pd.read_parquet(folder / "draws.parquet")
    last = drawn[drawn["month"] == drawn["month"].max()]
    means = last.groupby(["scenario", "draw"])["difference_points"].mean().groupby("scenario").mean()
    return {
        str(name): {**_row(row, ["median", "low", "high"]), "mean": float(means[name])}
        for name, row in table.iterrows()
    }


def why(folder: Path) -> Figures:
    """Read the reasons and the contributions of the obstacles, over draws."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    funnel = pd.read_parquet(folder / "funnel.parquet")
    baseline = funnel[funnel["scenario"] == summary["scenario"]]
    reasons = _reason_shares(baseline, "all", "all")
    by_run = pd.read_parquet(folder / "obstacles_by_run.parquet")
    obstacles = list(summary["obstacles"])
    combinations = pd.read_parquet(folder / "combinations.parquet").set_index(obstacles)["take_up_percent"]
    nothing, everything = combinations[(False,) * len(obstacles)], combinations[(True,) * len(obstacles)]
    largest = Counter(by_run[obstacles].idxmax(axis=1))
    alone = {name: float(combinations[tuple(each == name for each in obstacles)] - nothing) for name in obstacles}
    last = {name: float(everything - combinations[tuple(each != name for each in obstacles)]) for name in obstacles}
    return {
        "runs": summary["runs"],
        "persons_per_agent": summary["persons_per_agent"],
        "reasons": {
            **{name: _estimate(values) for name, values in reasons.items()},
            **{
                group: _estimate(np.sum([reasons[name] for name in names], axis=0))
                for group, names in _REASONS.items()
            },
        },
        "not_removable_reasons": {name: each["percent"] for name, each in summary["not_removable_causes"].items()},
        "valid_by_housing": {
            level: _estimate(_reason_shares(baseline, "housing", level)["valid"])
            for level in ("registered_lease", "informal_lease", "dormitory", "owned")
        },
        "obstacles": {
            name: {
                **{("center" if key == "points" else key): value for key, value in estimate.items()},
                "alone": alone[name],
                "last": last[name],
                "largest_in": largest[name],
            }
            for name, estimate in summary["obstacles"].items()
        },
        "alone": {"lowest": min(alone.values()), "highest": max(alone.values()), "sum": sum(alone.values())},
        "gap": summary["gap"],
        "not_removable": summary["not_removable"],
        "take_up_now": float(nothing),
        "take_up_without": float(everything),
    }


def trial(folder: Path) -> Figures:
    """Read the estimates of the trials and the sizes of their arms, by month."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    quantities = ("itt", "naive_points", "true_effect_points", "spillover_points", "bias_points", "imbalance_points")
    return {
        "runs": summary["runs"],
        "persons_per_agent": summary["persons_per_agent"],
        "months": {
            when: {
                **{name: _with_center(month[name]) for name in quantities},
                "assigned": float(np.mean([arm["assigned"] for arm in month["arms"].values()])),
                "persons": float(np.mean([arm["persons"] for arm in month["arms"].values()])),
            }
            for when, month in summary["months"].items()
        },
    }


def plan(folder: Path) -> Figures:
    """Read every package; the recommended one and those on the frontier by their names.

    In names of packages there are no blanks, and "_" stands for the dot between an option and its size.
    """
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    table = pd.read_parquet(folder / "packages.parquet")
    table["name"] = table["options"].str.replace(" ", "").str.replace(".", "_")
    table["cost_million"] = table["cost_cny"] / 1e6
    table["near_best"] = PERCENT * table["probability_near_best"]
    table["yuan_per_permit"] = table["cost_cny"] / table["additional_permits"]
    columns = ["options", "cost_million", "additional_permits", "yuan_per_permit", "points", "low", "high"]
    columns += ["draws", "near_best"]
    best = table[table["recommended"]].iloc[0]
    return {
        "runs": summary["runs"],
        "agents_represent": summary["persons_per_agent"],
        "within_budget": int(table["within_budget"].sum()),
        "judged": summary["packages_judged"],
        "recommended": {"name": best["name"], **_row(best, columns)},
        "unspent_million": (summary["budget_cny"] - float(best["cost_cny"])) / 1e6,
        "frontier": [name for name in table.loc[table["on_frontier"], "name"] if name != "nothing"],
        "packages": {row["name"]: _row(row, columns) for _, row in table.iterrows()},
    }


def voi(folder: Path) -> Figures:
    """Read the values of the candidates, and of the choice between the two reported scenarios."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    table = pd.read_parquet(folder / "voi.parquet")
    pair = summary["between"]
    best = summary["best_on_average"]
    columns = [
        "title",
        "evsi_points",
        "low",
        "high",
        "usual_points",
        "order",
        "gain_given_earlier",
        "gain_low",
        "gain_high",
    ]
    return {
        "draws": summary["draws"],
        "distinct_draws": summary["distinct_draws"],
        "mean_benefit": summary["mean_benefit"],
        "best": best,
        "best_in": PERCENT * summary["best_under_share_of_draws"][best],
        "evpi": summary["evpi"],
        "pair": {
            **{key: pair[key] for key in ("one", "other", "sd", "evpi")},
            "advantage": {pair["one"]: pair["mean"], pair["other"]: -pair["mean"]},
            "better": {
                pair["one"]: PERCENT * pair["one_better"],
                pair["other"]: PERCENT * (1.0 - pair["one_better"]),
            },
        },
        "candidates": {
            row["candidate"]: {
                **_row(row, columns),
                "share_of_evpi": _number(PERCENT * row["share_of_evpi"]),
                "removed": {
                    key: _number(PERCENT * value)
                    for key, value in _ends(pair["variance_removed"][row["candidate"]]).items()
                },
                "between": _ends(pair["evsi"][row["candidate"]]),
            }
            for _, row in table.iterrows()
        },
    }


def sensitivity(folder: Path) -> Figures:
    """Read the mean effects of the parameters on each output, the largest first, and that of another seed."""
    table = pd.read_parquet(folder / "sensitivity.parquet")
    table = table[(table["method"] == "morris") & (table["index"] == "mu_star")]
    outputs: Figures = {}
    for output, rows in table.groupby("output", sort=False):
        noise = rows[rows["parameter"] == "chance"]
        known = rows[~rows["parameter"].isin(["chance", "dummy"])]
        ranked = known[known["resolved"]].sort_values("value", ascending=False)
        outputs[str(output).removeprefix(_EFFECT)] = {
            "largest": ranked[["parameter", "value", "low", "high"]].head(4).to_dict("records"),
            "chance": _number(noise["value"].iloc[0]),
            "indices": len(known),
            "not_resolved": int((~known["resolved"]).sum()),
        }
    not_resolved = [each["not_resolved"] for each in outputs.values()]
    return {
        "outputs": outputs,
        "parameters": max(each["indices"] for each in outputs.values()),
        "fewest_not_resolved": min(not_resolved),
        "most_not_resolved": max(not_resolved),
    }


def screening(folder: Path) -> Figures:
    """Read the verdicts of a screening on numbers and on members of parameters, and the effect of another seed."""
    summary = json.loads((folder / "screening.json").read_text(encoding="utf-8"))
    names = {
        kind: {verdict: [each["name"] for each in changes] for verdict, changes in verdicts.items()}
        for kind, verdicts in summary["verdicts"].items()
    }
    table = pd.read_parquet(folder / "screening.parquet")
    together = table[(table["kind"] == "together") & (table["output"] == SHARE)]
    noise = summary["noise"]
    of_effects = [value for name, value in noise.items() if name.startswith(_EFFECT)]
    return {
        "numbers": names["number"],
        "merged": names["merged"],
        "negligible": sum(len(names["number"][verdict]) for verdict in NEGLIGIBLE_VERDICTS),
        "together": float(together["effect"].iloc[0]),
        "noise": {
            "share": noise[SHARE],
            "least_effect": min(of_effects),
            "largest_effect": max(of_effects),
        },
        **{name: summary[name] for name in ("draws", "evaluations", "tolerance", "cannot_vary")},
    }


def validation(folder: Path) -> Figures:
    """Count the verdicts, and read the model's values."""
    table = pd.read_parquet(folder / "validation.parquet")
    return {
        "findings": len(table),
        "verdicts": dict(Counter(table["verdict"])),
        "values": {row["finding"]: _row(row, ["median", "low", "high"]) for _, row in table.iterrows()},
    }


def _reason_shares(funnel: pd.DataFrame, attribute: str, level: str) -> dict[str, NDArray[np.float64]]:
    """Return the percent of a group with each reason, shape (runs,)."""
    rows = funnel[(funnel["attribute"] == attribute) & (funnel["level"] == level)]
    table = PERCENT * rows.pivot_table(index="replicate", columns="cause", values="share", observed=True)
    return {str(name): table[name].to_numpy(np.float64) for name in table}


def _estimate(values: NDArray[np.float64]) -> dict[str, float]:
    estimated = estimate_parts(values, drawn=True)
    return {key: _number(float(getattr(estimated, key))) for key in ("center", "low", "high")}


def _quantiles(values: list[float]) -> dict[str, float]:
    return dict(zip(("low", "median", "high"), values, strict=True))


def _with_center(estimate: dict[str, float]) -> dict[str, float]:
    return {"center": estimate["points"], "low": estimate["low"], "high": estimate["high"]}


def _ends(estimate: dict[str, float], factor: float = 1.0) -> dict[str, float]:
    return {key: factor * estimate[key] for key in ("value", "low", "high")}


def _row(row: pd.Series[Any], columns: list[str]) -> Figures:
    return {name: _number(row[name]) for name in columns}


def _number(value: Any) -> Any:
    """Return a value of a table as JSON can hold it: None if it is missing."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is pd.NA or (isinstance(value, float) and not math.isfinite(value)) else value
