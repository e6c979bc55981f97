/** The texts of the pages in the reader's language: English is built in, the other catalogues are loaded when one is wanted. */
import { english } from './locales/en';

export { english };
export type TextId = keyof typeof english;
/** Texts that depend on a number, by their common stem: `low` for `low_one`, `low_other`. */
export type CountId = { [K in TextId]: K extends `${infer Stem}_other` ? Stem : never }[TextId];
/** Texts by id. What is missing is told in English. */
export type Catalogue = Partial<Record<TextId | `${CountId}_${Intl.LDMLPluralRule}`, string>>;
type Values = Record<string, string | number>;

/** What has come so far, texts of the page's own included. */
const catalogues = new Map<string, Catalogue>([['en', english]]);

/**
 * The other languages, each a file beside this module. The addresses stand here as they are, so that bundlers find them;
 * a browser takes them from where it got the module, which `script-src 'self'` and Trusted Types allow.
 */
const LANGUAGES = new Map([
  ['ar', () => import('./locales/ar')],
  ['de', () => import('./locales/de')],
  ['es', () => import('./locales/es')],
  ['fr', () => import('./locales/fr')],
  ['ja', () => import('./locales/ja')],
  ['pt', () => import('./locales/pt')],
  ['zh', () => import('./locales/zh')],
]);

/** Milliseconds that a page waits for its catalogue before it speaks English. */
const PATIENCE = 3000;

/** Registers texts of a language, e.g. `addCatalogue('de', {...})`: all of them, or a few in place of the module's own. */
export function addCatalogue(lang: string, catalogue: Catalogue): void {
  const name = lang.toLowerCase();
  catalogues.set(name, { ...catalogues.get(name), ...catalogue });
}

async function load(name: string): Promise<void> {
  const own = (await LANGUAGES.get(name)!()).default;
  // Once is enough, and what the page said itself stays.
  if (LANGUAGES.delete(name)) catalogues.set(name, { ...own, ...catalogues.get(name) });
}

/** From the whole tag to its language: `de-AT`, then `de`. */
function names(wanted: string): string[] {
  const lang = wanted.toLowerCase();
  return [lang, lang.split(/[-_]/)[0]!];
}

/** The texts, dates and plurals of one language. */
export class Texts {
  /** The language the texts really are in. */
  readonly lang: string;
  private readonly catalogue: Catalogue;

  /** Of what is there; {@link Texts.of} fetches first. */
  constructor(wanted: string) {
    const found = names(wanted).find((name) => catalogues.has(name)) ?? 'en';
    this.lang = found === wanted.toLowerCase() && found !== 'en' ? wanted : found;
    this.catalogue = catalogues.get(found)!;
  }

  /** The texts of that language, or the English ones when they do not come or take too long: a page is never left blank. */
  static async of(wanted: string): Promise<Texts> {
    const name = names(wanted).find((one) => LANGUAGES.has(one));
    if (name) await Promise.race([load(name).catch(() => {}), new Promise((over) => setTimeout(over, PATIENCE))]);
    return new Texts(wanted);
  }

  /** A text with its `{placeholders}` filled in. */
  t(id: TextId, values: Values = {}): string {
    const text = this.catalogue[id] ?? english[id];
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  }

  /** A text that depends on a number. */
  count(stem: CountId, n: number, values: Values = {}): string {
    const rule = new Intl.PluralRules(this.lang).select(n);
    const id = `${stem}_${rule}` as TextId;
    return this.t(id in this.catalogue ? id : `${stem}_other`, { n, ...values });
  }

  /** What to tell the user about a refusal. */
  problem(code: string): string {
    const id = `p_${code}` as TextId;
    return this.t(id in english ? id : 'p_unexpected');
  }

  /** A day, as the language writes it. */
  date(seconds: number): string {
    return new Intl.DateTimeFormat(this.lang, { dateStyle: 'medium' }).format(seconds * 1000);
  }
}
