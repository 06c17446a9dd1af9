import { readScores } from '../read-window.ts'
import type { SigningSystem } from '../system.ts'

/** The configured datasets whose last committed window was judged against enough clean history of its own. */
export async function certifiedDatasets(
  system: Pick<SigningSystem, 'config' | 'catalog' | 'vault' | 'chain' | 'store'>,
): Promise<string[]> {
  const certified: string[] = []
  for (const dataset of Object.keys(system.config.datasets)) {
    const last = await system.catalog.windows.last(dataset, 'committed')
    if (last !== null && (await readScores(system, last)).certified) certified.push(dataset)
  }
  return certified
}
