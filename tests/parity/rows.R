# Estimates on respondents' rows: data sets api (California schools) and nhanes of the package survey.
# Run in this folder: Rscript rows.R
source("common.R")
data(api); data(nhanes)
keep <- c("cds", "stype", "dnum", "snum", "sch.wide", "comp.imp", "awards", "api00", "api99", "enroll", "api.stu", "meals", "pw", "fpc")
write.csv(apistrat[keep], "values/apistrat.csv", row.names = FALSE, quote = FALSE)
write.csv(apiclus1[keep], "values/apiclus1.csv", row.names = FALSE, quote = FALSE)
nhanes$strata <- nhanes$SDMVSTRA; nhanes$psu <- nhanes$SDMVPSU; nhanes$w <- nhanes$WTMEC2YR
write.csv(nhanes[c("psu", "strata", "w", "HI_CHOL", "race", "agecat", "RIAGENDR")], "values/nhanes.csv", row.names = FALSE, quote = TRUE)

apistrat$yes <- as.numeric(apistrat$sch.wide == "Yes"); apiclus1$yes <- as.numeric(apiclus1$sch.wide == "Yes")
apistrat$win <- as.numeric(apistrat$awards == "Yes"); apiclus1$win <- as.numeric(apiclus1$awards == "Yes")
nhanes$male <- as.numeric(nhanes$RIAGENDR == 1)
designs <- list(
  strat = svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat),
  strat_none = svydesign(~1, strata = ~stype, weights = ~pw, data = apistrat),
  clus = svydesign(~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1),
  clus_none = svydesign(~dnum, weights = ~pw, data = apiclus1))
for (name in names(designs)) {
  design <- designs[[name]]
  one(paste0(name, ".api00"), design, "api00"); one(paste0(name, ".enroll"), design, "enroll")
  one(paste0(name, ".yes"), design, "yes"); share(paste0(name, ".yes"), design, "yes")
  for (level in c("Yes", "No")) {
    d <- subset(design, comp.imp == level)
    one(paste0(name, ".api00.comp.imp.", level), d, "api00"); one(paste0(name, ".yes.comp.imp.", level), d, "yes")
    if (level == "Yes") next
    share(paste0(name, ".yes.comp.imp.", level), d, "yes")
  }
  for (level in c("E", "H", "M")) one(paste0(name, ".enroll.stype.", level), subset(design, stype == level), "enroll")
  for (a in c("E", "H", "M")) for (b in c("Yes", "No")) {
    d <- subset(design, stype == a & comp.imp == b)
    one(paste0(name, ".enroll.stype-comp.imp.", a, "-", b), d, "enroll")
  }
  ratios(paste0(name, ".ratio"), design, "api.stu", "enroll")
  for (level in c("E", "H", "M")) ratios(paste0(name, ".ratio.stype.", level), subset(design, stype == level), "api.stu", "enroll")
  quantiles(paste0(name, ".quantile.api00"), design, "api00")
  quantiles(paste0(name, ".quantile.enroll.comp.imp.No"), subset(design, comp.imp == "No"), "enroll")
  tests(paste0(name, ".chisq"), design, ~sch.wide + stype)
  m <- svyby(~api00, ~stype, design, svymean, covmat = TRUE)
  contrast <- svycontrast(m, c(E = 1, H = -1, M = 0)); quotient <- svycontrast(m, quote(E / H))
  record(paste0(name, ".contrast"), "difference", coef(contrast)); record(paste0(name, ".contrast"), "difference_se", SE(contrast))
  record(paste0(name, ".contrast"), "quotient", coef(quotient)); record(paste0(name, ".contrast"), "quotient_se", SE(quotient))
  v <- svymean(~api00 + api99, design); growth <- svycontrast(v, c(api00 = 1, api99 = -1))
  record(paste0(name, ".contrast"), "growth", coef(growth)); record(paste0(name, ".contrast"), "growth_se", SE(growth))
  paired <- svycontrast(svymean(~yes + win, design), c(yes = 1, win = -1))
  record(paste0(name, ".contrast"), "paired", coef(paired)); record(paste0(name, ".contrast"), "paired_se", SE(paired))
  for (type in if (startsWith(name, "strat")) "JKn" else "JK1") {
    jk <- as.svrepdesign(design, type = type)
    for (item in c("api00", "yes")) {
      m <- svymean(as.formula(paste0("~", item)), jk); t <- svytotal(as.formula(paste0("~", item)), jk)
      record(paste0(name, ".jackknife.", item), "mean", coef(m)); record(paste0(name, ".jackknife.", item), "mean_se", SE(m))
      record(paste0(name, ".jackknife.", item), "total_se", SE(t))
      m <- svymean(as.formula(paste0("~", item)), subset(jk, comp.imp == "No"))
      record(paste0(name, ".jackknife.", item), "domain_se", SE(m))
    }
    r <- svyratio(~api.stu, ~enroll, jk)
    record(paste0(name, ".jackknife.ratio"), "ratio", coef(r)); record(paste0(name, ".jackknife.ratio"), "ratio_se", SE(r))
  }
}
# weights that differ within strata
set.seed(20231101)
apistrat$uneven <- round(apistrat$pw * (0.5 + (seq_len(nrow(apistrat)) * 37 %% 100) / 100), 6)
apistrat$uneven <- round(apistrat$pw * (0.5 + ((seq_len(nrow(apistrat)) * 37) %% 100) / 100), 6)
write.csv(apistrat["uneven"], "values/apistrat_uneven.csv", row.names = FALSE, quote = FALSE)
uneven <- svydesign(~1, strata = ~stype, weights = ~uneven, data = apistrat)
for (item in c("api00", "enroll", "yes")) one(paste0("uneven.", item), uneven, item)
one("uneven.api00.comp.imp.No", subset(uneven, comp.imp == "No"), "api00")
ratios("uneven.ratio", uneven, "api.stu", "enroll"); quantiles("uneven.quantile.api00", uneven, "api00")
tests("uneven.chisq", uneven, ~sch.wide + stype); share("uneven.yes", uneven, "yes")

health <- svydesign(~psu, strata = ~strata, weights = ~w, data = nhanes, nest = TRUE)
one("nhanes.HI_CHOL", health, "HI_CHOL"); share("nhanes.HI_CHOL", health, "HI_CHOL")
for (a in 1:4) one(paste0("nhanes.HI_CHOL.race.", a), subset(health, race == a), "HI_CHOL")
for (a in 1:4) for (b in 1:2) {
  d <- subset(health, race == a & RIAGENDR == b)
  one(paste0("nhanes.HI_CHOL.race-RIAGENDR.", a, "-", b), d, "HI_CHOL")
  share(paste0("nhanes.HI_CHOL.race-RIAGENDR.", a, "-", b), d, "HI_CHOL")
}
tests("nhanes.chisq", health, ~race + RIAGENDR); tests("nhanes.chisq_missing", health, ~HI_CHOL + race)
jk <- as.svrepdesign(health, type = "JKn"); m <- svymean(~HI_CHOL, jk, na.rm = TRUE)
record("nhanes.jackknife", "mean", coef(m)); record("nhanes.jackknife", "mean_se", SE(m))
save_values("rows")
