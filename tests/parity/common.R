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
