import { rename, writeFile } from 'node:fs/promises'
import type { PlantedTruth } from '#present/planted.ts'
import type { SigningSystem } from '#app/system.ts'
import { VERSION } from '#app/version.ts'
import { collectDatasets } from './collect.ts'
import { renderReport } from './page.ts'

export interface ReportOptions {
  readonly path: string
  readonly title: string
  readonly seconds: number | null
  /** The path of the configuration's file as the user gave it. */
  readonly configPath: string
  readonly planted?: PlantedTruth | undefined
  readonly next?: readonly { readonly command: string; readonly why: string }[]
}

/** Writes the report of everything committed so far. It shows records in clear, so only its owner may read the file. */
export async function writeReport(system: SigningSystem, options: ReportOptions): Promise<void> {
  const page = renderReport({
    title: options.title,
    createdAt: new Date().toISOString(),
    version: VERSION,
    dataFolder: system.config.data,
    config: options.configPath === 'credence.yaml' ? undefined : options.configPath,
    seed: system.config.seed,
    seconds: options.seconds,
    datasets: await collectDatasets(system),
    planted: options.planted,
    next: options.next ?? [],
  })
  await writeFile(`${options.path}.part`, page, { mode: 0o600 })
  await rename(`${options.path}.part`, options.path)
}
