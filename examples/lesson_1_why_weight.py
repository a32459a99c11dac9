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
# # Lesson 1: Why weight?
#
# **Aim.** In a survey of firms, 39,1% of the firms that answered use artificial intelligence (AI), and yet the report
# says that 32,1% of firms do. Both numbers are right. After this lesson you can say why, compute a weight, check that
# weights add up, and tell when weighting matters. (The report writes a decimal comma; 39,1% is what others write as
# 39.1%.)
#
# **Prerequisites.** One course in statistics: percentages, means, the idea of a sample. A little Python with pandas.
#
# **Time.** About 60 minutes with the exercises at the end.
#
# **Data.** The AI-Barometer Flanders 2023: its published counts of firms, as transcribed in this package. Nothing is
# downloaded.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import aibaro
from aibaro import weights
from aibaro.estimate import proportion
from aibaro.report import house_style

survey = aibaro.load("flanders-2023")
# names instead of the codes of the European classification of economic activity (NACE)
SECTORS = survey.levels.set_index("level")["label_en"].str.partition(" (")[0]
strata = survey.strata.assign(sector=survey.strata["sector"].map(SECTORS))
print(strata.head(3).to_string(index=False))

# %% [markdown]
# ## 1. A survey is a table of strata
#
# The firms of Flanders were divided by **size class** (micro, small, medium, large) and **sector** (eleven, such as
# manufacturing). Each combination is a **stratum**; there are 4 × 11 = 44. For each stratum the report prints three
# counts, and we shall use these letters in every lesson:
#
# | letter | column | meaning |
# |---|---|---|
# | $N_h$ | `population` | firms in stratum $h$ that exist |
# | $s_h$ | `sample` | firms that were approached |
# | $n_h$ | `respondents` | firms that answered usably |
#
# Without the subscript, $N$, $s$ and $n$ are the sums over all strata.

# %%
counts = strata[["population", "sample", "respondents"]].sum()
print(counts.to_string())
print(f"\none firm in {counts['population'] / counts['respondents']:.1f} answered")

# %% [markdown]
# ## 2. Who is over-represented?
#
# If every firm had the same chance to end up among the respondents, each size class would have the same share among
# respondents as among firms. Does it?

# %%
SIZES = ["micro", "small", "medium", "large"]
by_size = strata.groupby("size_class")[["population", "respondents"]].sum().loc[SIZES]
shares = by_size / by_size.sum()
print((100 * shares).round(1).to_string())

with house_style():
    figure, axes = plt.subplots(figsize=(6, 2.6))
    place = np.arange(len(SIZES))
    axes.barh(place - 0.2, 100 * shares["population"], 0.38, label="of all firms")
    axes.barh(place + 0.2, 100 * shares["respondents"], 0.38, label="of respondents")
    axes.set_yticks(place, SIZES)
    axes.invert_yaxis()
    axes.set_xlabel("per cent")
    axes.set_title("Medium and large firms are over-represented")
    axes.legend()

# %% [markdown]
# Medium and large firms are 13% of the firms and about half of the respondents. That was on purpose: there are few of
# them, and a sample that mirrors the population would hold too few to say anything about large firms.
#
# ## 3. Why that changes the answer
#
# Over-representation alone does no harm. It does harm when the over-represented are *different*. The report prints the
# share of AI users in each size class:

# %%
printed = survey.printed
rows = printed[(printed["item"] == "at_least_one") & (printed["domain"] == "size_class")]
by_size["printed"] = rows.set_index("level")["printed"].loc[SIZES]
by_size["p"] = [float(text.rstrip("%").replace(",", ".")) / 100 for text in by_size["printed"]]
print(by_size.to_string())

# %% [markdown]
# Use rises with size. Average these four shares in two ways: each size class counted as often as it *answered*, and
# as often as it *exists*.

# %%
as_answered = np.average(by_size["p"], weights=by_size["respondents"])
as_exists = np.average(by_size["p"], weights=by_size["population"])
print(f"weighted by respondents: {as_answered:.1%}    weighted by firms: {as_exists:.1%}")
print(f"printed: {1022 / 2612:.1%} of respondents (1,022 of 2,612) and 32.1% of firms")

# %% [markdown]
# Size alone explains nearly all of the difference (sector does the rest). The second average is what we want: a
# statement about *firms in Flanders*, not about *firms that like to answer this survey*.
#
# ## 4. The weight of a respondent
#
# The second average can be had without grouping first. Give every respondent a **weight**: the number of firms that
# it stands for. A respondent of stratum $h$ stands for
#
# $$ w_h = \frac{N_h}{n_h} = \underbrace{\frac{N_h}{s_h}}_{\text{base weight}} \times
#    \underbrace{\frac{s_h}{n_h}}_{\text{nonresponse factor}} $$
#
# - The **base weight** undoes the choice of the designers. If one firm in six was approached, each stands for six. The
#   chance $s_h/N_h$ of being approached is called the **inclusion probability**; the base weight is one over it.
# - The **nonresponse factor** undoes who answered. If one approached firm in three answered, each answer stands for
#   three. This rests on an assumption: *within a stratum*, those who answer are like those who do not. Lesson 3 is
#   about it.
#
# `explain` fills the numbers in.

# %%
design = aibaro.Design.from_strata(strata)
final = weights.from_strata(design)
print(final.explain(size_class="micro", sector="trade and motor repair"))
print(final.explain(size_class="large", sector="health and social work"))

# %% [markdown]
# A warning about words. In the AI-Barometer all medium and large firms *with contact data* were approached. For them
# $N_h/s_h$ does not undo a random draw; it makes up for firms without contact data. The arithmetic is the same, the
# assumption is not.
#
# Here are all 44 weights. Read it as: light cells are strata whose respondents stand for few firms.

# %%
table = final.to_frame().pivot(index="size_class", columns="sector", values="final_weight").loc[SIZES]
with house_style():
    figure, axes = plt.subplots(figsize=(8, 3.6))
    image = axes.imshow(table, aspect="auto")
    for i, j in np.ndindex(*table.shape):
        value = table.iloc[i, j]
        axes.text(
            j,
            i,
            f"{value:.0f}",
            ha="center",
            va="center",
            color="white" if value > 28 else "black",
            fontsize=8,
        )
    axes.set_xticks(range(table.shape[1]), table.columns, rotation=40, ha="right", fontsize=8)
    axes.set_yticks(range(4), SIZES)
    axes.set_title("Firms that one respondent stands for")
    axes.spines[:].set_visible(False)

# %% [markdown]
# ## 5. Weights add up
#
# The first check of any weighting: the weights of all respondents together are the population, and so they are in each
# stratum. aibaro keeps the weights as exact fractions, so that "equal" means equal.

# %%
print(f"sum of the weights: {final.total}, firms: {strata['population'].sum()}")
each = [w * n for w, n in zip(final.exact, strata["respondents"].tolist(), strict=True)]
print("every stratum adds up to its N_h:", each == strata["population"].tolist())

# %% [markdown]
# ## 6. A weighted share by hand
#
# A small example, in which everything can be counted on paper. Three strata; four respondents in each.

# %%
small = pd.DataFrame(
    {
        "size": ["small", "medium", "large"],
        "population": [100, 40, 6],
        "respondents": [4, 4, 4],
        "uses_ai": [1, 2, 3],
    }
)
small["weight"] = small["population"] / small["respondents"]
print(small.to_string(index=False))
print(f"\nunweighted: {small['uses_ai'].sum()}/{small['respondents'].sum()} = {6 / 12:.1%}")
above = (small["weight"] * small["uses_ai"]).sum()
below = (small["weight"] * small["respondents"]).sum()
print(f"weighted:   (25·1 + 10·2 + 1.5·3) / (25·4 + 10·4 + 1.5·4) = {above:g}/{below:g} = {above / below:.1%}")

# %% [markdown]
# The formula is $\hat p = \sum_i w_i y_i / \sum_i w_i$, where $y_i$ is 1 if respondent $i$ uses AI and 0 if not. The
# package does the same (and a good deal more, which is the subject of lesson 2):

# %%
small_design = aibaro.Design.from_strata(small[["size", "population", "respondents"]])
result = proportion(small, "uses_ai", design=small_design)
print(f"{result.estimate[0]:.4%}")

# %% [markdown]
# ## 7. When does weighting matter?
#
# There is a short formula. With $\bar w$ the mean weight of the respondents,
#
# $$ \hat p_{\text{weighted}} - \hat p_{\text{unweighted}} = \frac{\operatorname{cov}(w, y)}{\bar w} . $$
#
# So weighting moves an estimate when weight and answer go together. It does nothing when all weights are equal, or
# when users and non-users have the same mean weight. With the size classes of section 3:

# %%
n, w, p = by_size["respondents"], by_size["population"] / by_size["respondents"], by_size["p"]
mean_weight = np.average(w, weights=n)
covariance = np.average(w * p, weights=n) - mean_weight * np.average(p, weights=n)
print(f"covariance / mean weight = {100 * covariance / mean_weight:+.2f} points")
print(f"difference of the two averages = {100 * (as_exists - as_answered):+.2f} points")

# %% [markdown]
# ## 8. What it costs
#
# Unequal weights make estimates less sure: a few respondents with large weights speak for many. A rough measure is
# **Kish's ratio** $n \sum w_i^2 / (\sum w_i)^2$; 1 if all weights are equal.

# %%
print(final.summary())

# %% [markdown]
# 2,612 respondents with these weights are worth about 1,609 with equal weights. That is "rough" because it looks at
# weights only and forgets that strata *help*. Lesson 2 does it properly.
#
# ## What to remember
#
# - A respondent's weight is the number of units it stands for: $N_h/n_h$, base weight times nonresponse factor.
# - Weights add up to the population, in total and in each stratum. Check it first.
# - Weighting matters when the answer and the weight go together.
# - It rests on an assumption (within strata, respondents are like the others) and has a price.
#
# ## Exercises
#
# 1. **One sector.** Compute the weights of the four size classes in information and communication by hand with
#    pandas, and compare them with `final.to_frame()`.
# 2. **Sector instead of size.** Repeat sections 2 and 3 with the eleven sectors. Which of the two variables explains
#    more of the difference between 39,1% and 32,1%?
# 3. **Extremes.** Find the strata with the largest and with the smallest weight. What made them so: the choice of the
#    designers, or nonresponse?
# 4. **Nothing to gain.** Show with the covariance formula that weighting by size would not change the estimate if 30%
#    of each size class used AI.
# 5. **An empty stratum.** Set the respondents of one stratum to 0 and build a `Design`. Read the error. What would you
#    do?

# %% [markdown]
# ---
# # Solutions
#
# ## Exercise 1

# %% tags=["hide-cell"]
sector = strata[strata["sector"] == "information and communication"].copy()
sector["base_weight"] = sector["population"] / sector["sample"]
sector["nonresponse_factor"] = sector["sample"] / sector["respondents"]
sector["final_weight"] = sector["base_weight"] * sector["nonresponse_factor"]
mine = sector["final_weight"].to_numpy()
package = final.to_frame().query("sector == 'information and communication'")["final_weight"].to_numpy()
print(sector.drop(columns="sector").round(2).to_string(index=False))
print("equal to the package:", np.allclose(mine, package))

# %% [markdown]
# ## Exercise 2
#
# Sector explains much less: sectors differ in AI use, but respondents are spread over sectors almost as firms are.

# %% tags=["hide-cell"]
by_sector = strata.groupby("sector")[["population", "respondents"]].sum()
rows = printed[(printed["item"] == "at_least_one") & (printed["domain"] == "sector")]
texts = rows.set_index(rows["level"].map(SECTORS))["printed"].loc[by_sector.index]
by_sector["p"] = [float(text.rstrip("%").replace(",", ".")) / 100 for text in texts]
answered = np.average(by_sector["p"], weights=by_sector["respondents"])
exists = np.average(by_sector["p"], weights=by_sector["population"])
print(f"by sector: {answered:.1%} and {exists:.1%}, a difference of {100 * (answered - exists):.1f} points")
print(f"by size:   {as_answered:.1%} and {as_exists:.1%}, a difference of {100 * (as_answered - as_exists):.1f} points")

# %% [markdown]
# ## Exercise 3
#
# The largest weights belong to micro and small firms of sectors that answered little: one in seven to one in ten of
# those approached. Their base weight is about six in accommodation and food; among the few utilities more firms were
# approached, and it is 3.8. The nonresponse factor makes the difference. The smallest weights belong to large firms:
# all of them with contact data were approached, so that their base weight is close to 1.

# %% tags=["hide-cell"]
frame = final.to_frame()[["size_class", "sector", "base_weight", "nonresponse_factor", "final_weight"]]
print(frame.nlargest(3, "final_weight").round(2).to_string(index=False))
print(frame.nsmallest(3, "final_weight").round(2).to_string(index=False))

# %% [markdown]
# ## Exercise 4
#
# With the same $p$ in every class, $\operatorname{cov}(w, y) = \overline{w p} - \bar w\, p = p \bar w - \bar w p = 0$.

# %% tags=["hide-cell"]
same = pd.Series(0.30, index=SIZES)
covariance = np.average(w * same, weights=n) - mean_weight * np.average(same, weights=n)
print(f"covariance: {abs(covariance):.12f}")

# %% [markdown]
# ## Exercise 5
#
# Nobody can stand for the firms of an empty stratum, so there is no weight. The usual remedy is to **collapse** it with
# a neighbour that is alike, and to say so in the report. The error proposes neighbours.

# %% tags=["hide-cell"]
broken = strata.copy()
broken.loc[broken.index[1], "respondents"] = 0
try:
    aibaro.Design.from_strata(broken)
except aibaro.errors.InputError as error:
    print(error)

collapsed = broken.assign(
    size_class=broken["size_class"].replace({"micro": "micro or small", "small": "micro or small"})
)
collapsed = collapsed.groupby(["size_class", "sector"], as_index=False, sort=False).sum()
print(aibaro.Design.from_strata(collapsed).size, "strata after collapsing micro with small firms")

# %%
plt.show()  # opens the figures when the lesson is run as a script
