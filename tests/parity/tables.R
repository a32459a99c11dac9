# Tables by a banner: shares, differences of columns, whole-table tests, means; data sets api of the package survey.
# Run in this folder: Rscript tables.R
source("common.R")
read <- function(name) {
  d <- read.csv(file.path("values", paste0(name, ".csv")), stringsAsFactors = TRUE)
  d$grade <- cut(d$api00, c(0, 550, 650, 750, 1000), labels = c("low", "fair", "good", "high"))
  d$grade[d$snum %% 7 == 0] <- NA; d$one <- as.numeric(d$awards == "Yes"); d$two <- as.numeric(d$comp.imp == "Yes"); d
}
strat <- read("apistrat"); clus <- read("apiclus1")
designs <- list(
  strat = svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
  clus = svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus)
)
designs$linear <- calibrate(designs$strat, ~stype + sch.wide, c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, sch.wideYes = 5122), epsilon = 1e-11)
# means of all levels with their joint covariance; svyby has none for calibrated designs with a domain
means <- function(y, banner, d) {
  m <- eval(bquote(svyglm(.(as.formula(paste(y, "~ 0 +", banner))), design = .(d))))
  names(m$coefficients) <- sub(banner, "", names(m$coefficients), fixed = TRUE); m
}
answered <- function(d, v) subset(d, !is.na(d$variables[[v]]))
for (name in names(designs)) for (banner in c("sch.wide", "stype")) {
  d <- answered(designs[[name]], "grade"); d0 <- designs[[name]]
  for (level in levels(d0$variables$grade)) {
    d$variables$is <- as.numeric(d$variables$grade %in% level); case <- paste(name, banner, level, sep = "|")
    all <- svymean(~is, d); record(case, "estimate total", coef(all)); record(case, "std_error total", SE(all))
    b <- means("is", banner, d)
    for (k in seq_along(coef(b))) {
      record(case, paste("estimate", names(coef(b))[k]), coef(b)[k]); record(case, paste("std_error", names(coef(b))[k]), SE(b)[k])
    }
    pairs <- combn(names(coef(b)), 2)
    for (j in seq_len(ncol(pairs))) {
      w <- setNames(c(1, -1), pairs[, j]); dif <- svycontrast(b, w)
      record(case, paste("difference", pairs[1, j], pairs[2, j]), coef(dif)); record(case, paste("difference_se", pairs[1, j], pairs[2, j]), SE(dif))
    }
    # of the row, and of the whole
    inside <- subset(d, d$variables$is == 1)
    row <- svymean(as.formula(paste0("~", banner)), inside)
    for (k in seq_along(coef(row))) { record(case, paste("row", names(coef(row))[k]), coef(row)[k]); record(case, paste("row_se", names(coef(row))[k]), SE(row)[k]) }
    for (l in levels(d$variables[[banner]])) {
      d$variables$both <- d$variables$is * (d$variables[[banner]] == l); whole <- svymean(~both, d)
      record(case, paste("whole", l), coef(whole)); record(case, paste("whole_se", l), SE(whole))
    }
  }
  record(paste(name, banner, sep = "|"), "base", unweighted <- sum(table(d$variables[[banner]])))
  # R counts all rows of the design in X2 and its covariance alike; the F statistic does not depend on it
  if (name != "linear") {
    t <- svychisq(as.formula(paste("~grade +", banner)), d)
    record(paste(name, banner, sep = "|"), "F", t$statistic); record(paste(name, banner, sep = "|"), "F_p", t$p.value)
  }
  m <- means("enroll", banner, d0)
  for (k in seq_along(coef(m))) { record(paste(name, banner, "enroll", sep = "|"), paste("estimate", names(coef(m))[k]), coef(m)[k]); record(paste(name, banner, "enroll", sep = "|"), paste("std_error", names(coef(m))[k]), SE(m)[k]) }
  g <- eval(bquote(svyglm(.(as.formula(paste("enroll ~", banner))), design = .(d0))))
  w <- regTermTest(g, banner); record(paste(name, banner, "enroll", sep = "|"), "wald", w$Ftest); record(paste(name, banner, "enroll", sep = "|"), "wald_df", w$ddf)
  record(paste(name, banner, "enroll", sep = "|"), "wald_p", w$p)
  for (item in c("one", "two")) {
    s <- means(item, banner, d0)
    for (k in seq_along(coef(s))) { record(paste(name, banner, item, sep = "|"), paste("estimate", names(coef(s))[k]), coef(s)[k]); record(paste(name, banner, item, sep = "|"), paste("std_error", names(coef(s))[k]), SE(s)[k]) }
  }
}
save_values("tables")
