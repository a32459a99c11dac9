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
# # Lesson 7: Tables and letters
#
# **Aim.** Most surveys are published as tables: answers down the side, groups along the top, and small letters that say
# which group is higher. After this lesson you can read and make such a table: you know what each base is, where a
# letter comes from, when it is wrong, and what to leave out.
#
# **Prerequisites.** Lessons 1 and 2; lesson 5 for comparisons.
#
# **Time.** About 75 minutes with the exercises.
#
# **Data.** A *synthetic* survey of firms that this lesson makes up. It says nothing about any firm.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

from aibaro import Design, estimate
from aibaro.report import house_style
from aibaro.tables import crosstab

SEED = 7


# %% [markdown]
# ## 1. A survey to tabulate
#
# Six hundred synthetic firms in three regions. Large firms were drawn more often than their share, so weights differ;
# use of AI differs by size, and by region only because regions differ in size.


# %%
def survey(seed: int, size: int = 600) -> pd.DataFrame:
    """Synthetic firms: size classes were drawn with unequal chances, which the weights repair."""
    generator = np.random.default_rng(seed)
    large = generator.uniform(size=size) < 0.5
    chance = np.where(large, 0.6, 0.2)
    region = np.where(
        large, generator.choice(["north", "east", "south"], size, p=[0.5, 0.3, 0.2]),
        generator.choice(["north", "east", "south"], size, p=[0.3, 0.35, 0.35]),
    )  # fmt: skip
    rows = pd.DataFrame({"size": np.where(large, "large", "small"), "region": region, "w": np.where(large, 2.0, 18.0)})
    uses = generator.uniform(size=size) < chance
    rows["use"] = pd.Categorical(
        np.where(uses, "yes", generator.choice(["no", "planned"], size)), ["yes", "planned", "no"]
    )
    for tool, share in (("chat", 0.8), ("images", 0.4), ("code", 0.3)):
        rows[tool] = np.where(uses, generator.uniform(size=size) < share, np.nan)
    rows["owner"] = generator.choice(["woman", "man"], size, p=[0.3, 0.7])
    return rows


rows = survey(SEED)
design = Design.from_frame(rows, strata="size", weight="w")
table = crosstab(rows, "use", "region", design=design, letters="unadjusted")
print(table.summary())

# %% [markdown]
# ## 2. Three bases
#
# Below the percentages stand three numbers. The *unweighted* base is how many firms answered: it says how much
# information there is, and it is what a reader needs to judge a column. The *weighted* base is how many firms of the
# population they stand for: it says nothing about precision. The *effective* base is what unequal weights leave of the
# unweighted one, $(\sum w)^2 / \sum w^2$.

# %%
bases = table.to_frame().query("category == 'yes'")[["level", "n", "base_weighted", "n_eff"]]
print(bases.round(1).to_string(index=False))
weights_of = rows["w"].to_numpy()
print(f"by hand, total: {weights_of.sum() ** 2 / (weights_of**2).sum():.1f}")

# %% [markdown]
# Printing the weighted base as if it were a number of interviews is a fault of many published tables: here it is
# ten times too large.
#
# ## 3. Each percentage has an interval

# %%
figures = table.to_frame().query("category == 'yes'")
with house_style():
    axes = plt.subplots(figsize=(6, 2.6))[1]
    places = np.arange(len(figures))
    low, high = figures["estimate"] - figures["conf_low"], figures["conf_high"] - figures["estimate"]
    axes.errorbar(figures["estimate"], places, xerr=[low, high], fmt="o", capsize=3)
    axes.set_yticks(places, [level or "total" for level in figures["level"]])
    axes.set_xlim(0, 0.7)
    axes.set_xlabel("share of firms that use AI, 95% interval (synthetic)")

# %% [markdown]
# Overlapping intervals do not mean that two columns are alike (lesson 5). That is what letters are for.
#
# ## 4. Where a letter comes from
#
# Each column has a letter, in brackets below its name. A letter behind a percentage says: significantly higher than in
# that column. The test is a t test of the difference, with the standard error of the design:
#
# $$t = \frac{\hat p_a - \hat p_b}{\sqrt{\hat V_a + \hat V_b - 2\hat C_{ab}}}$$

# %%
shares = estimate.proportion(rows, "use", design=design, by="region")
test = estimate.contrast(shares, {"north - south": "use['yes', 'north'] - use['yes', 'south']"})
print(test.summary())
variance = shares.covariance()
north, south = (("use", "yes", "region", name) for name in ("north", "south"))
se = np.sqrt(variance.loc[north, north] + variance.loc[south, south] - 2 * variance.loc[north, south])
print(f"by hand: SE {se:.4f}, of which the covariance is {variance.loc[north, south]:.1e}")

# %% [markdown]
# The covariance is small here, because columns share strata only. In a survey of clusters it can decide: people of one
# household or pupils of one class stand in several columns.
#
# ## 5. A wrong letter
#
# Many programs test percentages as if the sample were simple and the weights were counts of people. Let us see what
# that does when there is *no* difference: `owner` is drawn by lot, so every letter in its columns is false. We count
# how often "yes" gets one, in 300 synthetic surveys.


# %%
def naive_p(rows: pd.DataFrame) -> float:
    """The test of a simple random sample, with weights scaled to the number of firms."""
    w = rows["w"] / rows["w"].mean()
    yes = rows["use"] == "yes"
    counts = {o: (w[rows["owner"] == o].sum(), (w * yes)[rows["owner"] == o].sum()) for o in ("woman", "man")}
    share = {o: y / n for o, (n, y) in counts.items()}
    pooled = sum(y for _, y in counts.values()) / sum(n for n, _ in counts.values())
    error = np.sqrt(pooled * (1 - pooled) * sum(1 / n for n, _ in counts.values()))
    return 2 * stats.norm.sf(abs(share["woman"] - share["man"]) / error)


def design_p(rows: pd.DataFrame) -> float:
    """The test that the table makes."""
    plan = Design.from_frame(rows, strata="size", weight="w")
    found = estimate.proportion(rows.assign(yes=rows["use"] == "yes"), "yes", design=plan, by="owner")
    return estimate.contrast(found, "'woman' - 'man'").p_value[0]


many = [survey(1000 + k) for k in range(300)]
naive, right = (np.array([p(rows) for rows in many]) for p in (naive_p, design_p))
for values, name in ((naive, "as a simple sample"), (right, "by the design")):
    print(f"false letters at the 5% level, {name}: {np.mean(values < 0.05):.1%}")

# %%
with house_style():
    axes = plt.subplots(figsize=(6, 3))[1]
    edges = np.linspace(0, 1, 21)
    for values, name in ((naive, "as a simple sample"), (right, "by the design")):
        axes.stairs(np.histogram(values, edges)[0], edges, label=name, linewidth=2)
    axes.axhline(len(many) / 20, linestyle=":")
    axes.set_xlabel("p value where nothing differs")
    axes.set_ylabel("surveys")
    axes.legend()

# %% [markdown]
# If nothing differs, p values are spread evenly. Those of the simple test crowd near 0: it gives about twice as
# many false letters as it promises, because unequal weights make shares less sure than it believes.
#
# ## 6. Many letters
#
# A table of ten answers and six columns has 150 pairs. At the 5% level seven or eight of them get a letter by chance.
# Holm's rule keeps the chance of *any* false letter in a row below 5%; `letters="holm"` takes the pairs of one variable
# in one row as the family.

# %%
for rule in ("unadjusted", "holm"):
    found = crosstab(rows, "use", ["region", "owner"], design=design, letters=rule).to_frame()
    print(f"{rule:<11} {int((found['letters'] != '').sum())} figures with letters")

# %% [markdown]
# ## 7. What is not compared
#
# - A column with the *total*: it is a part of it. A test that takes them as independent is wrong; whoever wants to know
#   whether a region differs from the rest compares it with the rest.
# - A column with few respondents. A `*` marks it, and it gets no letters.
# - Medians, and shares of 0% or 100%.
#
# ## 8. Several answers
#
# Which tools do you use? The columns hold one tool each, and firms that do not use AI were not asked. The base of
# the set are those who were asked, and percentages may add up to more than 100.

# %%
tools = crosstab(rows, {"tools": ["chat", "images", "code"]}, "size", design=design, letters="holm", suppress=10)
print(tools.summary())
asked = rows["chat"].notna()
shares_of_total = tools.to_frame().groupby("level")["estimate"].sum()
print(f"asked: {asked.sum()}; shares add up to {shares_of_total['']:.0%}")

# %% [markdown]
# ## What to remember
#
# - Print the unweighted base of every column. The weighted one is no number of interviews.
# - A letter is a test of the design, not of two printed standard errors and not of a simple sample.
# - Say which pairs were tested, at which level, and whether their number was taken into account.
# - Nothing is tested against the total; small bases are marked and not compared.
# - In a set of several answers, say who was asked.
#
# ## Exercises
#
# 1. **Bases.** The effective base of a column is 40% of its unweighted one. By which factor are its intervals longer
#    than those of a sample with equal weights?
# 2. **By hand.** Two columns print 40% ± 4 and 48% ± 4 (standard errors of 2 points each, no covariance). Does the
#    second get a letter at the 5% level? With a covariance of 2 squared points?
# 3. **Holm.** A row has three columns, and the p values of its pairs are 0.012, 0.030 and 0.200. Which letters stay?
# 4. **Against the rest.** Test with this lesson's survey whether the north differs from the rest, and compare with the
#    naive test against the total.
# 5. **Your own table.** Take a published table with letters. Does it say which pairs were tested and how? Which bases
#    does it print?

# %% [markdown]
# ---
# # Solutions
#
# ## Exercise 1
#
# Variances grow by 1/0.4, lengths by its root.

# %% tags=["hide-cell"]
print(f"{np.sqrt(1 / 0.4):.2f} times as long")

# %% [markdown]
# ## Exercise 2

# %% tags=["hide-cell"]
for covariance in (0.0, 2.0):
    z = 8 / np.sqrt(4 + 4 - 2 * covariance)
    print(f"covariance {covariance:.0f}: z = {z:.2f}, p = {2 * stats.norm.sf(z):.4f}")

# %% [markdown]
# ## Exercise 3
#
# The smallest is multiplied by 3, the next by 2, the largest by 1: 0.036, 0.060 and 0.200. One letter stays.

# %% tags=["hide-cell"]
print([min(1.0, p * k) for p, k in ((0.012, 3), (0.030, 2), (0.200, 1))])

# %% [markdown]
# ## Exercise 4
#
# The total holds the north itself: a test that forgets it takes the difference as smaller and the error as larger.

# %% tags=["hide-cell"]
split = rows.assign(north=np.where(rows["region"] == "north", "north", "rest"), yes=rows["use"] == "yes")
found = estimate.proportion(
    split, "yes", design=Design.from_frame(split, strata="size", weight="w"), by=["north", None]
)
print(estimate.contrast(found, "'north' - 'rest'").summary())
total = np.flatnonzero(found.level == "")[0]
north = np.flatnonzero(found.level == "north")[0]
z = (found.estimate[north] - found.estimate[total]) / np.hypot(found.std_error[north], found.std_error[total])
print(f"north against the total as if independent: p = {2 * stats.norm.sf(abs(z)):.3f}")

# %% [markdown]
# ## Exercise 5
#
# Often nothing is said, and the bases are weighted ones. Then the letters cannot be checked, and the table says less
# than it seems to.

# %%
plt.show()  # opens the figures when the lesson is run as a script
