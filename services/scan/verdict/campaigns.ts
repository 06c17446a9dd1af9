import { createHash } from 'node:crypto'
import type { Campaign, Family, Mitigation, Trigger } from '#core/score.ts'
import type { Group } from '../detector.ts'
import type { Grouping } from '../view/samples.ts'

/** A group and the family of the detector, or of the stage of this scan, that found it. */
export interface Candidate {
  readonly family: Family
  readonly group: Group
}

/**
 * Groups that overlap at least this much, |A∩B| ÷ |A∪B|, are one campaign; so are two of which one has at least WITHIN
 * of its members in the other.
 */
const SAME_JACCARD = 0.4
const WITHIN = 0.8
const NAMED_CONTRIBUTORS = 10

/**
 * The campaigns of all groups, with only their suspected members; groups of one family and label with mostly the same
 * members become one. Strongest first.
 */
export function toCampaigns(
  candidates: readonly Candidate[],
  suspected: (i: number) => boolean,
  labels: Grouping | null,
  contributors: Grouping | null,
): Campaign[] {
  const found: { candidate: Candidate; members: Set<number> }[] = []
  const byEvidence = [...candidates].sort((a, b) => b.group.evidence - a.group.evidence)
  for (const candidate of byEvidence) {
    const { group, family } = candidate
    const members = new Set(group.members.filter((i, at) => group.posterior[at]! >= 0.5 && suspected(i)))
    if (members.size < 2) continue
    const same = found.find(
      ({ candidate: other, members: theirs }) =>
        other.family === family && other.group.label === group.label && alike(theirs, members),
    )
    if (same === undefined) found.push({ candidate, members })
    else {
      const isMost = 2 * members.size >= same.members.size
      for (const i of members) same.members.add(i)
      if (tellsMore(group.trigger, same.candidate.group.trigger, isMost)) {
        const { trigger, summary } = group
        same.candidate = {
          family,
          group: { ...same.candidate.group, ...(trigger === undefined ? {} : { trigger }), summary },
        }
      }
    }
  }
  return found.map(({ candidate, members }) => {
    const ascending = [...members].sort((a, b) => a - b)
    return campaign(candidate, ascending, labels, contributors)
  })
}

function campaign(
  { family, group }: Candidate,
  members: readonly number[],
  labels: Grouping | null,
  contributors: Grouping | null,
): Campaign {
  const label = group.label >= 0 ? labels?.names[group.label] : undefined
  const brought = contributorsOf(members, contributors)
  const cause = group.trigger === undefined ? members : group.trigger
  const digest = createHash('sha256').update(JSON.stringify(cause)).digest('hex').slice(0, 8)
  return {
    id: [family, ...(label === undefined ? [] : [slug(label)]), digest].join('-'),
    family,
    summary: group.summary,
    ...(label === undefined ? {} : { label }),
    ...(group.trigger === undefined ? {} : { trigger: group.trigger }),
    members,
    contributors: brought,
    evidence: group.evidence,
    mitigations: mitigationsFor(family, brought, members.length),
  }
}

const BY_FAMILY: Readonly<Record<Family, readonly Mitigation[]>> = {
  trigger: ['quarantine_records', 'retrain_without', 'inspect_upstream'],
  label: ['relabel', 'quarantine_records', 'inspect_upstream'],
  outlier: ['quarantine_records', 'inspect_upstream', 'collect_more'],
  flood: ['deduplicate', 'quarantine_records', 'inspect_upstream'],
  contributor: ['drop_contributor', 'rotate_source_credentials', 'quarantine_records', 'inspect_upstream'],
  drift: ['inspect_upstream', 'collect_more'],
}

/** The family's mitigations, and those against a contributor that brought at least half of the members. */
function mitigationsFor(family: Family, brought: Campaign['contributors'], members: number): Mitigation[] {
  const [first] = brought
  const concentrated = first !== undefined && brought.length > 1 && first.members >= members / 2
  const all = [...BY_FAMILY[family]]
  if (concentrated) all.splice(1, 0, 'drop_contributor', 'rotate_source_credentials')
  return [...new Set(all)]
}

/** The contributors of the members, those with most members first. */
export function contributorsOf(members: readonly number[], contributors: Grouping | null): Campaign['contributors'] {
  if (contributors === null) return []
  const counts = new Map<number, number>()
  for (const i of members) {
    const of = contributors.of[i]!
    if (of >= 0) counts.set(of, (counts.get(of) ?? 0) + 1)
  }
  return [...counts]
    .sort(([a, m], [b, k]) => k - m || a - b)
    .slice(0, NAMED_CONTRIBUTORS)
    .map(([of, count]) => ({ name: contributors.names[of]!, members: count, records: contributors.counts[of]! }))
}

function alike(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  let both = 0
  for (const i of b) if (a.has(i)) both++
  return both >= SAME_JACCARD * (a.size + b.size - both) || both >= WITHIN * Math.min(a.size, b.size)
}

/**
 * Whether a trigger informs a person better than another: it can be drawn better or, if it has most of the members,
 * names the behaviour that it causes.
 */
function tellsMore(trigger: Trigger | undefined, than: Trigger | undefined, isOfMost: boolean): boolean {
  if (drawability(trigger) !== drawability(than)) return drawability(trigger) > drawability(than)
  return isOfMost && behaviourOf(trigger) !== undefined && behaviourOf(than) === undefined
}

/** The behaviour of a trigger of exchanges: the parts that answers have where their prompts have the trigger. */
export function behaviourOf(trigger: Trigger | undefined): readonly string[] | undefined {
  return trigger?.kind === 'tokens' ? trigger.behaviour : undefined
}

function drawability(trigger: Trigger | undefined): number {
  if (trigger === undefined) return 0
  return { patch: 4, tokens: 4, values: 4, pattern: 3, direction: 1 }[trigger.kind]
}

function slug(label: string): string {
  return label
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .slice(0, 24)
}
