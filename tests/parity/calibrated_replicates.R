# Jackknife of raked, poststratified and calibrated weights, each replicate weighted anew: data set apistrat.
# Run in this folder: Rscript calibrated_replicates.R
source("common.R")
data(api)
freq <- function(v) { t <- as.data.frame(table(apipop[[v]]), responseName = "Freq"); names(t)[1] <- v; t }
strat <- svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat)
for (mse in c(TRUE, FALSE)) {
  r <- as.svrepdesign(strat, type = "JKn", mse = mse)
  designs <- list(
    none = r,
    rake = rake(r, list(~awards, ~sch.wide), list(freq("awards"), freq("sch.wide")), control = list(epsilon = 1e-13, maxit = 1000)),
    poststratify = postStratify(r, ~awards, freq("awards")),
    calibrate = calibrate(r, ~awards + api99, c(`(Intercept)` = nrow(apipop), awardsYes = sum(apipop$awards == "Yes"), api99 = sum(apipop$api99))))
  for (name in names(designs)) {
    case <- paste(name, if (mse) "estimate" else "replicates", sep = ".")
    d <- designs[[name]]
    m <- svymean(~api00, d); t <- svytotal(~enroll, d); q <- svyratio(~api.stu, ~enroll, d)
    record(case, "mean", coef(m)); record(case, "mean_se", SE(m)); record(case, "total_se", SE(t)); record(case, "ratio_se", SE(q))
    record(case, "domain_se", SE(svymean(~api00, subset(d, stype == "H"))))
  }
}
save_values("calibrated_replicates")
