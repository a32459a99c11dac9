# Proportions and totals on stratum counts.  Run in this folder: Rscript strata_counts.R
source("common.R")
expand <- function(table) {
  rows <- table[rep(seq_len(nrow(table)), table$respondents), ]
  rows$id <- seq_len(nrow(rows))
  rows$y <- unlist(lapply(seq_len(nrow(table)), function(h) {
    as.numeric(seq_len(table$respondents[h]) <= table$successes[h])
  }))
  rows$stratum <- interaction(rows$size, rows$sector, drop = TRUE)
  rows$weight <- rows$population / rows$respondents
  rows
}
with_fpc <- function(rows) svydesign(~id, strata = ~stratum, weights = ~weight, fpc = ~population, data = rows)
without <- function(rows) svydesign(~id, strata = ~stratum, weights = ~weight, data = rows)

twelve <- data.frame(size = c("small", "medium", "large"), sector = "all", population = c(100, 40, 6),
                     respondents = 4, successes = c(1, 2, 3))
proportions("twelve.population", with_fpc(expand(twelve)), ~y)
proportions("twelve.none", without(expand(twelve)), ~y)

# eight strata of two variables; the last is observed in full
eight <- data.frame(size = rep(c("small", "large"), 4), sector = rep(c("a", "b", "c", "d"), each = 2),
                    population = c(1200, 90, 340, 41, 77, 12, 505, 9), respondents = c(60, 30, 24, 17, 11, 5, 38, 9),
                    successes = c(9, 14, 5, 8, 0, 2, 21, 4))
write.csv(eight, "values/strata_counts_table.csv", row.names = FALSE, quote = FALSE)
rows <- expand(eight)
for (fpc in c("population", "none")) {
  design <- if (fpc == "population") with_fpc(rows) else without(rows)
  proportions(paste0("eight.", fpc), design, ~y)
  for (level in c("small", "large")) proportions(paste0("eight.", fpc, ".size.", level), subset(design, size == level), ~y)
  for (level in c("a", "b", "c", "d")) proportions(paste0("eight.", fpc, ".sector.", level), subset(design, sector == level), ~y)
}

# two strata of a single respondent
lonely <- eight
lonely$respondents[c(6, 8)] <- 1
lonely$successes[c(6, 8)] <- c(1, 0)
rows <- expand(lonely)
for (rule in c("certainty", "adjust", "average")) {
  options(survey.lonely.psu = rule)
  for (fpc in c("population", "none")) {
    design <- if (fpc == "population") with_fpc(rows) else without(rows)
    proportions(paste0("lonely.", rule, ".", fpc), design, ~y)
    for (level in c("small", "large"))
      proportions(paste0("lonely.", rule, ".", fpc, ".size.", level), subset(design, size == level), ~y)
  }
}
save_values("strata_counts")
