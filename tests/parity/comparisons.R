# Variances, tests of two groups and standardised means.  R 4.2.2, survey 4.1.1: Rscript comparisons.R > values/comparisons.csv
suppressMessages(library(survey))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
read <- function(name) read.csv(file.path(here, "values", paste0(name, ".csv")))
strat <- read("apistrat"); clus <- read("apiclus1")
designs <- list(
  strat = svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
  clus = svydesign(~dnum, weights = ~pw, data = clus)
)
say <- function(case, what, value) cat(sprintf("%s,%s,%.15g\n", case, what, value), sep = "")
cat("case,quantity,value\n")
for (name in names(designs)) {
  D <- designs[[name]]
  v <- svyvar(~api00 + enroll, D)
  say(name, c("var_x", "cov", "var_y"), as.vector(v)[c(1, 2, 4)])
  say(name, c("var_x_se", "cov_se", "var_y_se"), sqrt(diag(attr(v, "var")))[c(1, 2, 4)])
  flat <- structure(as.vector(v), var = attr(v, "var"), names = c("xx", "xy", "yx", "yy"), class = "svystat")
  r <- svycontrast(flat, quote(xy / sqrt(xx * yy)))
  say(name, c("cor", "cor_se"), c(coef(r), SE(r)))
  t <- svyttest(api00 ~ awards, D)
  say(name, c("t2_estimate", "t2", "t2_df", "t2_p", "t2_low", "t2_high"), c(t$estimate, t$statistic, t$parameter, t$p.value, t$conf.int))
  t <- svyttest(I(api00 - 600) ~ 0, D)
  say(name, c("t1_estimate", "t1", "t1_df", "t1_p", "t1_low", "t1_high"), c(t$estimate, t$statistic, t$parameter, t$p.value, t$conf.int))
  # answers made unequal, so that no weights of ties are broken in the order of the rows
  D2 <- update(D, own = api00 + seq_along(api00) / 1000)
  for (score in c("wilcoxon", "vanderWaerden")) {
    t <- svyranktest(own ~ awards, D2, test = score)
    say(name, paste0(tolower(score), c("_estimate", "_t", "_df", "_p")), c(t$estimate, t$statistic, t$parameter, t$p.value))
  }
  s <- svystandardize(D, ~stype, ~comp.imp, population = c(4, 1, 2))
  b <- svyby(~api00, ~comp.imp, s, svymean)
  say(name, c("std_No", "std_Yes", "std_No_se", "std_Yes_se"), c(coef(b), SE(b)))
  m <- svymean(~api00, svystandardize(D, ~stype, ~1, population = c(4, 1, 2)))
  say(name, c("std", "std_se"), c(coef(m), SE(m)))
}
