/** Contestants take turns, round by round, so that a machine that slows down slows down all of them. */

/**
 * Times all contestants in each round, another one first each time.
 *
 * A contestant is `{ name, prepare, share? }`: `prepare(tries)` does what is not timed and gives the function that does so many
 * tries; `share` is its part of the tries of a round, for what is slow or costly to prepare.
 * @returns seconds per try, by contestant and round
 */
export async function measure(contestants, { rounds, tries }) {
  const means = Object.fromEntries(contestants.map(({ name }) => [name, []]))
  // Compiled code, imports, caches; and an error shows before the time is spent.
  for (const contestant of contestants) await timed(contestant, Math.ceil(tries / 2))
  for (let number = 0; number < rounds; number += 1) {
    const first = number % contestants.length
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      means[contestant.name].push(await timed(contestant, tries))
    }
  }
  return means
}

async function timed({ prepare, share = 1 }, tries) {
  const count = Math.max(1, Math.round(tries * share))
  const run = await prepare(count)
  // What was prepared must not be collected, or moved, on the time of whoever runs next: the second time it grows old.
  for (const _ of [1, 2]) globalThis.gc({ type: 'minor' })
  const start = process.hrtime.bigint()
  await run()
  return Number(process.hrtime.bigint() - start) / 1e9 / count
}
