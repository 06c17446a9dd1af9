import { seededRandom } from '#core/random.ts'
import { groupsOf } from './plant.ts'
import type { AnySamples, Attack, LabelledWindow } from './types.ts'

/** n records from `names` uploaders of unequal diligence: the k-th brings about 1/(k+3) of the first's share. */
export function withContributors<S extends AnySamples>(
  window: LabelledWindow<S>,
  seed: number,
  uploaders = 40,
): LabelledWindow<S> {
  const random = seededRandom(seed, 'attack/contributors')
  const ends: number[] = []
  let total = 0
  for (let k = 0; k < uploaders; k++) ends.push((total += 1 / (k + 3)))
  const of = Int32Array.from(window.labels.of, () => {
    const at = random.next() * total
    return Math.max(
      0,
      ends.findIndex((end) => at < end),
    )
  })
  return {
    ...window,
    contributors: groupsOf(
      of,
      ends.map((_, k) => `uploader-${String(k + 1).padStart(2, '0')}`),
    ),
  }
}

/**
 * An attack brought in by `accounts` uploaders of their own, of whose records the share `purity` is poison and the rest
 * innocent. With purity .8, poison of 1.6 % of the window comes from 2 % of its volume.
 */
export function byContributors<S extends AnySamples>(attack: Attack<S>, accounts: number, purity = 0.8): Attack<S> {
  const who = accounts === 1 ? 'one uploader' : `${accounts} uploaders`
  const name = accounts === 1 ? `${attack.name}-by-one` : `${attack.name}-by-sybils`
  return {
    ...attack,
    name,
    family: 'contributor',
    definition: `${attack.definition} All of it through ${who}, ${Math.round(100 * purity)} % of whose records are poison (Baracaldo et al. 2018, Detecting Poisoning Attacks; sybils: Douceur 2002).`,
    apply(window, options) {
      const honest = window.contributors === null ? withContributors(window, options.seed) : window
      const done = attack.apply(honest, options)
      if (honest.contributors === null) return done
      const random = seededRandom(options.seed, `attack/${name}/window/${options.window ?? 0}`)
      const names = [...honest.contributors.names]
      const first = names.length
      for (let k = 0; k < accounts; k++) names.push(`uploader-${String(first + k + 1).padStart(2, '0')}`)
      const of = honest.contributors.of.slice()
      const planted = done.poisoned.reduce((sum, p) => sum + p, 0)
      let innocents = Math.round((planted * (1 - purity)) / purity)
      for (const i of random.permutation(of.length)) {
        const own = done.poisoned[i] === 1
        if (!own && (innocents === 0 || done.neutral[i] === 1)) continue
        if (!own) innocents--
        of[i] = first + random.below(accounts)
      }
      return { ...done, contributors: groupsOf(of, names), description: `${done.description}; through ${who}` }
    },
  }
}
