# Strata of a single unit on respondents' rows, elements and clusters.  Run in this folder: Rscript lonely.R
source("common.R")
data(api)
# one school, and one district, in a stratum of its own
apistrat$h <- as.character(apistrat$stype); apistrat$h[7] <- "alone"
apiclus1$h <- ifelse(apiclus1$dnum == apiclus1$dnum[1], "alone", ifelse(apiclus1$dnum < 450, "low", "high"))
for (rule in c("certainty", "adjust", "average")) {
  options(survey.lonely.psu = rule)
  designs <- list(strat = svydesign(~1, strata = ~h, weights = ~pw, data = apistrat),
                  clus = svydesign(~dnum, strata = ~h, weights = ~pw, data = apiclus1))
  for (name in names(designs)) {
    case <- function(...) paste(name, rule, ..., sep = ".")
    design <- designs[[name]]
    one(case("api00"), design, "api00"); ratios(case("ratio"), design, "api.stu", "enroll")
    one(case("enroll.awards.Yes"), subset(design, awards == "Yes"), "enroll")
  }
}
save_values("lonely")
