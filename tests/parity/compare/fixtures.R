# Values that tests/parity/compare/test_compare_parity.py compares with.
# Run from this folder: Rscript fixtures.R   (R, package survey)
suppressPackageStartupMessages(library(survey))
options(digits = 17, survey.lonely.psu = "fail")
out <- data.frame(name = character(), value = numeric())
put <- function(name, value) out[nrow(out) + seq_along(value), ] <<-
  data.frame(if (length(value) > 1) paste(name, seq_along(value), sep = ".") else name, as.numeric(value))

# two independent shares, exact inputs, design effect 1
cases <- list(c(56, 70, 48, 80), c(160, 841, 435, 1552), c(9, 10, 3, 10), c(488, 841, 978, 1552))
for (k in seq_along(cases)) {
  x <- cases[[k]]
  test <- prop.test(x[c(1, 3)], x[c(2, 4)], correct = FALSE)
  put(paste0("prop", k, ".p"), test$p.value)
  put(paste0("prop", k, ".chisq"), test$statistic)
  put(paste0("prop", k, ".ci"), test$conf.int)
  put(paste0("wilson", k), prop.test(x[1], x[2], correct = FALSE)$conf.int)
}

# adjustment
p <- c(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1)
for (method in c("holm", "BH", "bonferroni")) put(paste0("adjust.", method), p.adjust(p, method))

# studentised range
put("tukey.11.28", qtukey(0.95, 11, 28) / sqrt(2))
put("tukey.11.400", qtukey(0.95, 11, 400) / sqrt(2))
put("tukey.4.1000", qtukey(0.95, 4, 1000) / sqrt(2))

# contrasts of stratified domains: 6 strata of two sizes and three sectors, two items
strata <- data.frame(size = rep(c("small", "large"), each = 3), sector = rep(c("a", "b", "c"), 2),
                     N = c(400, 900, 250, 60, 40, 30), n = c(30, 45, 20, 25, 12, 18), y = c(7, 20, 3, 11, 9, 16),
                     z = c(9, 12, 5, 11, 4, 10), both = c(4, 8, 1, 6, 4, 9))
rows <- do.call(rbind, lapply(seq_len(nrow(strata)), function(h) {
  s <- strata[h, ]
  y <- rep(c(1, 0), c(s$y, s$n - s$y))
  z <- c(rep(1, s$both), rep(0, s$y - s$both), rep(1, s$z - s$both), rep(0, s$n - s$y - s$z + s$both))
  data.frame(size = s$size, sector = s$sector, stratum = h, N = s$N, y = y, z = z)
}))
rows$one <- 1
for (level in c("a", "b", "c")) {
  rows[[paste0("n.", level)]] <- as.numeric(rows$sector == level)
  rows[[paste0("y.", level)]] <- rows$y * (rows$sector == level)
}
rows$n.large <- as.numeric(rows$size == "large")
rows$y.large <- rows$y * rows$n.large
for (fpc in c("population", "none")) {
  rows$w <- rows$N / strata$n[rows$stratum]
  design <- if (fpc == "population") svydesign(~1, strata = ~stratum, fpc = ~N, data = rows) else
    svydesign(~1, strata = ~stratum, weights = ~w, data = rows)
  totals <- svytotal(~ y + z + one + n.a + y.a + n.b + y.b + n.c + y.c + n.large + y.large, design)
  contrast <- function(name, expression) {
    value <- svycontrast(totals, expression)
    put(paste(fpc, name, "estimate", sep = "."), coef(value))
    put(paste(fpc, name, "se", sep = "."), SE(value))
  }
  contrast("a-b", quote(y.a / n.a - y.b / n.b))
  contrast("a-all", quote(y.a / n.a - y / one))
  contrast("b-all", quote(y.b / n.b - y / one))
  contrast("a-large", quote(y.a / n.a - y.large / n.large))
  contrast("items", quote(y / one - z / one))
}
put("n.strata", nrow(strata))
write.csv(strata, "strata.csv", row.names = FALSE, quote = FALSE)

# ranks of the 51 states by travel time (American Community Survey 2011, facts), 90% joint region, Sidak's level;
# the counting rule is the authors' own
times <- read.csv("travel_time_2011.csv")
n <- nrow(times); alpha <- 0.1
z <- qnorm(1 - (1 - (1 - alpha)^(1 / n)) / 2)
low <- times$estimate - z * times$std_error
high <- times$estimate + z * times$std_error
put("travel.z", z)
put("travel.low", sapply(seq_len(n), function(i) sum(high <= low[i]) + 1))
put("travel.high", sapply(seq_len(n), function(i) n - sum(low >= high[i])))

con <- file("fixtures.csv", "w")
writeLines("name,value", con)
writeLines(sprintf("%s,%.17g", out$name, out$value), con)
close(con)
writeLines(c(R.version.string, paste("survey", packageVersion("survey")), paste("platform", R.version$platform)),
           "session.txt")
