import type { Config } from './load.ts'

export type OwnPaths = Pick<Config, 'path' | 'data' | 'datasets'>

/**
 * The paths of the installation's own files, which may lie among the data: its configuration, the files that it names, the data
 * folder.
 */
export function ownPaths({ path, data, datasets }: OwnPaths): string[] {
  const named = Object.values(datasets).flatMap(({ contract, model, detectors = [] }) => [
    contract,
    ...(model === undefined ? [] : [model.onnx]),
    ...detectors,
  ])
  return [path, data, ...named]
}
