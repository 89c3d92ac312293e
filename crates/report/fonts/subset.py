#!/usr/bin/env python3
"""Makes the three small fonts of this folder from Debian's Noto packages.

Needs fonttools (PyPI) and the Debian packages fonts-noto-core and fonts-noto-cjk, unpacked anywhere:

    apt-get download fonts-noto-core fonts-noto-cjk
    for f in fonts-noto-*.deb; do dpkg -x "$f" noto; done
    python3 subset.py noto

The Hanzi are those of hanzi.txt (points, zones and anatomy in both scripts, and the 2300 most frequent
characters by the word counts of PyPI's jieba 0.42.1, for schools that somebody adds), of
atlas/**/*.toml, and all 6,763 of GB 2312, for the names of people on paper. Run it again when a test says that the atlas uses a character that the font lacks. The output depends only on the
inputs: no time stamps are written.
Characters that the sources lack are listed on standard error.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]

# Basic Latin, Latin-1, Latin Extended-A and the letters of pinyin with tone marks, Greek, the spacing and
# combining marks in use, dashes, quotes, primes, super- and subscripts, and a few signs of mathematics.
LATIN = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x1CD, 0x1DD),
    0x1F8, 0x1F9, 0x2C6, 0x2C7, 0x2C9, 0x2DA,
    *range(0x300, 0x30D),
    *range(0x391, 0x3A2), *range(0x3A3, 0x3CA),
    *range(0x1E00, 0x1E9A),
    *range(0x1EA0, 0x1EFA),
    *range(0x2010, 0x2028),
    0x202F, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044,
    0x2070, 0x2071, *range(0x2074, 0x208F),
    0x20AC, 0x2116, 0x2122,
    0x2153, 0x2154, 0x215B, 0x215C, 0x215D, 0x215E,
]

# Signs that stand between Hanzi; arrows and mathematics that Noto Sans lacks.
CJK_SIGNS = [
    *range(0x3000, 0x3018), 0x30FB, *range(0xFF01, 0xFF5F),
    0x2190, 0x2191, 0x2192, 0x2193, 0x2194, 0x2206, 0x2212, 0x221A, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265,
    *range(0x2160, 0x216C), *range(0x2460, 0x246A),
]


def is_hanzi(char):
    return "\u3400" <= char <= "\u9fff"


def gb2312():
    """The Hanzi of GB 2312-1980: rows 16 to 87."""
    cells = (bytes([0xA0 + row, 0xA0 + cell]) for row in range(16, 88) for cell in range(1, 95))
    return {c for b in cells for c in b.decode("gb2312", errors="ignore") if is_hanzi(c)}


def hanzi():
    chars = {c for c in (HERE / "hanzi.txt").read_text(encoding="utf8") if is_hanzi(c)}
    for path in sorted((ROOT / "atlas").rglob("*.toml")):
        chars |= {c for c in path.read_text(encoding="utf8") if is_hanzi(c)}
    return sorted(ord(c) for c in chars | gb2312())


def write(font, unicodes, name, features):
    have = set(font.getBestCmap())
    missing = [c for c in unicodes if c not in have]
    if missing:
        print(f"{name}: not in the source: " + " ".join(f"U+{c:04X}" for c in missing), file=sys.stderr)
    options = subset.Options()
    options.layout_features = features
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.hinting = False
    options.desubroutinize = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    # Vertical setting, BASE and signatures are of no use here.
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx", "DSIG", "STAT", "meta"]
    job = subset.Subsetter(options)
    job.populate(unicodes=[c for c in unicodes if c in have])
    job.subset(font)
    path = HERE / name
    subset.save_font(font, str(path), options)
    print(f"{name}: {path.stat().st_size} bytes, {len(font.getGlyphOrder())} glyphs")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    source = Path(sys.argv[1])

    def find(name):
        found = sorted(source.rglob(name))
        if not found:
            sys.exit(f"{name} is not below {source}")
        return found[0]

    latin = ["kern", "mark", "mkmk", "ccmp", "locl"]
    for style in ("Regular", "Bold"):
        font = TTFont(find(f"NotoSans-{style}.ttf"), recalcTimestamp=False)
        write(font, LATIN, f"NotoSans-{style}.ttf", latin)
    collection = TTCollection(find("NotoSansCJK-Regular.ttc"))
    for font in collection:
        if font["name"].getDebugName(1) == "Noto Sans CJK SC":
            font.recalcTimestamp = False
            write(font, hanzi() + CJK_SIGNS, "NotoSansCJKsc-Regular.otf", [])
            return
    sys.exit("the collection has no Noto Sans CJK SC")


main()
