/** JSON as RFC 8259 wants it for interchange: UTF-8, and no member twice. */

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const TOKENS = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g

/** The value. Two members of one name are read differently by two parsers, so such a text is refused. */
export function parse(bytes: Uint8Array): unknown {
  const text = UTF8.decode(bytes)
  const value: unknown = JSON.parse(text)
  if (repeatsMember(text)) throw new SyntaxError('a member stands twice')
  return value
}

/** Goes over a text that is known to be JSON: there a string before a colon is the name of a member. */
function repeatsMember(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  for (const [token, colon] of text.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (colon !== undefined && !isNew(open.at(-1), token.slice(0, -colon.length))) return true
  }
  return false
}

function isNew(names: Set<string> | undefined, token: string): boolean {
  const name = JSON.parse(token) as string
  if (names?.has(name)) return false
  names?.add(name)
  return true
}
