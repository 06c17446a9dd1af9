import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { isAppError } from '#core/errors.ts'
import type { Environment } from '#runtime/config/interpolate.ts'
import { examineContract } from '#runtime/config/load-contract.ts'
import { problemLines, valueAt } from '#runtime/config/problems.ts'
import { readText } from '#runtime/config/read-text.ts'
import type { Path, Problem } from '#runtime/config/yaml-file.ts'
import { createPreparer } from '#services/ingest/record/prepare.ts'
import { examineConfig } from './load.ts'

export interface Linted {
  /** Names of the datasets. */
  readonly datasets: readonly string[]
  /** One line each, with file, line and column; problems of the configuration come before those of its contracts. */
  readonly problems: readonly string[]
}

/**
 * Finds everything that is wrong with a configuration, the contracts that it names and the files that it points to; a mistake in
 * one does not hide any in another. Throws `not_found`, `denied` and `invalid` if the configuration is missing or no text.
 */
export async function lintConfig(path: string, environment: Environment): Promise<Linted> {
  const { file, problems } = examineConfig(await readText(path, 'a configuration'), path, environment)
  const told: Problem[] = [...problems]
  const contracts = new Map<string, Path>()
  // from the file itself and not the parsed result, which other mistakes may prevent
  const datasets = Object.entries(valueAt(file.value, ['datasets']) ?? {})
  for (const [name, dataset] of datasets) {
    const here = (...path: Path) => ['datasets', name, ...path]
    const named = (...path: Path): [Path, string][] => {
      const value = valueAt(dataset, path)
      return typeof value === 'string' && value !== '' ? [[here(...path), value]] : []
    }
    const detectors = valueAt(dataset, ['detectors'])
    const paths = [
      ...named('source'),
      ...named('source', 'root'),
      ...named('model', 'onnx'),
      ...(Array.isArray(detectors) ? detectors.flatMap((_, index) => named('detectors', index)) : []),
    ]
    for (const [at, value] of paths) {
      const found = resolve(dirname(path), value)
      if (!existsSync(found)) told.push(file.problem(at, `there is no ${found}`))
    }
    for (const [at, value] of named('contract')) contracts.set(resolve(dirname(path), value), at)
  }
  const inContracts: string[] = []
  for (const [contract, at] of contracts) {
    try {
      inContracts.push(...problemLines(relative('', contract), await lintContract(contract)))
    } catch (error) {
      if (!isAppError(error)) throw error
      told.push(file.problem(at, error.message))
    }
  }
  return { datasets: datasets.map(([name]) => name), problems: [...problemLines(path, told), ...inContracts] }
}

/** Throws what reading a file throws. */
async function lintContract(path: string): Promise<readonly Problem[]> {
  const { file, problems, loaded } = examineContract(await readText(path, 'a contract'))
  if (loaded === null) return problems
  try {
    createPreparer(loaded.contract, { dataset: '', source: '' })
    return []
  } catch (error) {
    if (!isAppError(error, 'invalid')) throw error
    return [file.problem(['schema'], error.message.replace("the contract's schema: ", ''))]
  }
}
