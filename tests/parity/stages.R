# Designs of two stages with a finite population correction at each, data sets apiclus2 and mu284 of the package survey.
# Run in this folder: Rscript stages.R
source("common.R")
data(api); data(mu284)
apiclus2$poor <- as.numeric(apiclus2$meals > 50)
apiclus2$rate1 <- 40 / apiclus2$fpc1
apiclus2$rate2 <- ave(apiclus2$snum, apiclus2$dnum, FUN = length) / apiclus2$fpc2
keep <- c("stype", "dnum", "snum", "pw", "fpc1", "fpc2", "rate1", "rate2", "api00", "enroll", "poor", "awards", "ell", "meals")
write.csv(format(apiclus2[keep], digits = 17, trim = TRUE), "values/apiclus2.csv", row.names = FALSE, quote = FALSE)
write.csv(mu284, "values/mu284.csv", row.names = FALSE, quote = FALSE)
pop <- table(apipop$stype)
designs <- list(
  both = svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2),
  rates = svydesign(id = ~dnum + snum, fpc = ~rate1 + rate2, data = apiclus2),
  none = svydesign(id = ~dnum + snum, weights = ~pw, data = apiclus2))
designs$poststratify <- postStratify(designs$both, ~stype, as.data.frame(pop, responseName = "Freq") |> setNames(c("stype", "Freq")))
designs$calibrate <- calibrate(designs$both, ~stype, c(`(Intercept)` = sum(pop), stypeH = pop[["H"]], stypeM = pop[["M"]]), calfun = "raking", epsilon = 1e-12)
for (name in names(designs)) {
  d <- designs[[name]]
  case <- function(x) paste(name, x, sep = ".")
  for (item in c("api00", "enroll", "poor")) one(case(item), d, item, deff = FALSE)
  for (level in c("E", "H", "M")) one(case(paste0("api00.", level)), subset(d, stype == level), "api00", deff = FALSE)
  r <- svyratio(~meals, ~ell, d); record(case("ratio"), "estimate", coef(r)); record(case("ratio"), "std_error", SE(r))
  t <- svychisq(~awards + stype, d, statistic = "F"); record(case("chisq"), "statistic", t$statistic); record(case("chisq"), "p", t$p.value)
  if (!(name %in% c("poststratify", "calibrate"))) {
    by <- svyby(~api00, ~stype, d, svymean, covmat = TRUE); v <- svycontrast(by, c(E = 1, H = -1, M = 0))
    record(case("contrast"), "estimate", coef(v)); record(case("contrast"), "std_error", SE(v))
    q <- svyquantile(~api00, d, 0.5, qrule = "math", interval.type = "mean")[[1]]
    record(case("quantile"), "low", q[2]); record(case("quantile"), "high", q[3])
    m <- svyglm(api00 ~ ell + meals, design = d); for (k in 1:3) record(case("glm"), paste0("se", k), SE(m)[k])
  }
}
mu <- svydesign(id = ~id1 + id2, fpc = ~n1 + n2, data = mu284)
for (f in list(~y1)) { t <- svytotal(f, mu); m <- svymean(f, mu); record("mu284", "total", coef(t)); record("mu284", "total_se", SE(t)); record("mu284", "mean", coef(m)); record("mu284", "mean_se", SE(m)); record("mu284", "df", degf(mu)) }
save_values("stages")
