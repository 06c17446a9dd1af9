import { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { FAMILIES, type Family, type Trigger } from '#core/score.ts'
import {
  leftOutSchema,
  likenessSchema,
  sketchSchema,
  triggerSchema,
  type Brought,
  type PoolRef,
  type Sketch,
} from '#core/sidecar.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { EMPTY_HISTORY, fadeHistory, updateHistory, type CleanHistory } from '../calibrate/history.ts'
import { entered, type Account } from './accounts.ts'
import { askedIn } from './members.ts'
import type { Verdicts } from './verdicts.ts'
import { POOLED_WINDOWS } from '#core/window.ts'

/** What the windows of a dataset have taught, up to one of them and with it. */
export interface Memory {
  readonly version: 1
  readonly dataset: string
  /** Ordinal of the last window that could teach it. */
  readonly through: number
  /** The contract of the windows that taught it, SHA-256 in hex: under another one the features are others. */
  readonly contract: string
  readonly history: CleanHistory
  /** The windows whose records are in the pool, oldest first; absent where there are none. */
  readonly pools?: readonly PooledWindow[]
  /** What the pool has shown; absent where it has shown nothing. */
  readonly campaigns?: readonly KnownCampaign[]
  /** Every record that a campaign of the pool has for sure, in the order in which they were found. */
  readonly members?: readonly KnownMember[]
  /** What the windows say of each contributor, by name; absent where nobody is named. */
  readonly accounts?: readonly Account[]
  /** What people said of what was held; absent where they said nothing. */
  readonly verdicts?: Verdicts
}

/** The part of a window that is in the pool. */
export interface PooledWindow extends PoolRef {
  readonly window: string
  readonly ordinal: number
  /** Records of the whole window. */
  readonly records: number
  /** Those of `members` that the window's own scan did not admit. */
  readonly held: readonly number[]
  /** Those that labels of later windows are foretold by; absent where none are. */
  readonly teaches?: readonly number[]
}

/** A campaign that the pool has shown, and how sure a record is of it that bears its mark. */
export interface KnownCampaign {
  readonly id: string
  readonly family: Family
  readonly summary: string
  readonly label?: string
  readonly trigger?: Trigger
  /** Of a flood: by which near-copies are known, in hex. */
  readonly print?: string
  /** Of a flood: how often people recalled or rejected records of it; absent where nobody did. */
  readonly rejected?: number
  /** Of a flood: records that were counted in each window since the first that had one, when the pool showed it last. */
  readonly rate?: number
  /** Of a flood that a person called natural: what its rate was then. */
  readonly natural?: number
  /** Of its group in the pool, in nats. */
  readonly evidence: number
  /** Ordinal of the last window of the pool that first showed it, and that showed it last. */
  readonly since: number
  readonly last: number
  /** Log-odds that a record with the trigger and the label belongs to it; absent where nobody is known by the trigger. */
  readonly logOdds?: number
}

/** A record that a campaign of the pool has. */
export interface Found {
  /** Ordinal within the dataset. */
  readonly window: number
  readonly index: number
  /** Id of the campaign. */
  readonly campaign: string
  readonly logOdds: number
}

export interface KnownMember extends Found {
  /** Whether its own window's scan admitted it. */
  readonly admitted: boolean
}

/** The records that were admitted, and that later windows have shown to belong to a campaign: in the order of their windows. */
export function foundIn({ members = [] }: Pick<Memory, 'members'>): Found[] {
  return members
    .filter(({ admitted }) => admitted)
    .map(({ window, index, campaign, logOdds }) => ({ window, index, campaign, logOdds }))
    .sort((a, b) => a.window - b.window || a.index - b.index)
}

/** What one window teaches. */
export interface Lesson {
  readonly ordinal: number
  readonly contract: string
  /** Null where it teaches nothing: it was not scanned, or what it taught is gone. */
  readonly taught: Readonly<Record<string, Sketch>> | null
  readonly pool?: PooledWindow
  readonly brought?: Brought | undefined
}

/**
 * The memory after these windows, which follow one another: a pure function of all lessons from the first on, however they
 * were grouped. What campaigns have of earlier contracts stays found, but for what a person was only asked about, and what was said of contributors. `lessons` has at least one.
 */
export function foldMemory(dataset: string, before: Memory | null, lessons: readonly Lesson[]): Memory {
  let { through, contract, history } = before ?? { through: 0, contract: '', history: EMPTY_HISTORY }
  let { pools = [], campaigns = [], members = [], accounts = [], verdicts } = before ?? {}
  for (const lesson of lessons) {
    if (lesson.contract !== contract) {
      const asked = askedIn(campaigns)
      members = members.filter(({ campaign }) => !asked.has(campaign))
      ;[history, pools, campaigns, verdicts] = [EMPTY_HISTORY, [], [], undefined]
    }
    if (lesson.taught !== null) history = updateHistory(fadeHistory(history), { bulk: lesson.taught })
    if (lesson.brought !== undefined) accounts = entered(accounts, lesson.brought)
    through = lesson.ordinal
    contract = lesson.contract
    if (lesson.pool !== undefined) pools = [...pools, lesson.pool]
    pools = pools.filter(({ ordinal }) => ordinal > through - POOLED_WINDOWS)
  }
  return remembered(
    { version: 1, dataset, through, contract, history, accounts, ...(verdicts !== undefined && { verdicts }) },
    { pools, campaigns, members },
  )
}

type Shown = { readonly [key in 'pools' | 'campaigns' | 'members']: Memory[key] | undefined }

/** What is empty is absent: a memory without a pool has the bytes that it had before there were pools. */
export function remembered(memory: Memory, { pools = [], campaigns = [], members = [] }: Shown): Memory {
  const { version, dataset, through, contract, history, accounts = [], verdicts } = memory
  return {
    version,
    dataset,
    through,
    contract,
    history,
    ...(pools.length > 0 && { pools }),
    ...(campaigns.length > 0 && { campaigns }),
    ...(members.length > 0 && { members }),
    ...(accounts.length > 0 && { accounts }),
    ...(verdicts !== undefined && { verdicts }),
  }
}

/**
 * The last window whose lesson the window `ordinal` is judged with, where a memory is made after every so many: by the last
 * memory but one before it, so that as many windows as lie between two can be scanned side by side. 0 where there is none.
 */
export function lastTeacherOf(ordinal: number, every: number): number {
  return Math.max(0, (Math.ceil(ordinal / every) - 2) * every)
}

const index = z.int().nonnegative()
const ordinal = z.int().positive()

const traits = {
  family: z.enum(FAMILIES),
  label: z.string().exactOptional(),
  trigger: triggerSchema.exactOptional(),
  likeness: likenessSchema.exactOptional(),
}
const tallies = z.array(z.strictObject({ name: z.string(), released: index, rejected: index }))

const memorySchema: z.ZodType<Memory> = z.strictObject({
  version: z.literal(1),
  dataset: z.string(),
  through: ordinal,
  contract: z.string(),
  history: z.strictObject({ windows: z.int().nonnegative(), channels: z.record(z.string(), sketchSchema) }),
  pools: z
    .array(
      z.strictObject({
        window: z.string(),
        ordinal,
        records: ordinal,
        sha256: z.string(),
        members: z.array(index),
        held: z.array(index),
        teaches: z.array(index).exactOptional(),
        leftOut: leftOutSchema.exactOptional(),
      }),
    )
    .exactOptional(),
  campaigns: z
    .array(
      z.strictObject({
        id: z.string(),
        family: z.enum(FAMILIES),
        summary: z.string(),
        label: z.string().exactOptional(),
        trigger: triggerSchema.exactOptional(),
        print: z.hex().exactOptional(),
        rejected: ordinal.exactOptional(),
        rate: z.number().exactOptional(),
        natural: z.number().exactOptional(),
        evidence: z.number(),
        since: ordinal,
        last: ordinal,
        logOdds: z.number().exactOptional(),
      }),
    )
    .exactOptional(),
  members: z
    .array(
      z.strictObject({
        window: ordinal,
        index,
        campaign: z.string(),
        logOdds: z.number(),
        admitted: z.boolean(),
      }),
    )
    .exactOptional(),
  accounts: z
    .array(
      z.strictObject({
        name: z.string(),
        windows: ordinal,
        records: ordinal,
        riskiest: z.array(index),
        expected: z.array(z.number()),
        logs: z.array(z.array(z.number())),
      }),
    )
    .exactOptional(),
  verdicts: z
    .strictObject({
      causes: z.array(z.strictObject({ id: z.string(), summary: z.string(), ...traits, by: tallies })),
      families: z.array(z.strictObject({ family: z.enum(FAMILIES), by: tallies, alone: tallies })),
      curve: z.array(z.tuple([ordinal, index, index])),
    })
    .exactOptional(),
})

/** Canonical JSON: the same memory, the same bytes. */
export function encodeMemory(memory: Memory): Uint8Array {
  return Buffer.from(canonicalJson(memory as unknown as Value), 'utf8')
}

/** The inverse of `encodeMemory`. Throws `corrupt` on anything it did not write. */
export function decodeMemory(bytes: Uint8Array): Memory {
  try {
    return memorySchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch {
    throw new AppError('corrupt', 'not a memory of this version', { reason: 'memory' })
  }
}
