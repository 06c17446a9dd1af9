import { AppError } from '#core/errors.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import type { DraftRow } from '#runtime/catalog/console/drafts.ts'
import {
  changedParts,
  checkBase,
  contractFile,
  examineDraft,
  loadedDraft,
  publishDraft,
  sharersOf,
  type ContractFile,
} from '#app/operations/contract-drafts.ts'
import { redrive } from '#app/operations/dead-letters.ts'
import { draftEffects, type Refused } from '#app/operations/draft-effects.ts'
import { datasetOf, type SigningSystem } from '#app/system.ts'
import { lineDiff } from '#present/line-diff.ts'
import { permits } from '#console/api/roles.ts'
import type { DRAFT_ROUTES } from '#console/api/drafts.ts'
import { hashOf } from '../access/secrets.ts'
import type { Who } from '../access/who.ts'
import type { Handlers } from '../call.ts'
import { refusedInput } from '../http/problems.ts'
import type { RedriveWork } from '../redrive-work.ts'
import { letterOut } from './operations.ts'
import { among, checkDataset, cursorOf, ORDINAL, pageOf, redriveOut } from './shapes.ts'

const NO_DATASET = 'there is no such dataset'

/** `mayWrite`: whether publishing a draft writes the contract's file. */
export function draftAnswers(work: RedriveWork, mayWrite: boolean): Handlers<keyof typeof DRAFT_ROUTES> {
  return {
    async 'letters.try'({ who, system, params, body }) {
      checkDataset(who, 'letter.redrive', params.dataset, NO_DATASET)
      const { tried, recovered, failed } = await redrive(system, params.dataset, { ...body, dryRun: true })
      return { tried, recovered, failed: failed.length }
    },

    async 'letters.redrive'({ who, system, params: { dataset }, body, id }) {
      checkDataset(who, 'letter.redrive', dataset, NO_DATASET)
      const { sha256 } = datasetOf(system, dataset)
      const { contract, ...choice } = body
      const digest = hashOf(canonicalJson({ dataset, ...body, by: who.person } as unknown as Value))
      const there = await system.catalog.console.redrives.get(id)
      if (there === null && contract !== undefined && contract !== sha256) {
        const message = 'the contract in force is another one: put the draft in force first'
        throw new AppError('conflict', message, { reason: 'contract_elsewhere' })
      }
      const asked = { id, digest, dataset, askedBy: who.person, choice }
      const { redrive: row } = await system.catalog.console.redrives.ask(asked)
      work.start(row)
      return redriveOut(row)
    },

    async 'redrives.list'({ who, system, query }) {
      const { limit, cursor, dataset } = query
      const after = cursorOf(cursor, ORDINAL, Number)
      const datasets = among(who, 'view', dataset)
      const rows = await system.catalog.console.redrives.list({ datasets, after, limit: limit + 1 })
      return pageOf(rows, limit, ({ ordinal }) => String(ordinal), redriveOut)
    },

    async 'redrives.show'({ who, system, params }) {
      const missing = `there is no redrive ${params.redrive}`
      const row = await system.catalog.console.redrives.get(params.redrive)
      if (row === null) throw new AppError('not_found', missing)
      checkDataset(who, 'view', row.dataset, missing)
      return redriveOut(row)
    },

    async 'contract.show'({ who, system, params }) {
      checkDataset(who, 'contract.draft', params.dataset, NO_DATASET)
      const { name: file, text, sha256, isInForce } = await contractFile(system, params.dataset)
      const contract = datasetOf(system, params.dataset).sha256
      // of others, that there are some is all that is told to who may not see them
      const sharedWith = sharersOf(system, params.dataset).filter((other) => other !== params.dataset)
      const seen = sharedWith.filter((other) => permits(who.grants, 'view', other))
      return { file, text, sha256, contract, isInForce, mayWrite, sharedWith: seen, isShared: sharedWith.length > 0 }
    },

    async 'drafts.list'({ who, system, query }) {
      const { limit, cursor, dataset } = query
      const after = cursorOf(cursor, ORDINAL, Number)
      const datasets = among(who, 'contract.draft', dataset)
      const rows = await system.catalog.console.drafts.list({ datasets, after, limit: limit + 1 })
      const { items, next } = pageOf(
        rows,
        limit,
        ({ ordinal }) => String(ordinal),
        (row) => row,
      )
      return { items: await Promise.all(items.map((row) => draftOut(system, row))), next }
    },

    async 'drafts.make'({ who, system, params: { dataset }, body, id }) {
      checkDataset(who, 'contract.draft', dataset, NO_DATASET)
      checkContract(body.text)
      const { drafts } = system.catalog.console
      if ((await drafts.get(id)) === null) checkBase(await contractFile(system, dataset), body.base)
      const digest = hashOf(canonicalJson({ dataset, ...body, by: who.person }))
      return draftOut(system, await drafts.make({ id, digest, dataset, ...body, madeBy: who.person }))
    },

    'drafts.show': async ({ who, system, params }) => draftOut(system, await draftOf(system, who, params.draft)),

    async 'drafts.rewrite'({ who, system, params, body, ifMatch }) {
      const { id, dataset } = await draftOf(system, who, params.draft)
      checkContract(body.text)
      checkBase(await contractFile(system, dataset), body.base)
      const shown = { id, revision: revisionOf(ifMatch), by: who.person }
      return draftOut(system, await system.catalog.console.drafts.rewrite(shown, body))
    },

    async 'drafts.preview'({ who, system, params }) {
      const row = await draftOf(system, who, params.draft)
      const { letters, admitted } = await draftEffects(system, row.dataset, loadedDraft(row))
      const { dataset } = row
      const counts = {
        letters: letters.tried,
        pass: letters.pass,
        records: admitted?.tried ?? 0,
        fail: admitted?.fail ?? 0,
      }
      await system.catalog.audit.append(who.person, 'draft.tried', row.id, {
        dataset,
        revision: row.revision,
        ...counts,
      })
      return {
        letters: {
          ...letters,
          passing: letters.passing.map(letterOut),
          failing: letters.failing.map((each) => refusedOut(each, letterOut)),
        },
        admitted: admitted && {
          ...admitted,
          failing: admitted.failing.map((each) => refusedOut(each, (example) => ({ ...example }))),
        },
      }
    },

    async 'drafts.publish'({ who, system, params, ifMatch }) {
      const row = await draftOf(system, who, params.draft)
      checkRevision(row, ifMatch)
      // who changes the contract of a dataset answers for all that go by the same file
      for (const dataset of sharersOf(system, row.dataset)) checkSharer(who, dataset)
      // a repeat of what was published finds it so
      if (row.state === 'published') return draftOut(system, row)
      return draftOut(system, await publishDraft(system, row, { by: who.person, mayWrite }))
    },

    async 'drafts.discard'({ who, system, params, ifMatch }) {
      const { id } = await draftOf(system, who, params.draft)
      const shown = { id, revision: revisionOf(ifMatch), by: who.person }
      return draftOut(system, await system.catalog.console.drafts.move(shown, 'discarded'))
    },
  }
}

async function draftOf({ catalog }: SigningSystem, who: Who, id: string): Promise<DraftRow> {
  const missing = `there is no draft ${id} of a contract`
  const row = await catalog.console.drafts.get(id)
  if (row === null) throw new AppError('not_found', missing)
  checkDataset(who, 'contract.draft', row.dataset, missing)
  return row
}

/** Throws `invalid` (`draft`) with each thing that is wrong, by line and column. */
function checkContract(text: string): void {
  const { loaded, problems } = examineDraft(text)
  if (loaded !== null) return
  const told = problems.map(({ line, column, path, message }) => ({
    path: `${line}:${column} ${path}`.trim(),
    message,
  }))
  throw refusedInput('the draft is no contract', told, 'draft')
}

async function draftOut(system: SigningSystem, row: DraftRow) {
  const { id, dataset, text, base, reason, state, madeBy, madeAt, changedBy, changedAt, revision } = row
  // of a dataset that the configuration has no longer, nothing can be compared
  const file: ContractFile | null = system.contracts.has(dataset) ? await contractFile(system, dataset) : null
  const { loaded } = examineDraft(text)
  const current = system.contracts.get(dataset)
  return {
    id,
    dataset,
    text,
    base,
    reason,
    state,
    by: madeBy,
    at: madeAt.toISOString(),
    changedBy,
    changedAt: changedAt.toISOString(),
    diff: file === null ? '' : lineDiff(file.text, text, file.name),
    changes: loaded === null || current === undefined ? [] : changedParts(current.contract, loaded.contract),
    hasMoved: file !== null && file.sha256 !== base && state === 'open',
    isInForce: loaded !== null && loaded.sha256 === current?.sha256,
    etag: `revision-${revision}`,
  }
}

function checkSharer(who: Who, dataset: string): void {
  if (permits(who.grants, 'contract.draft', dataset)) return
  const message = 'another dataset goes by the same file: publishing it takes contract.draft over each of them'
  throw new AppError('denied', message, { reason: 'not_permitted' })
}

function revisionOf(ifMatch: string): number {
  const [, revision] = /^revision-(\d{1,9})$/.exec(ifMatch) ?? []
  return Number(revision ?? 0)
}

function checkRevision({ revision }: DraftRow, ifMatch: string): void {
  if (revision === revisionOf(ifMatch)) return
  throw new AppError('conflict', 'the draft has changed since it was shown: look at it again', { reason: 'stale' })
}

function refusedOut<Example, Out>({ reason, detail, count, examples }: Refused<Example>, out: (of: Example) => Out) {
  return { reason, detail, count, examples: examples.map(out) }
}
