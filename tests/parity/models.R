# Generalised linear models and ordered logits under a design, data sets api and nhanes of the package survey.
# Run in this folder: Rscript models.R
source("common.R")
tight <- list(epsilon = 1e-14, maxit = 200)
read <- function(name) {
  d <- read.csv(file.path("values", paste0(name, ".csv")), stringsAsFactors = TRUE)
  d$missed <- ifelse(d$snum %% 7 == 0, NA, d$meals); d$met <- as.numeric(d$comp.imp == "Yes"); d
}
strat <- read("apistrat"); clus <- read("apiclus1"); data(api)
designs <- list(
  strat = svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
  none = svydesign(id = ~1, strata = ~stype, weights = ~pw, data = strat),
  clus = svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus)
)
margins <- list(stype = c(E = 4421, H = 755, M = 1018), sch.wide = c(No = 1072, Yes = 5122))
totals <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, sch.wideYes = 5122)
designs$linear <- calibrate(designs$strat, ~stype + sch.wide, totals, calfun = "linear", epsilon = 1e-11)
designs$raking <- calibrate(designs$clus, ~stype + sch.wide, totals, calfun = "raking", epsilon = 1e-11, maxit = 1000)
designs$number <- calibrate(designs$strat, ~stype + sch.wide + api99, c(totals, api99 = 4011920), epsilon = 1e-11)
families <- list(gaussian = gaussian(), binomial = quasibinomial(), probit = quasibinomial("probit"),
                 cloglog = quasibinomial("cloglog"), poisson = quasipoisson(), gamma = Gamma("log"))
formulas <- list(
  api = api00 ~ stype + meals + enroll, met = met ~ meals + enroll, count = enroll ~ stype + meals,
  crossed = api00 ~ stype * awards + meals, missing = api00 ~ missed + stype,
  gain = api00 ~ stype + meals + offset(0.5 * api99), rate = enroll ~ stype + offset(log(api99)), odds = met ~ meals + offset(api99 / 1000)
)
cases <- rbind(
  expand.grid(design = names(designs), formula = c("api", "crossed", "missing"), family = "gaussian", domain = "", stringsAsFactors = FALSE),
  expand.grid(design = names(designs), formula = "met", family = c("binomial", "probit", "cloglog"), domain = "", stringsAsFactors = FALSE),
  expand.grid(design = names(designs), formula = "count", family = c("poisson", "gamma"), domain = "", stringsAsFactors = FALSE),
  expand.grid(design = names(designs), formula = "met", family = "binomial", domain = "sch.wide", stringsAsFactors = FALSE),
  data.frame(design = names(designs), formula = "gain", family = "gaussian", domain = ""),
  data.frame(design = names(designs), formula = "rate", family = "poisson", domain = ""),
  data.frame(design = names(designs), formula = "odds", family = "binomial", domain = "")
)
# the call holds its arguments, so that tests can refit it from anywhere
fit <- function(design, formula, family)
  eval(bquote(svyglm(.(formula), design = .(design), family = .(family), control = .(tight))))
for (k in seq_len(nrow(cases))) {
  row <- cases[k, ]; case <- paste(row$design, row$formula, row$family, sub("sch.wide", "wide", row$domain), sep = ".")
  design <- designs[[row$design]]; formula <- formulas[[row$formula]]
  if (row$domain != "") { design <- subset(design, sch.wide == "Yes"); formula <- met ~ meals }
  m <- fit(design, formula, families[[row$family]])
  record(case, "df", m$df.residual)
  ci <- confint(m); s <- summary(m)$coefficients
  for (j in seq_along(coef(m))) {
    name <- names(coef(m))[j]
    record(case, paste0("estimate ", name), coef(m)[j]); record(case, paste0("std_error ", name), SE(m)[j])
    record(case, paste0("conf_low ", name), ci[j, 1]); record(case, paste0("conf_high ", name), ci[j, 2])
    record(case, paste0("p_value ", name), s[j, 4])
  }
  term <- switch(row$formula, api = "stype", met = "meals", count = "stype", crossed = "stype:awards", missing = "stype",
                 gain = "stype", rate = "stype", odds = "meals")
  w <- regTermTest(m, term)
  record(case, "wald", w$Ftest); record(case, "wald_p", w$p)
  l <- tryCatch(regTermTest(m, term, method = "LRT"), error = function(e) NULL)   # its saddlepoint fails for some
  if (!is.null(l)) record(case, "lrt_p", l$p)
  # R scales weights over all rows of the design, which calibrated ones keep in a domain: its deviance has another unit
  other <- row$formula == "missing" || (row$domain != "" && row$design %in% c("linear", "raking", "number"))
  if (!other && !is.null(l)) {
    record(case, "lrt", l$chisq); for (j in seq_along(l$lambda)) record(case, paste0("lambda", j), sort(l$lambda, decreasing = TRUE)[j])
  }
}
# replicate weights, written so that the test reads the same ones
jack <- as.svrepdesign(designs$clus, type = "JK1", mse = TRUE)
copies <- weights(jack, "analysis"); colnames(copies) <- paste0("rw", seq_len(ncol(copies)))
write.csv(cbind(clus[c("snum", "pw")], copies), file.path("values", "apiclus1_jk1.csv"), row.names = FALSE, quote = FALSE)
jack <- svrepdesign(data = clus, weights = ~pw, repweights = copies, type = "JK1", combined.weights = TRUE, mse = TRUE,
                    scale = (ncol(copies) - 1) / ncol(copies))
for (family in c("gaussian", "binomial")) {
  case <- paste("jack", "model", family, sep = ".")
  m <- fit(jack, if (family == "gaussian") api00 ~ stype + meals else met ~ meals + enroll, families[[family]])
  record(case, "df", m$df.residual)
  for (j in seq_along(coef(m))) {
    record(case, paste0("estimate ", names(coef(m))[j]), coef(m)[j]); record(case, paste0("std_error ", names(coef(m))[j]), SE(m)[j])
  }
}
# two stages: clusters of districts, then schools
two <- read.csv("values/apiclus2.csv", stringsAsFactors = TRUE)
stages <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, weights = ~pw, data = two)
m <- fit(stages, api00 ~ stype + meals, gaussian())
record("stages.model.gaussian", "df", m$df.residual)
for (j in seq_along(coef(m))) {
  record("stages.model.gaussian", paste0("estimate ", names(coef(m))[j]), coef(m)[j])
  record("stages.model.gaussian", paste0("std_error ", names(coef(m))[j]), SE(m)[j])
}
# predicted margins: the factor that is set is not in the model that is given
for (name in names(designs)) for (family in c("gaussian", "binomial")) {
  formula <- if (family == "gaussian") api00 ~ meals + enroll else met ~ meals
  m <- fit(designs[[name]], formula, families[[family]])
  p <- svypredmeans(m, ~stype)
  case <- paste(name, "margins", family, sep = ".")
  for (level in names(coef(p))) { record(case, paste0("estimate ", level), coef(p)[[level]]); record(case, paste0("std_error ", level), SE(p)[[which(names(coef(p)) == level)]]) }
}
# ordered logit: svyolr stops early and differentiates numerically; here both are done again with care
pieces <- function(par, x, y, w, q) {
  pc <- ncol(x); beta <- par[seq_len(pc)]; zeta <- c(-Inf, par[pc + 1:q], Inf)
  eta <- drop(x %*% beta); up <- plogis(zeta[y + 1] - eta); low <- plogis(zeta[y] - eta); pr <- up - low
  d1 <- ifelse(is.finite(zeta[y + 1]), dlogis(zeta[y + 1] - eta), 0); d0 <- ifelse(is.finite(zeta[y]), dlogis(zeta[y] - eta), 0)
  s <- cbind(-x * (d1 - d0) / pr, sapply(1:q, function(k) ((y == k) * d1 - (y == k + 1) * d0) / pr))
  list(value = sum(w * log(pr)), score = s)
}
ordered_logit <- function(case, formula, design) {
  start <- svyolr(formula, design)
  mf <- model.frame(formula, model.frame(design), na.action = na.omit)
  y <- as.integer(model.response(mf)); x <- model.matrix(formula, mf)[, -1, drop = FALSE]
  kept <- match(rownames(mf), rownames(model.frame(design))); w <- weights(design)[kept]
  q <- length(start$zeta); par <- c(start$coefficients, start$zeta)
  gradient <- function(p) colSums(w * pieces(p, x, y, w, q)$score)
  jacobian <- function(p) sapply(seq_along(p), function(k) {
    central <- function(h) { e <- replace(numeric(length(p)), k, h); (gradient(p + e) - gradient(p - e)) / (2 * h) }
    h <- 1e-3 * max(abs(p[k]), 1); a <- central(h); b <- central(h / 2); c <- central(h / 4)
    b1 <- (4 * b - a) / 3; c1 <- (4 * c - b) / 3; (16 * c1 - b1) / 15   # Richardson
  })
  for (round in 1:30) par <- par - solve(jacobian(par), gradient(par))
  influence <- (w * pieces(par, x, y, w, q)$score) %*% solve(-jacobian(par))
  d <- if (length(kept) < nrow(design)) design[kept, ] else design
  v <- svyrecvar(influence, d$cluster, d$strata, d$fpc, postStrata = d$postStrata)
  names(par) <- c(names(start$coefficients), names(start$zeta))
  record(case, "df", start$df.residual)
  for (j in seq_along(par)) {
    record(case, paste0("estimate ", names(par)[j]), par[j]); record(case, paste0("std_error ", names(par)[j]), sqrt(v[j, j]))
    record(case, paste0("early ", names(par)[j]), c(start$coefficients, start$zeta)[j])
  }
}
cuts <- function(d) { d$grade <- cut(d$api00, c(0, 550, 650, 750, 1000), labels = c("low", "fair", "good", "high")); d }
os <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = cuts(strat))
oc <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = cuts(clus))
ordered_logit("strat.ordinal", grade ~ meals + awards, os)
ordered_logit("clus.ordinal", grade ~ meals + stype, oc)
ordered_logit("missing.ordinal", grade ~ missed, os)
save_values("models")
