# Shared by the scripts of this folder: collects values with all their digits and says which software made them.
suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "fail", digits = 17)
values <- data.frame(case = character(), quantity = character(), value = character())
record <- function(case, quantity, value) {
  values <<- rbind(values, data.frame(case = case, quantity = quantity,
                                      value = trimws(formatC(as.numeric(value), digits = 17, format = "g"))))
}
save_values <- function(name) {
  write.csv(values, file.path("values", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
  writeLines(c(R.version.string, paste("survey", packageVersion("survey")), paste("platform", R.version$platform)),
             file.path("values", paste0(name, ".session.txt")))
}
proportions <- function(case, design, formula) {
  m <- svymean(formula, design, deff = TRUE)
  r <- svymean(formula, design, deff = "replace")
  record(case, "estimate", coef(m)); record(case, "std_error", SE(m)); record(case, "df", degf(design))
  record(case, "deff", deff(m)); record(case, "deff_replace", deff(r))
  total <- svytotal(formula, design, deff = TRUE)
  record(case, "total", coef(total)); record(case, "total_se", SE(total)); record(case, "total_deff", deff(total))
  ci <- confint(total, df = degf(design))
  record(case, "total_low", ci[1]); record(case, "total_high", ci[2])
  for (method in c("mean", "xlogit", "beta", "asin", "likelihood")) {
    ci <- attr(svyciprop(formula, design, method = method), "ci")
    record(case, paste0(method, "_low"), ci[1]); record(case, paste0(method, "_high"), ci[2])
  }
}
one <- function(case, design, name, deff = TRUE) {
  f <- as.formula(paste0("~", name))
  d <- design[!is.na(design$variables[[name]]), ]
  m <- svymean(f, design, na.rm = TRUE, deff = TRUE); r <- svymean(f, design, na.rm = TRUE, deff = "replace")
  df <- degf(d); ci <- confint(m, df = df)
  record(case, "estimate", coef(m)); record(case, "std_error", SE(m)); record(case, "df", df)
  record(case, "conf_low", ci[1]); record(case, "conf_high", ci[2])
  if (deff) { record(case, "deff", deff(m)); record(case, "deff_replace", deff(r)) }
  t <- svytotal(f, design, na.rm = TRUE)
  record(case, "total", coef(t)); record(case, "total_se", SE(t))
}
share <- function(case, design, name) {
  f <- as.formula(paste0("~", name))
  d <- design[!is.na(design$variables[[name]]), ]
  for (method in c("logit", "mean", "xlogit", "beta", "asin", "likelihood")) {
    ci <- attr(svyciprop(f, d, method = method), "ci")
    record(case, paste0(method, "_low"), ci[1]); record(case, paste0(method, "_high"), ci[2])
  }
}
quantiles <- function(case, design, name) {
  f <- as.formula(paste0("~", name))
  for (rule in c("math", "school")) for (q in c(0.1, 0.25, 0.5, 0.9)) {
    for (interval in c("mean", "beta", "xlogit", "asin")) {
      r <- svyquantile(f, design, q, qrule = rule, interval.type = interval, na.rm = TRUE)[[1]]
      record(case, paste(rule, q, interval, "estimate", sep = "_"), r[1])
      record(case, paste(rule, q, interval, "low", sep = "_"), r[2])
      record(case, paste(rule, q, interval, "high", sep = "_"), r[3])
      record(case, paste(rule, q, interval, "se", sep = "_"), r[4])
    }
  }
}
ratios <- function(case, design, numerator, denominator) {
  r <- svyratio(as.formula(paste0("~", numerator)), as.formula(paste0("~", denominator)), design, na.rm = TRUE, deff = TRUE)
  record(case, "estimate", coef(r)); record(case, "std_error", SE(r)); record(case, "deff", deff(r))
}
tests <- function(case, design, formula) {
  for (statistic in c("F", "Chisq")) {
    t <- svychisq(formula, design, statistic = statistic)
    record(case, paste0(statistic, "_statistic"), t$statistic)
    for (k in seq_along(t$parameter)) record(case, paste0(statistic, "_df", k), t$parameter[k])
    record(case, paste0(statistic, "_p"), t$p.value)
  }
}
