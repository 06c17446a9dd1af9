/**
 * The part of a campaign that is used here: its print where it is one of near-copies, and how often people called those
 * poison.
 */
interface Shown {
  readonly id: string
  readonly print?: string
  readonly rejected?: number
}

interface Place {
  readonly window: number
  readonly index: number
}

type Member = Place & { readonly campaign: string }

/**
 * Whether a campaign is one of near-copies that nobody called poison: a person is asked about it, and nothing is held
 * or recalled for it.
 */
export function isAsked({ print, rejected }: Pick<Shown, 'print' | 'rejected'>): boolean {
  return print !== undefined && rejected === undefined
}

/** The ids of campaigns that a person is only asked about. */
export function askedIn(campaigns: readonly Shown[] = []): ReadonlySet<string> {
  return new Set(campaigns.filter(isAsked).map(({ id }) => id))
}

/** The members of campaigns, by place. Each record is a member of one campaign. */
export interface Members<M extends Member> {
  readonly all: ReadonlyMap<string, M>
  /**
   * Adds a found member. A record that is a member already stays with its campaign, unless a person is only asked about
   * that one.
   */
  add(found: M): void
  /** Whether a record is a member of a campaign that is more than asked about. */
  isSuspect(record: Place): boolean
}

export function membersOf<M extends Member>({
  members = [],
  campaigns,
}: {
  readonly members?: readonly M[]
  readonly campaigns?: readonly Shown[]
}): Members<M> {
  const asked = askedIn(campaigns)
  const all = new Map(members.map((member) => [placeOf(member), member]))
  const isSuspect = (record: Place) => {
    const known = all.get(placeOf(record))
    return known !== undefined && !asked.has(known.campaign)
  }
  return { all, isSuspect, add: (found) => void (isSuspect(found) || all.set(placeOf(found), found)) }
}

export function placeOf({ window, index }: Place): string {
  return `${window}/${index}`
}
