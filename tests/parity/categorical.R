# Joint shares of categories, by groups with missing members, and their covariances.
# R 4.2.2, survey 4.1.1: Rscript categorical.R > values/categorical.csv ; the rows are those of categorical_rows.csv (synthetic).
suppressMessages(library(survey))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
d <- read.csv(file.path(here, "values", "categorical_rows.csv"), na.strings = "", stringsAsFactors = FALSE)
d$answer <- factor(d$answer, levels = c("low", "medium", "high", "never"))
designs <- list(
  strata = svydesign(~1, strata = ~h, weights = ~w, data = d),
  clusters = svydesign(~p, strata = ~h, weights = ~w, data = d, nest = TRUE),
  fpc = svydesign(~1, strata = ~h, fpc = ~N, data = d)
)
say <- function(case, what, value) cat(sprintf("%s,%s,%.15g\n", case, what, value), sep = "")
cat("case,quantity,value\n")
for (name in names(designs)) {
  D <- designs[[name]]
  m <- svymean(~answer, D, na.rm = TRUE)
  say(name, paste0("share.", levels(d$answer)), coef(m))
  v <- vcov(m)
  for (i in 1:4) for (j in 1:i) say(name, sprintf("cov.%d.%d", i, j), v[i, j])
  b <- svyby(~answer, ~g, D, svymean, na.rm = TRUE)
  for (level in b$g) {
    say(name, paste("by", level, levels(d$answer), sep = "."), coef(b)[paste0(level, ":answer", levels(d$answer))])
    say(name, paste("se", level, levels(d$answer), sep = "."), SE(b)[b$g == level, ])
  }
  for (level in levels(d$answer)[1:3]) {
    d2 <- update(D, hit = as.numeric(answer == level))
    ci <- attr(svyciprop(~hit, d2, method = "logit", df = degf(subset(d2, !is.na(hit))), na.rm = TRUE), "ci")
    say(name, paste("logit", level, c("low", "high"), sep = "."), ci)
  }
}
