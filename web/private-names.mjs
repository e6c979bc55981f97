// The names of private members, which may be shortened: those that mean nothing to anybody outside of the bundle.
import { readFileSync, readdirSync } from 'node:fs';

const web = new URL('./', import.meta.url);
const client = new URL('../bindings-node/ts/client/', web);
const library = new URL('node_modules/typescript/lib/', web);
const DECLARED = /\b(?:private|protected) (?:(?:override|readonly|async|get|set|abstract) )*(\w+)/g;
const COMMENT = /\/\*[^]*?\*\/|\/\/.*/g;

const read = (folder, wanted) => readdirSync(folder).filter((name) => wanted.test(name)).map((name) => readFileSync(new URL(name, folder), 'utf8'));

/** A pattern for esbuild's `mangleProps`. A word of the browser, the language, the contract, the public types or the texts is none. */
export function privateNames() {
  const sources = [...read(new URL('src/', web), /\.ts$/), ...read(client, /(?<!\.gen)\.ts$/)];
  const names = new Set(sources.flatMap((text) => [...text.matchAll(DECLARED)].map(([, name]) => name)));
  const others = [
    ...read(library, /^lib\.(dom|es).*\.d\.ts$/),
    ...read(client, /^(contract\.gen|types|problem|options)\.ts$/),
    ...read(new URL('types/', web), /\.d\.ts$/),
    ...read(new URL('src/locales/', web), /^en\.ts$/),
  ];
  for (const text of others) for (const [word] of text.replace(COMMENT, '').matchAll(/\w+/g)) names.delete(word);
  return new RegExp(`^(?:${[...names].join('|')})$`);
}
