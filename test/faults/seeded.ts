/** Random numbers that a failed run can be repeated with: `SIGNET_TEST_SEED` sets the seed. */
export const seed = Number(process.env.SIGNET_TEST_SEED ?? Math.trunc(Math.random() * 0xffff_ffff))

/** A number from 0 up to 1 at each call, the same ones for the same seed (mulberry32). */
export function seededFraction(from: number): () => number {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
