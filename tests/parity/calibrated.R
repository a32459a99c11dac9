# Estimates with the residual variance of calibrated weights, data sets api of the package survey.
# Run in this folder: Rscript calibrated.R
source("common.R")
data(api)
apipop$sch.wide <- factor(apipop$sch.wide); tight <- 1e-11
prepared <- function(d) {
  d$poor <- as.numeric(d$meals > 50)
  # an outcome that some schools did not give
  d$missed <- ifelse(d$snum %% 7 == 0, NA, d$api00)
  d
}
apistrat <- prepared(apistrat); apiclus1 <- prepared(apiclus1)
# totals that the cluster sample can meet; api99 raised by 2.5% so that bounds bind
totals <- function(formula) {
  t <- colSums(model.matrix(formula, apipop))
  if ("api99" %in% names(t)) t["api99"] <- 4011920
  t
}
freq <- function(...) { v <- c(...); as.data.frame(table(apipop[v]), responseName = "Freq") }
cal <- function(design, formula, calfun, bounds = c(-Inf, Inf))
  calibrate(design, formula, totals(formula), calfun = calfun, bounds = bounds, epsilon = tight, maxit = 1000)
by_margins <- ~sch.wide + comp.imp + stype; by_number <- ~stype + sch.wide + api99
# the cluster sample lacks schools of one of the crossed cells
poststrata <- function(d) {
  if (is.null(d$variables$fpc) || length(unique(d$cluster[[1]])) < nrow(d)) return(postStratify(d, ~stype, freq("stype")))
  postStratify(d, ~sch.wide + comp.imp, freq("sch.wide", "comp.imp"))
}
calibrations <- list(
  poststratify = poststrata,
  rake = function(d) rake(d, list(~sch.wide, ~comp.imp, ~stype), list(freq("sch.wide"), freq("comp.imp"), freq("stype")),
                          control = list(epsilon = 1e-12, maxit = 1000)),
  linear = function(d) cal(d, by_margins, "linear"),
  raking = function(d) cal(d, by_margins, "raking"),
  logit = function(d) cal(d, by_margins, "logit", c(0.3, 5)),
  twice = function(d) cal(poststrata(d), ~awards, "raking"),
  number_linear = function(d) cal(d, by_number, "linear"),
  number_raking = function(d) cal(d, by_number, "raking"),
  number_logit = function(d) cal(d, by_number, "logit", c(0.5, 2.5)),
  number_two = function(d) cal(d, ~api99 + enroll, "linear")
)
designs <- list(
  strat = svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat),
  strat_none = svydesign(~1, strata = ~stype, weights = ~pw, data = apistrat),
  clus = svydesign(~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1))
for (name in names(designs)) for (step in names(calibrations)) {
  # the cluster sample holds too few schools for some of the totals
  if (name == "clus" && step %in% c("logit", "number_logit", "number_raking")) next
  design <- calibrations[[step]](designs[[name]])
  # without correction the same code runs: two kinds of calibration are enough
  if (name == "strat_none" && !(step %in% c("raking", "number_linear"))) next
  # aibaro refuses weights that are not positive
  if (min(weights(design)) <= 0) { message("not positive: ", name, ".", step); next }
  case <- function(...) paste(name, step, ..., sep = ".")
  record(case("weights"), "first", weights(design)[1]); record(case("weights"), "sum_of_squares", sum(weights(design)^2))
  one(case("api00"), design, "api00"); one(case("missed"), design, "missed"); one(case("poor"), design, "poor")
  share(case("poor"), design, "poor")
  one(case("api00.comp.imp.No"), subset(design, comp.imp == "No"), "api00")
  one(case("missed.comp.imp.No"), subset(design, comp.imp == "No"), "missed")
  one(case("poor.stype.H"), subset(design, stype == "H"), "poor"); share(case("poor.stype.H"), subset(design, stype == "H"), "poor")
  for (a in c("E", "M")) for (b in c("Yes", "No"))
    one(case(paste0("enroll.stype-awards.", a, "-", b)), subset(design, stype == a & awards == b), "enroll")
  ratios(case("ratio"), design, "api.stu", "enroll")
  ratios(case("ratio.stype.M"), subset(design, stype == "M"), "api.stu", "enroll")
  # survey 4.1 fails in svyby(covmat = TRUE) on calibrated designs: means of domains as ratios of totals
  t <- svytotal(~I(api00 * (awards == "Yes")) + I(1 * (awards == "Yes")) + I(api00 * (awards == "No")) + I(1 * (awards == "No")), design)
  names(t) <- c("y1", "n1", "y2", "n2"); contrast <- svycontrast(t, quote(y1 / n1 - y2 / n2))
  record(case("contrast"), "difference", coef(contrast)); record(case("contrast"), "difference_se", SE(contrast))
  v <- svycontrast(svymean(~api00 + enroll, design), c(api00 = 1, enroll = -1))
  record(case("contrast"), "items", coef(v)); record(case("contrast"), "items_se", SE(v))
  tests(case("chisq"), design, ~awards + stype)
  if (name == "strat" && step %in% c("poststratify", "raking", "twice")) {
    quantiles(case("quantile.api00"), design, "api00")
    quantiles(case("quantile.api00.comp.imp.No"), subset(design, comp.imp == "No"), "api00")
  }
}
save_values("calibrated")
