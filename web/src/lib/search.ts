/** Finding an item by code, by a name in any script, or by what it is used for. */

export interface Searchable {
  code: string;
  school: string;
  names: { en: string; pinyin: string; hanzi: string };
  aliases: readonly string[];
  indications: readonly string[];
}

/** Small letters without accents, tones, spaces, dots and hyphens. */
export function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s\-‐–—·'’.]+/gu, '');
}

/** Items that fit, the best first: code, then names, then aliases, then indications. */
export function search<T extends Searchable>(items: readonly T[], words: string): T[] {
  const wanted = plain(words);
  if (wanted === '') return [...items];
  const parts = words.split(/\s+/u).map(plain).filter((w) => w !== '');
  const rank = (item: T): number => {
    const code = plain(item.code);
    if (code === wanted) return 0;
    if (code.startsWith(wanted)) return 1;
    const names = [item.names.en, item.names.pinyin, item.names.hanzi].map(plain);
    if (names.some((n) => n === wanted)) return 2;
    if (names.some((n) => n.includes(wanted))) return 3;
    if (item.aliases.some((a) => plain(a).includes(wanted))) return 4;
    const all = [code, ...names, ...item.aliases.map(plain), plain(item.school)];
    if (parts.length > 1 && parts.every((p) => all.some((n) => n.includes(p)))) return 5;
    const uses = item.indications.map(plain);
    if (parts.every((p) => uses.some((u) => u.includes(p)))) return 6;
    return Infinity;
  };
  return items
    .map((item, k) => ({ item, k, r: rank(item) }))
    .filter((x) => x.r < Infinity)
    .sort((a, b) => a.r - b.r || a.k - b.k)
    .map((x) => x.item);
}
