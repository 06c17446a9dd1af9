import { reportOf } from '#core/errors.ts'
import type { KeyJobRow } from '#runtime/catalog/console/key-jobs.ts'
import { PROVIDERS, retire, rewrapKeys, rotate } from '#app/operations/keys.ts'
import type { SigningSystem } from '#app/system.ts'
import { z } from 'zod'
import type { Live } from './live.ts'
import { plural } from '#present/text.ts'

/** What people asked to be done to keys, one after the other. */
export interface KeyWork extends AsyncDisposable {
  start(job: KeyJobRow): void
}

const choiceSchema = z.object({
  provider: z.enum(PROVIDERS).optional(),
  newEpochs: z.boolean().optional(),
  version: z.string().optional(),
})

/** What was chosen with it. */
export function choiceOf({ choice }: Pick<KeyJobRow, 'choice'>): z.infer<typeof choiceSchema> {
  return choiceSchema.parse(JSON.parse(choice))
}

export function createKeyWork(system: SigningSystem, live: Live): KeyWork {
  const closing = new AbortController()
  let last = Promise.resolve()
  const { keyJobs } = system.catalog.console
  const tell = ({ id, what, state, done, total }: KeyJobRow) =>
    live.publish({ name: 'key.work', data: { job: id, what, state, done, of: total }, permission: 'keys.view' })

  const run = async (job: KeyJobRow): Promise<void> => {
    try {
      const says = await work(system, job, closing.signal, async (done, total) => {
        await keyJobs.progress(job.id, done, total)
        tell({ ...job, done, total })
      })
      if (!closing.signal.aborted) tell(await keyJobs.end(job.id, says.failed ? 'failed' : 'done', says.text))
    } catch (error) {
      const { code, says } = reportOf(error)
      tell(await keyJobs.end(job.id, 'failed', `${code}: ${says}`))
    }
  }
  return {
    start(job) {
      last = last.then(() => run(job)).catch(() => {}) // the catalog is away: the job is taken up at the next start
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      await last
    },
  }
}

interface Ended {
  readonly failed: boolean
  readonly text: string
}

async function work(
  system: SigningSystem,
  job: KeyJobRow,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => Promise<void>,
): Promise<Ended> {
  const { what, askedBy } = job
  const acting = { ...system, actor: askedBy }
  const { provider, newEpochs, version } = choiceOf(job)
  if (what === 'rotate') {
    const { keys, epochs, failed } = await rotate(acting, { provider, newEpochs })
    const rotated = keys.filter(({ outcome }) => outcome === 'rotated').length
    const bad = failed.length + keys.filter(({ outcome }) => outcome === 'failed').length
    return {
      failed: bad > 0,
      text: `${plural(rotated, 'key')} rotated, ${plural(epochs.length, 'new epoch key')}, ${bad} failed`,
    }
  }
  if (what === 'retire') {
    const retired = await retire(acting, version ?? '', { provider })
    return { failed: false, text: `version ${retired.version} of ${retired.keyId} is retired` }
  }
  let done = 0
  let told = Promise.resolve()
  const { records, rewrapped, failed } = await rewrapKeys(acting, {
    provider,
    signal,
    onProgress: ({ of }) => {
      done++
      const at = done
      told = told.then(() => onProgress(at, of)).catch(() => {})
    },
  })
  await told
  return {
    failed: failed.length > 0,
    text: `${rewrapped} of ${plural(records, 'key record')} rewrapped, ${failed.length} failed`,
  }
}
