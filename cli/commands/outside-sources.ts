import { realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Config } from '#app/config/load.ts'
import { readsPath } from '#services/ingest/sources/files/reads-path.ts'
import { EXIT, ExitError } from '../exit.ts'

type Sources = Pick<Config, 'data' | 'datasets'>

/** What a source reads is a delivery, and may be the only copy of what was held: what a command writes neither replaces it nor joins it. */
export async function refuseSource(config: Sources, out: string): Promise<void> {
  const reader = await readerOf(config, out)
  if (reader === undefined) return
  const { dataset, root } = reader
  const message = `${out} is among what ${dataset} is read from (${root}): name a file elsewhere`
  throw new ExitError(EXIT.usage, message)
}

/** The same of the file, if it is one, that a shell opened as standard output. */
export async function refuseRedirected(config: Sources): Promise<void> {
  const out = await realpath('/dev/stdout').catch(() => undefined)
  const reader = out === undefined ? undefined : await readerOf(config, out)
  if (reader === undefined) return
  const { dataset, root } = reader
  const message = `standard output goes to ${out}, which is among what ${dataset} is read from (${root}): write elsewhere`
  throw new ExitError(EXIT.usage, message)
}

/** Where a file of this name can be written that nothing reads: here, or else in the data folder. */
export async function outsideSources(config: Sources, name: string): Promise<string> {
  return (await readerOf(config, name)) === undefined ? name : relative(process.cwd(), join(config.data, name))
}

async function readerOf({ data, datasets }: Sources, out: string) {
  for (const [dataset, { source }] of Object.entries(datasets))
    if ('root' in source && (await readsPath({ ...source, apart: [data] }, out))) return { dataset, root: source.root }
  return undefined
}
