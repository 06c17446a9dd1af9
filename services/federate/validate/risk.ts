/** Of so many deviations a client is as likely to poison as not; each one more or less is worth one nat. */
const EVEN = 7

/**
 * The probability that a client poisons, by how far its updates stand out: fitted to what twenty owners of digits sent under the bench's attacks, a
 * fifth of them poisoning. `bench/federate-attacks/risk.ts` holds it against other seeds.
 */
export function riskOf(score: number): number {
  return 1 / (1 + Math.exp(EVEN - score))
}
