# Residual variance after two calibrating steps, by hand: the residual of the last step first, and of the first one first.
# R's own calibrate(postStratify()) takes the first step first.  Run in this folder: Rscript order.R
source("common.R")
data(api)
apiclus1$poor <- as.numeric(apiclus1$meals > 50)
d0 <- svydesign(~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
d1 <- postStratify(d0, ~stype, as.data.frame(table(stype = apipop$stype), responseName = "Freq"))
d2 <- calibrate(d1, ~awards, colSums(model.matrix(~awards, apipop)), calfun = "raking", epsilon = 1e-11, maxit = 1000)
w0 <- weights(d0); w1 <- weights(d1); w2 <- weights(d2)
residual <- function(u, x, w) u - fitted(lm(u ~ x, weights = w))
error <- function(e) sqrt(as.numeric(svyrecvar(as.matrix(w2 * e), d2$cluster, d2$strata, d2$fpc)))
for (item in c("api00", "poor", "enroll")) for (level in c("all", "No")) {
  inside <- if (level == "all") rep(1, nrow(apiclus1)) else as.numeric(apiclus1$comp.imp == level)
  y <- apiclus1[[item]]; size <- sum(w2 * inside); m <- sum(w2 * inside * y) / size
  u <- inside * (y - m) / size
  case <- paste(item, level, sep = ".")
  record(case, "estimate", m)
  record(case, "last_first", error(residual(residual(u, apiclus1$awards, w1), apiclus1$stype, w0)))
  record(case, "first_first", error(residual(residual(u, apiclus1$stype, w0), apiclus1$awards, w1)))
  record(case, "r", SE(svymean(as.formula(paste0("~", item)), if (level == "all") d2 else subset(d2, comp.imp == "No"))))
}
save_values("order")
