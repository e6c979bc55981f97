// An authenticator app that shares no code with the engine: RFC 6238 by node:crypto.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const PERIOD = 30;

function base32(text) {
  const bits = [...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

export function codeAt(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', base32(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

export class Phone {
  constructor(uri) {
    this.uri = new URL(uri);
    this.secret = this.uri.searchParams.get('secret');
    this.used = 0;
  }

  static now() {
    return Math.floor(Date.now() / 1000 / PERIOD);
  }

  /** A code nobody has used, as old as the window allows, so that tests rarely wait for the next. */
  async code() {
    const wanted = () => Math.max(this.used + 1, Phone.now() - 1);
    // A code of the step after now is accepted too; one beyond it is not yet.
    while (wanted() > Phone.now() + 1) await sleep(500);
    // The oldest step of the window falls out of it while the page sends: stay off its last seconds.
    if (wanted() === Phone.now() - 1 && (Date.now() / 1000) % PERIOD > PERIOD - 5) await sleep(5_500);
    this.used = wanted();
    return codeAt(this.secret, this.used);
  }

  /** Three codes in a row, from `offset` steps away from now. */
  three(offset = 1) {
    const first = Math.max(this.used, Phone.now()) + offset;
    this.used = first + 2;
    return [0, 1, 2].map((at) => codeAt(this.secret, first + at));
  }

  /** Six digits that are no code of this phone anywhere near now. */
  wrong(nth = 0) {
    const near = new Set();
    for (let step = Phone.now() - 60; step < Phone.now() + 60; step++) near.add(codeAt(this.secret, step));
    let number = 111_111 + nth;
    while (near.has(String(number))) number += 1_000;
    return String(number);
  }
}
