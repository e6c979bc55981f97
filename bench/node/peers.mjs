/**
 * What others offer: the bare check of one code, without user, storage, lockout or protection against replay.
 *
 * All look one step to each side, as Twinlock does, at the real time. `key per call`: the peer is given the plain key each time,
 * as a server that loads it with the user must; Twinlock, too, opens its sealed record each time. `key kept`: the peer keeps what
 * it makes of one key from call to call, which no server with more than one user can; the friendliest case.
 */
import { FakePhone } from '../../bindings-node/dist/testing/index.js'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const KEY = Buffer.from('12345678901234567890')
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const PER_CALL = 'key per call'
const KEPT = 'key kept'

/** The peers lie in a folder of their own. */
export const peerFrom = folder => {
  const { resolve } = createRequire(`${folder}/package.json`)
  return name => import(pathToFileURL(resolve(name)).href)
}

/** `make`: what a peer makes of the key; `check`: how that checks a code. Without `make` it keeps nothing. */
async function otpauth(peer) {
  const { Secret, TOTP } = await peer('otpauth')
  const bytes = Uint8Array.from(KEY).buffer
  const make = () => new TOTP({ secret: new Secret({ buffer: bytes }) })
  return { name: 'otpauth', make, check: (totp, token) => totp.validate({ token, window: 1 }) !== null }
}

async function notp(peer) {
  const { totp } = (await peer('notp')).default
  const text = KEY.toString()
  return { name: 'notp', check: (_, code) => totp.verify(code, text, { window: 1 }) !== null }
}

async function otplib12(peer) {
  const { authenticator } = (await peer('otplib-12')).default
  authenticator.options = { window: 1 }
  return { name: 'otplib 12', check: (_, code) => authenticator.check(code, SECRET) }
}

async function otplib13(peer) {
  const { verifySync } = await peer('otplib-13')
  const settings = { secret: SECRET, epochTolerance: 30 }
  return { name: 'otplib 13', check: (_, token) => verifySync({ ...settings, token }).valid }
}

async function speakeasy(peer) {
  const { totp } = (await peer('speakeasy')).default
  const settings = { secret: SECRET, encoding: 'base32', window: 1 }
  return { name: 'speakeasy', check: (_, token) => totp.verify({ ...settings, token }) }
}

async function betterAuth(peer) {
  const { createOTP } = await peer('@better-auth/utils/otp')
  const make = () => createOTP(KEY.toString())
  return { name: 'better-auth', make, check: (otp, code) => otp.verify(code, { window: 1 }) }
}

/** All peers, each tried with right codes first, as contestants that check wrong ones. */
export async function peers(folder) {
  const phone = new FakePhone(SECRET, () => Date.now() / 1000)
  const contestants = []
  for (const load of [otpauth, notp, otplib12, otplib13, speakeasy, betterAuth]) {
    const peer = await load(peerFrom(folder))
    await tryRightCodes(peer, phone)
    contestants.push({ name: `${peer.name}, ${PER_CALL}`, prepare: count => wrongCodes(peer, phone, count, false) })
    if (peer.make) contestants.push({ name: `${peer.name}, ${KEPT}`, prepare: count => wrongCodes(peer, phone, count, true) })
  }
  return contestants
}

async function tryRightCodes({ name, make, check }, phone) {
  for (const step of [-1, 0, 1]) {
    // The real clock may move on to the next step between code and check.
    const taken = (await check(make?.(), phone.codeAfter(step))) || (await check(make?.(), phone.codeAfter(step)))
    if (!taken) throw new Error(`${name} refuses a right code`)
  }
}

function wrongCodes({ name, make, check }, phone, count, kept) {
  const [wrong, one] = [phone.wrongCode(), make?.()]
  return async () => {
    for (let number = 0; number < count; number += 1) {
      let taken = check(kept ? one : make?.(), wrong)
      if (typeof taken !== 'boolean') taken = await taken // no turn of the queue for peers that answer at once
      if (taken) throw new Error(`${name} takes a wrong code`)
    }
  }
}
