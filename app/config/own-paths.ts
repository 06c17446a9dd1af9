import type { Config } from './load.ts'

export type OwnPaths = Pick<Config, 'path' | 'data' | 'datasets'>

/** What an installation keeps of its own, which may lie among the data: its configuration, what that names, the data folder. */
export function ownPaths({ path, data, datasets }: OwnPaths): string[] {
  const named = Object.values(datasets).flatMap(({ contract, model, detectors = [] }) => [
    contract,
    ...(model === undefined ? [] : [model.onnx]),
    ...detectors,
  ])
  return [path, data, ...named]
}
