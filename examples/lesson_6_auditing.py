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
# # Lesson 6: Auditing a published table
#
# **Aim.** All you have is a PDF: percentages, some counts, no data. After this lesson you can tell which counts a
# percentage may stand for, whether it can be right at all, which standard errors are possible, whether a statement in
# the text follows from the tables, and you can do all that on a survey of your own.
#
# **Prerequisites.** Lessons 1 and 2. No statistics beyond them; a good deal of careful counting.
#
# **Time.** About 90 minutes with the exercises.
#
# **Data.** The bundled surveys as printed, and a small folder that this lesson makes itself.

# %%
import itertools
import tempfile
from fractions import Fraction
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import aibaro
from aibaro.consistency import Margin, fitting_bases, grim, power, sum_to_100, which_weighting
from aibaro.ledger import build_ledger, explain_id
from aibaro.published import templates
from aibaro.reconstruct import Bounder, bounds_frame, own_item
from aibaro.report import house_style
from aibaro.rounding import admissible, parse_printed

# %% [markdown]
# ## 1. A printed number is a piece of text
#
# "32,1%" is not the number 32.1. It is a text, and it *stands for* every value that rounds to it. Under the usual rule
# (round half up) these are the values from 32.05 up to, but not including, 32.15. Other rules give other sets:

# %%
for rule in ("half_up", "truncate", "floor_or_ceil"):
    band = admissible("32,1%", rule=rule)
    print(f"{rule:<14} {float(band.lower):.2f} to {float(band.upper):.2f}")
print("decimals:", parse_printed("32,1%").decimals, "- and of '32%':", parse_printed("32%").decimals)

# %% [markdown]
# The digits are evidence. "30%" and "30,0%" say different things, so keep what was printed and compute with exact
# fractions. A verdict should never hang on the seventeenth digit of a computer number.
#
# ## 2. Can this percentage come from so many answers? (GRIM)
#
# Ask 48 people a yes-or-no question. The result is $k/48$ for a whole number $k$. So not every percentage can occur:

# %%
for k in (13, 14, 15, 16):
    print(f"{k}/48 = {100 * Fraction(k, 48).numerator / Fraction(k, 48).denominator:.2f}%")
print()
print(grim(["30%"], 48).summary())

# %% [markdown]
# No $k$ gives 30%: 14 gives 29%, 15 gives 31%. This check is known as **GRIM** (granularity-related inconsistency of
# means). Does it prove a mistake? Careful:
#
# - Perhaps 48 people took part, but fewer answered this question. Which numbers of answers *would* fit?
# - Perhaps the percentage is weighted. Then GRIM does not apply at all.
# - Perhaps the authors round differently.

# %%
print("numbers of answers up to 48 that fit 30%:", fitting_bases(["30%"], 48))

# %% [markdown]
# A check also has **power**: the share of printable percentages that it *could* reject. With many answers everything is
# reachable, and then a passed check is worth nothing.

# %%
sizes = np.arange(5, 1500, 5)
with house_style():
    figure, axes = plt.subplots(figsize=(6, 2.8))
    for decimals, label in ((0, "whole percentages"), (1, "one decimal")):
        axes.plot(sizes, [100 * float(power(int(n), decimals)) for n in sizes], marker="", label=label)
    axes.set_xlabel("answers")
    axes.set_ylabel("rejectable, per cent")
    axes.set_title("Power of the check")
    axes.legend()
print(
    f"n = 48, whole: {float(power(48, 0)):.0%}; n = 104, whole: {float(power(104, 0)):.0%}; "
    f"n = 104, one decimal: {float(power(104, 1)):.0%}"
)

# %% [markdown]
# ## 3. Answers that exclude each other
#
# If every respondent gave exactly one of five answers, the five counts add up to $n$. Take 8, 25, 31, 25 and 11% of
# 104. The percentages add up to 100, which looks fine. Do the counts?

# %%
print(grim(["8%", "25%", "31%", "25%", "11%"], 104, exhaustive="yes").summary())

# %% [markdown]
# Under usual rounding the counts cannot add up to 104. But many programs *force* percentages to add up to 100, by
# rounding some of them the wrong way (the largest remainders go up). Under that rule there is a solution:

# %%
print("counts:", sum_to_100(["8%", "25%", "31%", "25%", "11%"], 104))

# %% [markdown]
# So the table is not wrong; it was rounded in a certain way. The lesson: before you accuse anyone, look for an innocent
# explanation. aibaro calls a number `inconsistent` only if it fails under *every* rule, with a printed base.
#
# ## 4. From a weighted percentage to counts
#
# Weighted percentages hide counts too, but better. A toy survey: 100 small firms of which 10 answered, 40 large firms
# of which 8 answered. Printed: 39,3% of all firms use AI. How many users did each group of respondents hold?

# %%
N, n = (100, 40), (10, 8)
band = admissible("39,3%").scaled(Fraction(1, 100))
tables = []
for users in itertools.product(range(n[0] + 1), range(n[1] + 1)):
    share = sum(Fraction(N[h] * users[h], n[h]) for h in range(2)) / sum(N)
    if share in band:
        p = [users[h] / n[h] for h in range(2)]
        V = sum((N[h] / sum(N)) ** 2 * (1 - n[h] / N[h]) * p[h] * (1 - p[h]) / (n[h] - 1) for h in range(2))
        tables.append((*users, f"{float(share):.4%}", f"{100 * V**0.5:.2f}"))
columns = ["small", "large", "share", "standard error, points"]
print(pd.DataFrame(tables, columns=columns).to_string(index=False))

every = list(itertools.product(range(n[0] + 1), range(n[1] + 1)))
rate = np.array(every) / np.array(n)
size = np.array(N) / sum(N)
errors = np.sqrt((size**2 * (1 - np.array(n) / np.array(N)) * rate * (1 - rate) / (np.array(n) - 1)).sum(axis=1))
with house_style():
    figure, axes = plt.subplots(figsize=(6, 2.8))
    axes.plot(100 * rate @ size, 100 * errors, ".", color="#B0B7C0", label="all 99 tables")
    kept = [every.index(table[:2]) for table in tables]
    axes.plot(100 * (rate @ size)[kept], 100 * errors[kept], "o", color="#D55E00", label="those that print 39,3%")
    axes.set_xlabel("share of all firms, per cent")
    axes.set_ylabel("standard error, points")
    axes.set_title("What print leaves open")
    axes.legend(loc="lower center")

# %% [markdown]
# Out of 99 possible tables, these remain. We do not know which one is true. But whatever the truth is, the standard
# error is one of those in the last column. So we may give an *interval for the standard error*, and nobody can say that
# we invented anything.
#
# The real survey has 44 strata and some $10^{70}$ tables for one question: a list is hopeless. But smallest and largest
# standard error can be found by **integer programming**: a solver searches over all tables that agree with every
# printed figure on the item, and proves that no better one exists.

# %%
survey = aibaro.load("flanders-2023")
system = own_item(survey, "at_least_one")
(sector,) = [share for share in system.shares if share.level == "nace-58-63"]
row = bounds_frame([Bounder(system).row(sector)]).iloc[0]
print("information and communication (NACE 58-63): at least one technology, printed 69,4%")
least, most = 100 * row["se_lower"], 100 * row["se_upper"]
print(f"standard error at least {least:.2f} and at most {most:.2f} points ({row['status']})")

# %% [markdown]
# *Sharp* means: there are tables that attain both ends, so no better bounds exist. The interval to report is the one
# with the largest standard error; it contains the one that the authors would have got from their data.
#
# ## 5. Which weights did they use?
#
# The report says that it weights. By what? Each way of weighting turns the printed figures of the size classes into
# another total; only some agree with the total that was printed.

# %%
printed = survey.printed.query("item == 'at_least_one' and kind == 'percentage' and wave == '2023'")
overall = parse_printed("32,1%")
margins = [
    Margin(
        "at_least_one",
        domain,
        overall,
        {r.level: parse_printed(r.printed) for r in printed[printed["domain"] == domain].itertuples()},
    )
    for domain in ("size_class", "sector")
]
print(which_weighting(survey.strata, margins).summary())

# %% [markdown]
# "Agrees" is not "was used". Weighting by stratum and raking to both margins give the same totals, so print cannot
# separate them. Say what is *not identified*; it is part of the result.
#
# ## 6. Does the text follow from the tables?
#
# A statement such as "most firms do without AI" can be read twice:
#
# - **As printed**: is it true of the printed percentages, for all values they stand for?
# - **In the population**: is it true of all firms, given that only some were asked? For that, the confidence interval
#   must lie on the right side *in every table consistent with print*.
#
# And what about statements on which print says nothing, such as which firms use two technologies *together*? There the
# tool is a counterexample: **synthetic respondents**, a file of made-up rows that gives every printed figure when it is
# analysed. If one such file makes the statement true and another makes it false, print does not decide. Our toy survey
# shows the idea: every row of the table in section 4 is such a file.
#
# ## 7. A survey of your own
#
# `aibaro init my-survey` writes a folder of small tables to fill in. Here we do the same from Python, in a temporary
# folder, and look at the example that comes with it.

# %%
folder = Path(tempfile.mkdtemp()) / "my-survey"
folder.mkdir()
for name, text in templates("my-survey").items():
    (folder / name).write_text(text, encoding="utf-8")
print(sorted(path.name for path in folder.iterdir()))
print((folder / "strata.csv").read_text(), (folder / "printed.csv").read_text(), sep="\n")

# %% [markdown]
# Two strata, two items that exclude each other, four printed percentages. `build_ledger` goes through every printed
# number, looks for rules that apply, and writes down a verdict with its argument. On the command line this is
# `aibaro check my-survey`.

# %%
ledger = build_ledger(aibaro.read(folder))
print(ledger.to_frame()[["id", "printed", "verdict"]].to_string(index=False))
print()
print(explain_id([ledger], "my.use"))

# %% [markdown]
# Now make a mistake on purpose: write 16,0% where 14,0% belongs.

# %%
table = folder / "printed.csv"
table.write_text(table.read_text(encoding="utf-8").replace('"14,0%"', '"16,0%"'), encoding="utf-8")
ledger = build_ledger(aibaro.read(folder))
print(ledger.to_frame()[["id", "printed", "verdict"]].to_string(index=False))

# %% [markdown]
# Two sums fail: 16 + 86 is not 100, and 16 is not the weighted mean of 10 and 50. Each alone would only say that *one
# of its figures* is wrong (`in_conflict`). But 16,0% is the one figure whose change mends both, and so it alone is
# `inconsistent`. Decide by looking at the source again: the mistake may be yours, made in typing.
#
# ## What to remember
#
# - A printed number stands for a set of values. Keep the text.
# - A check that could not have failed proves nothing: state its power.
# - Look for innocent explanations first: another base, weights, a rounding rule.
# - What print leaves open is an interval or a counterexample, never one invented number.
#
# ## Exercises
#
# 1. **GRIM.** A report prints 17%, 33% and 50% for $n = 6$, and 15% for $n = 20$, and 22% for $n = 25$. Which of them
#    cannot be?
# 2. **Base unknown.** One question of a survey has the answers 45% and 55%, another 27% and 73%. Which numbers of
#    answers up to 60 fit the first, which the second, which both?
# 3. **More print, less room.** Suppose the toy survey of section 4 also prints "30,0% of small firms". Which tables
#    remain? What does the standard error become?
# 4. **Bounds.** Compute the bounds for micro firms (`level == "micro"`). Compare the largest standard error with that
#    of a simple random sample of 612 firms.
# 5. **Your own survey.** Find a report with a table of percentages by group and the group sizes. Fill in `strata.csv`
#    and `printed.csv`, and run `aibaro check`.

# %% [markdown]
# ---
# # Solutions
#
# ## Exercise 1
#
# 17, 33 and 50% of 6 are 1, 2 and 3 people. 15% of 20 is 3. Of 25 people every count gives a multiple of 4%, so 22%
# cannot be (5 give 20%, 6 give 24%).

# %% tags=["hide-cell"]
for texts, answers in ((["17%", "33%", "50%"], 6), (["15%"], 20), (["22%"], 25)):
    print(grim(texts, answers).summary())

# %% [markdown]
# ## Exercise 2

# %% tags=["hide-cell"]
first, second = fitting_bases(["45%", "55%"], 60), fitting_bases(["27%", "73%"], 60)
print("first: ", first)
print("second:", second)
print("both:  ", sorted(set(first) & set(second)))

# %% [markdown]
# ## Exercise 3
#
# 30,0% of 10 small firms are exactly 3 users, so one table is left, and with it one standard error. That is good for
# precision and bad for confidentiality: print has just given away an unpublished count.

# %% tags=["hide-cell"]
inside = admissible("30,0%").scaled(Fraction(1, 100))
print([table for table in tables if Fraction(table[0], 10) in inside])

# %% [markdown]
# ## Exercise 4
#
# The largest possible standard error is close to that of a simple random sample; the smallest is far below it: print
# leaves much room for tables in which sectors are all-or-nothing. So report with the largest.

# %% tags=["hide-cell"]
(micro,) = [share for share in system.shares if share.level == "micro"]
row = bounds_frame([Bounder(system).row(micro)]).iloc[0]
print(
    f"standard error between {100 * row['se_lower']:.2f} and {100 * row['se_upper']:.2f} points; "
    f"simple random sample {100 * np.sqrt(0.277 * 0.723 / 612):.2f}"
)

# %% [markdown]
# ## Exercise 5
#
# There is no single answer. If `aibaro check` finds an inconsistency, first look at your transcription, then at the
# base and the rounding rule, and only then at the authors.

# %%
plt.show()  # opens the figures when the lesson is run as a script
