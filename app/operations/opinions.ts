import { agreementOf, type Agreement } from '#core/agreement.ts'
import type { Gold, Opinion, Saying, Verdict } from '#runtime/catalog/console/opinions.ts'
import type { HeldFilter, HeldRow } from '#runtime/catalog/console/held.ts'
import type { SigningSystem } from '../system.ts'

export type { Opinion, Verdict } from '#runtime/catalog/console/opinions.ts'

/** How far people agree about held records: all together, and each of them. */
export interface AgreementReport extends Agreement {
  /** By name. */
  readonly people: readonly PersonAgreement[]
}

export interface PersonAgreement {
  readonly person: string
  /** The number of records on which they gave a verdict. */
  readonly said: number
  /** The number of verdicts of others on the same records, and how many of them were the same. */
  readonly compared: number
  readonly alike: number
  /** The number of gold samples that they judged without having set them, and how many of those verdicts were right. */
  readonly gold: number
  readonly right: number
}

/** Asks for opinions on a sample of what a filter finds, in the name of the acting person. */
export function askOpinions(
  { catalog, actor }: SigningSystem,
  filter: HeldFilter,
  draw: { readonly most: number; readonly wanted: number; readonly seed: number },
): Promise<number> {
  return catalog.console.opinions.ask(filter, { ...draw, by: actor })
}

/**
 * Gives the opinion of the acting person, and then returns everybody's; before that, they see no other. Throws as the catalog
 * does.
 */
export async function giveOpinion(
  { catalog, actor }: SigningSystem,
  row: HeldRow,
  { id, verdict, label, reason }: Pick<Opinion, 'id' | 'verdict' | 'label' | 'reason'>,
): Promise<readonly Opinion[]> {
  const { opinions } = catalog.console
  await opinions.give(row, { id, person: actor, verdict, label, reason })
  return opinions.of(row)
}

/** Sets the right answer for a record, or that it is not known any more. */
export function setGold(
  { catalog, actor }: SigningSystem,
  row: HeldRow,
  gold: { readonly verdict: Verdict; readonly label: string | null } | null,
): Promise<Gold | null> {
  return catalog.console.opinions.setGold(row, gold, actor)
}

/**
 * Krippendorff's α over opinions and decisions over single records; verdicts on gold samples are compared with the right answer.
 */
export async function agreementReport(
  { catalog }: Pick<SigningSystem, 'catalog'>,
  datasets: readonly string[] | null,
): Promise<AgreementReport> {
  const sayings = await catalog.console.opinions.sayings(datasets)
  const units = [...Map.groupBy(sayings, ({ window, index }) => `${window}-${index}`).values()]
  const people = new Map<string, { said: number; compared: number; alike: number; gold: number; right: number }>()
  for (const unit of units) {
    for (const saying of unit) {
      const sum = people.get(saying.person) ?? { said: 0, compared: 0, alike: 0, gold: 0, right: 0 }
      const others = unit.filter((other) => other !== saying)
      sum.said++
      sum.compared += others.length
      sum.alike += others.filter((other) => wordOf(other) === wordOf(saying)).length
      if (saying.gold !== null && saying.gold.by !== saying.person) {
        sum.gold++
        if (wordOf(saying.gold) === wordOf(saying)) sum.right++
      }
      people.set(saying.person, sum)
    }
  }
  return {
    ...agreementOf(units.map((unit) => unit.map(wordOf))),
    people: [...people].map(([person, sum]) => ({ person, ...sum })).sort((a, b) => (a.person < b.person ? -1 : 1)),
  }
}

/** Relabelling to different labels counts as disagreement. */
function wordOf({ verdict, label }: Pick<Saying, 'verdict' | 'label'>): string {
  return label === null ? verdict : `${verdict} ${label}`
}
