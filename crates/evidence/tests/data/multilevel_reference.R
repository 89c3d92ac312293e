# Writes multilevel.csv (made-up data) and multilevel_robust.csv (clubSandwich and metafor; used as black boxes).
# Usage: Rscript multilevel_reference.R, in this folder.
suppressPackageStartupMessages({library(metafor); library(clubSandwich)})
set.seed(7); n <- 30
study <- rep(1:10, times=c(1,2,3,4,5,2,3,1,4,5)); x <- round(rnorm(n), 3)
v <- round(runif(n, .02, .2), 4)
y <- round(.4 + .3*x + rnorm(10, sd=.3)[study] + rnorm(n, sd=.2) + rnorm(n, sd=sqrt(v)), 4)
d <- data.frame(study=sprintf("s%02d", study), y, v, x)
write.csv(d, "multilevel.csv", row.names=FALSE, quote=FALSE)
sink("multilevel_robust.csv")
o <- function(name, value) cat(sprintf("%s,%.17g\n", name, value))
cat("name,value\n")
g <- rma(y, v, mods=~x, data=d, method="DL"); o("tau2", g$tau2)
for (t in c("CR0", "CR1p", "CR2")) {
  ct <- coef_test(g, vcov=vcovCR(g, cluster=d$study, type=t), test="Satterthwaite")
  o(paste0(t, ".beta0"), ct$beta[1]); o(paste0(t, ".beta1"), ct$beta[2])
  o(paste0(t, ".se0"), ct$SE[1]); o(paste0(t, ".se1"), ct$SE[2])
  if (t == "CR2") { o("CR2.df0", ct$df[1]); o("CR2.df1", ct$df[2]) }
}
sink()
