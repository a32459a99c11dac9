# Replicate weights that come with the rows: every kind, about the estimate and about the mean of the replicates.
# Rows: values/replicate_rows.csv (synthetic).  Run in this folder: Rscript replicates.R
source("common.R")
d <- read.csv("values/replicate_rows.csv", na.strings = "")
reps <- paste0("rw", 1:8)
rscales <- c(0.9, 0.8, 0.7, 0.6, 0.5, 0.75, 0.85, 0.95)
kinds <- list(
  ACS = list(type = "ACS"), SDR = list(type = "successive-difference"), BRR = list(type = "BRR"),
  Fay = list(type = "Fay", rho = 0.5), JK1 = list(type = "JK1", scale = 7 / 8), JK2 = list(type = "JK2"),
  JKn = list(type = "JKn", scale = 1, rscales = rscales), bootstrap = list(type = "bootstrap"),
  custom = list(type = "other", scale = 0.3, rscales = rscales))
for (kind in names(kinds)) for (mse in c(TRUE, FALSE)) {
  s <- do.call(svrepdesign, c(list(data = d, weights = ~w, repweights = d[reps], combined.weights = TRUE, mse = mse), kinds[[kind]]))
  case <- paste(kind, if (mse) "estimate" else "replicates", sep = ".")
  put <- function(name, x) { record(case, name, coef(x)[1]); record(case, paste0(name, "_se"), SE(x)[1]) }
  put("mean", svymean(~x, s)); put("total", svytotal(~x, s)); put("ratio", svyratio(~y, ~x, s))
  by <- svyby(~x, ~g, s, svymean, covmat = TRUE)
  record(case, "a", coef(by)[1]); record(case, "a_se", SE(by)[1]); record(case, "b_se", SE(by)[2])
  put("difference", svycontrast(by, c(a = 1, b = -1)))
  record(case, "yes", coef(svymean(~I(t == "yes"), subset(s, !is.na(t))))[2])
  record(case, "yes_se", SE(svymean(~I(t == "yes"), subset(s, !is.na(t))))[2])
  q <- svyquantile(~x, s, 0.4, qrule = "math", interval.type = "mean")[[1]]
  record(case, "quantile", q[1]); record(case, "quantile_low", q[2]); record(case, "quantile_high", q[3])
  t <- svychisq(~y + g, s, statistic = "F"); record(case, "F", t$statistic); record(case, "F_p", t$p.value)
  record(case, "df", degf(s))
  v <- svyvar(~x, s); record(case, "variance", v[1]); record(case, "variance_se", SE(v)[1])
  v <- svyvar(~x + y, s); record(case, "covariance", v[2]); record(case, "covariance_se", sqrt(diag(attr(v, "var")))[2])
  standard <- svystandardize(s, by = ~g, over = ~1, population = c(a = 30, b = 70))
  put("standard", svymean(~x, standard))
  # ties are another convention: ranks of an outcome without them, with the variance of fixed scores about the estimate
  s$variables$single <- s$variables$x + seq_len(nrow(d)) / 1000
  r <- svyranktest(single ~ g, s); record(case, "rank", r$estimate); record(case, "rank_t", r$statistic); record(case, "rank_df", r$parameter)
}
save_values("replicates")
