import { imageAttacks } from './images.ts'
import { tableAttacks } from './tables.ts'
import { textAttacks } from './texts.ts'
import type { AnySamples, Attack } from './types.ts'

/** The attacks that suit a kind of samples, by group. */
export function attacksOn(kind: AnySamples['kind']): readonly Attack[] {
  const catalog: Readonly<Record<AnySamples['kind'], readonly Attack[]>> = {
    image: imageAttacks,
    text: textAttacks,
    table: tableAttacks,
  }
  return catalog[kind]
}

/** The attack of that name. Throws RangeError and lists what there is when there is none. */
export function attackNamed(kind: AnySamples['kind'], name: string): Attack {
  const found = attacksOn(kind).find((attack) => attack.name === name)
  if (found === undefined) {
    throw new RangeError(
      `no attack \`${name}\` on ${kind}; there are ${attacksOn(kind)
        .map((attack) => attack.name)
        .join(', ')}`,
    )
  }
  return found
}
