# Weights and standard errors of R's survey package for the schools of its `api` data, as reference values.
# Run in this folder: Rscript make_fixtures.R
suppressPackageStartupMessages(library(survey))
options(digits = 17, warn = 2)
data(api)

rows <- apistrat[, c("cds", "stype", "sch.wide", "comp.imp", "awards", "api99", "api00", "enroll", "pw", "fpc")]
names(rows) <- gsub(".", "_", names(rows), fixed = TRUE)
population <- apipop
names(population) <- gsub(".", "_", names(population), fixed = TRUE)
full <- function(x) format(x, digits = 17, scientific = FALSE, trim = TRUE)
write.csv(rows, "rows.csv", row.names = FALSE, quote = FALSE, eol = "\n")

long <- function(variable) {
  counts <- table(population[[variable]])
  data.frame(domain = variable, level = names(counts), target = as.integer(counts))
}
margins <- do.call(rbind, lapply(c("sch_wide", "comp_imp", "awards", "stype"), long))
cells <- as.data.frame(table(sch_wide = population$sch_wide, comp_imp = population$comp_imp), responseName = "population")
write.csv(margins, "margins.csv", row.names = FALSE, quote = FALSE, eol = "\n")
write.csv(cells, "cells.csv", row.names = FALSE, quote = FALSE, eol = "\n")

design <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = rows)
# the total of api99 is raised by 2.5%, so that bounds of the g-weights bind
totals <- function(formula) {
  t <- colSums(model.matrix(formula, population))
  if ("api99" %in% names(t)) t["api99"] <- 4011920
  t
}
tight <- 1e-11
cal <- function(formula, calfun, bounds = c(-Inf, Inf), from = design) {
  calibrate(from, formula, totals(formula), calfun = calfun, bounds = bounds, epsilon = tight, maxit = 1000)
}
three <- c("sch_wide", "comp_imp", "stype")
pop3 <- lapply(three, function(v) setNames(as.data.frame(table(population[[v]])), c(v, "Freq")))

by_margins <- ~sch_wide + comp_imp + stype
by_number <- ~stype + sch_wide + api99
designs <- list(
  base = design,
  poststratify = postStratify(design, ~sch_wide + comp_imp, setNames(cells, c("sch_wide", "comp_imp", "Freq"))),
  cells_linear = cal(~sch_wide * comp_imp, "linear"),
  rake = rake(design, lapply(three, reformulate), pop3, control = list(epsilon = 1e-12, maxit = 1000)),
  margins_linear = cal(by_margins, "linear"),
  margins_raking = cal(by_margins, "raking"),
  margins_logit = cal(by_margins, "logit", c(0.4, 4)),
  number_linear = cal(by_number, "linear"),
  number_raking = cal(by_number, "raking"),
  number_logit = cal(by_number, "logit", c(0.6, 1.8)),
  number_bounded = cal(by_number, "linear", c(0.8, 1.3)),
  twice = cal(~awards, "linear", from = cal(~sch_wide * comp_imp, "linear"))
)
write.csv(do.call(rbind, lapply(names(designs), function(n) {
  data.frame(design = n, row = seq_len(nrow(rows)), weight = full(weights(designs[[n]])))
})), "weights.csv", row.names = FALSE, quote = FALSE, eol = "\n")

statistics <- list(
  mean_api00 = function(d) svymean(~api00, d),
  total_enroll = function(d) svytotal(~enroll, d),
  mean_api00_high = function(d) svymean(~api00, subset(d, stype == "H")),
  mean_api00_missed = function(d) svymean(~api00, subset(d, comp_imp == "No")),
  total_enroll_high = function(d) svytotal(~enroll, subset(d, stype == "H"))
)
write.csv(do.call(rbind, lapply(names(designs), function(n) do.call(rbind, lapply(names(statistics), function(s) {
  value <- statistics[[s]](designs[[n]])
  data.frame(design = n, statistic = s, estimate = full(as.numeric(coef(value))), std_error = full(as.numeric(SE(value))))
})))), "estimates.csv", row.names = FALSE, quote = FALSE, eol = "\n")

# a take-all unit beside heavy ones: where R's trimming puts the surplus
mixed <- data.frame(stratum = c("take-all", rep("rest", 9)), w = c(1, 60, rep(10, 7), 90), n = c(1, rep(220, 9)))
trimmed <- trimWeights(svydesign(id = ~1, weights = ~w, data = mixed), upper = 60, strict = TRUE)
write.csv(data.frame(mixed[, c("stratum", "w")], weight = full(weights(trimmed))), "trimmed.csv", row.names = FALSE,
          quote = FALSE, eol = "\n")

writeLines(c(R.version.string, paste("survey", packageVersion("survey")), paste("platform", R.version$platform)),
           "session.txt")
