import type { AnySamples, Attack, AttackOptions, LabelledWindow, PoisonedWindow } from './types.ts'

/** Rates that rise evenly from 0 to `last` over so many windows: the default is 0 to 5 % over 20. */
export function rampRates(windows = 20, last = 0.05): number[] {
  return Array.from({ length: windows }, (_, w) => (windows === 1 ? last : (last * w) / (windows - 1)))
}

/** The same small rate in every window: the default is .1 % in each of 50. */
export function steadyRates(windows = 50, rate = 0.001): number[] {
  return Array.from({ length: windows }, () => rate)
}

/** One campaign, same trigger and target, dripped over windows at the rate of each. */
export function drip<S extends AnySamples>(
  attack: Attack<S>,
  windows: readonly LabelledWindow<S>[],
  rates: readonly number[],
  options: Omit<AttackOptions, 'rate' | 'window' | 'first'>,
): PoisonedWindow<S>[] {
  const first = windows[0]?.samples
  return windows.map((window, w) =>
    attack.apply(window, { ...options, ...(first !== undefined && { first }), rate: rates[w] ?? 0, window: w }),
  )
}
