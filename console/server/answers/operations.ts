import { AppError } from '#core/errors.ts'
import { Tensor } from '#core/tensor.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import type { AuditEntry } from '#runtime/audit/log.ts'
import type { KeyJobRow } from '#runtime/catalog/console/key-jobs.ts'
import type { LetterRow } from '#runtime/catalog/console/lists.ts'
import { exportAuditLog, verifyAuditLog } from '#app/operations/audit.ts'
import { evidencePack } from '#app/operations/evidence/pack.ts'
import { readDeadLetter, type OpenedLetter } from '#app/operations/dead-letters.ts'
import { statusOfKeys } from '#app/operations/keys.ts'
import { KEY_DAYS } from '#app/operations/readiness.ts'
import { datasetOf } from '#app/system.ts'
import { ruleAt } from '#present/contract-rule.ts'
import type { OPERATION_ROUTES } from '#console/api/operations.ts'
import type { Call, Handlers } from '../call.ts'
import { choiceOf, type KeyWork } from '../key-work.ts'
import { among, checkDataset, cursorOf, keyOf, ORDINAL, pageOf, PLACE, placeOf } from './shapes.ts'

export function operationAnswers(work: KeyWork, closing: AbortSignal): Handlers<keyof typeof OPERATION_ROUTES> {
  return {
    async 'letters.list'({ who, system, query }) {
      const { limit, cursor, dataset, reason, state } = query
      const rows = await system.catalog.console.lists.letters({
        datasets: among(who, 'view', dataset),
        reason,
        state,
        after: cursorOf(cursor, PLACE, placeOf),
        limit: limit + 1,
      })
      return pageOf(rows, limit, keyOf, letterOut)
    },

    async 'letters.show'({ who, system, params }) {
      const missing = `there is no dead letter ${params.letter}`
      const row = await system.catalog.console.lists.letter(placeOf(params.letter))
      if (row === null) throw new AppError('not_found', missing)
      checkDataset(who, 'letter.open', row.dataset, missing)
      const { letter } = await readDeadLetter(system, row.id)
      const { contract } = datasetOf(system, row.dataset)
      await system.catalog.audit.append(who.person, 'letter.opened', keyOf(row), { dataset: row.dataset })
      return { ...letterOut(row), rule: ruleAt(contract.schema, row.detail), content: contentOf(letter.body) }
    },

    async 'keys.show'({ system, query }) {
      const { epochs, versions, unreachable } = await statusOfKeys(system, query.objects === 'true')
      return {
        epochs: epochs.map(({ created, wraps, ...epoch }) => ({
          ...epoch,
          created: created.toISOString(),
          wraps: [...wraps],
        })),
        versions: versions.map(({ created, blockedBy, ...version }) => ({
          ...version,
          created: created?.toISOString() ?? null,
          blockedBy: [...blockedBy],
        })),
        oldAfterDays: KEY_DAYS,
        unreachable: unreachable.map(({ provider, code, message }) => ({ provider, code, message })),
      }
    },

    'keys.rotate': (call) => begin(call, work, 'rotate', call.body),
    'keys.rewrap': (call) => begin(call, work, 'rewrap', call.body),

    async 'keys.retire'({ who, system, body, id }) {
      const choice = canonicalJson(body as unknown as Value)
      const asked = { id, what: 'retire', choice, askedBy: who.person, state: 'asked' } as const
      return jobOut((await system.catalog.console.keyJobs.ask(asked)).job)
    },

    async 'keys.jobs'({ system, query }) {
      const { limit, cursor } = query
      const after = cursorOf(cursor, ORDINAL, Number)
      const rows = await system.catalog.console.keyJobs.list({ after, limit: limit + 1 })
      return pageOf(rows, limit, ({ ordinal }) => String(ordinal), jobOut)
    },

    async 'keys.approve'({ who, system, params }) {
      const job = await system.catalog.console.keyJobs.approve(params.job, who.person)
      work.start(job)
      return jobOut(job)
    },

    async 'keys.refuse'({ who, system, params }) {
      return jobOut(await system.catalog.console.keyJobs.refuse(params.job, who.person))
    },

    async 'audit.list'({ system, query }) {
      const { limit, cursor, actor, action, subject } = query
      const after = cursorOf(cursor, ORDINAL, Number)
      const rows = await system.catalog.console.lists.audit({ actor, action, subject, after, limit: limit + 1 })
      return pageOf(rows, limit, ({ seq }) => String(seq), entryOut)
    },

    async 'audit.verify'({ system }) {
      const { entries, certifiedTo, problems } = await verifyAuditLog(system)
      return {
        entries,
        certifiedTo,
        problems: problems.map(({ kind, seq, message }) => ({ kind, seq, says: message })),
      }
    },

    async 'audit.export'({ system }) {
      const { lines } = await exportAuditLog(system)
      return new Response(ReadableStream.from(encoded(lines)), {
        headers: {
          'content-type': 'application/jsonl',
          'content-disposition': 'attachment; filename="credence-audit.jsonl"',
        },
      })
    },

    async 'audit.evidence'({ who, system }) {
      if (among(who, 'audit.view') !== null)
        throw new AppError('denied', 'evidence is of every dataset, and your roles are over some', {
          reason: 'not_permitted',
        })
      const pack = await evidencePack(system, who.person)
      return new Response(ReadableStream.from(pack), {
        headers: {
          'content-type': 'application/zip',
          'content-disposition': 'attachment; filename="credence-evidence.zip"',
        },
      })
    },

    'events.follow': async ({ who, live, request }) => live.follow(who, AbortSignal.any([closing, request.signal])),
  }
}

async function begin(
  { who, system, id }: Pick<Call, 'who' | 'system' | 'id'>,
  work: KeyWork,
  what: 'rotate' | 'rewrap',
  body: unknown,
) {
  const choice = canonicalJson(body as Value)
  const asked = { id, what, choice, askedBy: who.person, state: 'running' } as const
  const { job, isNew } = await system.catalog.console.keyJobs.ask(asked)
  if (isNew) work.start(job)
  return jobOut(job)
}

function jobOut(job: KeyJobRow) {
  const { id, what, askedBy: by, approvedBy, state, done, total, says, askedAt } = job
  const { version = null } = choiceOf(job)
  return { id, what, version, by, at: askedAt.toISOString(), state, approvedBy, done, of: total, says }
}

function entryOut({ seq, at, actor, action, subject, detail, hash }: AuditEntry) {
  return { seq, at, actor, action, subject, detail, hash }
}

export function letterOut(row: LetterRow) {
  const { id, dataset, window, reason, detail, partition, position, contributor, attempts, state, createdAt } = row
  const at = createdAt.toISOString()
  const where = { dataset, window, partition, position, contributor }
  return { key: keyOf(row), id, ...where, reason, detail, attempts, state, at }
}

const SHOWN = 64 * 1024

function contentOf(body: OpenedLetter['letter']['body']) {
  if (body.kind === 'fields') {
    const fields = Object.entries(body.fields).map(([name, value]) => [
      name,
      cut(JSON.stringify(plain(value)) ?? 'null'),
    ])
    return { kind: 'fields', fields: Object.fromEntries(fields) as Record<string, string> } as const
  }
  const raw = body.kind === 'bytes' ? body.bytes : body.raw
  try {
    return {
      kind: 'text',
      text: cut(new TextDecoder('utf-8', { fatal: true }).decode(raw)),
      bytes: raw.length,
    } as const
  } catch {
    const shown = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.length, SHOWN))
    return { kind: 'bytes', base64: shown.toString('base64'), bytes: raw.length } as const
  }
}

/** JSON has no arrays of numbers in a shape, and neither NaN nor an infinity: they are spelt. */
function plain(value: unknown): unknown {
  if (value instanceof Tensor) return `${value.dtype} ${value.shape.join('×')}`
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const line of lines) yield encoder.encode(line)
}
