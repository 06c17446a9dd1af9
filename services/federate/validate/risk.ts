/** From how many deviations on a client is as likely to poison as not, and by which power of them the odds grow. */
const CURVES = {
  /** By one round: chance makes some honest updates stand out as far. */
  now: { even: 6.5, power: 5 },
  /** By its mean over rounds: chance has gone from it. */
  lasting: { even: 6.1, power: 13 },
} as const

/**
 * The probability that a client poisons, by how far it stands out in one round and over rounds: whichever says more. Fitted to what twenty owners of digits
 * sent under the bench's attacks, a fifth of them poisoning. `bench/federate-attacks/risk.ts` holds it against other seeds.
 */
export function riskOf(deviations: { readonly now: number; readonly lasting: number }): number {
  const risks = (['now', 'lasting'] as const).map((of) => {
    const { even, power } = CURVES[of]
    return 1 / (1 + (even / deviations[of]) ** power)
  })
  return Math.max(...risks)
}
