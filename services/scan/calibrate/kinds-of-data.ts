import type { WindowView } from '../view/window-view.ts'

/** In tables of fewer columns a row may be near no other by chance: few rows have the same four answers. */
const MANY_COLUMNS = 6

export function isText({ samples }: Pick<WindowView, 'samples'>): boolean {
  return samples.kind === 'text' || samples.kind === 'exchange'
}

/**
 * Whether the samples are rows or vectors: there is no independent second view of them, as samples and activations are
 * of images.
 */
export function isRows({ samples }: Pick<WindowView, 'samples'>): boolean {
  return samples.kind === 'table' || samples.kind === 'vector'
}

export function hasFewColumns(samples: WindowView['samples']): boolean {
  return samples.kind === 'table' && samples.columns.length < MANY_COLUMNS
}
