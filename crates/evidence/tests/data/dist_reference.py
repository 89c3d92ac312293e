"""Writes dist_reference.csv: tails, densities and quantiles with 50 digits (mpmath), rounded to 17.

Usage: python3 dist_reference.py > dist_reference.csv
The quantiles are found by bisection and Newton steps on mpmath's own incomplete gamma and beta functions;
nothing here shares code with the crate.
"""
import random
import sys

import mpmath as m

m.mp.dps = 60
M = m.mpf


def gamma_tails(a, x):
    """P and Q of the gamma distribution with shape a at x."""
    a, x = M(a), M(x)
    if x <= 0:
        return M(0), M(1)
    kernel = m.exp(a * m.log(x) - x - m.loggamma(a))
    if x < a + 1:
        with m.workdps(90):
            term = 1 / a
            total, n = term, a
            while term > total * M(10) ** -70:
                n += 1
                term *= x / n
                total += term
        p = kernel * total
        return p, 1 - p
    # Legendre continued fraction, evaluated by Lentz.
    with m.workdps(80):
        b = x + 1 - a
        f, c, d = b, b, M(0)
        n = 0
        while True:
            n += 1
            num = -n * (n - a)
            b += 2
            d = 1 / (b + num * d)
            c = b + num / c
            f *= c * d
            if abs(c * d - 1) < M(10) ** -60:
                break
    q = kernel / f
    return 1 - q, q


def beta_lower(a, b, x, y):
    """I_x(a, b) below the mean, by the continued fraction 8.17.22 of the DLMF (odd form)."""
    with m.workdps(90):
        kernel = m.exp(a * m.log(x) + b * m.log(y) - m.loggamma(a) - m.loggamma(b) + m.loggamma(a + b)) / a
        f, c, d = M(1), M(1), M(0)
        n = 0
        while True:
            n += 1
            k = n // 2
            if n % 2:
                num = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))
            else:
                num = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k))
            d = 1 / (1 + num * d)
            c = 1 + num / c
            f *= c * d
            if abs(c * d - 1) < M(10) ** -62:
                break
        return kernel / f


def beta_tails(a, b, x, y):
    a, b, x, y = M(a), M(b), M(x), M(y)
    if x * b <= y * a:
        p = beta_lower(a, b, x, y)
        return p, 1 - p
    q = beta_lower(b, a, y, x)
    return 1 - q, q


def solve(tail, target, lo, hi):
    """A bracketing secant on the logarithm of the tail, in the logarithm of x."""
    f = lambda u: m.log(tail(m.exp(u))) - m.log(target)
    lo, hi = M(lo), M(hi)
    flo, fhi = f(lo), f(hi)
    assert flo * fhi < 0, (lo, hi, flo, fhi)
    # Secant steps inside a bracket; two bisections whenever the bracket shrinks too slowly.
    for _ in range(400):
        for kind in ("secant", "secant", "half"):
            mid = (lo * fhi - hi * flo) / (fhi - flo) if kind == "secant" else (lo + hi) / 2
            fm = f(mid)
            if abs(fm) < M(10) ** -35:
                return m.exp(mid)
            if fm * fhi < 0:
                lo, flo = mid, fm
                if kind == "secant":
                    fhi /= 2
            else:
                hi, fhi = mid, fm
                if kind == "secant":
                    flo /= 2
            if hi - lo < M(10) ** -28:
                return m.exp((lo + hi) / 2)
    raise ArithmeticError("no convergence")


def emit(*row):
    out = []
    for v in row:
        out.append(v if isinstance(v, str) else m.nstr(v, 20) if isinstance(v, m.mpf) else repr(v))
    print(",".join(out))
    sys.stdout.flush()


TAILS = [1e-300, 1e-100, 1e-20, 1e-8, 1e-3, 0.025, 0.2, 0.4375, 0.5]


def normal():
    for q in TAILS + [0.49999, 0.4999999999, 0.1, 0.005, 1e-5]:
        f = lambda x: m.erfc(x / m.sqrt(2)) / 2 if x else M(1) / 2
        if q == 0.5:
            continue
        lo, hi = M(0), M(40)
        for _ in range(150):
            mid = (lo + hi) / 2
            lo, hi = (mid, hi) if f(mid) > q else (lo, mid)
        emit("normal", "quantile_upper", "0", "1", q, lo)
    for x in [0.0, 1e-9, 0.3, 1.0, 1.959963984540054, 5.5, 12.25, 37.0]:
        emit("normal", "sf", "0", "1", x, m.erfc(M(x) / m.sqrt(2)) / 2)
        emit("normal", "pdf", "0", "1", x, m.exp(-M(x) ** 2 / 2) / m.sqrt(2 * m.pi))


def spread(big):
    """Arguments as multiples of the mean."""
    s = big**-0.5
    return [1e-6, 0.3, 1 - 3 * s, 1 - 0.1 * s, 1 + 0.1 * s, 1 + 3 * s, 1 + 12 * s]


def chi_squared(dfs):
    for df in dfs:
        a = M(df) / 2
        for r in spread(max(df, 1.0)):
            x = df * r
            if x <= 0:
                continue
            p, q = gamma_tails(a, M(x) / 2)
            if p > 1e-290:
                emit("chi_squared", "cdf", df, "", x, p)
            if q > 1e-290:
                emit("chi_squared", "sf", df, "", x, q)
            pdf = m.exp((a - 1) * m.log(M(x) / 2) - M(x) / 2 - m.loggamma(a)) / 2
            if pdf > 1e-290:
                emit("chi_squared", "pdf", df, "", x, pdf)
        for t in TAILS:
            # lower
            lo = (m.log(M(t)) + m.loggamma(a + 1)) / a - 1
            if lo > -690:
                lo = min(lo, m.log(a) - 60 / m.sqrt(a))
                hi = m.log(a + 30 * m.sqrt(a) + 30)
                emit("chi_squared", "quantile", df, "", t, 2 * solve(lambda x: gamma_tails(a, x)[0], M(t), lo, hi))
            lo, hi = m.log(a) - 60 / m.sqrt(a), m.log(a + 40 * m.sqrt(a) + 1000)
            emit("chi_squared", "quantile_upper", df, "", t, 2 * solve(lambda x: gamma_tails(a, x)[1], M(t), lo, hi))


def student(dfs):
    for df in dfs:
        n = M(df)

        def sf(t):
            t = M(t)
            return beta_tails(n / 2, M(1) / 2, n / (n + t * t), t * t / (n + t * t))[0] / 2

        for x in [1e-7, 0.3, 0.999, 2.0, 12.7, 1e4]:
            v = sf(x)
            if v > 1e-290:
                emit("student_t", "sf", df, "", x, v)
            lp = m.loggamma((n + 1) / 2) - m.loggamma(n / 2) - m.log(n * m.pi) / 2 - (n + 1) / 2 * m.log1p(M(x) ** 2 / n)
            if lp > -660:
                emit("student_t", "pdf", df, "", x, m.exp(lp))
        for t in TAILS + [0.4999999]:
            if t == 0.5:
                continue
            top = (m.log(n) / 2) - m.log(2 * M(t)) / n + 5
            if top > 700:
                continue
            emit("student_t", "quantile_upper", df, "", t, solve(sf, M(t), -40, max(top, m.log(60))))


def fisher(pairs):
    for d1, d2 in pairs:
        a, b = M(d1) / 2, M(d2) / 2

        def tails(x):
            x = M(x)
            t = d1 * x + d2
            return beta_tails(a, b, d1 * x / t, d2 / t)

        small = max(min(d1, d2), 1.0)
        for x in spread(small)[1:]:
            if x <= 0:
                continue
            p, q = tails(x)
            if p > 1e-290:
                emit("fisher_f", "cdf", d1, d2, x, p)
            if q > 1e-290:
                emit("fisher_f", "sf", d1, d2, x, q)
            t = d1 * M(x) + d2
            pdf = m.exp(a * m.log(d1 * M(x) / t) + b * m.log(d2 / t) - m.log(x) + m.loggamma(a + b) - m.loggamma(a) - m.loggamma(b))
            emit("fisher_f", "pdf", d1, d2, x, pdf)
        for t in TAILS:
            lnb = m.loggamma(a) + m.loggamma(b) - m.loggamma(a + b)
            width = 60 / m.sqrt(min(a, b))
            lo = (m.log(M(t) * a) + lnb) / a + m.log(b / a) - 5
            if -690 < lo:
                emit("fisher_f", "quantile", d1, d2, t, solve(lambda x: tails(x)[0], M(t), min(lo, -width), width + 5))
            hi = -((m.log(M(t) * b) + lnb) / b) + m.log(b / a) + 5
            if hi < 690:
                emit("fisher_f", "quantile_upper", d1, d2, t, solve(lambda x: tails(x)[1], M(t), -width - 5, max(hi, width)))


def beta(pairs):
    rng = random.Random(7)
    for a, b in pairs:
        for _ in range(3):
            x = rng.random()
            p, q = beta_tails(a, b, x, 1 - M(x))
            if p > 1e-290:
                emit("beta", "cdf", a, b, x, p)
            if q > 1e-290:
                emit("beta", "sf", a, b, x, q)
            emit("beta", "pdf", a, b, x, m.exp((a - 1) * m.log(M(x)) + (b - 1) * m.log(1 - M(x)) + m.loggamma(M(a) + b) - m.loggamma(M(a)) - m.loggamma(M(b))))
        for t in [1e-12, 0.025, 0.3, 0.5]:
            odds = lambda r: beta_tails(a, b, r / (1 + r), 1 / (1 + r))
            r = solve(lambda r: odds(r)[0], M(t), -300, 300)
            emit("beta", "quantile", a, b, t, r / (1 + r))
            r = solve(lambda r: odds(r)[1], M(t), -300, 300)
            emit("beta", "quantile_upper", a, b, t, r / (1 + r))


def noncentral_t(cases):
    m.mp.dps = 30
    for df, delta, x in cases:
        n = M(df)
        ln_c = m.log(2) - m.loggamma(n / 2) + n / 2 * m.log(n / 2)

        def at(f):
            g = lambda u: f(M(x) * m.exp(u) - delta, u) * m.exp(ln_c + n * u - n / 2 * m.exp(2 * u))
            # Trapezoidal rule on the whole line, with a step so small that halving it changes nothing.
            h = 1 / m.sqrt(2 * n) / 16
            lo, hi = int(-(80 / n + 2) / h), int((m.log1p(160 / n) / 2 + 1) / h)
            return h * m.fsum(g(k * h) for k in range(lo, hi))

        emit("noncentral_t", "cdf", df, delta, x, at(lambda z, u: m.erfc(-z / m.sqrt(2)) / 2))
        emit("noncentral_t", "sf", df, delta, x, at(lambda z, u: m.erfc(z / m.sqrt(2)) / 2))
        emit("noncentral_t", "pdf", df, delta, x, at(lambda z, u: m.exp(-z * z / 2 + u) / m.sqrt(2 * m.pi)))
    m.mp.dps = 60


print("distribution,function,parameter1,parameter2,argument,value")
normal()
chi_squared([0.5, 1.0, 2.0, 3.7, 12.0, 99.5, 1000.0, 54321.25])
chi_squared([1e6])
student([0.5, 1.0, 2.0, 3.3, 12.0, 49.75, 1000.0, 123456.5, 1e6])
fisher([(0.5, 0.5), (1.0, 0.5), (0.5, 1e6), (1e6, 0.5), (1.0, 12.0), (3.0, 11.5), (7.25, 300.0), (40.0, 60.0),
        (999.0, 1500.5), (1.0, 1e6), (2.0, 1e6), (1e5, 1e6)])
beta([(0.5, 0.5), (0.5, 40.0), (1.0, 3.0), (2.5, 0.75), (15.0, 16.0), (300.0, 12.0), (5000.0, 5001.0)])
noncentral_t([(3.0, 1.5, 2.0), (12.0, -0.7, 0.4), (12.0, 2.5, -3.0), (28.5, 2.0, 9.0), (200.0, 5.0, 4.2), (1.0, 0.5, -20.0)])
