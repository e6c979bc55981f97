import { readFileSync } from 'node:fs'

/** The blocks of code in a README that are TypeScript or JavaScript. */
export function snippets(readme: URL): [first: string, ...others: string[]] {
  const [first, ...others] = [...readFileSync(readme, 'utf8').matchAll(/```(?:ts|js)\n(.*?)```/gs)].map(
    found => found[1] ?? '',
  )
  if (first === undefined) throw new Error('the README has no snippet')
  return [first, ...others]
}

/** What the snippet leaves to its reader: a phone that scans, a user who types, and a line for each thing that happens. */
function reader(load: (name: string) => string): string {
  return `
${load('FakePhone')}
let phone, asked = 0
function show(shown, secret) {
  if (secret) phone = new FakePhone(secret, () => Date.now() / 1000)
  console.log(secret ? 'QR ' + shown.slice(0, 4) : shown.length + ' backup codes')
}
async function ask() { return asked++ === 0 ? phone.code() : phone.nextCode() }
function signIn(userId) { console.log('signed in ' + userId) }
function refuse(code) { console.log('refused ' + code) }
`
}

/** What the program prints when all is well. */
export const PRINTED = 'QR <svg\n10 backup codes\nsigned in 42\n'

/** The snippet as an ES module. */
export function asModule(snippet: string): string {
  return reader(name => `import { ${name} } from 'twinlock/testing'`) + snippet
}

/** The snippet as CommonJS. */
export function asCommonJs(snippet: string): string {
  const required = snippet.replace(/^import (\{.*?\}) from ('twinlock.*?')$/gm, 'const $1 = require($2)')
  return `${reader(name => `const { ${name} } = require('twinlock/testing')`)}\nvoid (async () => {\n${required}\n})()\n`
}
