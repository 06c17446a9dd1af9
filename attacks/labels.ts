import { attackOf } from './plant.ts'
import type { AnySamples, Attack } from './types.ts'

/** Attacks on labels alone: they need no look at the samples, so they suit every kind. */
export function labelAttacks<S extends AnySamples>(): readonly Attack<S>[] {
  return [
    attackOf<S>({
      name: 'flip',
      definition:
        'Random flip: records of any class get another label, uniformly (Biggio et al. 2011, Support Vector Machines Under Adversarial Label Noise).',
      family: 'label',
      labels: 'changed',
      untargeted: true,
      act(_samples, plan) {
        const struck = plan.strike(plan.choose((label) => label >= 0))
        for (const i of struck) {
          const shift = 1 + plan.varied.below(plan.classes - 1)
          plan.labels[i] = ((plan.labels[i] ?? 0) + shift) % plan.classes
        }
        return `${struck.length} labels replaced by a random other label`
      },
    }),
    attackOf<S>({
      name: 'pair-flip',
      definition:
        'Pair flip: records of one class get the next class’s label, c → c+1 (Han et al. 2018, Co-teaching; the pair drawn by seed).',
      family: 'label',
      labels: 'changed',
      act(_samples, plan) {
        const source = (plan.target + plan.classes - 1) % plan.classes
        const struck = plan.strike(plan.choose((label) => label === source))
        for (const i of struck) plan.labels[i] = plan.target
        return `${struck.length} records of class ${source} labelled ${plan.target}`
      },
    }),
  ]
}
