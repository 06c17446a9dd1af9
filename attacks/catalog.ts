import { byContributors } from './contributors.ts'
import { imageAttacks } from './images.ts'
import { labelAttacks } from './labels.ts'
import { tableAttacks } from './tables.ts'
import { textAttacks } from './texts.ts'
import type { AnySamples, Attack } from './types.ts'

/** Flips that one uploader, or five acting together, bring in: they suit every kind. */
const contributed: readonly Attack[] = labelAttacks().flatMap((attack) => [
  byContributors(attack, 1),
  byContributors(attack, 5),
])

/** The attacks that suit a kind of samples, by group. */
export function attacksOn(kind: AnySamples['kind']): readonly Attack[] {
  const catalog: Readonly<Record<AnySamples['kind'], readonly Attack[]>> = {
    image: imageAttacks,
    text: textAttacks,
    table: tableAttacks,
  }
  return [...catalog[kind], ...contributed]
}

/** The attack of that name. Throws RangeError and lists what there is when there is none. */
export function attackNamed(kind: AnySamples['kind'], name: string): Attack {
  const all = attacksOn(kind)
  const found = all.find((attack) => attack.name === name)
  if (found !== undefined) return found
  throw new RangeError(`no attack \`${name}\` on ${kind}; there are ${all.map((attack) => attack.name).join(', ')}`)
}
