# Domains that hold a single unit of a stratum (survey.adjust.domain.lonely).  Run in this folder: Rscript lonely_domains.R
source("common.R")
data(api)
options(survey.adjust.domain.lonely = TRUE)
# of the high schools one alone is in the domain, of the others several
apistrat$inside <- apistrat$stype != "H" & apistrat$awards == "Yes" | apistrat$cds == apistrat$cds[apistrat$stype == "H"][3]
for (rule in c("adjust", "average")) {
  options(survey.lonely.psu = rule)
  for (name in c("none", "fpc")) {
    design <- if (name == "fpc") svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat) else
      svydesign(~1, strata = ~stype, weights = ~pw, data = apistrat)
    d <- subset(design, inside)
    case <- paste(name, rule, sep = ".")
    m <- svymean(~api00, d); t <- svytotal(~enroll, d)
    record(case, "mean", coef(m)); record(case, "mean_se", SE(m)); record(case, "total_se", SE(t))
    options(survey.adjust.domain.lonely = FALSE)
    record(case, "plain_se", SE(svymean(~api00, d)))
    options(survey.adjust.domain.lonely = TRUE)
  }
}
save_values("lonely_domains")
