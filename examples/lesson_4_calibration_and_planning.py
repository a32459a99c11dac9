# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lesson 4: Calibration, trimming, and the next survey
#
# **Aim.** Use what a register knows to sharpen an estimate, see when that fails, judge whether to cut large weights,
# and plan a survey: how should the next 2,612 interviews be spread over 44 strata, and which change would it notice?
#
# **Prerequisites.** Lessons 1 and 2; from your statistics course: simple regression.
#
# **Time.** About 90 minutes with the exercises.
#
# **Data.** The published strata, and the *synthetic* firms of lesson 2. Two more columns are invented here for
# teaching: `employees` (which a business register would know of every firm) and `software` (what a firm spends on it,
# known only for respondents). Neither says anything about real firms.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import aibaro
from aibaro import weights
from aibaro.planning import Allocation, allocate, detectable_change, required_size
from aibaro.report import house_style
from aibaro.synthesize import synthetic_population

SEED = 7

survey = aibaro.load("flanders-2023")
# names instead of the codes of the European classification of economic activity (NACE)
SECTORS = survey.levels.set_index("level")["label_en"].str.partition(" (")[0]
strata = survey.strata.assign(sector=survey.strata["sector"].map(SECTORS))
design = aibaro.Design.from_strata(strata)
generator = np.random.default_rng([SEED, 1])  # a stream of its own, apart from that of the firms

# one item is enough here; a population with all items of the survey takes some ten seconds
firms = synthetic_population(survey, seed=SEED, items=["at_least_one"]).to_frame()
firms["sector"] = firms["sector"].map(SECTORS)
STAFF = {"micro": 6, "small": 20, "medium": 90, "large": 500}  # invented typical sizes
firms["employees"] = np.ceil(firms["size_class"].map(STAFF) * generator.lognormal(0, 0.5, len(firms)))
firms["software"] = 0.6 * firms["employees"] * generator.lognormal(0, 0.35, len(firms))  # thousand euro, invented
truth = firms[["at_least_one", "software", "employees"]].astype(float).mean()
print(truth.round(3).to_string())

# %% [markdown]
# ## 1. One sample, and what the register knows
#
# We draw the sample of the AI-Barometer: $n_h$ firms in stratum $h$. `weights.base` gives each its weight $N_h/n_h$.

# %%
STRATUM = ["size_class", "sector"]
code = firms.merge(design.labels.reset_index(), on=STRATUM, how="left")["index"].to_numpy()
order = np.argsort(code, kind="stable")
ends = np.cumsum(design.population)
starts = ends - design.population


def draw() -> np.ndarray:
    """Row numbers of a stratified sample, without replacement."""
    keys = generator.random(len(firms))
    by_key = np.lexsort((keys, code))  # stratum by stratum, shuffled inside
    return np.concatenate([by_key[s : s + k] for s, k in zip(starts, design.respondents, strict=True)])


sample = firms.iloc[draw()].reset_index(drop=True)
start = weights.base(sample, strata=STRATUM, population=strata[[*STRATUM, "population"]], name="w")
print(start.summary())
w = start.frame["w"]
print(f"\nemployees of all firms, by the register: {firms['employees'].sum():,.0f}")
print(f"the same, estimated from the sample:     {(w * sample['employees']).sum():,.0f}")

# %% [markdown]
# The sample misses the known total of employees by a little, by chance. If it has too many employees, it probably has
# too much software as well. **Calibration** changes the weights *as little as possible* so that the sample agrees with
# what is known:
#
# $$ \min_{w'} \sum_i \text{distance}(w'_i, w_i) \quad\text{such that}\quad \sum_i w'_i x_i = X , $$
#
# where $x_i$ are the **auxiliary variables** of firm $i$ and $X$ their known totals. Here: number of firms by size
# class and by sector, and number of employees.

# %%
known = {
    "size_class": strata.groupby("size_class")["population"].sum().to_dict(),
    "sector": strata.groupby("sector")["population"].sum().to_dict(),
    "employees": float(firms["employees"].sum()),
}
linear = weights.calibrate(start, known, distance="linear", name="w_linear")
print(linear.summary())
print(f"\nemployees after calibration: {(linear.frame['w_linear'] * sample['employees']).sum():,.0f}")

for name, column in (("before", w), ("after", linear.frame["w_linear"])):
    print(
        f"software per firm, {name}: {np.average(sample['software'], weights=column):.2f} "
        f"(truth {truth['software']:.2f})"
    )

# %% [markdown]
# In one sample, chance decides whether that came closer to the truth. Section 4 draws 200.
#
# ## 2. GREG: calibration is regression
#
# With the `linear` distance, $(w' - w)^2/w$, the result has a closed form. It equals the **generalised regression
# estimator** (GREG):
#
# $$ \hat Y_{\text{GREG}} = \hat Y + \hat B\,(X - \hat X), $$
#
# where $\hat B$ are the coefficients of the (weighted) regression of $y$ on $x$. In words: take the plain estimate and
# correct it by what the regression says the miss in $X$ is worth. Check it:

# %%
x = pd.get_dummies(sample[STRATUM], dtype=float).assign(employees=sample["employees"])
register = pd.get_dummies(firms[STRATUM], dtype=float).assign(employees=firms["employees"]).sum()[x.columns]
root = np.sqrt(w)
slope = np.linalg.lstsq(x.mul(root, axis=0).to_numpy(), (root * sample["software"]).to_numpy(), rcond=None)[0]
greg = (w * sample["software"]).sum() + slope @ (register - x.mul(w, axis=0).sum()).to_numpy()
by_weights = (linear.frame["w_linear"] * sample["software"]).sum()
print(f"by regression {greg:,.3f}   by calibrated weights {by_weights:,.3f}")

# %% [markdown]
# ## 3. Bounds on the change
#
# The ratio of new to old weight is called the **g-weight**. Linear calibration may push it below zero when the totals
# are far off. The `raking` distance keeps it positive; the `logit` distance keeps it between bounds that you choose. To
# see a difference we need a larger correction. Suppose that large employers hardly answered:

# %%
chance = np.where(sample["employees"] > 60, 0.45, 0.95)
answered = sample[generator.random(len(sample)) < chance].reset_index(drop=True)
by_size = strata.groupby("size_class")["population"].sum().to_dict()
begin = weights.base(answered, strata="size_class", population=by_size, name="w")
goals = {name: known[name] for name in ("size_class", "employees")}
results = {
    "linear": weights.calibrate(begin, goals, distance="linear", name="new"),
    "raking": weights.calibrate(begin, goals, distance="raking", name="new"),
    "logit 0.7 to 1.6": weights.calibrate(begin, goals, distance="logit", bounds=(0.7, 1.6), name="new"),
}
with house_style():
    figure, axes = plt.subplots(figsize=(6, 2.8))
    bins = np.linspace(0.6, 2.4, 55)
    for name, found in results.items():
        g = found.frame["new"] / begin.frame["w"]
        axes.hist(g, bins=bins, histtype="step", linewidth=1.4, label=f"{name}: {g.min():.2f} to {g.max():.2f}")
    axes.set_xlabel("g-weight, new over old weight")
    axes.set_ylabel("firms")
    axes.set_title("Three distances, the same totals")
    axes.legend()

# %% [markdown]
# All three meet the same totals, and their estimates differ little:

# %%
for name, found in results.items():
    print(
        f"{name:<17} software per firm {np.average(answered['software'], weights=found.frame['new']):.2f}, "
        f"largest residual {found.residual:.0e}"
    )

# %% [markdown]
# If you ask for bounds that no weights can satisfy, you get no weights but the totals that cannot be met together. That
# is an answer: either the bounds are too tight, or the sample is too poor.

# %%
try:
    weights.calibrate(begin, goals, distance="logit", bounds=(0.95, 1.05), name="new")
except aibaro.errors.ConflictError as error:
    print("\n".join(str(error).splitlines()[:9]))

# %% [markdown]
# ## 4. When weights do not help
#
# Calibration helps as far as the auxiliary *explains* the outcome. Software spending goes with employees; whether a
# firm uses AI does too, but within a size class hardly. We draw 200 samples and compare the standard deviation of the
# two estimators, plain and GREG.

# %%
# one dummy is left out, because size classes and sectors both add up to one
X = pd.get_dummies(firms[STRATUM], dtype=float).iloc[:, 1:].assign(one=1.0, employees=firms["employees"]).to_numpy()
Y = firms[["software", "at_least_one"]].to_numpy(dtype=float)
total_x = X.sum(axis=0)
weight_of = np.repeat(design.weights, design.respondents)
plain, corrected = [], []
for _ in range(200):
    rows = draw()
    xs, ys = X[rows], Y[rows]
    # strata are in the order of the design in every draw, so that the weights stay where they are
    weighted = xs.T * weight_of
    coefficient = np.linalg.solve(weighted @ xs, weighted @ ys)
    total_y = weight_of @ ys
    plain.append(total_y / len(firms))
    corrected.append((total_y + (total_x - weight_of @ xs) @ coefficient) / len(firms))
spread = pd.DataFrame(
    {"plain": np.std(plain, axis=0), "GREG": np.std(corrected, axis=0)}, index=["software", "uses AI"]
)
spread["ratio"] = spread["GREG"] / spread["plain"]
print(spread.round(4).to_string())

# %% [markdown]
# For software the standard error falls by a good part; for AI use nothing is gained. Calibration against *nonresponse*
# follows the same logic: it removes bias only as far as the auxiliaries explain answering *and* the outcome. Weights
# cannot repair what they cannot see.
#
# ## 5. Trimming
#
# The largest weights of the AI-Barometer are above 50. Should one cut them? **Trimming** caps weights, and hands what
# was cut to the others, so that a total is kept. It lowers the variance and buys that with bias. Here we may know the
# price, because the population is synthetic: $p_h$ is known for every stratum.

# %%
N, n = design.population, design.respondents
p = firms.groupby(code)["at_least_one"].mean().to_numpy()
every = design.labels.loc[np.repeat(np.arange(len(N)), n)].reset_index(drop=True)
full = weights.base(every, strata=STRATUM, population=strata[[*STRATUM, "population"]], name="w")
first = np.cumsum(n) - n  # first row of each stratum

price = []
for cap in (16, 20, 25, 30, 40, 52):
    trimmed = weights.trim(full, upper=cap, within=[], name="cut").frame["cut"].to_numpy()[first]
    bias = (trimmed * n * p).sum() / N.sum() - (N * p).sum() / N.sum()
    variance = ((trimmed * n / N.sum()) ** 2 * (1 - n / N) * p * (1 - p) / n).sum()
    price.append((cap, 100 * bias, 100 * np.sqrt(variance), 100 * np.sqrt(bias**2 + variance)))
price = pd.DataFrame(price, columns=["cap", "bias", "standard error", "root mean square error"])
print(price.round(2).to_string(index=False))

with house_style():
    figure, axes = plt.subplots(figsize=(6, 2.8))
    for column in ("bias", "standard error", "root mean square error"):
        axes.plot(price["cap"], price[column].abs(), label=f"|{column}|" if column == "bias" else column)
    axes.set_xlabel("largest weight allowed")
    axes.set_ylabel("percentage points")
    axes.set_title("Trimming trades variance for bias (synthetic population)")
    axes.legend()

# %% [markdown]
# Here trimming hardly pays: weights are large exactly where firms use AI less, so that a strong cut brings more bias
# than it saves, and a weak one saves next to nothing. A cap pays when the large weights have nothing to do with the
# answer, which one seldom knows.
#
# By default aibaro keeps the total of every *stratum*. Within a stratum all weights are equal, so no cap below them can
# keep its total, and it says so rather than hand the surplus to firms that were all asked:

# %%
try:
    weights.trim(full, upper=30)
except aibaro.errors.InputError as error:
    print("\n".join(str(error).splitlines()[:6]))

# %% [markdown]
# ## 6. The next survey: allocation
#
# 2,612 interviews again. How to spread them over the strata? That depends on what you want.
#
# - **Proportional**: as many as the stratum has firms. Fair, and good when strata are alike.
# - **Neyman**: proportional to $N_h S_h$, where $S_h$ is the standard deviation within the stratum. Gives the smallest
#   standard error for *all* firms. For a share, $S_h \approx \sqrt{p_h(1-p_h)}$.
# - **Power**: proportional to $N_h^{q} S_h/p_h$ with $q$ between 0 and 1: a compromise between the whole and the
#   strata.
#
# `allocate` finds the best *whole* numbers, at least two in each stratum (fewer, and no variance can be estimated). We
# have to guess $p_h$; the printed shares by size class will do.

# %%
guess = strata["size_class"].map({"micro": 0.277, "small": 0.321, "medium": 0.408, "large": 0.679}).to_numpy()
plans = {method: allocate(strata, 2612, method=method, share=guess) for method in ("proportional", "neyman", "power")}
as_it_was = Allocation(design.labels, N, plans["neyman"].std_dev, n, "as it was")
compare = pd.DataFrame(
    {
        name: plan.precision("size_class").set_index("level")["std_error"]
        for name, plan in {**plans, "as it was": as_it_was}.items()
    }
)
compare = compare.rename(index={"": "all firms"})
print((100 * compare).round(2).to_string())
print()
print(plans["neyman"].explain(size_class="large", sector="information and communication"))

# %% [markdown]
# The columns are standard errors in percentage points. For a share, Neyman is hardly better than
# proportional: $\sqrt{p(1-p)}$ is 0.45 at 28% and 0.47 at 68%. Both leave large firms with a standard error of about
# five points. The survey as it was is worse for the whole and far better for large firms. `explain` shows how Neyman's
# allocation comes to its number for one stratum: the ideal is seldom a whole number.
#
# A plan may also be told *which precision is wanted*. Standard errors of at most 5 points for every sector and 3 for
# every size class:

# %%
wanted = {"sector": 0.05, "size_class": 0.03}
plan = allocate(strata, 2612, share=guess, precision=wanted)
print(plan.summary())
fewest = required_size(strata, wanted, share=guess)
print(fewest.summary())
try:
    allocate(strata, 800, share=guess, precision=wanted)
except aibaro.errors.ConflictError as error:
    print(error)

# %%
sizes = ["micro", "small", "medium", "large"]
spread_over = pd.DataFrame({name: p.to_frame().groupby("size_class")["n"].sum() for name, p in plans.items()})
spread_over["as it was"] = strata.groupby("size_class")["respondents"].sum()
spread_over["5 and 3 points"] = plan.to_frame().groupby("size_class")["n"].sum()
with house_style():
    figure, axes = plt.subplots(figsize=(6.4, 2.8))
    spread_over.loc[sizes].T.plot.barh(stacked=True, ax=axes, width=0.75)
    axes.invert_yaxis()
    axes.set_xlabel("interviews")
    axes.set_title("2,612 interviews, five ways")
    axes.legend(ncol=4, loc="upper center", bbox_to_anchor=(0.45, -0.2))

# %% [markdown]
# One thing is left out: not everybody answers. If one firm in three does, approach three times as many, and mind that
# a stratum of 76 firms has no more than 76.
#
# ## 7. Which change would the next wave notice?
#
# In 2022 the AI-Barometer printed 25,5%, in 2023 32,1%, a rise of 6.6 points. Suppose each wave has a standard error of
# 1.07 points. Which is the smallest true change that a test at the 5% level finds with a **power** of 80%, that is, in
# 80% of such pairs of surveys? Two plans: two fresh samples; or a **panel**, in which 70% of the firms take part in
# both waves and the two answers of a firm have a correlation of 0.8.

# %%
fresh = detectable_change(0.0107)
panel = detectable_change(0.0107, overlap=0.7, correlation=0.8)
print("two fresh samples:                     ", fresh.summary())
print("70% the same firms, correlation 0.8:   ", panel.summary())

# %% [markdown]
# A rise of 6.6 points is well above what two fresh samples would notice. Asking the same firms again
# makes *changes* more visible still, because the firms' peculiarities cancel out.
#
# ## What to remember
#
# - Calibration makes the sample agree with known totals by the smallest change of weights; the linear kind is
#   regression.
# - It helps as far as the auxiliaries explain the outcome.
# - Trimming buys variance with bias. Say what total you keep.
# - An allocation is best *for a purpose*: name the purpose, or the precision wanted.
#
# ## Exercises
#
# 1. **Useless auxiliary.** Add a column of random numbers to `firms` and calibrate to its total. What happens to
#    Kish's ratio and to the estimates?
# 2. **Better guess.** Suppose next year's AI use is 10% among micro and 50% among large firms (20% and 30% between).
#    How do Neyman's numbers change?
# 3. **A cheaper survey.** How many interviews do you need for a standard error of 2 points in every size class, with no
#    wish for sectors? And of 1.5 points for all firms alone (`{"": 0.015}`)?
# 4. **Wave planning.** By how much must each standard error fall for two fresh samples to detect a change of 3 points?
#    How many interviews is that, roughly?

# %% [markdown]
# ---
# # Solutions
#
# ## Exercise 1
#
# The estimates hardly move, and neither does Kish's ratio: noise in, noise out.

# %% tags=["hide-cell"]
firms["noise"] = generator.normal(10, 3, len(firms))
noisy = start.frame.drop(columns="w").assign(
    noise=firms.loc[generator.permutation(len(firms))[: len(sample)], "noise"].to_numpy()
)
noisy = noisy.assign(w0=w)
with_noise = weights.calibrate(
    noisy, {"noise": float(firms["noise"].sum())}, weight="w0", total=float(len(firms)), name="w"
)
print(f"Kish's ratio {with_noise.before.kish_ratio:.4f} before, {with_noise.after.kish_ratio:.4f} after")
for name, column in (("before", w), ("after", with_noise.frame["w"])):
    print(
        f"{name}: uses AI {np.average(sample['at_least_one'], weights=column):.2%}, "
        f"software {np.average(sample['software'], weights=column):.2f}"
    )

# %% [markdown]
# ## Exercise 2
#
# Interviews move from micro firms, where most say no, to the classes where answers differ.

# %% tags=["hide-cell"]
other = strata["size_class"].map({"micro": 0.10, "small": 0.20, "medium": 0.30, "large": 0.50}).to_numpy()
new = allocate(strata, 2612, share=other).to_frame().groupby("size_class")["n"].sum()
old = plans["neyman"].to_frame().groupby("size_class")["n"].sum()
print(pd.DataFrame({"before": old, "after": new}).loc[sizes].to_string())

# %% [markdown]
# ## Exercise 3

# %% tags=["hide-cell"]
print(required_size(strata, {"size_class": 0.02}, share=guess).summary())
print(required_size(strata, {"": 0.015}, share=guess).summary())

# %% [markdown]
# ## Exercise 4
#
# The detectable change is proportional to the standard error, and the standard error falls with the square root of the
# number of interviews: the factor has to be squared.

# %% tags=["hide-cell"]
factor = fresh.change / 0.03
print(f"standard errors have to fall by a factor of {factor:.2f}, to {1.07 / factor:.2f} points")
print(f"that takes about {2612 * factor**2:,.0f} interviews, spread as they were")

# %%
plt.show()  # opens the figures when the lesson is run as a script
