"""The commands `takeup calibrate`, `reproducibility`, `sensitivity` and `voi`.

`takeup` imports this module when one of them runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Final, cast, get_args

import typer

from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.overrides import Overrides, agents_of
from takeup.console.progress import print_folder, progress
from takeup.district import POSTERIOR, TARGETS, load_district, read_posterior
from takeup.errors import InputError
from takeup.limits import validate_int
from takeup.message import Message
from takeup.report.i18n import Language
from takeup.report.results_folder import command_line
from takeup.scenario import Scenario, load_scenario
from takeup_calibration import calibrator, report
from takeup_calibration.calibrator import DEFAULTS, CalibrationSettings, Calibrator
from takeup_calibration.evaluator import Evaluator
from takeup_calibration.experiments import EXPERIMENTS, Experiment, read_observations
from takeup_calibration.observations import Observation, infeasible_observations, jointly_infeasible_pairs
from takeup_calibration.prediction import predict_observations, rerun_unreliable
from takeup_calibration.priors import fix_parameters, prior_dimensions
from takeup_calibration.recalibration import estimate_coverage, estimate_ranks
from takeup_calibration.reproducibility import compare_places, print_comparison
from takeup_calibration.sensitivity import analysis, screening, screening_report
from takeup_calibration.sensitivity import report as sensitivity_report
from takeup_calibration.targets import Target, contradictory_pairs
from takeup_calibration.voi import estimators, evidence
from takeup_calibration.voi import report as voi_report

_FITTED: Final = "What to fit"
_METHOD: Final = "Method"

_METHODS: Final = get_args(calibrator.Method)
_SENSITIVITY_ROWS: Final[dict[analysis.Method, int]] = {"morris": 40, "sobol": 256}
"""Default of --rows by method."""
_BOTH: Final = "both"
_SCREENING: Final = "screening"
_SCREENING_ROWS: Final = 4
"""Default of --rows for screening: draws of the posterior."""
_TOLERANCE: Final = 0.1
"""Default of --tolerance, in percentage points."""
_DEFAULT_DISTRICT: Final = "liwan"
_ONE_PRIOR: Final = Message('at least one parameter with a "prior"')
_MAX_ROWS, _MAX_WAVES, _MAX_DRAWS = 2**16, 100, 100_000


Agents = Annotated[int, options.number_option("--agents", "Set the number of simulated migrants per evaluation.")]


def calibrate(
    district: options.DistrictArgument,
    targets: Annotated[
        Path | None,
        typer.Option(
            "--targets",
            metavar="FILE.toml",
            help="Read the targets from this file instead of the district's own.",
            rich_help_panel=_FITTED,
        ),
    ] = None,
    experiments: Annotated[
        bool,
        typer.Option(
            "--experiments", help="Also fit the shipped experiments, published elsewhere.", rich_help_panel=_FITTED
        ),
    ] = False,
    experiments_file: Annotated[
        Path | None,
        typer.Option(
            "--experiments-file",
            metavar="FILE.toml",
            help="Also fit the experiments of this file, not the shipped ones.",
            rich_help_panel=_FITTED,
        ),
    ] = None,
    fit: Annotated[
        list[str] | None,
        typer.Option(
            "--fit",
            metavar="NAME",
            help="Also fit a target or an experiment that its file marks with fit = false; may be repeated.",
            rich_help_panel=_FITTED,
        ),
    ] = None,
    leave: Annotated[
        list[str] | None,
        typer.Option(
            "--leave",
            metavar="NAME",
            help="Do not fit a target or an experiment of the files; may be repeated.",
            rich_help_panel=_FITTED,
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="waves|gp",
            help="Choose the method: several waves of runs, or gp, a cross-check by one wave from a surrogate.",
            rich_help_panel=options.SIZE,
        ),
    ] = DEFAULTS.method,
    rows: Annotated[
        int, options.number_option("--rows", "Set the number of points of the first wave.")
    ] = DEFAULTS.rows,
    waves: Annotated[int, options.number_option("--waves", "Set the maximal number of waves.")] = DEFAULTS.waves,
    effective: Annotated[
        int,
        options.number_option(
            "--effective", "Set the effective sample size from which no further wave is evaluated."
        ),
    ] = int(DEFAULTS.effective),
    draws: Annotated[
        int, options.number_option("--draws", "Set the number of draws of the posterior.")
    ] = DEFAULTS.draws,
    confirm: Annotated[
        int, options.number_option("--confirm", "Set the number of draws that are also evaluated at full size.")
    ] = DEFAULTS.confirmed,
    rerun: Annotated[
        bool,
        typer.Option(
            "--rerun",
            help="Calibrate again without each observation that reweighting does not predict reliably.",
            rich_help_panel=options.SIZE,
        ),
    ] = False,
    agents: Agents = DEFAULTS.agents,
    seed: Annotated[int, options.number_option("--seed", "Set the seed of the design.")] = DEFAULTS.seed,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    installed: Annotated[
        bool,
        typer.Option(
            "--install",
            help="Write the posterior to the district's folder too, where commands read it.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    language: options.LanguageCode = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Estimate the posterior of a district's parameters, given its targets.

    With --experiments, the published effects of experiments elsewhere are fitted too, with their transfer errors.

    If interrupted, run the same command again to resume.

    Example:
        takeup calibrate liwan --experiments
    """
    translate = choose_language(language)
    place = load_district(district, calibrated=False)
    file = targets if targets is not None else place.folder / TARGETS
    if experiments and experiments_file is not None:
        raise InputError(
            "two files of experiments are requested",
            key="--experiments, --experiments-file",
            given=experiments_file,
            allowed="one of the two options",
        )
    observed = read_observations(file, EXPERIMENTS if experiments else experiments_file)
    selected = _select(observed, file, fit or [], leave or [])
    if not prior_dimensions(place.parameters):
        raise InputError("no parameter has a prior", file=place.folder / "parameters.toml", allowed=_ONE_PRIOR)
    _check_known("--method", [method], _METHODS, "unknown method")
    settings = CalibrationSettings(
        validate_int(rows, "--rows", 2, _MAX_ROWS),
        validate_int(waves, "--waves", 1, _MAX_WAVES),
        validate_int(effective, "--effective", 1, _MAX_ROWS),
        agents=validate_int(agents, "--agents", 1, place.population.most),
        draws=validate_int(draws, "--draws", 1, _MAX_ROWS),
        confirmed=validate_int(confirm, "--confirm", 0, _MAX_ROWS),
        seed=options.seed_and_replicates(seed, 1)[0],
        method=cast("calibrator.Method", method),
    )
    agents_of(place, agents, Overrides())
    folder = options.results_folder(out, f"calibrate-{place.name}")
    _warn_of_contradictions([each for each in selected if isinstance(each, Target)], translate)
    with (
        Evaluator.open(folder, options.worker_count(workers, settings.rows), cluster) as evaluator,
        progress(translate("Evaluating points"), settings.rows, quiet=quiet, translate=translate) as show_progress,
    ):

        def on_step(step: str, done: int, total: int) -> None:
            show_progress(done, total, step)

        calibration = Calibrator(place, selected, settings, evaluator, on_step, translate).run()
        predictions = (
            rerun_unreliable(calibration, evaluator, on_step, translate)
            if rerun
            else predict_observations(calibration)
        )
    design = calibration.design
    summary = report.summarise(calibration, predictions, estimate_coverage(design), estimate_ranks(design))
    report.write_results(folder, calibration, summary, translate)
    if not quiet:
        report.print_summary(summary, translate)
        print_folder(folder / translate.file_name("report.html"), translate)
    if _report_infeasible(calibration, translate):
        raise typer.Exit(1)
    if installed:
        for written in report.install(place.folder, calibration, summary):
            typer.echo(translate("Installed: {file}", file=written))


def reproducibility(
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="PLACE...",
            help="Results folders of `takeup calibrate` with different values of --seed, or districts whose "
            "calibration is installed.",
        ),
    ],
    language: options.LookupLanguage = None,
) -> None:
    """Compare calibrations with different seeds, without a simulation.

    The median effects of each policy must agree within their Monte Carlo errors. Otherwise the exit code is 1.

    Example:
        takeup reproducibility liwan results/seed-2
    """
    comparison = compare_places(places)
    print_comparison(comparison, choose_language(language))
    if not comparison.agrees:
        raise typer.Exit(1)


def sensitivity(
    named: Annotated[
        str | None, typer.Argument(metavar="DISTRICT", help="Same as --district.", show_default=False)
    ] = None,
    district: options.DistrictName = _DEFAULT_DISTRICT,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="morris|sobol|both|screening",
            help="Choose the method; both applies Sobol to the parameters that Morris finds influential, and "
            "screening lists the numbers that no output depends on.",
            rich_help_panel=_METHOD,
        ),
    ] = "morris",
    rows: Annotated[
        int | None,
        options.number_option(
            "--rows",
            f"Set the number of Morris trajectories (default: {_SENSITIVITY_ROWS['morris']}), of Sobol base "
            f"points, a power of two (default: {_SENSITIVITY_ROWS['sobol']}), or of draws of the posterior for "
            f"screening (default: {_SCREENING_ROWS}).",
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="NAME,NAME",
            help="Compute Sobol indices of each of these parameters, and of all others as one group.",
            rich_help_panel=_METHOD,
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        options.number_option(
            "--tolerance",
            f"Set the effect that screening takes as negligible in any case (default: {_TOLERANCE:g}).",
            metavar="POINTS",
            parser=options.parse_float,
            panel=_METHOD,
        ),
    ] = None,
    posterior: options.PosteriorFile = None,
    agents: Agents = 24_000,
    seed: Annotated[int, options.number_option("--seed", "Set the seed of the design and of the runs.")] = 1,
    settings: options.Set = None,
    parameters: options.ParametersFile = None,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    language: options.LanguageCode = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Estimate how take-up and policy effects depend on each uncertain parameter.

    Parameters are varied over their priors, before any calibration.

    The method screening varies every number of the district around draws of the posterior.

    If interrupted, run the same command again to resume. A run with more --rows reuses the finished evaluations.

    Example:
        takeup sensitivity liwan --method morris --rows 40
    """
    translate = choose_language(language)
    if named is not None and district not in (named, _DEFAULT_DISTRICT):
        raise InputError(
            "the option conflicts with the argument DISTRICT", key="--district", given=district, allowed=named
        )
    _check_known("--method", [method], (*_SENSITIVITY_ROWS, _BOTH, _SCREENING), Message("unknown method"))
    place = load_district(named or district, calibrated=False)
    values = Overrides(settings, parameters).checked(place)
    options.seed_and_replicates(seed, 1)
    validate_int(agents_of(place, agents, values), "--agents", 1, place.population.most)
    if method == _SCREENING:
        count = validate_int(_SCREENING_ROWS if rows is None else rows, "--rows", screening.MIN_DRAWS, _MAX_DRAWS)
        if only is not None:
            raise _no_indices(only, method)
        drawn = read_posterior(place.folder / POSTERIOR if posterior is None else posterior, place.parameters)
        points = _TOLERANCE if tolerance is None else tolerance
        screened = screening.make_design(place, drawn, count, agents, seed, points, values)
        folder = options.results_folder(out, f"screening-{place.name}")
        _screen(screened, folder, options.worker_count(workers, _MAX_ROWS), cluster, translate, quiet=quiet)
        return
    for option, value in {"--tolerance": tolerance, "--posterior": posterior}.items():
        if value is not None:
            raise InputError(
                Message("the option has no effect with --method {method}", method=method),
                key=option,
                given=value,
                allowed=Message("{option} with --method {method}", option=option, method=_SCREENING),
            )
    names = [dimension.name for dimension in prior_dimensions(fix_parameters(place.parameters, values))]
    if not names:
        raise InputError("no parameter has a prior", file=place.folder / "parameters.toml", allowed=_ONE_PRIOR)
    counts = _sample_sizes(method, rows)
    separate = None if only is None else _separate_parameters(only, names, method)
    processes = options.worker_count(workers, _MAX_ROWS)
    folder = options.results_folder(out, f"sensitivity-{place.name}")
    results: list[analysis.SensitivityResult] = []
    with Evaluator.open(folder, processes, cluster) as evaluator:
        for each, count in counts.items():
            if results and separate is None:
                separate = analysis.influential(results[0].indices)
            design = analysis.make_design(place, each, count, agents, seed, separate, values)
            sensitivity_report.print_size(design, evaluator.journal, quiet=quiet, translate=translate)
            with progress(
                sensitivity_report.method_name(each, translate), len(design.keys), quiet=quiet, translate=translate
            ) as show_progress:
                results.append(analysis.run(design, evaluator, show_progress))
    sensitivity_report.write_results(folder, results, command_line(), translate)
    if not quiet:
        sensitivity_report.print_results(results, folder, translate)
    if sensitivity_report.print_failures(results, translate):
        raise typer.Exit(1)


def voi(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SCENARIO...",
            help="Scenarios to choose between (default: the policies that `takeup calibrate` simulates).",
        ),
    ] = None,
    district: options.DistrictName = _DEFAULT_DISTRICT,
    posterior: options.PosteriorFile = None,
    candidates: Annotated[
        Path | None,
        typer.Option(
            "--candidates",
            metavar="FILE.toml",
            help="Read the candidate observations from this file instead of the shipped one.",
            rich_help_panel=options.SIMULATED,
        ),
    ] = None,
    between: Annotated[
        str | None,
        typer.Option(
            "--between",
            metavar="NAME,NAME",
            help="Report on this pair of scenarios (default: the one with the highest value of perfect information).",
            rich_help_panel=options.SIMULATED,
        ),
    ] = None,
    draws: Annotated[
        int | None, options.number_option("--draws", "Set the number of draws of the posterior (default: all).")
    ] = None,
    agents: Agents = 24_000,
    seed: Annotated[int, options.number_option("--seed", "Set the seed N; draw k (from 0) has the seed N + k.")] = 1,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    language: options.LanguageCode = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Estimate the value of further information for a choice between scenarios.

    The values are those of perfect information and of each candidate observation, alone and in a greedy order.

    If interrupted, run the same command again to resume.

    Example:
        takeup voi publicity willingness --draws 100
    """
    translate = choose_language(language)
    place = load_district(district, calibrated=False)
    candidates_file = evidence.CANDIDATES if candidates is None else candidates
    observable = evidence.read_candidates(candidates_file)
    choice = tuple(load_scenario(name) for name in scenarios) if scenarios else evidence.default_scenarios()
    pair = None if between is None else _scenario_pair(between, choice)
    options.seed_and_replicates(seed, 1)
    if draws is not None:
        validate_int(draws, "--draws", evidence.MIN_DRAWS, _MAX_DRAWS)
    validate_int(agents, "--agents", 1, place.population.most)
    agents_of(place, agents, Overrides())
    drawn = read_posterior(place.folder / POSTERIOR if posterior is None else posterior, place.parameters)
    design = evidence.make_design(place, drawn, draws, choice, observable, agents, seed)
    total = len(design.specs) + len(design.reruns)
    processes = options.worker_count(workers, total)
    folder = options.results_folder(out, f"voi-{place.name}")
    with (
        Evaluator.open(folder, processes, cluster) as evaluator,
        progress(translate("Draws"), total, quiet=quiet, translate=translate) as show_progress,
    ):
        collected = evidence.collect_evidence(design, evaluator, show_progress)
    with progress(translate("Candidates"), len(observable), quiet=quiet, translate=translate) as show_progress:
        values = estimators.estimate_voi(collected, seed, show_progress)
    reported = values.pair_with_highest_evpi if pair is None else values.pair(*pair)
    voi_report.write_results(folder, design, values, reported, candidates_file, command_line(), translate)
    if not quiet:
        voi_report.print_results(values, reported, folder, translate)
    if voi_report.print_failures(design, values, translate):
        raise typer.Exit(1)


def _check_known(
    option: str, given: Iterable[str], known: Collection[str], problem: str, file: Path | None = None
) -> None:
    """Check that all names given for an option are known; `file` defines them."""
    for name in given:
        if name not in known:
            raise InputError(problem, file=file, key=option, given=name, allowed=known)


def _select(observed: list[Observation], file: Path, fit: list[str], leave: list[str]) -> list[Observation]:
    """Apply --fit and --leave to the targets and experiments; `file` defines the targets."""
    names = [each.name for each in observed]
    has_experiments = any(isinstance(each, Experiment) for each in observed)
    kinds = Message("target or experiment") if has_experiments else Message("target")
    for option, given in (("--fit", fit), ("--leave", leave)):
        _check_known(option, given, names, Message("there is no such {kinds}", kinds=kinds), file)
    selected = [
        each.model_copy(update={"fit": (each.fit or each.name in fit) and each.name not in leave})
        for each in observed
    ]
    if not any(each.fit for each in selected):
        raise InputError(
            Message("no {kinds} would be fitted", kinds=kinds),
            file=file,
            allowed=Message(
                "at least one fitted {kinds}: name it with --fit, or omit it from --leave; the names are {names}",
                kinds=kinds,
                names=tuple(names),
            ),
        )
    return selected


def _warn_of_contradictions(targets: list[Target], translate: Language) -> None:
    for one, other in contradictory_pairs(targets):
        warning = translate(
            "warning: the targets {one} and {other} contradict each other: the expression and the months are the "
            "same, the values are {values} and {others}",
            one=one.name,
            other=other.name,
            values=translate.interval(one.low, one.high, _six_digits),
            others=translate.interval(other.low, other.high, _six_digits),
        )
        typer.echo(f"takeup: {warning}", err=True)


def _six_digits(value: float) -> str:
    return f"{value:g}"


def _report_infeasible(calibration: calibrator.CalibrationResult, translate: Language) -> bool:
    """Print infeasible observations and pairs; return whether an observation is infeasible."""
    observed, predicted = calibration.design.observations, calibration.design.predicted
    infeasible = infeasible_observations(observed, predicted)
    for each, nearest in infeasible:
        problem = translate(
            "the {kind} {name} cannot be reached: the {kind} is {wanted}, and the nearest prediction of the model is "
            "{nearest}",
            kind=translate.words(each.kind),
            name=each.name,
            wanted=report.format_target(each.low, each.high),
            nearest=f"{nearest:.3g}",
        )
        typer.echo(f"takeup: {problem}", err=True)
    for one, other in jointly_infeasible_pairs(observed, predicted):
        warning = translate(
            "warning: no point meets the {kind} {name} and the {other_kind} {other} together",
            kind=translate.words(one.kind),
            name=one.name,
            other_kind=translate.words(other.kind),
            other=other.name,
        )
        typer.echo(f"takeup: {warning}", err=True)
    return bool(infeasible)


def _sample_sizes(method: str, rows: int | None) -> dict[analysis.Method, int]:
    """Return the number of trajectories or base points of each method."""
    if rows is not None:
        validate_int(rows, "--rows", 2, _MAX_ROWS)
        if method != "morris" and rows & (rows - 1):
            raise InputError(
                "the number of Sobol base points is not a power of two",
                key="--rows",
                given=rows,
                allowed="2, 4, 8, 16, …",
            )
    return {each: rows or default for each, default in _SENSITIVITY_ROWS.items() if method in (each, _BOTH)}


def _separate_parameters(only: str, names: list[str], method: str) -> list[str]:
    """Return the parameters of --only, which get Sobol indices of their own."""
    if method == "morris":
        raise _no_indices(only, method)
    separate = [name.strip() for name in only.split(",")]
    _check_known("--only", separate, names, "the name is not a parameter with a prior")
    return separate


def _no_indices(only: str, method: str) -> InputError:
    return InputError(
        Message("the option selects Sobol indices, which the method {method} does not compute", method=method),
        key="--only",
        given=only,
        allowed=Message("--only with --method sobol or {both}", both=_BOTH),
    )


def _screen(
    design: screening.ScreeningDesign,
    folder: Path,
    processes: int,
    cluster: str | None,
    translate: Language,
    *,
    quiet: bool,
) -> None:
    """Run a screening, and write and print its results."""
    screening_report.print_size(design, quiet=quiet, translate=translate)
    with (
        Evaluator.open(folder, processes, cluster) as evaluator,
        progress(translate("Screening"), len(design.changes), quiet=quiet, translate=translate) as show_progress,
    ):
        result = screening.run(
            design,
            evaluator,
            lambda step, done, total: show_progress(
                done, total, translate("Screening, {step}", step=translate.phrase(step))
            ),
        )
    screening_report.write_results(folder, result, command_line(), translate)
    if not quiet:
        screening_report.print_results(result, folder, translate)
    if screening_report.print_failures(result, translate):
        raise typer.Exit(1)


def _scenario_pair(between: str, choice: tuple[Scenario, ...]) -> tuple[str, str]:
    """Return the names of the two scenarios of --between."""
    known = [scenario.name for scenario in choice]
    names = [name.strip() for name in between.split(",")]
    _check_known("--between", names, known, "the scenario is not one of those compared")
    if len(names) != 2 or names[0] == names[1]:
        raise InputError(
            "the option requires two different scenarios",
            key="--between",
            given=between,
            allowed="two names, as NAME,NAME",
        )
    return names[0], names[1]
