# Units of which a single one of the second stage was sampled (apiclus2 with one school more in each district).
# Run in this folder: Rscript lonely_stages.R
source("common.R")
data(api)
apiclus2$fpc2 <- apiclus2$fpc2 + 1
apiclus2$poor <- as.numeric(apiclus2$meals > 50)
d <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, weights = ~pw, data = apiclus2)
for (rule in c("adjust", "certainty")) {
  options(survey.lonely.psu = rule)
  for (item in c("api00", "enroll", "poor")) {
    m <- svymean(reformulate(item), d, na.rm = TRUE)
    record(paste(rule, item, sep = "."), "estimate", coef(m)); record(paste(rule, item, sep = "."), "std_error", SE(m))
  }
  by <- svyby(~api00, ~stype, d, svymean, covmat = TRUE)
  for (level in c("E", "H", "M")) record(paste(rule, "api00", level, sep = "."), "std_error", SE(by)[match(level, by$stype)])
  contrast <- svycontrast(by, c(E = 1, H = -1, M = 0)); record(paste0(rule, ".contrast"), "std_error", SE(contrast))
  r <- svyratio(~meals, ~ell, d); record(paste0(rule, ".ratio"), "estimate", coef(r)); record(paste0(rule, ".ratio"), "std_error", SE(r))
}
save_values("lonely_stages")
