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
# # Lesson 5: Comparing groups
#
# **Aim.** A report says that 19% of the public and 28% of entrepreneurs see opportunities in AI. Do entrepreneurs
# *really* see more of them? After this lesson you can compare two percentages out of any two reports, and know what
# rounding, unknown weights, the base, many comparisons and rankings do to the answer.
#
# **Prerequisites.** Lesson 1; sections 1 to 4 of lesson 2 (standard error, design effect). From your statistics course:
# the two-sample test and the p value.
#
# **Time.** About 75 minutes with the exercises.
#
# **Data.** The I&O survey of 2023: 841 members of the Dutch public and 1,552 entrepreneurs, as far as it was printed:
# percentages without decimals, weighted, *and the weights are not published*. Section 6 uses the AI-Barometer again.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

import aibaro
from aibaro.compare import adjust, compare, frontier, groups, rank_sets, sweep
from aibaro.report import house_style
from aibaro.rounding import admissible

SEED = 5  # used in exercise 4

survey = aibaro.load("io-2023")
printed = survey.printed
rows = printed[
    (printed["item"] == "outlook.opportunities") & (printed["domain"] == "") & (printed["kind"] == "percentage")
]
print(rows.drop_duplicates("group")[["group", "printed", "base_n", "location"]].to_string(index=False))

# %% [markdown]
# ## 1. The difference and its standard error
#
# The two groups were asked independently, so the variances add:
#
# $$ SE(\hat p_a - \hat p_b) = \sqrt{\frac{\hat p_a (1 - \hat p_a)}{n_a} + \frac{\hat p_b (1 - \hat p_b)}{n_b}} . $$
#
# For the moment we pretend that the samples were drawn from a hat, without weights.

# %%
a, n_a, b, n_b = 0.19, 841, 0.28, 1552
difference = a - b
error = np.sqrt(a * (1 - a) / n_a + b * (1 - b) / n_b)
z = difference / error
points, error_points = 100 * difference, 100 * error
p = 2 * stats.norm.sf(abs(z))
print(f"difference {points:+.1f} points, standard error {error_points:.2f}, z = {z:.2f}, p = {p:.1e}")
print(f"95% interval: {points - 1.96 * error_points:+.1f} to {points + 1.96 * error_points:+.1f} points")

# %% [markdown]
# A common shortcut is to look whether the two *single* intervals overlap. Do not use it: intervals may overlap although
# the difference is clear, because the standard error of a difference is *smaller* than the sum of the two.
#
# ## 2. What was printed is not what was found
#
# "19%" stands for anything from 18.5% to just below 19.5%. The difference of two such numbers may be off by a whole
# percentage point, in the worst case, before any sampling error.

# %%
for text in ("19%", "28%"):
    stands_for = admissible(text)
    print(f"{text} stands for {float(stands_for.lower):g} to {float(stands_for.upper):g} per cent")
print()
print(groups("19%", 841, "28%", 1552, item="opportunities", group_a="public", group_b="entrepreneurs").summary())

# %% [markdown]
# `groups` takes percentages as they were printed and gives the outermost interval over everything they may stand for.
# It is a little wider than ours. Its second line warns: *model-based*. That is about the weights.
#
# ## 3. The unknown design effect
#
# Both samples were weighted. Weighting makes estimates less sure, by a factor in the variance that we called the design
# effect (lesson 2). Without the weights we cannot compute it. But we can ask: **how large would it have to be to turn
# the result?** That number is the *breakdown design effect*:
#
# $$ D^* = \left(\frac{\text{difference}}{z_{0.975} \, SE_1}\right)^2 , $$
#
# with $SE_1$ the standard error at design effect 1, everything at the least favourable rounding.

# %%
print(sweep("19%", 841, "28%", 1552)[["deff", "conf_low", "conf_high", "p_value"]].round(4).to_string(index=False))
for text_a, text_b, what in (
    ("19%", "28%", "see opportunities"),
    ("80%", "85%", "know AI software or heard of it"),
    ("58%", "63%", "worry about privacy"),
):
    found = groups(text_a, 841, text_b, 1552)
    print(f"{what:<32} {text_a} against {text_b}: breakdown at {found.breakdown_deff:.2f}")

# %% [markdown]
# The very unequal weights of the AI-Barometer have a ratio of 1.62 (lesson 1); for panels we look at design effects of
# 1 to 3. The first difference breaks down at 5.3, beyond all of these, so that no likely weighting turns it. The second
# stands if the weights were mild. The third does not stand even without any weights, although it too is five points.
#
# A design effect speaks of *weights* alone. It says nothing of who joins a panel: a panel whose members like AI more
# than other people do is off by an amount that no standard error shows (lesson 3). "Stands" means: chance is no likely
# explanation, as long as the two panels picked their members in the same way.
#
# The two groups need not have the same design effect. Each point below the line is a pair for which the difference is
# still significant. The grey corner marks a design effect of 1 in both groups, as if nothing had been weighted:

# %%
with house_style():
    figure, axes = plt.subplots(figsize=(5, 3))
    for text_a, text_b, what in (
        ("19%", "28%", "opportunities, 19% and 28%"),
        ("80%", "85%", "know AI, 80% and 85%"),
    ):
        line = frontier(text_a, 841, text_b, 1552)
        axes.plot(line["deff_a"], line["deff_b"], marker="", label=what)
    axes.plot([1, 1], [0, 1], color="grey", linewidth=0.8, marker="")
    axes.plot([0, 1], [1, 1], color="grey", linewidth=0.8, marker="")
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 14)
    axes.set_xlabel("design effect of the public")
    axes.set_ylabel("of entrepreneurs")
    axes.set_title("Where a difference stops being significant")
    axes.legend()

# %% [markdown]
# ## 4. Of whom?
#
# A percentage has a **base**: those it is a percentage *of*. Questions on the use of AI software were put only to
# people who know it: 668 of the public and 1,342 entrepreneurs. Whoever takes 841 and 1,552 instead makes the interval
# too narrow.

# %%
wrong = groups("75%", 841, "68%", 1552)
right = groups("75%", 668, "68%", 1342)
print(f"no use, wrong bases: p = {wrong.p_value:.4f}; right bases: p = {right.p_value:.4f}")

# %% [markdown]
# (The share of the public is printed in words only, "three quarters"; here we take it as 75%, which it need not be.)
#
# ## 5. Many comparisons
#
# Test twenty differences that are all zero, at 5% each, and one will be significant on average. Whoever reports only
# "the significant ones" reports noise. Two cures:
#
# - **Holm**: keeps the chance of *even one* false claim below 5%. Sort the p values; multiply the smallest by the
#   number of tests $m$, the next by $m-1$ and so on; never let an adjusted value fall below the one before.
# - **Benjamini and Hochberg**: keeps the expected *share* of false claims among all claims below 5%. Milder.

# %%
p = np.array([0.001, 0.012, 0.015, 0.030, 0.200])
steps = np.maximum.accumulate(np.minimum(p * np.arange(len(p), 0, -1), 1))
table = pd.DataFrame({"p": p, "Holm, by hand": steps, "Holm": adjust(p), "Benjamini-Hochberg": adjust(p, "bh")})
print(table.round(3).to_string(index=False))

# %% [markdown]
# What counts as one **family** of tests must be settled *before* looking. For the I&O survey this package declares the
# families in a data file. Here is the family "public against entrepreneurs", Holm's adjustment included. The p values
# take the *least* favourable rounding; the verdict looks at all roundings. *Established* means significant for every
# one, *not_significant* for none, and *depends* that rounding alone decides.

# %%
family = compare(survey, deff=1.5).to_frame().query("family == 'public_entrepreneurs'")
family["answer"] = family["item"].map(survey.items.set_index("item")["label_en"])
columns = ["answer", "estimate", "p_value", "p_adjusted", "breakdown_deff", "verdict"]
print(family[columns].sort_values("p_value").head(9).round(3).to_string(index=False))
print(
    f"\nof {len(family)} differences {sum(family['p_value'] < 0.05)} have p < 0.05 at a design effect of 1.5, "
    f"{sum(family['p_adjusted'] < 0.05)} after Holm"
)

# %% [markdown]
# ## 6. Rankings
#
# League tables are comparisons in disguise: with 11 sectors, 55 of them. So how sure is a *rank*? We take AI use by
# sector from the AI-Barometer. Exact standard errors are not printed; as an approximation we use the number of
# respondents, divided by Kish's ratio of lesson 1 within the sector. The **confidence set** of a rank holds every place
# that the data do not rule out: at best one below all sectors that are significantly higher, at worst one above all
# that are significantly lower, with all 55 comparisons tested together, as in section 5.

# %%
barometer = aibaro.load("flanders-2023")
strata = barometer.strata.assign(w=lambda d: d["population"] / d["respondents"])
sums = strata.assign(w1=strata["w"] * strata["respondents"], w2=strata["w"] ** 2 * strata["respondents"])
sums = sums.groupby("sector")[["respondents", "w1", "w2"]].sum()
effective = sums["w1"] ** 2 / sums["w2"]
figures = barometer.printed.query("item == 'at_least_one' and domain == 'sector'").set_index("level")["printed"]
share = figures.loc[effective.index].str.rstrip("%").str.replace(",", ".").astype(float) / 100
names = barometer.levels.set_index("level")["label_en"].loc[effective.index]
ranks = rank_sets(share, np.sqrt(share * (1 - share) / effective), names=list(names))
ranks = ranks.sort_values("rank").reset_index(drop=True)
print(ranks[["level", "estimate", "std_error", "rank", "rank_low", "rank_high"]].round(3).to_string(index=False))

with house_style():
    figure, axes = plt.subplots(figsize=(5.6, 3.2))
    place = np.arange(len(ranks))[::-1]
    axes.hlines(place, ranks["rank_low"], ranks["rank_high"], color="#0072B2", linewidth=4, alpha=0.5)
    axes.plot(ranks["rank"], place, "o", color="#0072B2")
    axes.set_yticks(place, [level.partition(" (")[0] for level in ranks["level"]])
    axes.set_xticks(range(1, 12))
    axes.set_xlabel("rank in AI use, with its 95% confidence set")
    axes.set_title("Only the top is nearly sure")

# %% [markdown]
# Information and communication is first or second; it would be first without doubt, were it not for the utilities,
# whose 32 respondents say so little that it could be nearly anywhere. For the sectors in the middle and
# at the end the sets are wide: "sector X is in seventh place" is a statement about the sample, hardly one about the
# sector.
#
# ## What to remember
#
# - Compare differences, not whether intervals overlap.
# - Rounding can move a difference by a full unit of the last digit.
# - Where weights are unknown, say which design effect would turn the result.
# - Use the base of the question, not the size of the survey.
# - Many comparisons need an adjustment, and the family is declared beforehand. Ranks are many comparisons.
#
# ## Exercises
#
# 1. **By hand.** 44% of the public and 53% of entrepreneurs do not find AI reliable (841 and 1,552). Compute
#    difference, standard error and p value with pencil and paper, then check with `groups`.
# 2. **Overlap.** Find two percentages with $n = 1000$ each whose 95% intervals overlap although the difference is
#    significant.
# 3. **Rounding only.** With one-decimal percentages, 22.4% and 27.6%, how much narrower does the worst-case interval
#    get compared with 22% and 28%?
# 4. **Fishing.** Simulate 20 comparisons without any true difference, 2,000 times. In which share of simulations is at
#    least one p value below 5%? And after Holm?
# 5. **Your own reports.** Take one percentage each from two reports on the same question, and find the breakdown design
#    effect. Would you print the difference?

# %% [markdown]
# ---
# # Solutions
#
# ## Exercise 1

# %% tags=["hide-cell"]
se = np.sqrt(0.44 * 0.56 / 841 + 0.53 * 0.47 / 1552)
print(f"difference {-9:+} points, SE {100 * se:.2f}, z = {-0.09 / se:.2f}, p = {2 * stats.norm.sf(0.09 / se):.1e}")
print(groups("44%", 841, "53%", 1552).summary())

# %% [markdown]
# ## Exercise 2
#
# Each interval reaches 1.96 SE from its estimate, so two intervals touch when the estimates are $2 \cdot 1.96\, SE$
# apart; but the difference is significant from $\sqrt 2 \cdot 1.96\, SE$ on. Anything between will do.

# %% tags=["hide-cell"]
one = np.sqrt(0.3 * 0.7 / 1000)
gap = 1.7 * 1.96 * one
print(f"30% and {0.3 + gap:.1%}: half-widths of about {196 * one:.1f} points each, so the intervals overlap")
print(f"p value of the difference: {groups(0.30, 1000, 0.30 + gap, 1000).p_value:.3f}")

# %% [markdown]
# ## Exercise 3

# %% tags=["hide-cell"]
for first, second in (("22%", "28%"), ("22.4%", "27.6%")):
    texts = [text.replace(".", ",") for text in (first, second)]
    found = groups(texts[0], 841, texts[1], 1552)
    print(
        f"{first} and {second}: {100 * found.conf_low:+.2f} to {100 * found.conf_high:+.2f} points, "
        f"width {100 * (found.conf_high - found.conf_low):.2f}"
    )

# %% [markdown]
# ## Exercise 4
#
# $1 - 0.95^{20} = 64\%$ without adjustment, close to 5% with Holm.

# %% tags=["hide-cell"]
generator = np.random.default_rng(SEED)
p_values = 2 * stats.norm.sf(np.abs(generator.normal(size=(2000, 20))))
after_holm = p_values.min(axis=1) * 20  # the smallest p value is multiplied by the number of tests
print(
    f"at least one below 5%: {np.mean(p_values.min(axis=1) < 0.05):.1%}; after Holm: {np.mean(after_holm < 0.05):.1%}"
)

# %% [markdown]
# ## Exercise 5
#
# There is no single answer. Mind the decimals, the base of each question and whether the two questions were worded
# alike: no formula repairs a comparison of different questions. If the breakdown design effect is below 2, say so next
# to the difference.

# %%
plt.show()  # opens the figures when the lesson is run as a script
