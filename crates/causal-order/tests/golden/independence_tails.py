"""Upper tails of test statistics by mpmath with 60 digits. Writes independence_tails.json."""

import datetime

import golden_file
import mpmath

PROVENANCE = {
    "tool": "mpmath",
    "version": mpmath.__version__,
    "script": "crates/causal-order/tests/golden/independence_tails.py",
    "seed": None,
    "date": datetime.date.today().isoformat(),
    "note": "Regularised incomplete gamma and beta functions and erfc, down to the least normal double.",
}
TOLERANCE = {
    "rtol": 2e-13,
    "atol": 0.0,
    "reason": "the exponents of tails of 1e-300 are some 700, and rounded to 53 bits; series and fractions add a few units",
}
FREEDOMS = [1, 2, 3, 4, 7, 10, 31, 32, 33, 100, 999, 10_000, 300_000]
# Statistics as multiples of their mean, and beyond them up to tails of 1e-300.
FACTORS = ["1e-6", "0.1", "0.5", "0.9", "0.999", "1", "1.001", "1.01", "1.1", "1.5", "3", "10", "50", "200", "600", "1300"]
LEAST = mpmath.mpf("1e-305")
CORRELATIONS = ["1e-9", "1e-4", "0.01", "0.1", "0.3", "0.5", "0.7", "0.9", "0.99", "0.999999"]
DEVIATES = ["1e-8", "0.01", "0.5", "1", "1.959963984540054", "3", "5", "8", "12", "20", "30", "37"]


def chi_square(x, freedom):
    return mpmath.gammainc(mpmath.mpf(freedom) / 2, mpmath.mpf(x) / 2, mpmath.inf, regularized=True)


def correlation(r, freedom):
    a, square = mpmath.mpf(freedom) / 2, mpmath.mpf(r) ** 2
    half = mpmath.mpf(1) / 2
    if square < half:
        # The lower tail by its series in r²; the digits that cancel are there.
        with mpmath.workdps(2500):
            lower = 2 * mpmath.mpf(r) / mpmath.beta(half, a) * mpmath.hyp2f1(half, 1 - a, 3 * half, square)
            return 1 - lower
    w = 1 - square
    return w**a * mpmath.mpf(r) / (a * mpmath.beta(a, half)) * mpmath.hyp2f1(a + half, 1, a + 1, w)


def main():
    mpmath.mp.dps = 60
    chi, r_rows = [], []
    for freedom in FREEDOMS:
        for factor in FACTORS:
            x = float(mpmath.mpf(factor) * freedom)
            tail = chi_square(x, freedom)
            if tail > LEAST:
                chi.append([x, freedom, float(tail)])
        for text in CORRELATIONS if freedom <= 1000 else []:
            tail = correlation(float(text), freedom)
            if tail > LEAST:
                r_rows.append([float(text), freedom, float(tail)])
    normal = [[float(z), float(mpmath.erfc(mpmath.mpf(float(z)) / mpmath.sqrt(2)))] for z in DEVIATES]
    golden_file.write(PROVENANCE, TOLERANCE, {"chi_square": chi, "correlation": r_rows, "normal": normal})


if __name__ == "__main__":
    main()
