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
# # Lesson 3: Nonresponse
#
# **Aim.** 9,680 firms were approached, 2,612 answered usably. After this lesson you can follow a survey from one number
# to the other, weight for nonresponse in three ways (response groups, poststratification, raking), watch raking
# converge, and say what no weighting can repair.
#
# **Prerequisites.** Lesson 1; section 1 of lesson 2.
#
# **Time.** About 75 minutes with the exercises.
#
# **Data.** The published counts of the AI-Barometer Flanders 2023, and the *synthetic* firms of lesson 2, with which we
# can decide ourselves who answers.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import aibaro
from aibaro import weights
from aibaro.report import house_style
from aibaro.sensitivity import survey_nonresponse
from aibaro.synthesize import synthetic_population

SEED = 3

survey = aibaro.load("flanders-2023")
# names instead of the codes of the European classification of economic activity (NACE)
SECTORS = survey.levels.set_index("level")["label_en"].str.partition(" (")[0]
strata = survey.strata.assign(sector=survey.strata["sector"].map(SECTORS))
design = aibaro.Design.from_strata(strata)
SIZES = ["micro", "small", "medium", "large"]

# %% [markdown]
# ## 1. From 9,680 to 2,612
#
# Firms drop out at every step. The report prints the counts:

# %%
printed = survey.printed.drop_duplicates("fact").set_index("item")["printed"]
names = {"response.reached": "reached", "response.answered": "answered", "response.usable": "usable answers"}
flow = pd.Series({"approached": int(strata["sample"].sum())})
for item, name in names.items():
    flow[name] = int(printed[item].replace(".", ""))
print(flow.to_string())
print(f"\nanswered, of those reached:  {flow['answered'] / flow['reached']:.1%}  (printed: {printed['response.rate']})")
print(f"usable, of those approached: {flow['usable answers'] / flow['approached']:.1%}")

with house_style():
    figure, axes = plt.subplots(figsize=(6, 2))
    axes.barh(flow.index, flow, color="#56B4E9")
    for place, value in enumerate(flow):
        axes.text(value, place, f" {value:,}", va="center")
    axes.invert_yaxis()
    axes.set_xlim(0, 11000)
    axes.set_title("Firms at each step")

# %% [markdown]
# Two response rates, 33.3% and 27.0%, and both are "the" response rate. Always ask: *of whom*? For weighting the second
# one counts: it takes us from the firms that were approached to the answers that we have.
#
# ## 2. Who answers?

# %%
by_size = weights.domain_sizes(design, "size_class")
by_sector = weights.domain_sizes(design, "sector")
both = pd.concat([by_size, by_sector], ignore_index=True)
print(
    both[["domain", "level", "sample", "respondents", "response_rate", "mean_weight"]].round(3).to_string(index=False)
)

with house_style():
    figure, axes = plt.subplots(figsize=(6, 3.4))
    axes.barh(both["level"], 100 * both["response_rate"], color=["#D55E00"] * 4 + ["#0072B2"] * 11)
    axes.axvline(100 * flow["usable answers"] / flow["approached"], color="black", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlabel("usable answers, per cent of those approached")
    axes.set_title("Response differs by size and by sector")

# %% [markdown]
# Larger firms answer more often, accommodation and food little. AI use differs between the same groups. So without
# weights the answer would be off.
#
# ## 3. Response homogeneity groups
#
# The standard remedy: find groups within which everybody answers with about the same probability, **response
# homogeneity groups**, and multiply each weight by the inverse of the group's response rate, $s_h/n_h$. The
# AI-Barometer takes its strata as groups. That works exactly as far as the assumption goes. The synthetic firms let us
# test it, since we decide who answers. Two worlds:
#
# - *World A*: within a stratum everybody answers with the same probability $n_h/s_h$.
# - *World B*: the same strata, but firms that use AI find the subject interesting and are 40% more likely to answer.

# %%
STRATUM = ["size_class", "sector"]
# one item is enough here; a population with all items of the survey takes some ten seconds
firms = synthetic_population(survey, seed=SEED, items=["at_least_one"]).to_frame()
firms["sector"] = firms["sector"].map(SECTORS)
generator = np.random.default_rng([SEED, 1])  # a stream of its own, apart from that of the firms
code = firms.merge(design.labels.reset_index(), on=STRATUM, how="left")["index"].to_numpy()
rate = (design.respondents / design.sample)[code]
truth = firms["at_least_one"].mean()


uses_ai = firms["at_least_one"].to_numpy(dtype=bool)
starts = np.cumsum(design.population) - design.population


def survey_once(boost: float) -> np.ndarray:
    """Row numbers of the firms that answer; users answer `boost` times as readily as others of their stratum."""
    shuffled = np.lexsort((generator.random(len(firms)), code))  # stratum by stratum, shuffled inside
    approached = np.concatenate([shuffled[a : a + s] for a, s in zip(starts, design.sample, strict=True)])
    chance = rate[approached] * np.where(uses_ai[approached], boost, 1.0)
    return approached[generator.random(len(approached)) < np.minimum(chance, 1.0)]


def estimates(boost: float, repeats: int = 100) -> pd.DataFrame:
    """Unweighted and weighted share of users in repeated surveys."""
    rows = []
    for _ in range(repeats):
        answered = survey_once(boost)
        n = np.bincount(code[answered], minlength=design.size)
        a = np.bincount(code[answered], weights=uses_ai[answered], minlength=design.size)
        kept = n > 0  # a stratum without answers cannot be weighted; its firms are left out here
        weighted = (design.population * a / np.maximum(n, 1))[kept].sum() / design.population[kept].sum()
        rows.append((uses_ai[answered].mean(), weighted))
    return pd.DataFrame(rows, columns=["unweighted", "weighted by response groups"])


worlds = {"A: same chance within strata": estimates(1.0), "B: users 1.4 times as likely": estimates(1.4)}
print(f"truth: {truth:.1%}")
for name, found in worlds.items():
    print(f"{name}: " + ", ".join(f"{column} {found[column].mean():.1%}" for column in found))

with house_style():
    figure, panels = plt.subplots(1, 2, figsize=(7, 2.6), sharey=True, sharex=True)
    for axes, (name, found) in zip(panels, worlds.items(), strict=True):
        for column, colour in zip(found, ("#D55E00", "#0072B2"), strict=True):
            axes.hist(100 * found[column], bins=np.arange(26, 54, 0.6), color=colour, alpha=0.7, label=column)
        axes.axvline(100 * truth, color="black", linewidth=1)
        axes.set_title(f"World {name}", fontsize=8)
        axes.set_xlabel("per cent")
    panels[0].set_ylim(top=1.5 * panels[0].get_ylim()[1])  # room for the legend
    panels[0].legend(fontsize=7, loc="upper right")

# %% [markdown]
# In world A weighting repairs everything. In world B it repairs the part that size and sector explain, and leaves the
# rest: several points. And here is the sting: **the respondents alone do not tell the two worlds apart.** The
# assumption cannot be checked with the data that it is about.
#
# ## 4. Poststratification
#
# Now take a single survey of world A, row by row, as a researcher has it. **Poststratification** scales the weights of
# each group to its known total, whatever the weights were before. With the strata as groups it gives $N_h/n_h$: the
# same weights as base weight times nonresponse factor.

# %%
respondents = firms.iloc[survey_once(1.0)].reset_index(drop=True)
present = respondents.groupby(STRATUM).size().rename("n").reset_index()
print(f"{len(respondents):,} respondents in {len(present)} of 44 strata")

by_size_only = weights.poststratify(
    respondents, strata.groupby("size_class")["population"].sum().to_dict(), by="size_class", name="w"
)
print(by_size_only.summary())
print(by_size_only.margins()[["level", "n", "target", "before", "after"]].round(1).to_string(index=False))
share = np.average(respondents["at_least_one"], weights=by_size_only.frame["w"])
print(
    f"\nweighted by size class: {share:.1%}; unweighted: {respondents['at_least_one'].mean():.1%}; truth: {truth:.1%}"
)

# %% [markdown]
# ## 5. Raking, step by step
#
# Often only **margins** are known: how many firms of each size, how many of each sector, but not both at once.
# **Raking** meets all margins in turn: scale the rows of the table to their totals; that spoils the columns; scale the
# columns; that spoils the rows a little; and so on. Watch it on the published respondents.

# %%
table = strata.pivot(index="size_class", columns="sector", values="respondents").loc[SIZES].astype(float)
size_target = strata.groupby("size_class")["population"].sum().loc[SIZES]
sector_target = strata.groupby("sector")["population"].sum().loc[table.columns]


def worst(current: pd.DataFrame) -> float:
    """Largest relative distance of a margin from its target."""
    rows = (current.sum(axis=1) / size_target - 1).abs().max()
    columns = (current.sum(axis=0) / sector_target - 1).abs().max()
    return float(max(rows, columns))


raked, distances = table.copy(), []
for step in range(1, 9):
    raked = raked.mul(size_target / raked.sum(axis=1), axis=0)
    after_sizes = worst(raked)
    raked = raked.mul(sector_target / raked.sum(axis=0), axis=1)
    distances += [after_sizes, worst(raked)]
    if step <= 4:
        print(f"round {step}: largest residual {after_sizes:.2e} after sizes, {distances[-1]:.2e} after sectors")

with house_style():
    figure, axes = plt.subplots(figsize=(6, 2.6))
    axes.semilogy(np.arange(1, len(distances) + 1) / 2, distances)
    axes.set_xlabel("round")
    axes.set_ylabel("largest relative residual")
    axes.set_title("Raking converges by a constant factor a round")

# %% [markdown]
# A straight line on a logarithmic scale: each round leaves the same fraction of the error. Judge convergence by the
# *residual*, as here, and not by "nothing moves any more", which may also mean that it is stuck.
#
# The package does the same on rows; `summary` states the residual that was reached, and `explain_raking` writes out the
# rounds. The first adjustment of the first round is the division of two columns that you know: firms over respondents.

# %%
rows = design.labels.loc[np.repeat(np.arange(design.size), design.respondents)].reset_index(drop=True)
margins = {"size_class": size_target.to_dict(), "sector": sector_target.to_dict()}
result = weights.rake(rows, margins, name="w")
print(result.summary())
mine = (raked / table).stack()
cells = result.frame.drop_duplicates(STRATUM).set_index(STRATUM)["w"]
print(f"largest difference from our own loop: {(mine / cells.reindex(mine.index) - 1).abs().max():.1e}\n")
print(result.explain_raking(rounds=1))

# %% [markdown]
# So each respondent ends up with the product of two factors, one for its size and one for its sector:

# %%
print(result.explain({"size_class": "micro", "sector": "accommodation and food"}))
print(result.explain({"size_class": "large", "sector": "information and communication"}))

# %% [markdown]
# How do raked weights compare with $N_h/n_h$, which knows all 44 totals?

# %%
compared = design.labels.assign(stratum=design.weights, respondents=design.respondents)
compared["raked"] = cells.reindex(pd.MultiIndex.from_frame(compared[STRATUM])).to_numpy()
with house_style():
    figure, axes = plt.subplots(figsize=(3.6, 3.4))
    axes.scatter(
        compared["stratum"],
        compared["raked"],
        s=3 * np.sqrt(compared["respondents"]),
        color="#0072B2",
        alpha=0.7,
    )
    axes.plot([0, 55], [0, 55], color="grey", linewidth=0.8, marker="")
    axes.set_xlabel("weight by stratum")
    axes.set_ylabel("raked weight")
    axes.set_title("Similar, not equal")

# %% [markdown]
# Raking keeps what is special about single cells out of the weights: it assumes that size and sector act on response
# *without interaction*. That makes weights steadier, and wrong where there is an interaction. (The printed totals of
# the AI-Barometer fit both ways of weighting; print alone does not tell which one was used.)
#
# If the margins themselves disagree about the number of firms, there is nothing to converge to:

# %%
try:
    weights.rake(rows, {**margins, "sector": {**margins["sector"], "manufacturing": 6000}}, name="w")
except aibaro.errors.ConflictError as error:
    print(error)

# %% [markdown]
# ## 6. What weighting cannot repair
#
# Suppose we assume *nothing* about those who did not answer. Then the share among all firms lies between "none of them
# uses AI" and "all of them do". These **worst-case bounds** (Manski) are honest and wide.

# %%
bounds = survey_nonresponse(survey, {"at_least_one": 0.5}, items=["at_least_one"]).iloc[0]
print(f"weighted response rate {bounds['response']:.1%}")
print(f"assuming nothing: between {bounds['low']:.1%} and {bounds['high']:.1%} of firms use AI")
print("printed: 32.1%, as if those who did not answer were like those who did, stratum by stratum")

# %% [markdown]
# Between "assume nothing" and "assume they are alike" lies a useful question: *how different must they have been* for a
# statement to turn? Take "most firms do without AI", that is, less than 50% use it:

# %%
print(f"it turns if {bounds['others_low']:.0%} to {bounds['others_high']:.0%} of the firms that did not answer use AI;")
print(f"or, in every stratum alike, {100 * bounds['shift_low']:.0f} points more of them than of those who answered")

# %% [markdown]
# This is the **breakdown point** of the statement. Whether such a difference is plausible is for you to judge; the
# survey cannot.
#
# ## What to remember
#
# - A response rate has a base: of whom?
# - Response groups, poststratification and raking all assume: within a cell (or given the margins) those who answer are
#   like those who do not.
# - Raking converges by a constant factor; look at the residual.
# - The data cannot check the assumption. Bounds and breakdown points show how much rests on it.
#
# ## Exercises
#
# 1. **Response rates.** 9,184 firms were contacted by e-mail; 718 messages were undeliverable. Recompute the number
#    reached by e-mail from the printed counts, and check it against print.
# 2. **How strong an interest?** In world B, how many times as likely must users be to answer for the weighted estimate
#    to be 5 points too high? Use `estimates` with a few values.
# 3. **Margins are not enough.** Make a 2 x 2 example in which raking to both margins gives the wrong weight in every
#    cell.
# 4. **Order.** Does it matter whether raking starts with sizes or with sectors? Try it.
# 5. **Another statement.** Find worst-case bounds and breakdown point for "at least a quarter of firms use AI".

# %% [markdown]
# ---
# # Solutions
#
# ## Exercise 1

# %% tags=["hide-cell"]
count = {
    key: int(printed[f"response.{key}"].replace(".", ""))
    for key in ("contacted_email", "undeliverable_email", "reached_email")
}
print(
    f"{count['contacted_email']:,} - {count['undeliverable_email']:,} = "
    f"{count['contacted_email'] - count['undeliverable_email']:,}; printed {count['reached_email']:,}"
)

# %% [markdown]
# ## Exercise 2
#
# About 1.3 times as likely is enough.

# %% tags=["hide-cell"]
for boost in (1.1, 1.2, 1.3, 1.4):
    excess = estimates(boost, 30)["weighted by response groups"].mean() - truth
    print(f"{boost:.1f} times as likely: {100 * excess:+.1f} points")

# %% [markdown]
# ## Exercise 3
#
# Let the population be 100 in every cell, and respondents 40, 10 / 10, 40. The margins of the respondents are in
# proportion already, so raking multiplies everything by the same factor 4. The right weights are 2.5 and 10.

# %% tags=["hide-cell"]
cells = pd.DataFrame({"x": ["a", "a", "b", "b"], "y": ["c", "d", "c", "d"]})
people = cells.loc[np.repeat([0, 1, 2, 3], [40, 10, 10, 40])].reset_index(drop=True)
wrong = weights.rake(people, {"x": {"a": 200, "b": 200}, "y": {"c": 200, "d": 200}}, name="w").frame
print(
    wrong.groupby(["x", "y"])["w"]
    .first()
    .rename("raked")
    .reset_index()
    .assign(right=[2.5, 10, 10, 2.5])
    .to_string(index=False)
)

# %% [markdown]
# ## Exercise 4
#
# The end point is the same; only the way there differs.

# %% tags=["hide-cell"]
other = table.copy()
for _ in range(30):
    other = other.mul(sector_target / other.sum(axis=0), axis=1)
    other = other.mul(size_target / other.sum(axis=1), axis=0)
ours = table.copy()
for _ in range(30):
    ours = ours.mul(size_target / ours.sum(axis=1), axis=0)
    ours = ours.mul(sector_target / ours.sum(axis=0), axis=1)
print(f"largest relative difference: {(other / ours - 1).abs().max().max():.0e}")

# %% [markdown]
# ## Exercise 5
#
# It turns as soon as the share falls below 25%, so look at how much *less* the others would have to use AI.

# %% tags=["hide-cell"]
quarter = survey_nonresponse(survey, {"at_least_one": 0.25}, items=["at_least_one"]).iloc[0]
print(f"bounds {quarter['low']:.1%} to {quarter['high']:.1%}")
print(f"it turns if at most {quarter['others_low']:.0%} to {quarter['others_high']:.0%} of the others use AI,")
print(f"or, in every stratum alike, {100 * quarter['shift_high']:.0f} points against those who answered")

# %%
plt.show()  # opens the figures when the lesson is run as a script
