/** The QR code of an enrollment as PNG, against npm's `qrcode` with the same text. */
import { KeyRing, MemoryStorage, TwoFactor } from '../../bindings-node/dist/index.js'
import { peerFrom } from './peers.mjs'

const twoFactor = new TwoFactor({ issuer: 'Acme', storage: new MemoryStorage(), keys: KeyRing.generate() })

/** Both as contestants; each picture is of another secret. */
export async function pictures(folder) {
  const { toBuffer } = (await peerFrom(folder)('qrcode')).default
  return [
    { name: 'twinlock', prepare: prepared(enrollment => enrollment.qrPng()) },
    { name: 'qrcode', prepare: prepared(({ uri }) => toBuffer(uri)) },
  ]
}

function prepared(draw) {
  return async count => {
    const enrollments = []
    for (let number = 0; number < count; number += 1) {
      enrollments.push(await twoFactor.beginEnrollment(`${number}`, { accountName: 'ada@example.com' }))
    }
    return async () => {
      for (const enrollment of enrollments) isPng(await draw(enrollment))
    }
  }
}

function isPng(bytes) {
  if (bytes[0] !== 0x89 || bytes[1] !== 0x50) throw new Error('this is no PNG')
}
