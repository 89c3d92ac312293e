/** What the whole page shares: language, theme, the head in use, the schools that are shown. */

import { client, data, meshBytes, type Schemas } from '../api/client';
import { readHead, type HeadMesh } from '../head/glb';
import type { Zone } from '../head/shown';
import { scaled, vec } from '../head/geometry';
import { DICTIONARIES, type Key, type Language } from '../i18n';
import { keep, kept } from './store';

export type Atlas = Schemas['AtlasView'];
export type ItemRow = Schemas['ItemRow'];
export type Located = Schemas['Located'];
export type TapeInput = Schemas['TapeInput'];
export type ThemeName = 'auto' | 'light' | 'dark';

function firstLanguage(): Language {
  const saved = kept<string>('language', '');
  if (saved === 'en' || saved === 'zh') return saved;
  return typeof navigator !== 'undefined' && navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

class AppState {
  language: Language = $state(firstLanguage());
  theme: ThemeName = $state(kept<ThemeName>('theme', 'auto'));
  systemDark: boolean = $state(false);
  atlas: Atlas | undefined = $state.raw();
  schools: string[] = $state(kept<string[]>('schools', ['ms']));
  variants: Record<string, string> = $state(kept<Record<string, string>>('variants', {}));
  head: string = $state('template');
  headName: string = $state('');
  tape: TapeInput | undefined = $state.raw(kept<TapeInput | undefined>('tape', undefined));
  mesh: HeadMesh | undefined = $state.raw();
  located: Located[] = $state.raw([]);
  refused: Schemas['Refused'][] = $state.raw([]);
  error: string = $state('');
  busy: boolean = $state(false);
  #asked = 0;
  #own: string | undefined;

  dark: boolean = $derived(this.theme === 'dark' || (this.theme === 'auto' && this.systemDark));

  /** A text of the page in the language in use; `{name}` is filled in. */
  t = (key: Key, values: Record<string, string | number> = {}): string =>
    DICTIONARIES[this.language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

  /** A number with so many decimals, as the language writes it. */
  n = (value: number, decimals = 0): string =>
    value.toLocaleString(this.language === 'zh' ? 'zh-CN' : 'en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

  mm = (value: number, decimals = 0): string => `${this.n(value, decimals)} ${this.t('unit.mm')}`;

  side = (side: string): string => this.t(side === 'left' ? 'side.left' : side === 'right' ? 'side.right' : 'side.midline');

  /** The name of an item or a school in the language in use. */
  nameOf = (names: { en: string; pinyin: string; hanzi: string }): string =>
    (this.language === 'zh' ? names.hanzi || this.said(names.en).text : names.en || names.pinyin) || names.hanzi;

  /** The Chinese of texts of the atlas and of what the server refuses, once it is there. */
  #chinese: Pick<typeof import('../i18n/knowledge'), 'inChinese' | 'refusalInChinese'> | undefined = $state.raw();

  /** A text of the atlas in the language in use where just this text is translated, with the language it is in. */
  said = (text: string): { text: string; lang: string } => {
    const zh = this.language === 'zh' ? this.#chinese?.inChinese(text) : undefined;
    return zh === undefined ? { text, lang: 'en' } : { text: zh, lang: 'zh-Hans' };
  };

  /** What was refused, or is to be looked at, in the language in use; the page's own words are in it already. */
  refusal = (text: string): { text: string; lang: string } => {
    if (this.language !== 'zh') return { text, lang: 'en' };
    const zh = this.#chinese?.refusalInChinese(text);
    return { text: zh ?? text, lang: zh !== undefined || /\p{Script=Han}/u.test(text) ? 'zh-Hans' : 'en' };
  };

  /** Without the translations the atlas is shown in English. */
  #translations(): void {
    if (this.language !== 'zh' || this.#chinese) return;
    void import('../i18n/knowledge').then(
      (k) => (this.#chinese = k),
      () => {},
    );
  }

  /** What the server says in both languages, with the language it is in. */
  both = (en: string, zh: string | null | undefined): { text: string; lang: string } =>
    this.language === 'zh' && zh ? { text: zh, lang: 'zh-Hans' } : { text: en, lang: 'en' };

  variantList(): string[] {
    return Object.entries(this.variants).map(([item, name]) => `${item}=${name}`);
  }

  colour(school: string): string {
    const c = this.atlas?.schools.find((s) => s.id === school)?.colour ?? '#0072b2';
    // The darkest of the colours cannot be seen on a dark page.
    return this.dark && c === '#222222' ? '#c8cdd3' : c;
  }

  async start(): Promise<void> {
    const wide = matchMedia('(prefers-color-scheme: dark)');
    this.systemDark = wide.matches;
    wide.addEventListener('change', (e) => (this.systemDark = e.matches));
    this.#translations();
    try {
      const atlas = data(client.GET('/api/atlas'));
      if (this.tape) {
        const made = await data(client.POST('/api/heads/tape', { body: this.tape }));
        this.head = made.id;
      }
      const mesh = this.loadMesh();
      this.atlas = await atlas;
      this.schools = this.schools.filter((s) => this.atlas?.schools.some((k) => k.id === s));
      await Promise.all([mesh, this.locate()]);
    } catch (e) {
      this.fail(e);
    }
  }

  fail(e: unknown): void {
    this.error = e instanceof Error ? e.message : String(e);
  }

  async loadMesh(): Promise<void> {
    const head = this.head;
    const mesh = readHead(await meshBytes(head));
    if (head === this.head) this.mesh = mesh;
  }

  /** Locates what is shown. A later request overtakes an earlier one. */
  async locate(): Promise<void> {
    const turn = ++this.#asked;
    keep('schools', this.schools);
    keep('variants', this.variants);
    if (this.schools.length === 0) {
      this.located = [];
      this.refused = [];
      return;
    }
    this.busy = true;
    try {
      const found = await data(
        client.GET('/api/heads/{head}/zones', {
          params: { path: { head: this.head }, query: { school: [...this.schools], variant: this.variantList() } },
        }),
      );
      if (turn !== this.#asked) return;
      this.located = found.items;
      this.refused = found.refused;
      this.headName = found.head.name;
    } catch (e) {
      this.fail(e);
    } finally {
      if (turn === this.#asked) this.busy = false;
    }
  }

  async toggle(school: string): Promise<void> {
    this.schools = this.schools.includes(school) ? this.schools.filter((s) => s !== school) : [...this.schools, school];
    await this.locate();
  }

  async choose(item: string, variant: string | undefined): Promise<void> {
    const next = { ...this.variants };
    if (variant === undefined) delete next[item];
    else next[item] = variant;
    this.variants = next;
    await this.locate();
  }

  /** Takes another head into use. */
  async useHead(id: string, tape: TapeInput | undefined): Promise<void> {
    this.head = id;
    this.tape = tape;
    keep('tape', tape ?? null);
    try {
      await Promise.all([this.loadMesh(), this.locate()]);
    } catch (e) {
      this.fail(e);
    }
  }

  /** A person's own head is not shown to whoever comes after. */
  dropOwn(): void {
    if (this.head.startsWith('own')) void this.useHead('template', undefined);
  }

  /** Takes a patient's head into use until it is given back. Nothing of it is kept in this browser. */
  async lend(id: string): Promise<void> {
    this.#own ??= this.head;
    await this.#swap(id);
  }

  /** Goes back to the head that was in use before. */
  giveBack(): void {
    const own = this.#own;
    this.#own = undefined;
    if (own !== undefined) void this.#swap(own);
  }

  async #swap(id: string): Promise<void> {
    if (id === this.head && this.mesh) return;
    this.head = id;
    this.mesh = undefined;
    try {
      await Promise.all([this.loadMesh(), this.locate()]);
    } catch (e) {
      this.fail(e);
    }
  }

  setLanguage(language: Language): void {
    this.language = language;
    keep('language', language);
    this.#translations();
  }

  setTheme(theme: ThemeName): void {
    this.theme = theme;
    keep('theme', theme);
  }
}

export const app = new AppState();

/** A located item as the 3D head draws it. */
export function toZone(i: Located, colour: string, label: string): Zone {
  const path = (i.path_mm ?? (i.position_mm ? [i.position_mm] : [])).map(vec);
  const rings = i.ellipses.map((e) => ({
    at: vec(e.at_mm),
    major: scaled(vec(e.major_axis), e.major_mm),
    minor: scaled(vec(e.minor_axis), e.minor_mm),
  }));
  return { id: zoneId(i.code, i.side), label, colour, kind: i.kind, path, rings };
}

export function zoneId(code: string, side: string): string {
  return `${code} ${side}`;
}

/** A code without its school's prefix, which the colour says already. */
export function shortCode(code: string, school: string): string {
  const prefix = `${school.toUpperCase()}-`;
  return code.startsWith(prefix) ? code.slice(prefix.length) : code;
}
