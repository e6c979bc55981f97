/**
 * Measures Twinlock's Node package and its peers in turns; run by `bench/measure/node.py`, for which it prints one JSON object:
 * seconds per try, by group, contestant and round.
 *   node --expose-gc --no-deprecation bench/node/main.mjs PEERS-FOLDER ROUNDS TRIES
 */
import { resolve } from 'node:path'
import { measure } from './rounds.mjs'
import { peers } from './peers.mjs'
import { pictures } from './qr.mjs'
import { signIns } from './sign-in.mjs'

const [folder, rounds, tries] = [resolve(process.argv[2]), Number(process.argv[3]), Number(process.argv[4])]

const signIn = await measure([...signIns, ...(await peers(folder))], { rounds, tries })
const qr = await measure(await pictures(folder), { rounds: Math.ceil(rounds / 3), tries: Math.ceil(tries / 50) })
console.log(JSON.stringify({ node: process.version, signIn, qr }))
