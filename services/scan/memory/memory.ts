import { z } from 'zod'
import { parseStored } from '#core/later-version.ts'
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
import type { Lead } from './leads/leads.ts'
import { askedIn } from './members.ts'
import type { Verdicts } from './verdicts.ts'
import { POOLED_WINDOWS } from '#core/window.ts'

/** The state that the windows of a dataset taught, up to and including one of them. */
export interface Memory {
  readonly version: 1
  readonly dataset: string
  /** Ordinal of the last window that it could learn from. */
  readonly through: number
  /** The contract of the windows that taught it, SHA-256 in hex: under another contract the features are different. */
  readonly contract: string
  readonly history: CleanHistory
  /** The windows whose records are in the pool, oldest first; absent where there are none. */
  readonly pools?: readonly PooledWindow[]
  /** The campaigns that the pool showed; absent where it showed none. */
  readonly campaigns?: readonly KnownCampaign[]
  /** The records of the pool's campaigns, in the order in which they were found. */
  readonly members?: readonly KnownMember[]
  /** Each contributor's account, by name; absent where none is named. */
  readonly accounts?: readonly Account[]
  /** People's verdicts on held records; absent where there are none. */
  readonly verdicts?: Verdicts
  /** What comes together over windows, by which later ones choose what they give; absent where nothing does. */
  readonly leads?: readonly Lead[]
}

/** The part of a window that is in the pool. */
export interface PooledWindow extends PoolRef {
  readonly window: string
  readonly ordinal: number
  /** Records of the whole window. */
  readonly records: number
  /** Those of `members` that the window's own scan did not admit. */
  readonly held: readonly number[]
  /** Those from which labels of later windows are predicted; absent where there are none. */
  readonly teaches?: readonly number[]
}

/** A campaign that the pool showed, and the log-odds of a record that bears its mark. */
export interface KnownCampaign {
  readonly id: string
  readonly family: Family
  readonly summary: string
  readonly label?: string
  readonly trigger?: Trigger
  /** In exchanges: what its records have in prompts and in answers, where the pool confirmed leads. */
  readonly leads?: readonly Lead[]
  /** For a flood: the print by which near-copies are recognised, in hex. */
  readonly print?: string
  /** For a flood: how often people recalled or rejected records of it; absent where nobody did. */
  readonly rejected?: number
  /** For a flood: counted records per window since the first that had one, when the pool showed it last. */
  readonly rate?: number
  /** For a flood that a person called natural: its rate at that time. */
  readonly natural?: number
  /** The evidence of its group in the pool, in nats. */
  readonly evidence: number
  /** Ordinals of the last window of the pool that showed it first, and of the one that showed it last. */
  readonly since: number
  readonly last: number
  /**
   * Log-odds that a record with the trigger and the label belongs to it; absent where the trigger cannot be checked on
   * a single record.
   */
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

/** The records that were admitted and that later windows showed to belong to a campaign, by window and index. */
export function foundIn({ members = [] }: Pick<Memory, 'members'>): Found[] {
  return members
    .filter(({ admitted }) => admitted)
    .map(({ window, index, campaign, logOdds }) => ({ window, index, campaign, logOdds }))
    .sort((a, b) => a.window - b.window || a.index - b.index)
}

/** The lesson of one window. */
export interface Lesson {
  readonly ordinal: number
  readonly contract: string
  /** Null where it teaches nothing: the window was not scanned, or its sidecar is gone. */
  readonly taught: Readonly<Record<string, Sketch>> | null
  readonly pool?: PooledWindow
  readonly brought?: Brought | undefined
}

/**
 * The memory after these windows, which follow one another: a pure function of all lessons from the first on, however
 * they were grouped. A new contract begins a new history, pool and list of campaigns; members that earlier campaigns
 * found stay, except those that a person was only asked about, and so do contributors' accounts. `lessons` has at least
 * one.
 */
export function foldMemory(dataset: string, before: Memory | null, lessons: readonly Lesson[]): Memory {
  let { through, contract, history } = before ?? { through: 0, contract: '', history: EMPTY_HISTORY }
  let { pools = [], campaigns = [], members = [], accounts = [], leads = [], verdicts } = before ?? {}
  for (const lesson of lessons) {
    if (lesson.contract !== contract) {
      const asked = askedIn(campaigns)
      members = members.filter(({ campaign }) => !asked.has(campaign))
      ;[history, pools, campaigns, leads, verdicts] = [EMPTY_HISTORY, [], [], [], undefined]
    }
    if (lesson.taught !== null) history = updateHistory(fadeHistory(history), { bulk: lesson.taught })
    if (lesson.brought !== undefined) accounts = entered(accounts, lesson.brought)
    through = lesson.ordinal
    contract = lesson.contract
    if (lesson.pool !== undefined) pools = [...pools, lesson.pool]
    pools = pools.filter(({ ordinal }) => ordinal > through - POOLED_WINDOWS)
  }
  return remembered(
    { version: 1, dataset, through, contract, history, accounts, leads, ...(verdicts !== undefined && { verdicts }) },
    { pools, campaigns, members },
  )
}

type Shown = { readonly [key in 'pools' | 'campaigns' | 'members']: Memory[key] | undefined }

/** The memory without empty parts: a memory without a pool has the bytes that it had before there were pools. */
export function remembered(memory: Memory, { pools = [], campaigns = [], members = [] }: Shown): Memory {
  const { version, dataset, through, contract, history, accounts = [], leads = [], verdicts } = memory
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
    ...(leads.length > 0 && { leads }),
  }
}

/**
 * The last window whose lesson the window `ordinal` is judged with, where a memory is made after every `every` windows:
 * that of the last memory but one before it, so that all windows between two memories can be scanned side by side. 0
 * where there is none.
 */
export function lastTeacherOf(ordinal: number, every: number): number {
  return Math.max(0, (Math.ceil(ordinal / every) - 2) * every)
}

const index = z.int().nonnegative()
const ordinal = z.int().positive()

const lead = z.strictObject({ asked: index, answered: index })

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
        leads: z.array(lead).min(1).exactOptional(),
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
  leads: z.array(lead).exactOptional(),
})

/** Canonical JSON: the same memory, the same bytes. */
export function encodeMemory(memory: Memory): Uint8Array {
  return Buffer.from(canonicalJson(memory as unknown as Value), 'utf8')
}

const KIND = { reason: 'memory', newer: 'newer_memory', named: 'a memory', version: 1 } as const

/**
 * The inverse of `encodeMemory`; errors name the path. Throws `conflict` (`newer_memory`) for what a later version wrote, and
 * `corrupt` for anything else that it did not write.
 */
export function decodeMemory(bytes: Uint8Array, path?: string): Memory {
  return parseStored(memorySchema, bytes, KIND, path)
}
