import { AppError } from '#core/errors.ts'
import { digestOf, type ModelStore, type RoundRecord } from '../model-store.ts'

/** A model store in memory, for simulations. */
export function createMemoryModels(initial: Float64Array): ModelStore {
  let values = initial.slice()
  const records: RoundRecord[] = []
  return {
    head: async () => ({ values: values.slice(), sha256: digestOf(values) }),
    records: async () => [...records],
    async open() {},
    async commit(record, model) {
      const before = records[record.round - 1]
      if (before !== undefined && JSON.stringify(before) === JSON.stringify(record)) return
      if (record.round !== records.length + 1) {
        const message = `round ${record.round} ended before, and otherwise`
        throw new AppError('conflict', message, { reason: 'committed_differently' })
      }
      records.push(record)
      if (model !== null) values = model.slice()
    },
  }
}
