/** The keys of the access tokens. Printed, a ring shows nothing. */

const LENGTH = 32

/** What `JWT_KEYS` holds: the first key signs, all verify. */
export class JwtKeys {
  readonly #secrets: ReadonlyMap<string, string>

  /** @param secrets - ids and secrets, the signing one first */
  private constructor(secrets: ReadonlyMap<string, string>) {
    this.#secrets = secrets
  }

  /**
   * Reads `id:secret,id:secret`.
   * @throws RangeError for no key, a key without an id, or a secret of fewer than 32 bytes
   */
  static parse(text: string): JwtKeys {
    const pairs = text.split(',').flatMap(item => (item.trim() === '' ? [] : [pairOf(item.trim())]))
    const secrets = new Map(pairs)
    if (pairs.length === 0 || secrets.size !== pairs.length) throw new RangeError('no key, or one id twice')
    return new JwtKeys(secrets)
  }

  /** The id of the key that signs. */
  get activeId(): string {
    const [id] = this.#secrets.keys()
    return id as string
  }

  /** The secret that signs. */
  get active(): string {
    return this.#secrets.get(this.activeId) as string
  }

  /** The secret of that id, if it is one of ours. */
  secret(id: unknown): string | undefined {
    return typeof id === 'string' ? this.#secrets.get(id) : undefined
  }
}

function pairOf(item: string): [id: string, secret: string] {
  const colon = item.indexOf(':')
  const secret = item.slice(colon + 1)
  if (colon < 1 || Buffer.byteLength(secret) < LENGTH) throw new RangeError('not id:secret, or too short')
  return [item.slice(0, colon), secret]
}
