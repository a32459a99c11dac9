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
# # Lesson 2: How sure?
#
# **Aim.** Another 2,612 firms would have given another number than 32,1%. After this lesson you can say how different
# it would have been: compute a standard error by strata, explain the finite population correction, degrees of freedom
# and the design effect, and choose an interval for shares near 0% or 100%.
#
# **Prerequisites.** Lesson 1. From your statistics course: standard deviation, standard error, 95% confidence interval.
#
# **Time.** About 75 minutes with the exercises.
#
# **Data.** The published strata of the AI-Barometer Flanders 2023, and a *synthetic* population of as many firms: made
# up, firm by firm, so that its shares by sector and by size come close to the printed ones. It says nothing about
# any real firm. It lets us do what no real survey can: draw the sample two thousand times.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

import aibaro
from aibaro.estimate import interval, proportion
from aibaro.report import house_style
from aibaro.synthesize import synthetic_population

SEED = 2023  # change it, and run everything again

survey = aibaro.load("flanders-2023")
# names instead of the codes of the European classification of economic activity (NACE)
SECTORS = survey.levels.set_index("level")["label_en"].str.partition(" (")[0]
strata = survey.strata.assign(sector=survey.strata["sector"].map(SECTORS))
design = aibaro.Design.from_strata(strata)
# one item is enough here; a population with all items of the survey takes some ten seconds
firms = synthetic_population(survey, seed=SEED, items=["at_least_one"]).to_frame()
firms["sector"] = firms["sector"].map(SECTORS)
print(f"{len(firms):,} synthetic firms; {firms['at_least_one'].mean():.1%} use AI (printed: 32,1%)")

# %% [markdown]
# ## 1. Draw the sample again, and again
#
# For a yes-or-no question a stratum needs two numbers only: $N_h$ firms, of which $A_h$ use AI. Drawing $n_h$ of them
# without replacement gives $a_h$ users; the number of users in such a draw has the *hypergeometric* distribution, and
# numpy draws from it directly.

# %%
STRATUM = ["size_class", "sector"]
N = design.population
n = design.respondents
A = firms.groupby(STRATUM)["at_least_one"].sum().loc[list(design.labels.itertuples(index=False, name=None))].to_numpy()
truth = A.sum() / N.sum()

generator = np.random.default_rng([SEED, 1])  # a stream of its own, apart from that of the firms
REPEATS = 2000
a = generator.hypergeometric(A, N - A, n, size=(REPEATS, len(N)))
estimates = (N * a / n).sum(axis=1) / N.sum()
SD = 100 * estimates.std()
print(f"truth {truth:.2%}; mean of {REPEATS} estimates {estimates.mean():.2%}; their SD {SD:.2f} points")

with house_style():
    figure, axes = plt.subplots(figsize=(6, 2.8))
    axes.hist(100 * estimates, bins=40, color="#56B4E9")
    axes.axvline(100 * truth, color="black", linewidth=1)
    axes.set_xlabel("estimated share of firms that use AI, per cent")
    axes.set_ylabel("samples")
    axes.set_title(f"{REPEATS:,} samples of 2,612 firms (synthetic population)")

# %% [markdown]
# This histogram is the **sampling distribution**. Two things to see. Its mean is the truth: the weighted estimate is
# (as good as) *unbiased*. Its standard deviation, about one percentage point, is what we mean by **standard error**.
#
# In life we have one sample and cannot draw the histogram. The miracle of sampling theory is that one sample is enough
# to estimate its width.
#
# ## 2. The variance, stratum by stratum
#
# Strata are sampled independently of each other, so variances add up. The share in the population is
# $\hat p = \sum_h \frac{N_h}{N} \hat p_h$ with $\hat p_h = a_h/n_h$, and
#
# $$ \hat V(\hat p) = \sum_h
#    \underbrace{\left(\frac{N_h}{N}\right)^2}_{\text{size of the stratum}}\;
#    \underbrace{\left(1 - \frac{n_h}{N_h}\right)}_{\text{fpc: see section 3}}\;
#    \underbrace{\frac{\hat p_h (1 - \hat p_h)}{n_h - 1}}_{\text{as in your first course}} . $$
#
# Take the first of our samples as "the" survey, and compute the formula by hand.

# %%
sample = design.labels.assign(uses_ai=a[0])
p = a[0] / n
V = ((N / N.sum()) ** 2 * (1 - n / N) * p * (1 - p) / (n - 1)).sum()
print(f"standard error from one sample: {100 * np.sqrt(V):.2f} points   (from {REPEATS} samples: {SD:.2f})")

# %% [markdown]
# The package does the same, and `explain` shows the steps, in text or in LaTeX for your slides
# (`explain(style="latex")`). Look for three lines now: `estimate`, `V` and `SE` are the numbers that you have just
# computed. The formula of V is written for any weights w; with the weights N/n of a stratum it is the one above.
# Degrees of freedom (`df`) and `t` are the subject of section 5, the limits (`conf_low`, `conf_high`) that of section
# 6.

# %%
result = proportion(sample, "uses_ai", design=design)
print(result.explain())

# %% [markdown]
# ## 3. The finite population correction
#
# The factor $1 - n_h/N_h$ is the **finite population correction** (fpc). If you ask *every* firm of a stratum, nothing
# is left to chance: the factor is 0. Among micro firms $n_h/N_h$ is about 4%, and nothing changes. Among large firms it
# is a third.
#
# There is a catch. The correction treats those who answered as a random draw from *all* firms of the stratum. If you
# would rather not rely on that, leave it out (`fpc="none"`): the standard error becomes a little larger, on the safe
# side.

# %%
for fpc in ("population", "none"):
    both = proportion(sample, "uses_ai", design=design, by="size_class", fpc=fpc)
    whole = proportion(sample, "uses_ai", design=design, fpc=fpc)
    line = "  ".join(f"{level} {100 * error:.2f}" for level, error in zip(both.level, both.std_error, strict=True))
    print(f"fpc={fpc:<10}  all {100 * whole.std_error[0]:.2f}  {line}  (points)")

# %% [markdown]
# ## 4. The design effect
#
# How does this survey compare with the simplest one, 2,612 firms drawn from one big hat (a **simple random sample**)?
# The **design effect** is the ratio of the two variances.

# %%
hat = generator.hypergeometric(A.sum(), N.sum() - A.sum(), n.sum(), size=REPEATS) / n.sum()
print(f"standard error, one big hat: {100 * hat.std():.2f} points; this design: {SD:.2f} points")
print(f"design effect, from the simulation: {(estimates.std() / hat.std()) ** 2:.2f}")
print(f"design effect, from one sample:     {result.deff[0]:.2f}")
print(f"effective sample size:              {result.n_eff[0]:,.0f}")

# %% [markdown]
# The design effect is above 1: for the share in *all* firms the survey is worse than a simple random
# sample, because it spends half of its interviews on the few medium and large firms. That is the price for being able
# to say something about large firms. It is lower than Kish's 1.62 of lesson 1, which looks at the weights alone: strata
# help, because differences *between* strata no longer add to the variance. The **effective sample size** says the same
# in firms: so many firms, drawn one by one from the hat and put back each time, would have given the same standard
# error.
#
# ## 5. Domains and degrees of freedom
#
# A **domain** is a part of the population that we make statements about: a sector, large firms. Its variance takes only
# the strata that it touches.

# %%
domains = proportion(sample, "uses_ai", design=design, by=["size_class", "sector"]).to_frame()
columns = ["level", "n", "estimate", "std_error", "conf_low", "conf_high", "df_design", "df_satterthwaite"]
print(domains[columns].round(3).to_string(index=False))

with house_style():
    figure, axes = plt.subplots(figsize=(6, 4))
    place = np.arange(len(domains))[::-1]
    axes.hlines(place, 100 * domains["conf_low"], 100 * domains["conf_high"], color="#0072B2")
    axes.plot(100 * domains["estimate"], place, "o", color="#0072B2")
    axes.set_yticks(place, [f"{level} (n = {n_d})" for level, n_d in zip(domains["level"], domains["n"], strict=True)])
    axes.set_xlabel("per cent that use AI, 95% interval (synthetic sample)")
    axes.set_title("Small domains are unsure")

# %% [markdown]
# The interval uses *Student's t*, with **degrees of freedom** (df): how many independent pieces of information stand
# behind the estimated standard error. The usual rule is *respondents minus strata* (`df_design`). For utilities that
# is 32 - 4 = 28. But one stratum may contribute nearly all of the variance, and if only a handful of firms stand behind
# it, the standard error itself is hardly known. **Satterthwaite's** approximation counts that:
#
# $$ \nu = \Bigl(\sum_h v_h\Bigr)^2 \Big/ \sum_h \frac{v_h^2}{n_h - 1}, $$
#
# where $v_h$ is the contribution of stratum $h$. In the published survey itself, the 28 degrees of freedom of the
# utilities are worth 4 for machine learning: its printed 1,6% leaves one table of counts. What do they do to an
# interval?

# %%
row = domains.set_index("level").loc["utilities"]
for name in ("df_design", "df_satterthwaite"):
    print(f"{name}: {row[name]:.1f}, so that t = {stats.t.isf(0.025, row[name]):.2f}")
print(f"with 4 degrees of freedom t = {stats.t.isf(0.025, 4):.2f}, with very many {stats.norm.isf(0.025):.2f}")

# %% [markdown]
# A careful report shows both.
#
# ## 6. Intervals near 0 and 1
#
# The textbook interval, estimate ± t × standard error (named after *Wald*), is symmetric. Near 0 that goes wrong: it
# reaches below 0. Other methods do not:
#
# | method | idea |
# |---|---|
# | `wald` | symmetric around the estimate |
# | `logit` | symmetric on the scale of log-odds, $\log\frac{p}{1-p}$, so never outside 0 to 1 |
# | `wilson` | all shares that a test would not reject |
# | `beta` | the exact interval for a binomial, at the effective sample size |
#
# But staying inside 0 to 1 is not what a 95% interval is for. It should contain the truth in 95% of all samples. Let us
# count. We take one sector with 74 respondents (finance and insurance), give its firms a true share of 2%, 5%, 10%, 30%
# or 50%, draw 2,000 samples for each, and see how often the intervals contain it. This is the **coverage** of the
# method.

# %%
METHODS = ("wald", "logit", "wilson", "beta")


def coverage(true_share: float, mask: np.ndarray, repeats: int = 2000) -> dict[str, float]:
    """Share of samples whose interval contains the truth, by method, in the strata of a mask."""
    size, answers = N[mask], n[mask]
    users = np.maximum(np.rint(true_share * size).astype(int), 1)
    target = users.sum() / size.sum()
    shares = generator.hypergeometric(users, size - users, answers, size=(repeats, len(size))) / answers
    point = (shares * size).sum(axis=1) / size.sum()
    parts = (size / size.sum()) ** 2 * (1 - answers / size) * shares * (1 - shares) / (answers - 1)
    error = np.sqrt(parts.sum(axis=1))
    weight = size / answers
    kish = (weight * answers).sum() ** 2 / (weight**2 * answers).sum()  # for samples without a single user
    found = {}
    for method in METHODS:
        low, high, _ = interval(method, point, error, answers.sum() - len(answers), answers.sum(), kish=kish)
        found[method] = float(np.mean((low <= target) & (target <= high)))
    return found


sector = design.domain(sector="finance and insurance")
table = pd.DataFrame({f"{share:.0%}": coverage(share, sector) for share in (0.02, 0.05, 0.10, 0.30, 0.50)})
print(f"coverage in a domain of {n[sector].sum()} respondents")
print(table.map("{:.1%}".format).to_string())

with house_style():
    figure, axes = plt.subplots(figsize=(6, 2.8))
    for method in METHODS:
        axes.plot(table.columns, 100 * table.loc[method], label=method)
    axes.axhline(95, color="grey", linewidth=0.8)
    axes.set_ylabel("coverage, per cent")
    axes.set_xlabel("true share")
    axes.set_title("What calls itself 95% is often less")
    axes.legend()

# %% [markdown]
# In the middle all methods keep their promise. For rare answers in a small domain with unequal weights *none* does:
# many samples hold one user or two, and then the standard error is as wrong as the estimate. No formula repairs that.
# The honest reaction is to say so: aibaro marks such estimates with `reliability = "low"` instead of pretending.
#
# ## What to remember
#
# - The standard error is the width of the histogram of all samples you might have drawn.
# - Variances of strata add up; each is (share of population)² × fpc × $p(1-p)/(n-1)$.
# - The design effect compares with a simple random sample of the same size.
# - Degrees of freedom say how well the standard error is known; small strata spoil it.
# - Near 0 and 1 do not use the textbook interval, and with few users seen trust none.
#
# ## Exercises
#
# 1. **Another seed.** Change `SEED` and run the lesson again. Which numbers change much, which hardly?
# 2. **Four times as many.** Draw samples with $4 n_h$ firms a stratum (at most $N_h$). By which factor does the
#    standard error fall? Why not exactly by 2?
# 3. **By hand.** Compute the standard error for large firms with pandas, with and without fpc, and compare with the
#    package.
# 4. **A proportional design.** Spread 2,612 interviews in proportion to $N_h$ (`aibaro.planning.allocate(strata,
#    2612, method="proportional").n`). What happens to the standard error for all firms, and for large firms?
# 5. **Coverage.** Which is it that spoils the coverage: the small share or the small domain? Use `coverage` with a
#    share of 2% in the whole population, and with 30% among utilities.

# %% [markdown]
# ---
# # Solutions
#
# ## Exercise 1
#
# Single estimates and single intervals move by about a standard error. The *width* of the histogram, the design effect
# and the coverage hardly move: they are properties of the design, not of one sample.

# %% tags=["hide-cell"]
for seed in (1, 2, 3):
    again = np.random.default_rng(seed).hypergeometric(A, N - A, n, size=(REPEATS, len(N)))
    values = (N * again / n).sum(axis=1) / N.sum()
    print(f"seed {seed}: first estimate {values[0]:.2%}, standard deviation of all {100 * values.std():.2f} points")

# %% [markdown]
# ## Exercise 2
#
# Four times the sample halves the standard error, and the finite population correction takes off a bit more, because
# now a larger part of each stratum is known.

# %% tags=["hide-cell"]
more = np.minimum(4 * n, N)
bigger = generator.hypergeometric(A, N - A, more, size=(REPEATS, len(N)))
wide = (N * bigger / more).sum(axis=1) / N.sum()
print(f"{SD:.2f} points become {100 * wide.std():.2f}: a factor of {estimates.std() / wide.std():.2f}")

# %% [markdown]
# ## Exercise 3

# %% tags=["hide-cell"]
large = (design.labels["size_class"] == "large").to_numpy()
parts = pd.DataFrame({"N": N[large], "n": n[large], "p": p[large]})
base = (parts["N"] / parts["N"].sum()) ** 2 * parts["p"] * (1 - parts["p"]) / (parts["n"] - 1)
with_fpc, without = np.sqrt((base * (1 - parts["n"] / parts["N"])).sum()), np.sqrt(base.sum())
package = [
    proportion(sample, "uses_ai", design=design, domain={"size_class": "large"}, fpc=fpc).std_error[0]
    for fpc in ("population", "none")
]
print(f"by hand {100 * with_fpc:.4f} and {100 * without:.4f} points")
print(f"package {100 * package[0]:.4f} and {100 * package[1]:.4f} points")

# %% [markdown]
# ## Exercise 4
#
# For all firms the proportional design is better. For large firms it is much worse, with only some 70 interviews among
# them. Which design is best depends on the question; lesson 4 takes this up.

# %% tags=["hide-cell"]
from aibaro.planning import allocate

m = allocate(strata, 2612, method="proportional").n
flat = generator.hypergeometric(A, N - A, m, size=(REPEATS, len(N)))
for name, mask in (("all firms", np.ones(len(N), dtype=bool)), ("large firms", large)):
    now = (N * a / n)[:, mask].sum(axis=1) / N[mask].sum()
    then = (N * flat / m)[:, mask].sum(axis=1) / N[mask].sum()
    print(
        f"{name}: standard error {100 * now.std():.2f} points as it was, {100 * then.std():.2f} proportionally "
        f"({m[mask].sum()} interviews)"
    )

# %% [markdown]
# ## Exercise 5
#
# A small share alone does no harm: 2% of all firms are some fifty users in each sample, and all methods come close to
# 95%. The small domain does the harm, even for a share of 30%: utilities have 32 respondents, in strata of 2 to 14 with
# unequal weights. About ten users are seen, and the standard error itself is guessed from few. What
# counts is how many users are *seen*, and on how many degrees of freedom.

# %% tags=["hide-cell"]
for label, share, mask in (
    ("2% of all firms", 0.02, np.ones(len(N), dtype=bool)),
    ("30% of utilities", 0.30, design.domain(sector="utilities")),
):
    print(label, {method: f"{value:.1%}" for method, value in coverage(share, mask, 1000).items()})

# %%
plt.show()  # opens the figures when the lesson is run as a script
