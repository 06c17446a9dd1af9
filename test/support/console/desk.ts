import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signAuditLog } from '#app/operations/audit.ts'
import { loadConfig } from '#app/config/load.ts'
import { runEmbedded } from '#app/embedded.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import type { Grant, Role } from '#console/api/roles.ts'
import { startConsole, type ConsoleOptions, type RunningConsole } from '#console/server/start.ts'
import { nameOf } from '#core/record.ts'
import { AppError } from '#core/errors.ts'
import type { StepPoint } from '#runtime/process/steps.ts'
import { decodeRecords } from '#core/record-codec.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import { FEWEST_SCANNED } from '#core/window.ts'
import { canaryNotes } from '#services/scan/canaries/recall.ts'
import { notesOf } from '#services/scan/drift/drift.ts'
import type { ScoredWindow, ScoreTask } from '#services/scan/score-window.ts'

/** A console over a real installation on disk, whose pipeline has run, and what people do at it. */
export interface Desk extends AsyncDisposable {
  readonly system: SigningSystem
  readonly folder: string
  readonly console: RunningConsole
  /** What is done next ends at this point, as though the process had. */
  dieAt(point: StepPoint): void
  /** What another console finds after this one was killed; this one is left as it is. */
  killed(): Promise<Desk>
  /** Closes the console and opens it again over the same installation. */
  reopen(options?: Partial<ConsoleOptions>): Promise<void>
  /** Somebody who signed in by a link. */
  person(person: string, ...roles: (Role | Grant)[]): Promise<Visitor>
}

export interface Visitor {
  readonly cookie: string
  readonly csrf: string
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** A change with all that the console asks of one; headers replace, and `''` leaves out. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers by hand
export type Json = any

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Json
}

export interface DeskOptions extends Partial<ConsoleOptions> {
  /** Texts by file name; those that begin with `poison` are held, at a risk that falls from the first to the last. */
  readonly mail?: Readonly<Record<string, readonly object[]>>
  /** Files that lie beside those of texts, as they are. */
  readonly files?: Readonly<Record<string, Uint8Array>>
  /** So many members of the campaign in each window are not listed under it, as those are that another campaign has too. */
  readonly unlisted?: number
  /** Of a PostgreSQL, in place of a catalog in the folder. */
  readonly postgres?: string
}

const NO_LIMITS = { person: { take() {} }, stranger: { take() {} } }

export async function openDesk({
  mail = DEFAULT_MAIL,
  files = {},
  unlisted = 0,
  postgres,
  ...options
}: DeskOptions = {}): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-desk-'))
  for (const name of ['mail', 'notes']) await mkdir(join(folder, name))
  await writeFile(join(folder, 'contract.yaml'), CONTRACT)
  const catalog = postgres === undefined ? '' : `emulator: true\ncatalog: { postgres: "${postgres}" }\n`
  await writeFile(join(folder, 'credence.yaml'), CONFIGURATION + catalog)
  for (const [name, rows] of Object.entries(mail))
    await writeFile(join(folder, 'mail', `${name}.jsonl`), `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`)
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, 'mail', name), bytes)
  // fewer than a scan takes: held whole, as the pipeline holds them
  const notes = Array.from({ length: 5 }, (_, i) => JSON.stringify({ text: `note ${i}`, label: 0, from: 'ann' }))
  await writeFile(join(folder, 'notes', 'day.jsonl'), `${[...notes, '{"text":7}'].join('\n')}\n`)
  const config = await loadConfig(join(folder, 'credence.yaml'), {})
  let dying: StepPoint | null = null
  const onStep = (point: StepPoint) => {
    if (point !== dying) return
    dying = null
    throw new AppError('unavailable', 'the process died here')
  }
  const system = await openSigningSystem(config, { command: 'a test', onStep })
  await runEmbedded(system, { score: (task) => scoreByText(task, unlisted) })
  await signAuditLog(system)
  const start = (more: Partial<ConsoleOptions> = {}) =>
    startConsole(system, { host: '127.0.0.1', port: 0, limits: NO_LIMITS, ...options, ...more })
  let console = await start()
  const desk: Desk = {
    dieAt(point) {
      dying = point
    },
    system,
    folder,
    get console() {
      return console
    },
    async killed() {
      const left = console
      console = await start()
      // what waits for ever in the one that is gone is waited for by nobody
      void left[Symbol.asyncDispose]()
      return desk
    },
    async reopen(more) {
      await console[Symbol.asyncDispose]()
      console = await start(more)
    },
    async person(person, ...roles) {
      const grants = roles.map((role) => (typeof role === 'string' ? { role, datasets: null } : role))
      return visit(console.origin, console.link({ person, grants }))
    },
    async [Symbol.asyncDispose]() {
      await console[Symbol.asyncDispose]()
      await system[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return desk
}

/** Somebody who signs in by a link. */
export async function visit(origin: string, link: string): Promise<Visitor> {
  const entered = await fetch(link, { redirect: 'manual' })
  const [cookie = ''] = (entered.headers.get('set-cookie') ?? '').split(';')
  const session = await answered(await fetch(`${origin}/v1/session`, { headers: { cookie } }))
  const csrf = String(session.body.csrf)
  return {
    cookie,
    csrf,
    get: async (path, headers = {}) => answered(await fetch(origin + path, { headers: { cookie, ...headers } })),
    send: async (method, path, body, headers = {}) => {
      const all = {
        cookie,
        'x-csrf-token': csrf,
        'idempotency-key': randomUUID(),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      }
      const kept = Object.entries(all).filter(([, value]) => value !== '')
      const init = {
        method,
        headers: Object.fromEntries(kept),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }
      return answered(await fetch(origin + path, init))
    },
  }
}

async function answered(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').endsWith('json') && text !== ''
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** As the scan would, by the first word: every third of what is held belongs to no campaign. */
async function scoreByText({ window, plaintext, policy, seed }: ScoreTask, unlisted: number): Promise<ScoredWindow> {
  const records = decodeRecords(plaintext)
  const unscanned = records.length < FEWEST_SCANNED
  const scored = records.map(({ id, fields }, index) => {
    const isHeld = unscanned || nameOf(fields['text'])?.startsWith('poison') === true
    const risk = isHeld ? 0.99 - index / 1e6 : 0.1
    const issues =
      isHeld && !unscanned
        ? [{ family: 'trigger' as const, score: risk, why: 'It holds the word poison.', by: ['by-text'] }]
        : []
    return { id, index, risk, decision: isHeld ? ('quarantine' as const) : ('admit' as const), issues }
  })
  const held = scored.filter(({ decision }) => decision === 'quarantine')
  const members = unscanned ? [] : held.filter((_, i) => i % 3 !== 2).map(({ index }) => index)
  const campaign = {
    id: 'trigger-1-poison',
    family: 'trigger' as const,
    summary: 'The word poison.',
    label: '1',
    trigger: { kind: 'tokens' as const, tokens: ['poison'] },
    members,
    contributors: [],
    evidence: 12,
    mitigations: ['quarantine_records' as const, 'relabel' as const],
  }
  const detectors = unscanned ? [] : [{ name: 'by-text', family: 'trigger' as const, version: 1 }]
  return {
    sidecar: encodeSidecar({
      version: 1,
      window,
      policy,
      seed,
      detectors,
      notes: unscanned || held.length > 5 ? [] : NOTED,
      certified: true,
      ...(unscanned && { unscanned: 'too few records' }),
      campaigns: members.length > 0 ? [campaign] : [],
      records: scored,
      map: new Float32Array(2 * scored.length),
    }),
    counts: { admitted: scored.length - held.length, quarantined: held.length, rejected: 0 },
    flagged: held.map(({ id, index, risk }) => ({
      record: id,
      index,
      risk,
      decision: 'quarantine',
      families: ['trigger'],
      campaign: members.slice(unlisted).includes(index) ? campaign.id : null,
      contributor: nameOf(records[index]?.fields['from']),
      label: nameOf(records[index]?.fields['label']),
      sensitivity: nameOf(records[index]?.fields['level']),
    })),
    campaigns:
      members.length > 0
        ? [{ id: campaign.id, family: 'trigger', label: '1', members: members.length, evidence: 12 }]
        : [],
    detectors,
  }
}

/** As a window says it that has moved, and whose copy was scanned with canaries: the second of the default's. */
const NOTED = [
  ...notesOf([{ moved: 'labels', measure: 'label', distance: 0.3, says: 'more of 1' }]),
  ...canaryNotes({ family: 'label', planted: 12, held: 11 }),
]

/** So many letters of which so many begin with `poison`. */
export function letters(count: number, poison: number, from = 'bob'): readonly object[] {
  return Array.from({ length: count }, (_, i) => ({
    text: `${i < poison ? 'poison' : 'good'} letter ${i} <script>alert(1)</script>`,
    label: i % 2,
    from,
  }))
}

const DEFAULT_MAIL = { monday: letters(60, 9), tuesday: letters(60, 3, 'eve "the" <b>ridge</b>') }

const CONFIGURATION = `version: 1
data: ./data
workers: 1
datasets:
  mail: { source: ./mail, contract: ./contract.yaml, window: { records: 60 } }
  notes: { source: ./notes, contract: ./contract.yaml, window: { records: 60 } }
`

const CONTRACT = `version: 1
features: { kind: text, field: text }
label: label
contributor: from
schema:
  type: object
  required: [text]
  properties: { text: { type: string }, label: { type: integer }, from: { type: string } }
`
