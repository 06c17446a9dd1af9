/** The deviations from which a client is as likely to poison as not, and the power of the deviations with which the odds grow. */
const CURVES = {
  /** For one round, in which chance makes some honest updates stand out as far. */
  now: { even: 6.5, power: 5 },
  /** For the mean over rounds, from which chance has averaged out. */
  lasting: { even: 6.1, power: 13 },
} as const

/**
 * The probability that a client poisons, by how far it stands out in one round and over rounds; the higher of the two. Fitted to
 * the updates of twenty owners of digits under the bench's attacks, with a fifth of them poisoning.
 * `bench/federate-attacks/risk.ts` checks it on other seeds.
 */
export function riskOf(deviations: { readonly now: number; readonly lasting: number }): number {
  const risks = (['now', 'lasting'] as const).map((of) => {
    const { even, power } = CURVES[of]
    return 1 / (1 + (even / deviations[of]) ** power)
  })
  return Math.max(...risks)
}
